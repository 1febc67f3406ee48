"""The first page: is all well, and if not, what to do. A fixed number of queries, each bounded."""

import json
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, OuterRef, Subquery
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from integration_hub.connections.models import Connection, Route
from integration_hub.engine.models import Attempt, Backfill, Cursor, Heartbeat, Lane, OutboxItem
from integration_hub.watch.findings import in_words
from integration_hub.watch.models import Incident
from integration_hub.watch.places import place
from integration_hub.web.facts import dead_by_route, grid_url, is_late
from mappings.models import CodeRule
from mappings.rules import parse_blocked_key

SPAN = timedelta(hours=24)
SAMPLE = 10_000
"""The newest tries that figures are made of: 30 ms to read. A busier hub's figures cover a shorter time, and say so."""

WORKER_IS_LOST_AFTER = timedelta(seconds=60)
MOST_LISTED = 10
FAULTS = frozenset(
    {
        Attempt.Outcome.REFUSED,
        Attempt.Outcome.INTERNAL,
        Attempt.Outcome.MISCONFIGURED,
        Attempt.Outcome.UNKNOWN,
        Attempt.Outcome.RETRY,
    }
)


@dataclass(slots=True)
class RouteLine:
    """One route over the span: how fresh, how often wrong."""

    route: Route
    delivered: int = 0
    tries: int = 0
    faults: int = 0
    last_at: datetime | None = None
    dead: int = 0

    @property
    def fault_percent(self) -> int:
        return round(100 * self.faults / self.tries) if self.tries else 0


@dataclass(slots=True)
class Traffic:
    """What the newest tries tell."""

    since: datetime
    is_cut: bool = False
    reflect_ms: list[int] = field(default_factory=list)
    by_route: dict[int, RouteLine] = field(default_factory=dict)
    hours: dict[datetime, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))

    def percentile(self, share: float) -> str:
        """The time to reflect that this share of deliveries stayed below, in seconds."""
        if not self.reflect_ms:
            return "—"
        position = min(int(share * len(self.reflect_ms)), len(self.reflect_ms) - 1)
        return in_words(self.reflect_ms[position] / 1000)


@dataclass(frozen=True, slots=True)
class Step:
    """One of the four steps of a fresh installation."""

    title: str
    text: str
    url: str
    is_done: bool


@dataclass(frozen=True, slots=True)
class Trouble:
    """An open incident, as the page shows it."""

    title: str
    cure: str
    since: datetime
    url: str


@dataclass(frozen=True, slots=True)
class Parked:
    """Items that wait for one code."""

    route: str
    kind: str
    code: str
    count: int
    url: str


def context(request: HttpRequest, given: dict[str, Any]) -> dict[str, Any]:
    """Unfold's DASHBOARD_CALLBACK."""
    user: Any = request.user
    if not user.has_perm("connections.view_route"):
        return {**given, "title": _("Dashboard"), "hub_is_closed": True}
    now = timezone.now()
    routes = list(Route.objects.select_related("store", "crm").defer("store__secrets", "crm__secrets").order_by("name"))
    traffic = traffic_of(routes, now)
    dead = dead_by_route()
    for line in traffic.by_route.values():
        line.dead = dead.get(line.route.pk, 0)
    return {
        **given,
        "title": _("Dashboard"),
        "now": now,
        "steps": steps(routes),
        "traffic": traffic,
        "p50": traffic.percentile(0.5),
        "p95": traffic.percentile(0.95),
        "lines": [traffic.by_route[route.pk] for route in routes],
        "chart": chart(traffic, now),
        "dead_total": sum(dead.values()),
        "parked": parked(),
        "oldest": oldest_due(now),
        "incidents": incidents() if user.has_perm("watch.view_incident") else [],
        "paused": list(Connection.objects.filter(paused_at__isnull=False).defer("secrets").order_by("paused_at")),
        "paused_lanes": list(
            Lane.objects.filter(paused_at__isnull=False).select_related("connection").defer("connection__secrets")
        ),
        "late_polls": late_polls(now),
        "backfills": list(
            Backfill.objects.filter(
                state__in=(Backfill.State.RUNNING, Backfill.State.PAUSED, Backfill.State.FAILED)
            ).select_related("route")[:MOST_LISTED]
        ),
        "worker_seen": Heartbeat.objects.order_by("-at").values_list("at", flat=True).first(),
        "worker_is_lost": worker_is_lost(now),
        "can_resume": user.has_perm("connections.change_storeconnection"),
    }


def incidents() -> list[Trouble]:
    """What is broken now, the newest first, without what has a banner with a button of its own."""
    rows = (
        Incident.objects.filter(closed_at=None)
        .exclude(kind__in=(Incident.Kind.REFUSED, Incident.Kind.LANE_PAUSED))
        .select_related("connection")
        .defer("connection__secrets")
        .order_by("-opened_at")[:MOST_LISTED]
    )
    return [Trouble(row.title, row.cure, row.opened_at, place(row)) for row in rows]


def traffic_of(routes: Sequence[Route], now: datetime) -> Traffic:
    """One query over the newest tries of the last day."""
    traffic = Traffic(since=now - SPAN, by_route={route.pk: RouteLine(route) for route in routes})
    rows = list(
        Attempt.objects.filter(started_at__gte=traffic.since)
        .order_by("-started_at")
        .values_list("route_id", "outcome", "reflect_ms", "started_at")[:SAMPLE]
    )
    if len(rows) == SAMPLE:
        traffic.is_cut = True
        traffic.since = rows[-1][3]
    for route_id, outcome, reflect_ms, at in rows:
        _count(traffic, traffic.by_route.get(route_id), outcome, reflect_ms, at)
    traffic.reflect_ms.sort()
    return traffic


