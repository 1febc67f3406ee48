"""Stops calling a system that does not answer, and probes whether it is back.

The state stands on the connection's row, where staff see it and every worker reads it.
"""

from datetime import datetime, timedelta

from django.db.models import F, Q
from django.utils import timezone

from integration_hub.connections.models import Connection

FAILURES_TO_OPEN = 5
"""Batches in a row that failed. A system that refuses every fifth call by chance does so three times in a row every
two minutes, and is not away: five in a row are an outage."""

FIRST_PAUSE = timedelta(seconds=5)
LONGEST_PAUSE = timedelta(seconds=60)
"""A system that is back is noticed within a minute, at the price of one call a minute while it is away."""


def open_until(connection: Connection, now: datetime) -> datetime | None:
    """When the next probe may be made; None when the system is taken to be well or may be probed now."""
    until = connection.breaker_open_until
    return until if until is not None and until > now else None


def is_probing(connection: Connection) -> bool:
    """Whether the next batch is a probe: it should be one item, not fifty."""
    return connection.breaker_failures >= FAILURES_TO_OPEN


def take_probe(connection: Connection) -> bool:
    """Whether the caller may go on with the next probe. One worker wins it, whatever lanes there are; should it die,
    the next probe is made after another pause. True as well when another's probe has found the system well."""
    now = timezone.now()
    due = Q(breaker_open_until=None) | Q(breaker_open_until__lte=now)
    row = Connection.objects.filter(pk=connection.pk, breaker_failures__gte=FAILURES_TO_OPEN)
    if row.filter(due).update(breaker_open_until=now + _pause(connection.breaker_failures)):
        return True
    connection.refresh_from_db(fields=["breaker_failures", "breaker_open_until"])
    return not is_probing(connection) and open_until(connection, now) is None


def _pause(failures: int) -> timedelta:
    doublings = min(max(failures - FAILURES_TO_OPEN, 0), 10)
    return min(FIRST_PAUSE * (1 << doublings), LONGEST_PAUSE)


def failed(connection: Connection) -> None:
    """A whole batch found nobody there."""
    Connection.objects.filter(pk=connection.pk).update(breaker_failures=F("breaker_failures") + 1)
    connection.refresh_from_db(fields=["breaker_failures"])
    if is_probing(connection):
        connection.breaker_open_until = timezone.now() + _pause(connection.breaker_failures)
        Connection.objects.filter(pk=connection.pk).update(breaker_open_until=connection.breaker_open_until)


def worked(connection: Connection) -> None:
    """The system answered."""
    if connection.breaker_failures or connection.breaker_open_until:
        connection.breaker_failures, connection.breaker_open_until = 0, None
        Connection.objects.filter(pk=connection.pk).update(breaker_failures=0, breaker_open_until=None)
