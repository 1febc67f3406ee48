"""Leases, nudges, pauses."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from integration_hub.engine import lanes
from integration_hub.engine.models import Lane

from .rows import crm, race, sent_to


@pytest.fixture
def lane(db: None) -> Lane:
    return lanes.outbound_lane(crm().pk, "orders")


def test_lane_is_made_once_and_live_and_backfill_never_share_one(db: None) -> None:
    target = crm()

    live = lanes.outbound_lane(target.pk, "orders")
    again = lanes.outbound_lane(target.pk, "orders")
    backfill = lanes.outbound_lane(target.pk, "orders", is_backfill=True)
    inbound = lanes.inbound_lane(target.pk)

    assert live == again
    assert len({live.pk, backfill.pk, inbound.pk}) == 3
    assert (inbound.direction, backfill.is_backfill) == (Lane.Direction.IN, True)


def test_second_worker_does_not_get_a_lane_that_a_living_one_has(lane: Lane) -> None:
    assert lanes.take(lane.pk, "first") is True

    assert lanes.take(lane.pk, "second") is False

    lane.refresh_from_db()
    assert lane.lease_owner == "first"


def test_lease_of_a_silent_worker_runs_out(lane: Lane) -> None:
    with time_machine.travel(timezone.now(), tick=False) as clock:
        lanes.take(lane.pk, "dead")

        clock.shift(lanes.LEASE - timedelta(seconds=1))
        early = lanes.take(lane.pk, "second")
        clock.shift(timedelta(seconds=2))
        late = lanes.take(lane.pk, "second")

    assert (early, late) == (False, True)


def test_renewing_keeps_the_lease(lane: Lane) -> None:
    with time_machine.travel(timezone.now(), tick=False) as clock:
        lanes.take(lane.pk, "first")
        for _ in range(5):
            clock.shift(timedelta(seconds=50))
            assert lanes.renew(lane.pk, "first") is True

        assert lanes.take(lane.pk, "second") is False


def test_worker_that_lost_its_lane_is_told_and_cannot_give_it_back(lane: Lane) -> None:
    with time_machine.travel(timezone.now(), tick=False) as clock:
        lanes.take(lane.pk, "first")
        clock.shift(lanes.LEASE + timedelta(seconds=1))
        lanes.take(lane.pk, "second")

        assert lanes.renew(lane.pk, "first") is False
        lanes.release(lane.pk, "first")

    lane.refresh_from_db()
    assert lane.lease_owner == "second"
    assert lane.lease_until is not None


@pytest.mark.django_db(transaction=True)
def test_of_eight_racing_workers_one_gets_the_lane() -> None:
    lane = lanes.outbound_lane(crm().pk, "orders")

    taken = race(8, lambda place: lanes.take(lane.pk, f"worker {place}"))

    assert sorted(taken) == [False] * 7 + [True]


@pytest.mark.django_db(transaction=True)
def test_racing_workers_that_need_a_new_lane_make_one() -> None:
    target = crm()

    made = race(8, lambda _place: lanes.outbound_lane(target.pk, "orders").pk)

    assert len(set(made)) == 1


def test_burst_of_nudges_is_one_task(lane: Lane) -> None:
    calls: list[tuple[int, bool]] = []

    counts = [lanes.nudge([lane.pk], sent_to(calls)) for _ in range(20)]

    assert counts == [1] + [0] * 19
    assert calls == [(lane.pk, False)]


def test_backfill_lane_goes_to_the_queue_for_long_jobs(db: None) -> None:
    calls: list[tuple[int, bool]] = []
    lane = lanes.outbound_lane(crm().pk, "orders", is_backfill=True)

    lanes.nudge([lane.pk], sent_to(calls))

    assert calls == [(lane.pk, True)]


def test_lost_nudge_is_sent_again(lane: Lane) -> None:
    calls: list[tuple[int, bool]] = []
    with time_machine.travel(timezone.now(), tick=False) as clock:
        lanes.nudge([lane.pk], sent_to(calls))
        clock.shift(lanes.NUDGE_IS_STALE_AFTER - timedelta(seconds=1))
        lanes.nudge([lane.pk], sent_to(calls))
        fresh = len(calls)
        clock.shift(timedelta(seconds=2))
        lanes.nudge([lane.pk], sent_to(calls))

    assert (fresh, len(calls)) == (1, 2)


def test_work_that_arrives_after_the_task_began_is_asked_for_again(lane: Lane) -> None:
    calls: list[tuple[int, bool]] = []
    lanes.nudge([lane.pk], sent_to(calls))
    lanes.take(lane.pk, "worker")

    lanes.nudge([lane.pk], sent_to(calls))

    assert len(calls) == 2


def test_nudge_that_fell_to_a_second_worker_is_not_missed(lane: Lane) -> None:
    """While the first works, a second task comes, finds the lease taken and ends. What it was to do is still due."""
    calls: list[tuple[int, bool]] = []
    lanes.take(lane.pk, "first")
    lanes.nudge([lane.pk], sent_to(calls))
    lanes.take(lane.pk, "second")
    lanes.release(lane.pk, "first")

    asked = lanes.nudge([lane.pk], sent_to(calls))

    assert asked == 1


def test_nothing_to_nudge_costs_no_query(db: None, django_assert_num_queries: object) -> None:
    with django_assert_num_queries(0):  # type: ignore[operator]  # pytest-django's fixture has no public type
        assert lanes.nudge([], sent_to([])) == 0


@pytest.mark.django_db(transaction=True)
def test_racing_nudges_put_one_task_on_the_queue() -> None:
    lane = lanes.outbound_lane(crm().pk, "orders")
    calls: list[tuple[int, bool]] = []

    race(8, lambda _place: lanes.nudge([lane.pk], sent_to(calls)))

    assert len(calls) == 1


def test_pause_keeps_the_first_reason_and_says_how_many(lane: Lane) -> None:
    other = lanes.outbound_lane(lane.connection_id, "statuses")

    first = lanes.pause([lane.pk], "one")
    second = lanes.pause([lane.pk, other.pk], "two")

    lane.refresh_from_db()
    assert (first, second, lane.paused_reason) == (1, 1, "one")


def test_resume_wakes_a_sleeping_lane_too_and_forgets_its_errors(lane: Lane) -> None:
    lanes.put_to_sleep(lane.pk, timezone.now() + timedelta(hours=1))
    Lane.objects.update(internal_errors=4)

    resumed = lanes.resume([lane.pk])
    again = lanes.resume([lane.pk])

    lane.refresh_from_db()
    assert (resumed, again) == (1, 0)
    assert (lane.sleeps_until, lane.internal_errors, lane.paused_at) == (None, 0, None)


@pytest.mark.django_db
def test_lane_of_a_dead_worker_of_this_machine_is_free_at_once(lane: Lane) -> None:
    owner = lanes.new_owner()
    lanes.take(lane.pk, owner)

    given_back = lanes.release_dead(lambda _pid: False)

    assert given_back == 1
    assert lanes.take(lane.pk, lanes.new_owner())


@pytest.mark.django_db
def test_lane_of_a_living_worker_and_of_another_machine_stay_taken(lane: Lane) -> None:
    other = "elsewhere:4711:abc"
    lanes.take(lane.pk, other)

    assert lanes.release_dead(lambda _pid: False) == 0
    assert not lanes.take(lane.pk, lanes.new_owner())

    lanes.release(lane.pk, other)
    lanes.take(lane.pk, lanes.new_owner())

    assert lanes.release_dead(lambda _pid: True) == 0
    assert not lanes.take(lane.pk, lanes.new_owner())
