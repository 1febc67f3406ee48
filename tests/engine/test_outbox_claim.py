"""Claiming work, and giving back what a dead worker held."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from integration_hub.connections.models import Route
from integration_hub.engine import lanes, outbox
from integration_hub.engine.due import due_lanes, has_due
from integration_hub.engine.models import Attempt, OutboxItem
from integration_hub.engine.retry import SCHEDULE

from .rows import claim, ids, lane_of, one_waiting, race, route, settled, soon, states, work

State = OutboxItem.State


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


def test_items_taken_from_another_lane_belong_to_the_one_that_takes_them(a_route: Route) -> None:
    outbox.enqueue([work(a_route, number) for number in ("a", "b", "c")])
    helper = lanes.helper_of(lane_of(a_route))

    taken = outbox.claim(helper.pk, "second", 2, from_lane=lane_of(a_route).pk)
    recovered_there = outbox.recover(lane_of(a_route).pk, "first")
    recovered_here = outbox.recover(helper.pk, "third")

    assert ids(taken) == ["a", "b"]
    assert (recovered_there, recovered_here) == (0, 2)
    assert ids(claim(a_route)) == ["c"]


def test_route_that_is_off_sends_nothing_and_keeps_its_items(a_route: Route) -> None:
    one_waiting(a_route)
    Route.objects.update(mode=Route.Mode.OFF)

    assert claim(a_route) == []
    assert due_lanes(timezone.now()) == []
    assert has_due(lane_of(a_route).pk, timezone.now()) is False
    assert states() == [("1001", "waiting")]


def test_object_that_is_in_flight_on_the_backfill_lane_waits_its_turn_on_the_live_one(a_route: Route) -> None:
    backfill = lane_of(a_route, is_backfill=True)
    outbox.enqueue([work(a_route, lane_id=backfill.pk)])
    [old] = outbox.claim(backfill.pk, "backfiller", 50)
    outbox.enqueue([work(a_route), work(a_route, "neighbour")])

    items = claim(a_route)
    meanwhile = has_due(lane_of(a_route).pk, timezone.now()), due_lanes(timezone.now())
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


def test_what_a_dead_worker_held_is_looked_up_before_it_is_sent_again(a_route: Route) -> None:
    outbox.enqueue([work(a_route, "1"), work(a_route, "2")])
    claim(a_route, owner="dead", limit=1)

    recovered = outbox.recover(lane_of(a_route).pk, "next")

    row = OutboxItem.objects.get(object_id="1")
    assert recovered == 1
    assert (row.state, row.is_outcome_unknown, row.tries, row.reason_code) == ("waiting", True, 1, "worker_lost")
    assert OutboxItem.objects.get(object_id="2").is_outcome_unknown is False
    assert (Attempt.objects.get().outcome, Attempt.objects.get().object_id) == ("unknown", "1")


def test_what_a_dead_worker_held_keeps_its_place_before_what_came_later(a_route: Route) -> None:
    outbox.enqueue([work(a_route, "1", due_at=timezone.now() - timedelta(minutes=2))])
    outbox.enqueue([work(a_route, "2", due_at=timezone.now() - timedelta(minutes=1))])
    claim(a_route, owner="dead", limit=1)

    outbox.recover(lane_of(a_route).pk, "next")

    assert [item.object_id for item in outbox.claim(lane_of(a_route).pk, "next", 2)] == ["1", "2"]


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


def test_behind_a_backlog_some_of_the_newest_come_along(a_route: Route) -> None:
    for age in range(30, 0, -1):
        outbox.enqueue([work(a_route, f"{age}", due_at=timezone.now() - timedelta(minutes=age))])

    items = claim(a_route, limit=10)

    assert ids(items) == ["30", "29", "28", "27", "26", "25", "24", "23", "2", "1"]


def test_what_fits_into_one_batch_goes_in_its_order(a_route: Route) -> None:
    for age in range(10, 0, -1):
        outbox.enqueue([work(a_route, f"{age}", due_at=timezone.now() - timedelta(minutes=age))])

    assert ids(claim(a_route, limit=10)) == [str(age) for age in range(10, 0, -1)]
