"""Looks at the work itself: what stands still, waits too long, or needs staff. Each a query on an index."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Count, Min, OuterRef, Q, QuerySet, Subquery

from integration_hub.connections.models import Connection
from integration_hub.engine.models import Backfill, InboxEvent, Lane, OutboxItem, ReconcileRun
from integration_hub.engine.models.jobs import LongJob
from integration_hub.flows.deliver import INTERNAL_ERRORS_TO_PAUSE

from .findings import Finding, measured
from .models import Incident

Kind = Incident.Kind

STILL_AFTER = timedelta(minutes=3)
"""The watchdog restarts deaf workers within half a minute; what it could not heal by then, staff must know."""

FAILED_LATELY = timedelta(days=1)
"""An event that could not be read stays so; after a day it is history and no longer news."""

UNMOVED_JOB = timedelta(minutes=15)
OLD_JOB = timedelta(days=7)

LONG_JOBS: Sequence[tuple[str, type[Backfill | ReconcileRun]]] = (
    (Kind.BACKFILL, Backfill),
    (Kind.RECONCILE, ReconcileRun),
)


def lanes_with_old_work(now: datetime) -> Iterator[Finding]:
    """Live lanes whose oldest due item waits: unmoved, or moving too slowly. Held back on purpose is neither."""
    first = OutboxItem.objects.filter(lane=OuterRef("pk"), state=OutboxItem.State.WAITING, due_at__lte=now)
    awake = Q(sleeps_until=None) | Q(sleeps_until__lte=now)
    well = Q(connection__breaker_failures__lt=3)
    rows = (
        Lane.objects.filter(awake & well, direction=Lane.Direction.OUT, paused_at=None, connection__paused_at=None)
        .annotate(oldest=Subquery(first.order_by("due_at").values("due_at")[:1]))
        .filter(oldest__lt=now - STILL_AFTER)
        .select_related("connection")
        .defer("connection__secrets")
    )
    for lane in rows:
        found = _judged(lane, now - lane.oldest, now)
        if found is not None:
            yield found


def _judged(lane: Lane, waits: timedelta, now: datetime) -> Finding | None:
    facts = {"name": str(lane), "age": measured(waits.total_seconds())}
    moved = max(filter(None, (lane.heartbeat_at, lane.lease_until if lane.lease_owner else None)), default=None)
    if moved is None or moved < now - STILL_AFTER:
        kind = Kind.LANE_STILL
    elif not lane.is_backfill and waits > timedelta(minutes=settings.HUB_ALERT_OLDEST_DUE_MINUTES):
        kind = Kind.OVERDUE
    else:
        return None
    return Finding(kind, f"lane:{lane.pk}", facts, connection_id=lane.connection_id, lane_id=lane.pk)


def paused_lanes(_now: datetime) -> Iterator[Finding]:
    """Lanes that the hub paused after internal errors."""
    rows = Lane.objects.filter(paused_at__isnull=False, internal_errors__gte=INTERNAL_ERRORS_TO_PAUSE)
    for lane in rows.select_related("connection").defer("connection__secrets"):
        facts = {"name": str(lane)}
        yield Finding(Kind.LANE_PAUSED, f"lane:{lane.pk}", facts, connection_id=lane.connection_id, lane_id=lane.pk)


def unread_events(now: datetime) -> Iterator[Finding]:
    """Connections whose oldest event that may be read has waited too long. By the time it came in, because a retry
    puts off when it is due."""
    limit = now - timedelta(minutes=settings.HUB_ALERT_OLDEST_DUE_MINUTES)
    rows = (
        InboxEvent.objects.filter(state=InboxEvent.State.NEW, due_at__lt=limit, connection__paused_at=None)
        .order_by("connection_id")
        .values_list("connection_id", "connection__name")
        .annotate(oldest=Min("due_at"))
    )
    for connection_id, name, oldest in rows:
        facts = {"name": name, "age": measured((now - oldest).total_seconds())}
        yield Finding(Kind.UNREAD, f"connection:{connection_id}", facts, connection_id=connection_id)


def dead_letters(_now: datetime) -> Iterator[Finding]:
    rows = (
        OutboxItem.objects.filter(state=OutboxItem.State.DEAD)
        .order_by("route_id")
        .values_list("route_id", "route__name")
        .annotate(count=Count("pk"))
        .filter(count__gte=settings.HUB_ALERT_DEAD_LETTERS)
    )
    for route_id, name, count in rows:
        yield Finding(Kind.DEAD_LETTERS, f"route:{route_id}", {"name": name}, count, route_id=route_id)


def failed_events(now: datetime) -> Iterator[Finding]:
    rows = (
        InboxEvent.objects.filter(state=InboxEvent.State.FAILED, received_at__gte=now - FAILED_LATELY)
        .order_by("connection_id")
        .values_list("connection_id", "connection__name")
        .annotate(count=Count("pk"))
    )
    for connection_id, name, count in rows:
        yield Finding(
            Kind.FAILED_EVENTS, f"connection:{connection_id}", {"name": name}, count, connection_id=connection_id
        )


def long_parked(now: datetime) -> Iterator[Finding]:
    hours = settings.HUB_ALERT_PARKED_HOURS
    rows = (
        OutboxItem.objects.filter(state=OutboxItem.State.PARKED, created_at__lt=now - timedelta(hours=hours))
        .order_by("route_id")
        .values_list("route_id", "route__name")
        .annotate(count=Count("pk"))
    )
    for route_id, name, count in rows:
        facts = {"name": name, "hours": hours}
        yield Finding(Kind.PARKED, f"route:{route_id}", facts, count, route_id=route_id)


def stopped_jobs(now: datetime) -> Iterator[Finding]:
    """Backfills and comparisons that ended in an error, keep failing, or that nobody has worked on for a quarter of an
    hour. A stop that is a week old is history."""
    for kind, model in LONG_JOBS:
        for pk, route_id, name in _stopped(model, now).values_list("pk", "route_id", "route__name").order_by("pk"):
            yield Finding(kind, f"{kind}:{pk}", {"name": name}, route_id=route_id)


def _stopped(model: type[Backfill | ReconcileRun], now: datetime) -> QuerySet[Any]:
    unmoved = now - UNMOVED_JOB
    ended = Q(state=LongJob.State.FAILED, finished_at__gte=now - OLD_JOB)
    orphaned = Q(lease_until__lt=unmoved)
    failing = ~Q(error="") & Q(created_at__lt=unmoved)
    waiting = Q(lease_until=None, due_at__lt=unmoved)
    paused = Connection.objects.filter(paused_at__isnull=False).values("pk")
    running = Q(state=LongJob.State.RUNNING) & ~Q(route__store__in=paused) & ~Q(route__crm__in=paused)
    return model._default_manager.filter(ended | running & (orphaned | failing | waiting))
