"""Putting work on the outbox, claiming it, and recording what became of it."""

from datetime import timedelta

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.utils import timezone

from integration_hub.connections.models import Route
from integration_hub.engine import outbox
from integration_hub.engine.models import Attempt, OutboxItem
from integration_hub.engine.retry import SCHEDULE

from .rows import ids, lane_of, race, route, settled, soon, states, work

State = OutboxItem.State


@pytest.fixture
def a_route(db: None) -> Route:
    return route()


def claim(a_route: Route, owner: str = "worker", limit: int = 50) -> list[OutboxItem]:
    return outbox.claim(lane_of(a_route).pk, owner, limit)


def one_waiting(a_route: Route) -> OutboxItem:
    outbox.enqueue([work(a_route)])
    return OutboxItem.objects.get()


# --- enqueue ----------------------------------------------------------------------------------------------------------


def test_ten_edits_are_one_delivery_of_the_last(a_route: Route) -> None:
    counts = [outbox.enqueue([work(a_route, payload={"edit": number})]) for number in range(10)]

    assert counts == [1] * 10
    assert states() == [("1001", "waiting")]
    assert OutboxItem.objects.get().payload == {"edit": 9}


def test_ten_edits_in_one_batch_are_one_row_too(a_route: Route) -> None:
    count = outbox.enqueue(work(a_route, payload={"edit": number}) for number in range(10))

    assert count == 1
    assert OutboxItem.objects.get().payload == {"edit": 9}


def test_same_number_of_two_routes_flows_and_kinds_are_different_work(a_route: Route) -> None:
    other = route("Outlet → CRM")

    outbox.enqueue([work(a_route), work(other), work(a_route, flow="statuses"), work(a_route, kind="lead")])

    assert len(states()) == 4


def test_edit_while_the_row_is_in_flight_makes_a_second_open_row(a_route: Route) -> None:
    outbox.enqueue([work(a_route, payload={"edit": 1})])
    claim(a_route)

    outbox.enqueue([work(a_route, payload={"edit": 2})])
    outbox.enqueue([work(a_route, payload={"edit": 3})])

    assert states() == [("1001", "in_flight"), ("1001", "waiting")]
    assert [item.payload["edit"] for item in OutboxItem.objects.order_by("pk")] == [1, 3]


@pytest.mark.parametrize("state", ["dead", "parked"])
def test_new_state_wakes_a_row_that_had_failed(a_route: Route, state: str) -> None:
    outbox.enqueue([work(a_route)])
    [item] = claim(a_route)
    settled(item, state, "refused", message="No such product.", code="400", blocked_on="to_crm:payment:x")

    outbox.enqueue([work(a_route)])

    row = OutboxItem.objects.get()
    assert (row.state, row.tries, row.blocked_on, row.finished_at) == ("waiting", 0, "", None)
    assert row.due_at <= timezone.now()


def test_waiting_row_keeps_its_place_and_its_backoff(a_route: Route) -> None:
    outbox.enqueue([work(a_route)])
    [item] = claim(a_route)
    due = soon(600)
    settled(item, State.WAITING, due_at=due)

    outbox.enqueue([work(a_route, payload={"edit": 2})])

    row = OutboxItem.objects.get()
    assert (row.due_at, row.tries, row.payload) == (due, 1, {"edit": 2})


def test_doubt_about_the_outcome_survives_a_new_state(a_route: Route) -> None:
    outbox.enqueue([work(a_route)])
    [item] = claim(a_route)
    settled(item, State.WAITING, "unknown", is_outcome_unknown=True)

    outbox.enqueue([work(a_route)])

    assert OutboxItem.objects.get().is_outcome_unknown is True


def test_backfill_never_takes_live_work_onto_its_own_lane(a_route: Route) -> None:
    outbox.enqueue([work(a_route)])

    backfill = lane_of(a_route, is_backfill=True)

    outbox.enqueue([work(a_route, lane_id=backfill.pk, is_backfill=True), work(a_route, "new", lane_id=backfill.pk)])

    assert OutboxItem.objects.get(object_id="1001").lane == lane_of(a_route)
    assert OutboxItem.objects.get(object_id="new").lane == backfill


