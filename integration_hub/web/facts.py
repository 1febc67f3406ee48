"""Short facts that several pages show about connections and routes, each read in a fixed number of queries."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Max, OuterRef, Q, Subquery
from django.urls import NoReverseMatch, reverse
from django.utils.dateparse import parse_datetime

from integration_hub.connections.models import Connection, Route
from integration_hub.engine.models import Attempt, Cursor, OutboxItem


@dataclass(slots=True)
class ConnectionFacts:
    """What a connection's line in the list shows beside its own columns."""

    routes: list[str] = field(default_factory=list)
    dead: int = 0
    last_poll: datetime | None = None


@dataclass(frozen=True, slots=True)
class Webhooks:
    """The webhooks as they were last looked at."""

    at: datetime | None
    rows: list[dict[str, str]]


def connection_state(connection: Connection) -> str:
    """``paused``, ``problem``, ``unverified`` or ``active``: the most urgent that is true."""
    if connection.is_paused:
        return "paused"
    if connection.verify_report.get("passed") is False:
        return "problem"
    return "active" if connection.verified_at else "unverified"


def webhooks_of(connection: Connection) -> Webhooks | None:
    """None: nobody has looked yet."""
    kept: Any = connection.verify_report.get("webhooks")
    if not isinstance(kept, dict):
        return None
    return Webhooks(parse_datetime(str(kept.get("at", ""))), list(kept.get("rows") or []))


def dead_by_route() -> dict[int, int]:
    """Open dead letters per route. One query on the index of states."""
    rows = OutboxItem.objects.filter(state=OutboxItem.State.DEAD).order_by()
    return dict(rows.values_list("route_id").annotate(Count("pk")))


def connection_facts(connection_ids: Collection[int]) -> Mapping[int, ConnectionFacts]:
    """The facts of those connections, by id. Three queries."""
    facts = {pk: ConnectionFacts() for pk in connection_ids}
    dead = dead_by_route()
    joined = Q(store_id__in=connection_ids) | Q(crm_id__in=connection_ids)
    routes = Route.objects.filter(joined).order_by("name").values_list("pk", "name", "store_id", "crm_id")
    for route_id, name, store_id, crm_id in routes:
        for side in (store_id, crm_id):
            if side in facts:
                facts[side].routes.append(name)
                facts[side].dead += dead.get(route_id, 0)
    polled = Cursor.objects.filter(connection_id__in=connection_ids).order_by()
    for pk, at in polled.values_list("connection_id").annotate(Max("succeeded_at")):
        facts[pk].last_poll = at
    return facts


def last_deliveries(route_ids: Collection[int]) -> dict[int, datetime | None]:
    """When each route delivered something last. One query."""
    newest = Attempt.objects.filter(route=OuterRef("pk"), outcome=Attempt.Outcome.WRITTEN).order_by("-pk")
    rows = Route.objects.filter(pk__in=route_ids).annotate(at=Subquery(newest.values("started_at")[:1]))
    return dict(rows.values_list("pk", "at"))


LATE_AFTER = timedelta(minutes=5)
"""A poll that is so much overdue is late; a restart or a busy minute is not worth a word."""


def is_late(cursor: Cursor, now: datetime) -> bool:
    return cursor.due_at < now - LATE_AFTER


def grid_url(route_id: int, kind: str) -> str:
    """The mapping grid of a route; empty when the mappings pages are not there."""
    try:
        return reverse("admin:mappings_coderule_grid", args=(route_id, kind))
    except NoReverseMatch:
        return ""
