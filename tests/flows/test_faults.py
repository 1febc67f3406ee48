"""Faults of the systems on both sides: nothing lost, nothing twice, and staff are told in words."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from connectors.contract.errors import Retryable
from integration_hub.connections.models import Connection
from integration_hub.engine import breaker
from integration_hub.engine.models import Attempt, Cursor, Exchange, InboxEvent, Lane, OutboxItem

from .fake import Sink, breaks_on, write_all
from .world import World, attempts, call, events, items, pump


@dataclass(frozen=True)
class Case:
    """A fault of the CRM while it takes a batch, and what is known of the orders then."""

    switches: dict[str, Any]
    outcome: str
    is_unknown: bool
    tries: int = 1
    words: str = "RetailCRM"


UPLOAD = {"only": "orders/upload"}
CASES = {
    "answers 500": Case({"error_rate": 1, **UPLOAD}, "unknown", True),
    "answers 503": Case({"error_rate": 1, "error_status": 503, **UPLOAD}, "rate_limited", False, tries=0),
    "answers 429": Case({"too_many_rate": 1, "retry_after_seconds": 9, **UPLOAD}, "rate_limited", False, tries=0),
    "answers a web page": Case({"html_rate": 1, **UPLOAD}, "unknown", True),
    "drops the call before it writes": Case({"drop_before_rate": 1, **UPLOAD}, "unknown", True, words="127.0.0.1"),
    "writes and cuts its answer": Case({"drop_after_rate": 1, **UPLOAD}, "unknown", True, words="127.0.0.1"),
    "writes and hangs": Case({"hang_rate": 1, "hang_seconds": 1.3, **UPLOAD}, "unknown", True, words="127.0.0.1"),
    "is down": Case({"down": True}, "unknown", True, words="127.0.0.1"),
    "fails while it takes customers": Case({"error_rate": 1, "only": "customers"}, "unknown", True),
}


def settle_down(clock: time_machine.Traveller, *, rounds: int = 4, seconds: float = 61) -> None:
    for _ in range(rounds):
        clock.shift(seconds)
        pump()


@pytest.mark.parametrize("name", CASES)
def test_nothing_is_lost_and_nothing_is_written_twice_when_the_crm(
    world: World, name: str, clock: time_machine.Traveller
) -> None:
    case = CASES[name]
    world.crm.settings = {**world.crm.settings, "timeout_seconds": 1}
    world.crm.save()
    world.shop(8)
    world.poll("orders")
    world.faults(world.crm_box, **case.switches)

    pump()

    rows = list(OutboxItem.objects.all())
    assert {(row.state, row.tries, row.is_outcome_unknown) for row in rows} == {
        ("waiting", case.tries, case.is_unknown)
    }
    assert {attempt.outcome for attempt in Attempt.objects.all()} == {case.outcome}
    assert all(case.words in row.reason for row in rows)
    assert all("sandbox-key" not in row.reason for row in rows)

    world.faults(world.crm_box)
    settle_down(clock)

    assert items() == {("orders", "done"): 8}
    assert set(world.crm_orders()) == set(world.store_orders())
    assert call(f"{world.crm_box.url}/__sandbox__/state")["created_twice"] == 0


def test_unknown_outcome_is_looked_up_before_the_second_write(world: World, clock: time_machine.Traveller) -> None:
    world.shop(8)
    world.poll("orders")
    world.faults(world.crm_box, drop_after_rate=1, **UPLOAD)
    pump()
    Exchange.objects.all().delete()
    world.faults(world.crm_box)

    settle_down(clock)

    calls = [
        (row.method, row.url.partition("/api/v5/")[2].partition("?")[0]) for row in Exchange.objects.order_by("pk")
    ]
    writes = [each for each in calls if each[0] == "POST" and each[1].startswith("orders/")]
    assert ("POST", "orders/upload") not in writes
    assert calls.index(("GET", "orders")) < calls.index(writes[0])
    assert call(f"{world.crm_box.url}/__sandbox__/state")["orders_refused_as_existing"] == 0


def test_one_object_bears_a_read_that_failed_for_all_and_the_others_come_again_at_once(
    world: World, clock: time_machine.Traveller
) -> None:
    world.shop(8)
    world.poll("orders")
    world.faults(world.crm_box, drop_after_rate=1, **UPLOAD)
    pump()
    world.faults(world.crm_box, error_rate=1, only="/orders$")
    clock.shift(4)

    pump()

    assert sorted(OutboxItem.objects.values_list("tries", flat=True)) == [1] * 7 + [2]
    assert set(OutboxItem.objects.values_list("is_outcome_unknown", flat=True)) == {True}
    innocent = OutboxItem.objects.filter(tries=1)
    assert {row.reason for row in innocent} == {
        "Not sent, because a call before it failed. The hub sends it by itself."
    }
    assert max(row.due_at for row in innocent) <= timezone.now() + timedelta(seconds=1)


def test_random_faults_on_every_fifth_call_lose_and_double_nothing(world: World, clock: time_machine.Traveller) -> None:
    world.shop(42)
    world.poll("orders")
    world.faults(world.crm_box, error_rate=0.2, drop_before_rate=0.1, drop_after_rate=0.2, html_rate=0.05, seed=5)
    settle_down(clock, rounds=6, seconds=130)
    world.faults(world.crm_box)

    settle_down(clock, rounds=5, seconds=1900)

    assert items() == {("orders", "done"): 42}
    assert set(world.crm_orders()) == set(world.store_orders())
    emails = [row["email"] for row in world.crm_customers() if row["email"]]
    assert len(emails) == len(set(emails))


def test_one_order_of_fifty_that_the_crm_refuses_is_a_dead_letter_and_delays_nobody(world: World) -> None:
    bad = str(world.shop(50)[24]["id"])
    world.faults(world.crm_box, refuse=[bad])

    world.sync()

    dead = OutboxItem.objects.get(state="dead")
    assert (dead.object_id, dead.tries) == (bad, 1)
    assert dead.reason.startswith("RetailCRM")
    assert items() == {("orders", "done"): 49, ("orders", "dead"): 1}
    assert set(world.crm_orders()) == set(world.store_orders()) - {bad}


def test_retry_after_is_kept_by_the_lane(world: World, clock: time_machine.Traveller) -> None:
    world.shop(3)
    world.poll("orders")
    world.faults(world.crm_box, too_many_rate=1, retry_after_seconds=30)
    pump()
    calls = call(f"{world.crm_box.url}/__sandbox__/state")["refused_calls"]

    clock.shift(20)
    pump()

    assert call(f"{world.crm_box.url}/__sandbox__/state")["refused_calls"] == calls == 1
    lane = Lane.objects.get(key=f"out:{world.crm.pk}:orders:live")
    assert lane.sleeps_until is not None
    assert timedelta(seconds=5) < lane.sleeps_until - timezone.now() < timedelta(seconds=11)


# --- the connection is at fault ---------------------------------------------------------------------------------------


def _wrong_key(world: World) -> None:
    world.crm.secrets = {"api_key": "wrong"}


def _missing_right(world: World) -> None:
    call(f"{world.crm_box.url}/__sandbox__/keys", {"key": "poor", "scopes": ["order_read", "customer_read"]})
    world.crm.secrets = {"api_key": "poor"}


def _no_such_account(world: World) -> None:
    call(f"{world.crm_box.url}/__sandbox__/options", {"account_exists": False})


def _never_filled_in(world: World) -> None:
    world.crm.settings = {}


@pytest.mark.parametrize(
    ("break_it", "words"),
    [
        (_wrong_key, "Check the API key"),
        (_missing_right, "Access denied"),
        (_no_such_account, "Check the address"),
        (_never_filled_in, "is not set up: Address"),
    ],
)
def test_misconfigured_connection_is_paused_and_keeps_its_items(
    world: World, break_it: Any, words: str, clock: time_machine.Traveller
) -> None:
    good = (dict(world.crm.settings), dict(world.crm.secrets))
    world.shop(5)
    world.poll("orders")
    break_it(world)
    world.crm.save()

    pump()
    calls = world.calls(world.crm_box)
    settle_down(clock, rounds=2)

    world.crm.refresh_from_db()
    assert world.crm.is_paused
    assert words in world.crm.paused_reason
    assert items() == {("orders", "waiting"): 5}
    assert set(OutboxItem.objects.values_list("tries", flat=True)) == {0}
    assert world.calls(world.crm_box) == calls

    call(f"{world.crm_box.url}/__sandbox__/options", {"account_exists": True})
    world.crm.settings, world.crm.secrets = good
    world.crm.save()
    world.crm.resume()
    settle_down(clock, rounds=1)

    assert items() == {("orders", "done"): 5}


@pytest.mark.parametrize(
    ("changed", "path", "words"),
    [({"consumer_secret": "cs_wrong"}, "", "key"), ({}, "/blog", "address")],
)
def test_shop_that_cannot_be_read_for_good_is_paused_with_the_cure(
    world: World, changed: dict[str, str], path: str, words: str
) -> None:
    world.store.secrets = {**world.store.secrets, **changed}
    world.store.settings = {**world.store.settings, "site": world.store_box.url + path}
    world.store.save()

    cursor = world.poll("orders")

    world.store.refresh_from_db()
    assert world.store.is_paused
    assert words in world.store.paused_reason.lower()
    assert (cursor.error, cursor.failures, cursor.position) == (world.store.paused_reason, 1, "")


# --- nobody there -----------------------------------------------------------------------------------------------------


def test_breaker_opens_after_some_failed_batches_and_probes_with_one_item(
    world: World, fake_crm: Sink, clock: time_machine.Traveller
) -> None:
    fake_crm.max_batch = 10
    fake_crm.behaviour = breaks_on("", Retryable("Nobody there."))
    world.shop(70)
    world.poll("orders")
    pump()
    world.crm.refresh_from_db()
    assert world.crm.breaker_failures == breaker.FAILURES_TO_OPEN
    assert world.crm.breaker_open_until is not None

    pump()
    tried = [len(batch) for batch in fake_crm.batches]
    clock.shift(6)
    pump()
    probed = [len(batch) for batch in fake_crm.batches][breaker.FAILURES_TO_OPEN :]
    fake_crm.behaviour = write_all
    settle_down(clock, rounds=3)

    assert (tried, probed) == ([10] * breaker.FAILURES_TO_OPEN, [1])
    assert items() == {("orders", "done"): 70}
    healed = Connection.objects.get(pk=world.crm.pk)
    assert (healed.breaker_failures, healed.breaker_open_until) == (0, None)


def test_look_ups_that_go_through_keep_the_breaker_closed_for_twice_as_long(
    world: World, clock: time_machine.Traveller
) -> None:
    """What was tried once is looked up, which works, before it is written, which does not."""
    world.shop(1)
    world.faults(world.crm_box, error_rate=1, only="upload|create")
    world.poll("orders")
    failures = []

    for _ in range(3):
        pump()
        failures.append(Connection.objects.get(pk=world.crm.pk).breaker_failures)
        clock.shift(5)

    assert failures == [1.0, 1.5, 2.0]


def test_pause_between_probes_grows_to_a_minute(world: World, clock: time_machine.Traveller) -> None:
    world.shop(1)
    world.poll("orders")
    Connection.objects.filter(pk=world.crm.pk).update(breaker_failures=breaker.FAILURES_TO_OPEN)
    world.faults(world.crm_box, down=True)
    pauses = []

    for _ in range(8):
        OutboxItem.objects.update(due_at=timezone.now())
        pump()
        world.crm.refresh_from_db()
        assert world.crm.breaker_open_until is not None
        pauses.append(round((world.crm.breaker_open_until - timezone.now()).total_seconds()))
        clock.shift(61)

    assert pauses == [5, 5, 10, 20, 40, 60, 60, 60]


# --- polls ------------------------------------------------------------------------------------------------------------


def test_poll_that_fails_leaves_its_cursor_where_it_was(world: World, clock: time_machine.Traveller) -> None:
    world.shop(3)
    before = world.poll("orders").position
    world.shop(3)
    world.faults(world.store_box, error_rate=1)

    failed = world.poll("orders")

    assert (failed.position, failed.failures) == (before, 1)
    assert failed.error
    assert failed.due_at > timezone.now()
    assert items() == {("orders", "waiting"): 3}
    world.faults(world.store_box)
    healed = world.poll("orders")
    assert (healed.failures, healed.error) == (0, "")
    assert items() == {("orders", "waiting"): 6}


def test_poll_that_meets_an_error_of_ours_says_so_and_comes_again(world: World) -> None:
    Cursor.objects.filter(purpose="changes").update(position="no JSON", lease_until=timezone.now())

    cursor = world.poll("changes")

    assert "inside the hub" in cursor.error
    assert (cursor.failures, cursor.lease_until) == (1, None)
    assert cursor.due_at > timezone.now()


def test_paused_connection_is_not_polled(world: World) -> None:
    world.store.pause("By hand.")
    calls = world.calls(world.store_box)

    world.poll("orders")

    assert world.calls(world.store_box) == calls


# --- exchanges --------------------------------------------------------------------------------------------------------


def test_every_exchange_is_kept_with_its_attempts_and_without_secrets(world: World) -> None:
    world.shop(3)

    world.sync()

    [batch] = set(Attempt.objects.values_list("batch", flat=True))
    assert Exchange.objects.filter(batch=batch, connection=world.crm, url__contains="orders/upload").count() == 1
    everything = str(list(Exchange.objects.values()))
    for secret in [*world.store.secrets.values(), *world.crm.secrets.values()]:
        assert secret not in everything
    assert attempts() == {("orders", "written"): 3}


def test_system_that_this_version_does_not_know_pauses_its_lane_with_a_clear_word(world: World) -> None:
    world.shop(1)
    world.crm.kind = "crm-of-tomorrow"
    world.crm.save()

    world.poll("orders")
    pump()

    world.crm.refresh_from_db()
    assert world.crm.is_paused
    assert world.crm.paused_reason == (
        "“CRM” is of the kind “crm-of-tomorrow”, which this version of the hub does not know. Install the version that "
        "has it, or remove the connection's routes."
    )
    assert items() == {("orders", "waiting"): 1}


def test_events_of_a_system_that_this_version_does_not_know_are_kept(world: World) -> None:
    world.shop(1)
    InboxEvent.objects.create(
        connection=world.store, topic="order.created", dedup_key="x", due_at=timezone.now(), received_at=timezone.now()
    )
    world.store.kind = "shop-of-tomorrow"
    world.store.save()

    pump()

    world.store.refresh_from_db()
    assert world.store.is_paused
    assert events() == {"new": 1}