def test_live_edit_takes_an_object_off_the_backfill_lane(a_route: Route) -> None:
    outbox.enqueue([work(a_route, lane_id=lane_of(a_route, is_backfill=True).pk)])

    outbox.enqueue([work(a_route)])

    assert OutboxItem.objects.get().lane == lane_of(a_route)


def test_database_refuses_a_second_open_row_and_a_second_row_in_flight(a_route: Route) -> None:
    item = one_waiting(a_route)
    for state in ("parked", "in_flight"):
        OutboxItem.objects.update(state=state)
        item.pk, item.state = None, state  # type: ignore[assignment]  # Django's way to copy a row

        with pytest.raises(IntegrityError), transaction.atomic():
            item.save(force_insert=True)

    assert OutboxItem.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_eight_racing_writers_leave_one_open_row_per_object() -> None:
    a_route = route()
    lane_of(a_route)

    def write(place: int) -> None:
        for turn in range(5):
            numbers = [str(number) for number in range(6)]
            order = numbers if place % 2 else numbers[::-1]
            outbox.enqueue([work(a_route, each, payload={"by": place, "turn": turn}) for each in order])

    race(8, write)

    assert OutboxItem.objects.count() == 6
    assert {item.payload["turn"] for item in OutboxItem.objects.all()} == {4}


@pytest.mark.django_db(transaction=True)
def test_nothing_is_lost_between_writers_and_drainers() -> None:
    """Writers raise a number; drainers deliver. The last number of each object is delivered or still waits."""
    a_route = route()
    lane = lane_of(a_route)
    delivered: list[tuple[str, int]] = []

    def act(place: int) -> None:
        for turn in range(12):
            if place < 4:
                outbox.enqueue([work(a_route, str(place), payload={"turn": turn})])
                continue
            items = outbox.claim(lane.pk, f"drainer {place}", 3)
            delivered.extend((item.object_id, item.payload["turn"]) for item in items)
            outbox.settle(
                [outbox.Settlement(item, State.DONE, "written") for item in items],
                started_at=timezone.now(),
                batch="",
                owner=f"drainer {place}",
            )

    race(8, act)

    waiting = [(row.object_id, row.payload["turn"]) for row in OutboxItem.objects.filter(state=State.WAITING)]
    assert {each for each in [*delivered, *waiting] if each[1] == 11} == {(str(place), 11) for place in range(4)}
    assert not OutboxItem.objects.filter(state=State.IN_FLIGHT).exists()


# --- claim ------------------------------------------------------------------------------------------------------------


def test_try_is_counted_before_anything_is_sent(a_route: Route) -> None:
    outbox.enqueue([work(a_route)])

    [item] = claim(a_route)

    row = OutboxItem.objects.get()
    assert (row.state, row.tries, row.lease_owner) == ("in_flight", 1, "worker")
    assert item.tries == 1


def test_oldest_due_items_come_first_and_no_more_than_asked(a_route: Route) -> None:
    for place, number in enumerate(("c", "a", "b")):
        outbox.enqueue([work(a_route, number, due_at=timezone.now() - timedelta(minutes=place))])
    outbox.enqueue([work(a_route, "later", due_at=soon())])

    items = claim(a_route, limit=2)

    assert ids(items) == ["b", "a"]


def test_route_that_is_off_sends_nothing_and_keeps_its_items(a_route: Route) -> None:
    one_waiting(a_route)
    Route.objects.update(mode=Route.Mode.OFF)

    assert claim(a_route) == []
    assert outbox.due_lanes(timezone.now()) == []
    assert outbox.has_due(lane_of(a_route).pk, timezone.now()) is False
    assert states() == [("1001", "waiting")]


