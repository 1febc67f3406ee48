"""Stops calling a system that does not answer, and probes whether it is back.

The state stands on the connection's row, where staff see it and every worker reads it.
"""

from datetime import datetime, timedelta

from django.db.models import F, Q
from django.utils import timezone

from integration_hub.connections.models import Connection

FAILURES_TO_OPEN = 6
"""Batches in a row that failed. A system that refuses every fifth call is not away, and six in a row come about by
chance once in a long time."""

HEARD = 0.5
"""What a failed batch counts in which the system did answer a call: a look-up went through, the write did not. Every
fifth call refused, such batches alone would look like an outage within a minute of full work; a system that reads but
does not write for long is left alone all the same."""

PAUSES = tuple(timedelta(seconds=seconds) for seconds in (5, 5, 5, 10, 20, 40, 60))
"""Before each probe. Most outages are over in seconds, and a probe may fail by chance as well; in a long one there is
a call a minute, so that a system that is back is noticed within a minute."""

LONGEST_PAUSE = PAUSES[-1]


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


def _pause(failures: float) -> timedelta:
    probes = max(int(failures) - FAILURES_TO_OPEN, 0)
    return PAUSES[min(probes, len(PAUSES) - 1)]


def failures_in(outage: timedelta) -> int:
    """How many failures in a row are counted in an outage of that length, when nothing but probes is tried."""
    failures, passed = FAILURES_TO_OPEN, timedelta(0)
    while passed < outage:
        passed += _pause(failures)
        failures += 1
    return failures


def failed(connection: Connection, *, was_heard: bool = False) -> None:
    """A whole batch failed, because nobody was there or the system is in trouble. ``was_heard``: it answered a call of
    that batch."""
    weight = HEARD if was_heard else 1.0
    Connection.objects.filter(pk=connection.pk).update(breaker_failures=F("breaker_failures") + weight)
    connection.refresh_from_db(fields=["breaker_failures"])
    if is_probing(connection):
        connection.breaker_open_until = timezone.now() + _pause(connection.breaker_failures)
        Connection.objects.filter(pk=connection.pk).update(breaker_open_until=connection.breaker_open_until)


def worked(connection: Connection) -> None:
    """The system answered."""
    if connection.breaker_failures or connection.breaker_open_until:
        connection.breaker_failures, connection.breaker_open_until = 0, None
        Connection.objects.filter(pk=connection.pk).update(breaker_failures=0, breaker_open_until=None)
