"""Looks at the systems outside, by what the hub noted of them: nobody is called here."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db.models import Q

from integration_hub.connections.models import Connection
from integration_hub.engine import breaker
from integration_hub.engine.models import Cursor
from integration_hub.flows import webhooks
from integration_hub.flows.poll import LOOK_BACK

from .findings import Finding, measured
from .models import Incident

Kind = Incident.Kind

FAILURES_OF_A_LONG_OUTAGE = breaker.failures_in(timedelta(minutes=5))

INTERVALS_MISSED = 5
SHORTEST_LATENESS = timedelta(minutes=15)
"""A poll each minute is not worth a message after five of them: most faults pass in minutes."""


def switched_off_webhooks(_now: datetime) -> Iterator[Finding]:
    """Connections whose webhooks the last look found switched off or gone."""
    rows = Connection.objects.filter(paused_at=None, verify_report__has_key="webhooks")
    for pk, name, report in rows.values_list("pk", "name", "verify_report"):
        kept = webhooks.kept(report)
        if kept.lost:
            facts = {"name": name, "topics": ", ".join(kept.lost), "repair": kept.repair}
            yield Finding(Kind.WEBHOOKS, f"connection:{pk}", facts, len(kept.lost), connection_id=pk)


def late_polls(now: datetime) -> Iterator[Finding]:
    """Polls without success for five of their intervals, and for a quarter of an hour."""
    rows = Cursor.objects.filter(Q(failures__gte=2) | Q(due_at__lt=now - SHORTEST_LATENESS), connection__paused_at=None)
    columns = ("pk", "purpose", "succeeded_at", "start_at", "interval_seconds", "connection_id", "connection__name")
    for pk, purpose, succeeded_at, start_at, interval, connection_id, name in rows.values_list(*columns):
        silent = now - (succeeded_at or start_at + LOOK_BACK)
        if silent > max(timedelta(seconds=interval * INTERVALS_MISSED), SHORTEST_LATENESS):
            facts = {"name": name, "purpose": purpose, "age": measured(silent.total_seconds())}
            yield Finding(Kind.POLL, f"cursor:{pk}", facts, connection_id=connection_id)


def refused_connections(_now: datetime) -> Iterator[Finding]:
    """Connections that the hub paused because key, rights or account are wrong; a pause by hand is no incident."""
    rows = Connection.objects.filter(paused_at__isnull=False, paused_by="")
    for pk, name in rows.values_list("pk", "name"):
        yield Finding(Kind.REFUSED, f"connection:{pk}", {"name": name}, connection_id=pk)


def systems_that_are_away(_now: datetime) -> Iterator[Finding]:
    """Connections whose breaker has been open for more than five minutes."""
    rows = Connection.objects.filter(paused_at=None, breaker_failures__gte=FAILURES_OF_A_LONG_OUTAGE)
    for pk, name in rows.values_list("pk", "name"):
        yield Finding(Kind.AWAY, f"connection:{pk}", {"name": name}, connection_id=pk)
