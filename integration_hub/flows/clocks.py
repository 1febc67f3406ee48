"""After the machine's clock was set back: what was put off by the old clock would wait until the new one gets there.

A row that was written in the future is the sign. Nothing of it is lost: it is due at once, which is early at worst.
"""

from datetime import datetime, timedelta

from django.db.models import Q

from integration_hub.connections.models import Connection
from integration_hub.engine import breaker, lanes
from integration_hub.engine.models import Cursor, InboxEvent, Lane, OutboxItem, RateBucket

IN_THE_FUTURE = timedelta(minutes=2)
"""Machines that share a database may disagree a little; by more than this one of them is wrong."""

FAR_IN_THE_FUTURE = timedelta(minutes=20)
"""For rate limits: to forget one by mistake would be a refused call."""

LATEST_POLL = timedelta(minutes=15)
"""No failed poll is put off for longer."""


def set_right(now: datetime) -> int:
    """Make due what only a clock that was set back holds up; returns how many rows. Each query ends at an index's end,
    where nothing is found."""
    future = now + IN_THE_FUTURE
    items = OutboxItem.objects.filter(state=OutboxItem.State.WAITING, updated_at__gt=future, due_at__gt=now)
    events = InboxEvent.objects.filter(state=InboxEvent.State.NEW, received_at__gt=future, due_at__gt=now)
    return (
        items.update(due_at=now, updated_at=now)
        + events.update(due_at=now, received_at=now)
        + _lanes(now, future)
        + Connection.objects.filter(breaker_open_until__gt=future + breaker.LONGEST_PAUSE).update(
            breaker_open_until=now
        )
        + _polls(now)
        + RateBucket.objects.filter(seen_at__gt=(now + FAR_IN_THE_FUTURE).timestamp()).update(
            tat=now.timestamp(), seen_at=now.timestamp()
        )
    )


def _lanes(now: datetime, future: datetime) -> int:
    """A lane that was nudged or moved in the future; a worker that lives keeps its lease for a while."""
    rows = Lane.objects.filter(Q(nudged_at__gt=future) | Q(heartbeat_at__gt=future))
    held = rows.filter(lease_until__gt=now + lanes.LEASE).update(lease_until=now + lanes.LEASE)
    return held + rows.update(is_nudged=False, nudged_at=now, heartbeat_at=now, sleeps_until=None)


def _polls(now: datetime) -> int:
    far = Cursor.objects.filter(due_at__gt=now + LATEST_POLL).values_list("pk", "due_at", "interval_seconds")
    late = [pk for pk, due_at, interval in far if due_at > now + LATEST_POLL + timedelta(seconds=interval)]
    return Cursor.objects.filter(pk__in=late).update(due_at=now, lease_until=None) if late else 0
