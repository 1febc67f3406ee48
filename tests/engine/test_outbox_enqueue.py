"""Putting work on the outbox: one open row per object, whatever happens at the same time."""

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from integration_hub.connections.models import Route
from integration_hub.engine import outbox
from integration_hub.engine.models import OutboxItem

from .rows import claim, lane_of, one_waiting, race, route, settled, soon, states, work

State = OutboxItem.State


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


def test_urgent_work_gives_up_its_backoff(a_route: Route) -> None:
    outbox.enqueue([work(a_route)])
    [item] = claim(a_route)
    settled(item, State.WAITING, due_at=soon(600))

    outbox.enqueue([work(a_route, is_urgent=True)])

    row = OutboxItem.objects.get()
    assert (row.due_at <= timezone.now(), row.tries) == (True, 0)


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
        item.pk, item.state = None, state

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
