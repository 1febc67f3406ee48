"""Recording what became of claimed items, and what staff do with them."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from integration_hub.connections.models import Route
from integration_hub.engine import outbox
from integration_hub.engine.due import due_lanes
from integration_hub.engine.models import Attempt, OutboxItem

from .rows import claim, ids, lane_of, race, route, settled, soon, states, work

State = OutboxItem.State


def test_delivered_item_is_finished_with_one_attempt(a_route: Route) -> None:
    accepted = timezone.now() - timedelta(seconds=3)
    outbox.enqueue([work(a_route, label="№ 1001", trigger="webhook: order.updated", accepted_at=accepted)])
    [item] = claim(a_route)

    mine = settled(item, State.DONE, "written", message="RetailCRM works out 12, the shop 13.")

    row, attempt = OutboxItem.objects.get(), Attempt.objects.get()
    assert ids(mine) == ["1001"]
    assert (row.state, row.reason, row.lease_owner, row.lease_until) == ("done", "", "", None)
    assert row.finished_at is not None
    assert (attempt.outcome, attempt.number, attempt.label, attempt.trigger) == (
        "written", 1, "№ 1001", "webhook: order.updated",
    )  # fmt: skip
    assert attempt.message == "RetailCRM works out 12, the shop 13."
    assert attempt.reflect_ms is not None
    assert attempt.reflect_ms >= 3000


@pytest.mark.parametrize(
    ("state", "is_finished"),
    [("waiting", False), ("parked", False), ("dead", False), ("skipped", True), ("cancelled", True)],
)
def test_every_end_gives_its_reason_and_gives_the_row_back(a_route: Route, state: str, is_finished: bool) -> None:
    outbox.enqueue([work(a_route)])
    [item] = claim(a_route)

    settled(item, state, "refused", message="Because.", code="why")

    row = OutboxItem.objects.get()
    assert (row.state, row.reason, row.reason_code, row.lease_owner) == (state, "Because.", "why", "")
    assert (row.finished_at is not None) == is_finished
    assert Attempt.objects.get().reflect_ms is None


def test_try_that_does_not_count_is_given_back(a_route: Route) -> None:
    outbox.enqueue([work(a_route)])
    for _ in range(3):
        [item] = claim(a_route)
        settled(item, State.WAITING, "rate_limited", counts_as_try=False, due_at=timezone.now())

    assert OutboxItem.objects.get().tries == 0
    assert Attempt.objects.count() == 3


def test_failed_row_that_meets_a_newer_one_is_superseded_and_hands_its_doubt_on(a_route: Route) -> None:
    outbox.enqueue([work(a_route, payload={"edit": 1})])
    [item] = claim(a_route)
    outbox.enqueue([work(a_route, payload={"edit": 2})])

    settled(item, State.WAITING, "unknown", is_outcome_unknown=True, due_at=soon())

    old, new = OutboxItem.objects.order_by("pk")
    assert (old.state, old.finished_at is not None) == ("superseded", True)
    assert (new.state, new.payload, new.is_outcome_unknown) == ("waiting", {"edit": 2}, True)
    assert Attempt.objects.get().item == old


@pytest.mark.parametrize("state", ["parked", "dead"])
def test_parked_or_dead_row_that_meets_a_newer_one_is_superseded_too(a_route: Route, state: str) -> None:
    outbox.enqueue([work(a_route)])
    [item] = claim(a_route)
    outbox.enqueue([work(a_route)])

    settled(item, state, "refused")

    assert [each for _, each in states()] == ["superseded", "waiting"]
    assert OutboxItem.objects.get(state="waiting").is_outcome_unknown is False


def test_delivered_row_leaves_the_newer_one_alone(a_route: Route) -> None:
    outbox.enqueue([work(a_route)])
    [item] = claim(a_route)
    outbox.enqueue([work(a_route)])

    settled(item, State.DONE, "written")

    assert [each for _, each in states()] == ["done", "waiting"]


def test_worker_that_lost_its_lease_changes_nothing(a_route: Route) -> None:
    outbox.enqueue([work(a_route)])
    [item] = claim(a_route, owner="slow")
    outbox.recover(lane_of(a_route).pk, "next")
    [taken] = claim(a_route, owner="next")

    mine = settled(item, State.DONE, "written", owner="slow")

    row = OutboxItem.objects.get()
    assert mine == []
    assert (row.state, row.lease_owner, row.tries) == ("in_flight", "next", 2)
    assert not Attempt.objects.filter(outcome="written").exists()
    assert ids(settled(taken, State.DONE, "written", owner="next")) == ["1001"]


def test_vendors_words_of_any_length_and_with_nul_are_kept(a_route: Route) -> None:
    """A code of a thousand characters or a NUL must not keep the row in flight for ever on PostgreSQL."""
    outbox.enqueue([work(a_route)])
    [item] = claim(a_route)

    settled(item, State.DEAD, "refused", message="bad\x00 word", code="c" * 1000)

    row = OutboxItem.objects.get()
    assert (row.state, row.reason, row.reason_code) == ("dead", "bad word", "c" * 120)
    assert Attempt.objects.get().message == "bad word"


@pytest.mark.django_db(transaction=True)
def test_settling_races_with_new_states_and_nothing_is_counted_twice() -> None:
    """Every drainer gives its try back while writers insert newer rows: the repeated transaction must not take two."""
    a_route = route()
    lane = lane_of(a_route)
    outbox.enqueue([work(a_route, str(number)) for number in range(20)])
    OutboxItem.objects.update(tries=5)
    items = outbox.claim(lane.pk, "worker", 20)

    def act(place: int) -> None:
        if place:
            outbox.enqueue([work(a_route, str(number)) for number in range(20) if number % 7 == place - 1])
            return
        outbox.settle(
            [outbox.Settlement(item, State.WAITING, "rate_limited", counts_as_try=False) for item in items],
            started_at=timezone.now(),
            batch="",
        )

    race(8, act)

    assert set(OutboxItem.objects.filter(state="superseded").values_list("tries", flat=True)) <= {5}
    assert OutboxItem.objects.filter(state="waiting").count() == 20
    assert not OutboxItem.objects.filter(state="in_flight").exists()


def test_send_again_says_how_many_and_leaves_alone_what_moved_on(a_route: Route) -> None:
    outbox.enqueue([work(a_route, "dead"), work(a_route, "flying"), work(a_route, "done"), work(a_route, "later")])
    items = {item.object_id: item for item in claim(a_route)}
    settled(items["dead"], State.DEAD, "refused", message="No.")
    settled(items["done"], State.DONE, "written")
    settled(items["later"], State.WAITING, due_at=soon(3600))

    count = outbox.send_again(items.values(), "by hand: Erika")

    assert count == 2
    assert dict(states()) == {"dead": "waiting", "flying": "in_flight", "done": "done", "later": "waiting"}
    row = OutboxItem.objects.get(object_id="later")
    assert (row.tries, row.trigger) == (0, "by hand: Erika")
    assert row.due_at <= timezone.now()


def test_cancel_says_how_many_and_keeps_the_rows_in_the_log(a_route: Route) -> None:
    outbox.enqueue([work(a_route, "waits"), work(a_route, "flies")])
    claim(a_route, limit=1)

    count = outbox.cancel(OutboxItem.objects.all(), "No longer needed.")

    assert count == 1
    assert [each for _, each in states()] == ["in_flight", "cancelled"]
    assert OutboxItem.objects.get(state="cancelled").reason == "No longer needed."


def test_due_lanes_are_those_with_something_to_deliver_now(a_route: Route) -> None:
    other = route("Other")
    outbox.enqueue([work(a_route), work(other, due_at=soon())])
    now = timezone.now()

    assert due_lanes(now) == [lane_of(a_route).pk]
    with time_machine.travel(now + timedelta(hours=1), tick=False):
        assert set(due_lanes(timezone.now())) == {lane_of(a_route).pk, lane_of(other).pk}
