"""Old orders, page by page, on a lane of their own."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from integration_hub.engine import jobs
from integration_hub.engine.models import Backfill, BackfillFault, Lane, OutboxItem
from integration_hub.flows import backfill, walking
from integration_hub.flows.absorb import absorb

from .world import World, call, items, pump, run_backfill


@pytest.fixture
def going_live(world: World) -> World:
    """A shop with 60 old orders, read 10 at a time; the route starts now, so only a backfill brings them over."""
    world.store.settings = {**world.store.settings, "page_size": 10}
    world.store.save()
    world.set_route(start_at=timezone.now() + timedelta(minutes=5))
    world.shop(60)
    world.poll("orders")
    pump()
    assert items() == {}
    return world


def start(world: World, **wanted: Any) -> Backfill:
    return backfill.start(world.route, "orders", **wanted)


def test_backfill_brings_over_everything_on_a_lane_of_its_own(going_live: World) -> None:
    row = start(going_live)

    run_backfill(row)

    assert set(going_live.crm_orders()) == set(going_live.store_orders())
    assert (row.state, row.read, row.queued, row.unreadable, row.total) == ("done", 60, 60, 0, 60)
    assert row.finished_at is not None
    assert {item.lane.is_backfill for item in OutboxItem.objects.select_related("lane")} == {True}


def test_backfill_of_a_span_takes_only_that(going_live: World) -> None:
    future = start(going_live, since=timezone.now() + timedelta(hours=1))
    past = start(going_live, until=timezone.now() - timedelta(hours=1))

    run_backfill(future)
    run_backfill(past)

    assert (future.state, past.state) == ("done", "done")
    assert going_live.crm_orders() == {}


def test_backfill_of_given_ids_lists_those_that_the_shop_does_not_have(going_live: World) -> None:
    row = start(going_live, ids=["1001", "1005", "999999"])

    run_backfill(row)

    assert set(going_live.crm_orders()) == {"1001", "1005"}
    assert (row.state, row.read, row.queued, row.unreadable, row.total) == ("done", 3, 2, 1, 3)
    assert list(BackfillFault.objects.values_list("object_id", flat=True)) == ["999999"]
    assert "the store has no such object" in BackfillFault.objects.get().message


def test_backfill_goes_on_at_the_page_it_had_reached_when_it_crashed(
    going_live: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = start(going_live)
    real, pages = absorb, []

    def crashes_on_the_third(scope: Any, founds: Any) -> Any:
        pages.append([found.id for found in founds])
        if len(pages) == 3:
            raise KeyboardInterrupt
        return real(scope, founds)

    monkeypatch.setattr(backfill, "absorb", crashes_on_the_third)
    with pytest.raises(KeyboardInterrupt):
        backfill.run(row.pk)
    row.refresh_from_db()
    assert (row.state, row.read) == ("running", len(pages[0]) + len(pages[1]))
    jobs.release_dead(Backfill, lambda _pid: False)

    run_backfill(row)

    assert row.state == "done"
    assert set(going_live.crm_orders()) == set(going_live.store_orders())
    assert set(pages[2]) <= set(pages[3])
    assert not set(pages[0]) & set(pages[3])


def test_backfill_that_meets_an_error_of_ours_shows_it_and_tries_again(
    going_live: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = start(going_live)

    def broken(*_arguments: Any) -> Any:
        raise ZeroDivisionError

    with monkeypatch.context() as patch:
        patch.setattr(backfill, "absorb", broken)
        run_backfill(row)
    assert (row.state, row.lease_until, "inside the hub" in row.error) == ("running", None, True)
    assert row.due_at is not None
    assert row.due_at > timezone.now()

    run_backfill(row)

    assert (row.state, row.error) == ("done", "")


def test_backfill_waits_when_the_shop_is_away_and_stops_when_the_key_is_wrong(going_live: World) -> None:
    row = start(going_live)
    going_live.faults(going_live.store_box, error_rate=1)
    run_backfill(row)
    assert (row.state, bool(row.error), row.read) == ("running", True, 0)
    going_live.faults(going_live.store_box)
    secrets = going_live.store.secrets
    going_live.store.secrets = {**secrets, "consumer_secret": "cs_wrong"}
    going_live.store.save()

    run_backfill(row)

    going_live.store.refresh_from_db()
    assert (row.state, row.error) == ("failed", going_live.store.paused_reason)
    going_live.store.secrets = secrets
    going_live.store.save()
    going_live.store.resume()
    assert backfill.resume(row) is True
    run_backfill(row)
    assert (row.state, row.read) == ("done", 60)


def test_backfill_rests_while_enough_waits_to_be_sent(going_live: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(walking, "MOST_WAITING", 15)
    row = start(going_live)

    backfill.run(row.pk)

    row.refresh_from_db()
    assert (row.state, row.read) == ("running", 19)
    assert items() == {("orders", "waiting"): 19}
    assert row.due_at is not None
    assert row.due_at > timezone.now()
    pump()
    backfill.run(row.pk)
    row.refresh_from_db()
    assert 19 < row.read < 60


def test_paused_backfill_reads_nothing_and_resumes_where_it_was(going_live: World) -> None:
    row = start(going_live)
    assert backfill.pause(row) is True
    assert backfill.pause(row) is False

    run_backfill(row)
    assert (row.read, row.state) == (0, "paused")

    assert backfill.resume(row) is True
    run_backfill(row)
    assert (row.read, row.state) == (60, "done")


def test_running_backfill_is_nudged_once_until_its_lease_ends(going_live: World, clock: time_machine.Traveller) -> None:
    start(going_live)

    assert backfill.send_due() == 0
    clock.shift(jobs.NUDGE_IS_STALE_AFTER.total_seconds() + 1)
    assert backfill.send_due() == 1


def test_live_orders_do_not_wait_for_a_backfill(going_live: World) -> None:
    """The backfill's lane is stuck; an order bought now is delivered."""
    backfill.run(start(going_live).pk)
    Lane.objects.filter(is_backfill=True).update(paused_at=timezone.now())
    going_live.set_route(start_at=timezone.now() - timedelta(hours=1))
    bought = str(going_live.shop(1)[0]["id"])

    going_live.poll("orders")
    pump()

    assert set(going_live.crm_orders()) == {bought}