def test_object_that_is_in_flight_on_the_backfill_lane_waits_its_turn_on_the_live_one(a_route: Route) -> None:
    backfill = lane_of(a_route, is_backfill=True)
    outbox.enqueue([work(a_route, lane_id=backfill.pk)])
    [old] = outbox.claim(backfill.pk, "backfiller", 50)
    outbox.enqueue([work(a_route), work(a_route, "neighbour")])

    items = claim(a_route)
    meanwhile = outbox.has_due(lane_of(a_route).pk, timezone.now()), outbox.due_lanes(timezone.now())
    settled(old, State.DONE, "written")
    later = claim(a_route)

    assert ids(items) == ["neighbour"]
    assert meanwhile == (False, [])
    assert ids(later) == ["1001"]


@pytest.mark.django_db(transaction=True)
def test_racing_drainers_claim_different_items() -> None:
    a_route = route()
    outbox.enqueue([work(a_route, str(number)) for number in range(40)])
    lane = lane_of(a_route)

    claimed = race(8, lambda place: ids(outbox.claim(lane.pk, f"worker {place}", 10)))

    everything = sorted(number for part in claimed for number in part)
    assert len(everything) == len(set(everything))
    assert OutboxItem.objects.filter(state=State.IN_FLIGHT).count() == len(everything)
    assert OutboxItem.objects.filter(tries__gt=1).count() == 0


# --- settle -----------------------------------------------------------------------------------------------------------


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


# --- recover ----------------------------------------------------------------------------------------------------------


def test_what_a_dead_worker_held_is_looked_up_before_it_is_sent_again(a_route: Route) -> None:
    outbox.enqueue([work(a_route, "1"), work(a_route, "2")])
    claim(a_route, owner="dead", limit=1)

    recovered = outbox.recover(lane_of(a_route).pk, "next")

    row = OutboxItem.objects.get(object_id="1")
    assert recovered == 1
    assert (row.state, row.is_outcome_unknown, row.tries, row.reason_code) == ("waiting", True, 1, "worker_lost")
    assert OutboxItem.objects.get(object_id="2").is_outcome_unknown is False
    assert (Attempt.objects.get().outcome, Attempt.objects.get().object_id) == ("unknown", "1")


def test_recovering_leaves_other_lanes_and_the_own_items_alone(a_route: Route) -> None:
    other = route("Other")
    outbox.enqueue([work(a_route), work(other)])
    claim(a_route, owner="me")
    claim(other, owner="neighbour")

    assert outbox.recover(lane_of(a_route).pk, "me") == 0
    assert [each for _, each in states()] == ["in_flight", "in_flight"]


def test_object_that_kills_its_worker_every_time_ends_as_a_dead_letter_and_spares_its_neighbours(
    a_route: Route,
) -> None:
    """The killer is in every batch that dies; once it goes alone, the others are delivered."""
    outbox.enqueue([work(a_route, "killer"), *(work(a_route, f"good {number}") for number in range(5))])
    lane = lane_of(a_route)

    with time_machine.travel(timezone.now(), tick=False) as clock:
        for turn in range(40):
            clock.shift(timedelta(minutes=2))
            outbox.recover(lane.pk, f"worker {turn}")
            items = claim(a_route, owner=f"worker {turn}")
            if "killer" not in ids(items):
                for item in items:
                    settled(item, State.DONE, "written")

    ends = dict(states())
    assert ends.pop("killer") == "dead"
    assert set(ends.values()) == {"done"}
    dead = OutboxItem.objects.get(object_id="killer")
    assert dead.tries == len(SCHEDULE) + 1
    assert "stopped" in dead.reason
    assert dead.is_outcome_unknown is True


# --- staff ------------------------------------------------------------------------------------------------------------


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

    assert outbox.due_lanes(now) == [lane_of(a_route).pk]
    with time_machine.travel(now + timedelta(hours=1), tick=False):
        assert set(outbox.due_lanes(timezone.now())) == {lane_of(a_route).pk, lane_of(other).pk}
