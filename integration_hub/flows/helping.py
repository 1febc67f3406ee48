"""A second worker for a lane on which more has gathered than one can deliver soon.

It has a lane of its own, with its own lease, and takes batches over from the lane that it helps: whatever goes wrong
with one of the two is put right as on any other lane. See docs/adr/0017.
"""

from datetime import datetime, timedelta

from django.utils import timezone

from integration_hub.connections.adapters import limits_of
from integration_hub.connections.models import Connection
from integration_hub.engine import breaker, lanes, outbox
from integration_hub.engine.due import count_due
from integration_hub.engine.models import Lane, OutboxItem
from integration_hub.engine.throttle import UNLIMITED_PER_SECOND

from .queue import send_lane

HELP_FROM = 300
"""Due items on a lane: more than a second's work of its own worker."""

ONE_WORKER_PER_SECOND = 250
"""What one worker delivers in whole batches, as measured (docs/performance.md). Where the vendor's limit lets no more
through, a second one would only wait for it as well."""

CALL_EVERY = timedelta(seconds=1)


class Helper:
    """What one drain of a lane has to do with help: a busy lane calls for it, a helping lane gives it."""

    def __init__(self, lane: Lane, connection: Connection, most_at_once: int) -> None:
        self._lane = lane
        self._is_of_use = (
            not lane.is_backfill and lane.helps_id is None and _lets_more_through(connection, most_at_once)
        )
        self._called_at: datetime | None = None

    def call(self, connection: Connection) -> None:
        """Wake a second worker when enough has gathered. Asks the database once a second at most."""
        now = timezone.now()
        if not self._is_of_use or (self._called_at is not None and now - self._called_at < CALL_EVERY):
            return
        self._called_at = now
        if breaker.is_probing(connection) or not _is_deep(self._lane.pk):
            return
        helper = lanes.helper_of(self._lane)
        if helper.lease_until is None or helper.lease_until < now:
            lanes.nudge([helper.pk], send_lane)

    def take_over(self, owner: str, size: int) -> list[OutboxItem]:
        """A batch of what has gathered on the lane that this one helps; nothing once that one will soon be through."""
        if self._lane.helps_id is None:
            return []
        helped = Lane.objects.filter(pk=self._lane.helps_id, paused_at=None).first()
        if helped is None or not _is_deep(helped.pk):
            return []
        return outbox.claim(self._lane.pk, owner, size, from_lane=helped.pk)


def _lets_more_through(connection: Connection, most_at_once: int) -> bool:
    limits = limits_of(connection)
    per_second = limits.per_second or UNLIMITED_PER_SECOND
    return limits.concurrency > 1 and per_second * most_at_once > ONE_WORKER_PER_SECOND


def _is_deep(lane_id: int) -> bool:
    return count_due(lane_id, HELP_FROM) == HELP_FROM
