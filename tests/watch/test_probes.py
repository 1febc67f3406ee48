"""Each probe finds what it is for, and is silent about what is held back on purpose."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from integration_hub.connections.models import Connection
from integration_hub.engine import breaker, lanes
from integration_hub.engine.models import Heartbeat, Lane, OutboxItem, ReconcileRun
from integration_hub.flows.deliver import INTERNAL_ERRORS_TO_PAUSE
from integration_hub.flows.poll import LOOK_BACK
from integration_hub.watch import probe_machines, probe_systems, probe_work, words
from integration_hub.watch.findings import Finding
from tests.web import factories as make

pytestmark = pytest.mark.django_db

Probe = Callable[[datetime], Iterable[Finding]]


def found(probe: Probe) -> list[Finding]:
    return list(probe(timezone.now()))


def ago(**span: float) -> datetime:
    return timezone.now() - timedelta(**span)


# --- systems ----------------------------------------------------------------------------------------------------------


def test_connection_that_the_hub_paused_is_found_and_one_paused_by_hand_is_not() -> None:
    refused, by_hand = make.crm(name="CRM A"), make.crm(name="CRM B")
    refused.pause("The key is not valid any more.")
    by_hand.pause("Paused by ann.", by="ann")

    [finding] = found(probe_systems.refused_connections)

    assert (finding.kind, finding.subject) == ("refused", f"connection:{refused.pk}")
    assert dict(finding.facts) == {"name": "CRM A"}


def test_resumed_connection_is_no_finding_any_more() -> None:
    crm = make.crm()
    crm.pause("Paused by ann.", by="ann")
    crm.resume()
    crm.pause("The key is not valid any more.")
    again = found(probe_systems.refused_connections)
    crm.resume()

    assert len(again) == 1
    assert found(probe_systems.refused_connections) == []


def test_short_outage_is_not_told_and_a_long_one_is() -> None:
    crm = make.crm()
    for _number in range(probe_systems.FAILURES_OF_A_LONG_OUTAGE - 1):
        breaker.failed(crm)
    short = found(probe_systems.systems_that_are_away)
    breaker.failed(crm)

    [finding] = found(probe_systems.systems_that_are_away)

    assert short == []
    assert finding.subject == f"connection:{crm.pk}"


def test_webhooks_that_the_last_look_found_lost() -> None:
    shop = make.store(
        name="Shop A", verify_report={"webhooks": {"rows": [], "lost": ["order.created"], "repair": "done"}}
    )
    make.store(verify_report={"webhooks": {"rows": [], "lost": []}})
    make.store()

    [finding] = found(probe_systems.switched_off_webhooks)

    assert finding.subject == f"connection:{shop.pk}"
    assert dict(finding.facts) == {"name": "Shop A", "topics": "order.created", "repair": "done"}


@pytest.mark.parametrize(
    ("columns", "is_late"),
    [
        ({"succeeded_at": {"minutes": 30}, "failures": 4}, True),
        ({"succeeded_at": {"minutes": 30}, "failures": 1}, False),  # one fault is an accident
        ({"succeeded_at": {"minutes": 30}, "due_at": {"minutes": 20}}, True),  # nobody picks it up
        ({"succeeded_at": {"minutes": 10}, "failures": 4}, False),
        ({"start_at": {"days": 1}, "failures": 4}, False),  # made a moment ago
        ({"start_at": {"days": 1, "minutes": 40}, "failures": 4}, True),  # it has never succeeded
    ],
)
def test_late_poll(columns: dict[str, Any], *, is_late: bool) -> None:
    assert timedelta(days=1) == LOOK_BACK
    values = {name: ago(**span) if isinstance(span, dict) else span for name, span in columns.items()}
    cursor = make.cursor(purpose="orders", interval_seconds=300, **values)

    subjects = [finding.subject for finding in found(probe_systems.late_polls)]

    assert subjects == ([f"cursor:{cursor.pk}"] if is_late else [])


def test_polls_of_a_paused_connection_are_not_late() -> None:
    cursor = make.cursor(succeeded_at=ago(hours=3), failures=9)
    cursor.connection.pause("The key is not valid any more.")

    assert found(probe_systems.late_polls) == []


# --- work -------------------------------------------------------------------------------------------------------------


@pytest.fixture
def old_item() -> OutboxItem:
    """Due for twenty minutes, on a lane that nobody has touched."""
    return make.item(state="waiting", due_at=ago(minutes=20))


def moved(item: OutboxItem) -> Lane:
    Lane.objects.filter(pk=item.lane_id).update(heartbeat_at=timezone.now())
    return Lane.objects.get(pk=item.lane_id)


def test_lane_that_nobody_touches_stands_still(old_item: OutboxItem) -> None:
    [finding] = found(probe_work.lanes_with_old_work)

    assert (finding.kind, finding.subject) == ("lane_still", f"lane:{old_item.lane_id}")
    assert finding.facts["age"] == "20 min"


def test_lane_that_moves_and_lags_is_overdue(old_item: OutboxItem) -> None:
    moved(old_item)

    [finding] = found(probe_work.lanes_with_old_work)

    assert finding.kind == "overdue"


def test_backfill_that_moves_may_lag(old_item: OutboxItem) -> None:
    moved(old_item)
    Lane.objects.update(is_backfill=True)

    assert found(probe_work.lanes_with_old_work) == []


def _paused(lane: Lane) -> None:
    lanes.pause([lane.pk], "By hand.")


def _asleep(lane: Lane) -> None:
    lanes.put_to_sleep(lane.pk, timezone.now() + timedelta(minutes=5))


def _connection_paused(lane: Lane) -> None:
    lane.connection.pause("The key is not valid any more.")


def _away(lane: Lane) -> None:
    for _number in range(3):
        breaker.failed(lane.connection)


def _not_due(lane: Lane) -> None:
    lane.items.update(due_at=timezone.now() + timedelta(hours=1))


def _fresh(lane: Lane) -> None:
    lane.items.update(due_at=ago(minutes=1))


@pytest.mark.parametrize("arrange", [_paused, _asleep, _connection_paused, _away, _not_due, _fresh])
def test_lane_is_not_blamed_when(old_item: OutboxItem, arrange: Callable[[Lane], None]) -> None:
    arrange(Lane.objects.get(pk=old_item.lane_id))

    assert found(probe_work.lanes_with_old_work) == []


def test_lane_paused_by_the_hub_is_found_and_one_paused_by_hand_is_not() -> None:
    by_hub, by_hand = make.lane(internal_errors=INTERNAL_ERRORS_TO_PAUSE), make.lane()
    lanes.pause([by_hub.pk, by_hand.pk], "Said.")

    assert [finding.subject for finding in found(probe_work.paused_lanes)] == [f"lane:{by_hub.pk}"]


def test_events_that_nobody_reads() -> None:
    old = make.event(state="new", due_at=ago(minutes=20))
    make.event(state="new", due_at=ago(minutes=1))
    make.event(state="done", due_at=ago(hours=9))

    [finding] = found(probe_work.unread_events)

    assert finding.subject == f"connection:{old.connection_id}"


def test_dead_letters_are_counted_by_route() -> None:
    one, other = make.route(name="A"), make.route(name="B")
    for _number in range(3):
        make.item(route=one, state="dead")
    make.item(route=other, state="done")

    [finding] = found(probe_work.dead_letters)

    assert (finding.subject, finding.size, finding.route_id) == (f"route:{one.pk}", 3, one.pk)


def test_dead_letters_below_the_limit_are_not_told(settings: Any) -> None:
    settings.HUB_ALERT_DEAD_LETTERS = 2
    make.item(state="dead")

    assert found(probe_work.dead_letters) == []


def test_events_that_failed_today() -> None:
    shop = make.store(name="Shop A")
    make.event(connection=shop, state="failed")
    make.event(connection=shop, state="failed", received_at=ago(days=2))

    [finding] = found(probe_work.failed_events)

    assert (finding.subject, finding.size) == (f"connection:{shop.pk}", 1)


def test_only_what_was_parked_for_long_is_told() -> None:
    old, new = make.item(state="parked"), make.item(state="parked")
    OutboxItem.objects.filter(pk=old.pk).update(created_at=ago(hours=25))

    assert [finding.subject for finding in found(probe_work.long_parked)] == [f"route:{old.route_id}"]
    assert new.route_id != old.route_id


@pytest.mark.parametrize(
    ("columns", "is_told"),
    [
        ({"state": "failed", "finished_at": {"minutes": 1}}, True),
        ({"state": "failed", "finished_at": {"days": 8}}, False),
        ({"state": "running", "lease_until": {"minutes": 20}}, True),
        ({"state": "running", "due_at": {"minutes": 20}}, True),
        ({"state": "running", "error": "said", "created_at": {"minutes": 20}}, True),
        ({"state": "running", "error": "said"}, False),
        ({"state": "running", "lease_until": {"minutes": -1}}, False),
        ({"state": "paused", "due_at": {"hours": 9}}, False),
        ({"state": "done", "error": ""}, False),
    ],
)
def test_backfill_that_does_not_go_on(columns: dict[str, Any], *, is_told: bool) -> None:
    backfill = make.backfill()
    values = {name: ago(**span) if isinstance(span, dict) else span for name, span in columns.items()}
    type(backfill).objects.filter(pk=backfill.pk).update(**values)

    assert [finding.subject for finding in found(probe_work.stopped_jobs)] == (
        [f"backfill:{backfill.pk}"] if is_told else []
    )


def test_comparison_that_stopped() -> None:
    route = make.route()
    run = ReconcileRun.objects.create(route=route, state="failed", finished_at=timezone.now())
    ReconcileRun.objects.create(route=route, state="done", finished_at=timezone.now())

    [finding] = found(probe_work.stopped_jobs)

    assert (finding.kind, finding.subject) == ("reconcile", f"reconcile:{run.pk}")


# --- machines ---------------------------------------------------------------------------------------------------------


def test_machine_that_fell_silent_is_told_until_it_is_taken_to_be_removed() -> None:
    Heartbeat.objects.create(name="supervisor:hub-1", at=ago(minutes=1))
    Heartbeat.objects.create(name="supervisor:hub-2", at=ago(minutes=5))
    Heartbeat.objects.create(name="supervisor:hub-3", at=ago(minutes=5), detail={"stopped": True})
    Heartbeat.objects.create(name="supervisor:hub-4", at=ago(days=2))

    assert [finding.subject for finding in found(probe_machines.silent_machines)] == ["machine:hub-2"]


def test_processes_that_do_not_stay_up() -> None:
    Heartbeat.objects.create(name="supervisor:hub-1", at=timezone.now(), detail={"falling": ["workers"]})
    Heartbeat.objects.create(name="supervisor:hub-2", at=timezone.now(), detail={"falling": []})

    [finding] = found(probe_machines.processes_that_fall)

    assert (finding.subject, finding.facts["processes"]) == ("machine:hub-1", "workers")


def test_full_disk(settings: Any, tmp_path: Path) -> None:
    settings.HUB_DATA_DIR = tmp_path
    settings.HUB_ALERT_DISK_FREE_MB = 0
    roomy = found(probe_machines.full_disks)
    settings.HUB_ALERT_DISK_FREE_MB = 10**12

    [finding] = found(probe_machines.full_disks)

    assert roomy == []
    assert finding.kind == "disk"


def test_data_folder_that_is_not_there_is_no_finding(settings: Any, tmp_path: Path) -> None:
    settings.HUB_DATA_DIR = tmp_path / "gone"

    assert found(probe_machines.full_disks) == []


# --- words ------------------------------------------------------------------------------------------------------------


def test_every_kind_has_words_and_facts_that_lack_break_nothing() -> None:
    from integration_hub.watch.models import Incident

    for kind in Incident.Kind.values:
        assert words.title(kind, {}), kind
        assert words.cure(kind, {}), kind
    assert Connection.objects.count() == 0