def test_disabled_webhooks_are_switched_on_again_and_the_polls_catch_up(world: World, settings: Any) -> None:
    world.connect_doors()
    assert world.store_box.dispatcher.wait_until_idle(20)
    with world.store_box.lock:
        for hook in world.store_box.dispatcher.webhooks.values():
            hook.status = "disabled"
    world.poll("orders")

    world.poll("webhooks")

    assert call(f"{world.store_box.url}/__sandbox__/state")["webhooks"]["disabled"] == 0
    assert world.store.cursors.get(purpose="orders").due_at <= timezone.now()


# --- filters, numbers, and what failed --------------------------------------------------------------------------------


def test_filters_of_the_route_count_but_for_its_start(going_live: World) -> None:
    going_live.set_route(order_statuses=["completed"])
    wanted = {key for key, row in going_live.store_orders().items() if row["status"] == "completed"}
    row = start(going_live)

    run_backfill(row)

    assert 0 < len(wanted) < 60
    assert set(going_live.crm_orders()) == wanted
    assert (row.read, row.queued, row.unwanted) == (60, len(wanted), 60 - len(wanted))


def test_orders_that_staff_name_are_sent_whatever_the_filters(going_live: World) -> None:
    going_live.set_route(order_statuses=["none"])
    row = start(going_live, ids=["1001", "1002"])

    run_backfill(row)

    assert set(going_live.crm_orders()) == {"1001", "1002"}


def test_range_of_numbers_leaves_out_the_others(going_live: World) -> None:
    numbers = {row["number"]: key for key, row in going_live.store_orders().items()}
    first, last = sorted(numbers, key=int)[10], sorted(numbers, key=int)[19]
    row = start(going_live, numbers=(first, last))

    run_backfill(row)

    assert (row.read, row.queued, row.unwanted) == (60, 10, 50)
    assert set(going_live.crm_orders()) == {
        key for number, key in numbers.items() if int(first) <= int(number) <= int(last)
    }


def test_failed_ones_alone_are_run_again_and_read_anew(going_live: World) -> None:
    going_live.faults(going_live.crm_box, refuse=["1003", "1007"])
    row = start(going_live, ids=["1001", "1003", "1007", "999999"])
    run_backfill(row)
    assert (set(going_live.crm_orders()), backfill.counts(row)) == ({"1001"}, backfill.Counts(0, 2, 1))
    going_live.faults(going_live.crm_box)

    again = backfill.repeat_failed(row)

    assert again is not None
    assert (again.ids, again.repeats) == (["999999", "1003", "1007"], row)
    run_backfill(again)
    assert (again.read, again.queued, again.unreadable) == (3, 2, 1)
    assert set(going_live.crm_orders()) == {"1001", "1003", "1007"}
    assert backfill.counts(row) == backfill.Counts(0, 0, 3)


def test_nothing_is_run_again_when_nothing_failed(going_live: World) -> None:
    row = start(going_live, ids=["1001"])
    run_backfill(row)

    assert backfill.repeat_failed(row) is None
    assert Backfill.objects.count() == 1


def test_worker_that_lost_the_backfill_changes_nothing(going_live: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """It was paused while a page was read: the page is dropped, and read again after the resume."""
    row = start(going_live)
    real = walking.without_overlap

    def paused_meanwhile(job: Any, page: Any) -> Any:
        backfill.pause(row)
        return real(job, page)

    with monkeypatch.context() as patch:
        patch.setattr(walking, "without_overlap", paused_meanwhile)
        backfill.run(row.pk)
    row.refresh_from_db()
    assert (row.state, row.read, items()) == ("paused", 0, {})

    backfill.resume(row)
    run_backfill(row)

    assert (row.state, row.read, row.queued) == ("done", 60, 60)


def test_two_tasks_for_one_backfill_are_one(going_live: World) -> None:
    row = start(going_live)
    assert jobs.take(Backfill, row.pk, "elsewhere:1:x") is not None

    backfill.run(row.pk)

    row.refresh_from_db()
    assert (row.read, row.lease_owner) == (0, "elsewhere:1:x")


@pytest.mark.parametrize("side", ["store", "crm"])
def test_backfill_waits_while_staff_have_paused_a_connection_and_goes_on_by_itself(
    going_live: World, side: str
) -> None:
    connection = getattr(going_live, side)
    connection.pause("The shop is being moved.", by="ann")
    calls = going_live.calls(going_live.store_box)
    row = start(going_live)

    run_backfill(row)

    assert (row.state, row.read, "is paused" in row.error) == ("running", 0, True)
    assert going_live.calls(going_live.store_box) == calls
    connection.resume()
    run_backfill(row)
    assert (row.state, row.read, row.error) == ("done", 60, "")