def _count(traffic: Traffic, line: RouteLine | None, outcome: str, reflect_ms: int | None, at: datetime) -> None:
    is_fault = outcome in FAULTS
    is_delivered = outcome == Attempt.Outcome.WRITTEN
    hour = timezone.localtime(at).replace(minute=0, second=0, microsecond=0)
    traffic.hours[hour]["faults" if is_fault else "delivered" if is_delivered else "other"] += 1
    if reflect_ms is not None:
        traffic.reflect_ms.append(reflect_ms)
    if line is None:
        return
    line.tries += 1
    line.faults += is_fault
    line.delivered += is_delivered
    if is_delivered and (line.last_at is None or at > line.last_at):
        line.last_at = at


def chart(traffic: Traffic, now: datetime) -> str:
    """Deliveries and faults by hour, as Unfold's bar chart takes it."""
    last = timezone.localtime(now).replace(minute=0, second=0, microsecond=0)
    hours = [last - timedelta(hours=back) for back in range(23, -1, -1)]
    return json.dumps(
        {
            "labels": [f"{hour:%H}:00" for hour in hours],
            "datasets": [
                {
                    "label": _("Delivered"),
                    "data": [traffic.hours[hour]["delivered"] for hour in hours],
                    "backgroundColor": "var(--color-primary-500)",
                    "displayYAxis": True,
                    "maxTicksXLimit": 8,
                    "maxBarThickness": 14,
                    "borderRadius": 3,
                },
                {
                    "label": _("Faults"),
                    "data": [traffic.hours[hour]["faults"] for hour in hours],
                    "backgroundColor": "var(--hub-danger)",
                    "maxBarThickness": 14,
                    "borderRadius": 3,
                },
            ],
        }
    )


def parked() -> list[Parked]:
    """What the most items wait for. One query on the index of parked items, and one for the routes' names."""
    rows = (
        OutboxItem.objects.filter(state=OutboxItem.State.PARKED)
        .values_list("route_id", "route__name", "blocked_on")
        .annotate(count=Count("pk"))
        .order_by("-count")[:MOST_LISTED]
    )
    found = []
    for route_id, route, blocked_on, count in rows:
        parsed = parse_blocked_key(blocked_on)
        kind = parsed[1].kind if parsed else _("link")
        code = parsed[1].code if parsed else blocked_on
        found.append(Parked(route, kind, code, count, _parked_url(route_id, parsed[1].kind if parsed else "")))
    return found


def _parked_url(route_id: int, kind: str) -> str:
    listed = f"{reverse('admin:engine_outboxitem_changelist')}?state__exact=parked&route__id__exact={route_id}"
    return (grid_url(route_id, kind) if kind else "") or listed


def oldest_due(now: datetime) -> Any:
    """The lane whose oldest due item waits longest: asked lane by lane, so that a backlog costs nothing."""
    first = OutboxItem.objects.filter(lane=OuterRef("pk"), state=OutboxItem.State.WAITING, due_at__lte=now)
    lanes = (
        Lane.objects.annotate(oldest=Subquery(first.order_by("due_at").values("due_at")[:1]))
        .filter(oldest__isnull=False)
        .select_related("connection")
        .defer("connection__secrets")
        .order_by("oldest")
    )
    lane: Any = lanes.first()
    if lane is None:
        return None
    return {"lane": lane, "age": in_words((now - lane.oldest).total_seconds()), "is_old": now - lane.oldest > LATE}


LATE = timedelta(minutes=5)
"""Due for so long means that something holds the lane up: a pause, a limit, or no worker."""


def late_polls(now: datetime) -> list[Cursor]:
    overdue = Cursor.objects.filter(due_at__lt=now, connection__paused_at=None)
    rows = overdue.select_related("connection").defer("connection__secrets")
    return [cursor for cursor in rows.order_by("due_at")[:100] if is_late(cursor, now)][:MOST_LISTED]


def worker_is_lost(now: datetime) -> bool:
    """True when there is work and no process has said for a minute that it is alive."""
    if Heartbeat.objects.filter(at__gte=now - WORKER_IS_LOST_AFTER).exists():
        return False
    return Lane.objects.exists()


def steps(routes: Sequence[Route]) -> list[Step]:
    """What a fresh installation needs; empty when all of it is there."""
    roles = set(Connection.objects.order_by().values_list("role", flat=True).distinct())
    has_rules = bool(routes) and CodeRule.objects.exists()
    found = [
        Step(
            _("Connect a store"),
            _("Where orders are made."),
            reverse("admin:connections_storeconnection_add"),
            "store" in roles,
        ),
        Step(
            _("Connect a CRM"),
            _("Where managers work on them."),
            reverse("admin:connections_crmconnection_add"),
            "crm" in roles,
        ),
        Step(
            _("Join them by a route"),
            _("What flows, and who owns the status. Begin with a dry run."),
            reverse("admin:connections_route_add"),
            bool(routes),
        ),
        Step(
            _("Map the codes"),
            _("Which delivery, payment and status here is which one there."),
            _map_url(routes),
            has_rules,
        ),
    ]
    return [] if all(step.is_done for step in found) else found


def _map_url(routes: Sequence[Route]) -> str:
    return (grid_url(routes[0].pk, "status") if routes else "") or reverse("admin:connections_route_changelist")
