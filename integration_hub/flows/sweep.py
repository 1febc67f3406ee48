"""What the ticker does each second: wakes what is due and gives back what was lost. Cheap when there is nothing."""

from dataclasses import dataclass
from datetime import timedelta

from django.utils import timezone

from integration_hub.engine import inbox, lanes
from integration_hub.engine.due import due_lanes
from integration_hub.engine.models import Lane, OutboxItem
from mappings.rules import released

from . import backfill, clocks, poll, reconcile
from .catalog import send_due as send_due_catalogs
from .feeds import send_due as send_due_feeds
from .queue import send_lane

State = OutboxItem.State

LOOK_AT_CLOCK_EVERY = 10
"""Seconds. Clocks are set back once in years."""

MOST_PARKED = 5_000
"""Parked items looked at in one sweep."""


@dataclass(frozen=True, slots=True)
class Swept:
    """What a sweep did, for the supervisor's log."""

    released: int
    nudged: int
    polls: int
    backfills: int
    comparisons: int = 0


def sweep() -> Swept:
    """Release parked items whose rule exists now, nudge lanes with due work or orphans, start due polls."""
    now = timezone.now()
    if now.second % LOOK_AT_CLOCK_EVERY < 2:
        clocks.set_right(now)
    freed = release_parked()
    wanted = set(due_lanes(now)) | set(_lanes_with_orphans())
    wanted |= {lanes.inbound_lane(connection_id).pk for connection_id in inbox.due_connections(now)}
    nudged = lanes.nudge(_workable(wanted), send_lane)
    send_due_catalogs()
    send_due_feeds()
    return Swept(freed, nudged, poll.send_due(), backfill.send_due(), reconcile.send_due())


def _workable(lane_ids: set[int]) -> list[int]:
    """Lanes on which something can be done now: not paused, not asleep, nobody on them."""
    now = timezone.now()
    rows = Lane.objects.filter(pk__in=lane_ids, paused_at=None, connection__paused_at=None).values_list(
        "pk", "sleeps_until", "lease_until", "connection__breaker_open_until", "direction"
    )
    return [
        pk
        for pk, sleeps_until, lease_until, breaker_until, direction in rows
        if (lease_until is None or lease_until < now)
        and (
            direction == Lane.Direction.IN
            or all(until is None or until <= now for until in (sleeps_until, breaker_until))
        )
    ]


def _lanes_with_orphans() -> list[int]:
    """Lanes whose worker died, or that were left with items in hand."""
    now = timezone.now()
    abandoned = set(Lane.objects.filter(lease_until__lte=now).exclude(lease_owner="").values_list("pk", flat=True))
    expired = OutboxItem.objects.filter(state=State.IN_FLIGHT, lease_until__lt=now - timedelta(seconds=1))
    return [*abandoned, *expired.values_list("lane_id", flat=True).distinct()]


def release_parked() -> int:
    """Parked items whose code has a rule now wait to be sent; returns how many."""
    parked = OutboxItem.objects.filter(state=State.PARKED)
    blocked = set(parked.values_list("route_id", "blocked_on").distinct()[:MOST_PARKED])
    if not blocked:
        return 0
    now = timezone.now()
    return sum(
        parked.filter(route_id=route_id, blocked_on=blocked_on).update(
            state=State.WAITING, due_at=now, blocked_on="", reason="", reason_code="", updated_at=now
        )
        for route_id, blocked_on in released(blocked)
    )
