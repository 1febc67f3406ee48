"""Where the objects of a list page stand on each route. One query for the whole page."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from integration_hub.engine.models import OutboxItem
from integration_hub.records.models import Record

State = OutboxItem.State

MOST_ITEMS = 5_000
"""A page of fifty objects with a hundred items each."""

URGENCY = (State.DEAD, State.PARKED, State.IN_FLIGHT, State.WAITING)
"""The first of these that an object has on a route is what staff see; else how its newest item ended."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How one object stands on one route."""

    route: str
    state: str
    label: str


def standings(records: Sequence[Record]) -> dict[int, list[Standing]]:
    """Per record, by its primary key, in the order of the routes' names."""
    if not records:
        return {}
    rows = (
        OutboxItem.objects.filter(
            object_kind__in={record.kind for record in records},
            object_id__in={record.object_id for record in records},
            route__store_id__in={record.connection_id for record in records},
        )
        .exclude(state__in=(State.SUPERSEDED, State.CANCELLED))
        .order_by("-pk")
        .values_list("route__store_id", "object_kind", "object_id", "route__name", "state")[:MOST_ITEMS]
    )
    states: dict[tuple[int, str, str], dict[str, str]] = {}
    for store_id, kind, object_id, route, state in rows:
        routes = states.setdefault((store_id, kind, object_id), {})
        routes[route] = _more_urgent(routes.get(route), state)
    return {
        record.pk: [
            Standing(route, state, str(State(state).label))
            for route, state in sorted(states.get((record.connection_id, record.kind, record.object_id), {}).items())
        ]
        for record in records
    }


def _more_urgent(known: str | None, other: str) -> str:
    if known is None:
        return other
    ranks: list[Any] = [*URGENCY]
    return other if other in ranks and (known not in ranks or ranks.index(other) < ranks.index(known)) else known
