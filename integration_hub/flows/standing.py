"""How an order's status stands between a store and a CRM, as of one moment."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, Q, Subquery

from connectors.contract.canonical import ObjectKind
from connectors.contract.errors import Unmapped
from integration_hub.connections.models import Route
from integration_hub.engine import echo
from integration_hub.engine.models import Link, OutboxItem
from integration_hub.records.models import Record
from mappings.resolve import RuleSet, translate_status_back

from .definitions import FlowName, status_mark
from .desk import rules_of

ORDER = ObjectKind.ORDER
State = OutboxItem.State

BEING_SET = Q(state=State.IN_FLIGHT) | Q(state=State.WAITING, is_outcome_unknown=True)
"""A status write whose answer is not there yet, or never came."""


@dataclass(frozen=True, slots=True)
class Standing:
    """``status``: the store's, as the hub knows it. ``agreed``: what the CRM knows of it. ``is_coming_back``: a status
    of the CRM waits for the store or is being set there. ``being_set``: payload of the one that is being set, or whose
    setting got no answer."""

    status: str
    agreed: echo.Mark
    is_coming_back: bool
    being_set: Mapping[str, Any] | None


def standings(route: Route, order_ids: Collection[str]) -> dict[str, Standing]:
    """By the order's id in the store; only orders that are linked.

    One statement, so that a status which is recorded at this moment is seen either as on its way or as arrived: in
    two reads it could be neither, and our own write would go back to the CRM as the store's news.
    """
    back = OutboxItem.objects.filter(
        route=route, flow=FlowName.STATUSES, object_kind=ORDER, object_id=OuterRef("object_id")
    )
    being_set = back.filter(BEING_SET)
    record = Record.objects.filter(connection=route.store_id, kind=ORDER, object_id=OuterRef("object_id"))
    sides = Link.objects.filter(connection=route.store_id, kind=ORDER, object_id__in=set(order_ids)).annotate(
        status_now=Subquery(record.values("status")[:1]),
        is_coming_back=Exists(back.filter(state__in=[State.WAITING, State.IN_FLIGHT])),
        being_set=Subquery(being_set.order_by("pk").values("payload")[:1]),
    )
    rows = sides.values_list("object_id", "aspects", "status_now", "is_coming_back", "being_set")
    return {
        object_id: Standing(status or "", echo.mark_of(aspects, status_mark(route.crm_id)), is_coming_back, payload)
        for object_id, aspects, status, is_coming_back, payload in rows
    }


def being_set(routes: Sequence[Route], order_ids: Collection[str]) -> dict[str, dict[int, str]]:
    """By the order's id in the store, then by route: the store's status that is being set there for its CRM."""
    back = {Route.StatusFlow.BOTH, Route.StatusFlow.TO_STORE}
    wanted = {route.pk: route for route in routes if route.status_flow in back}
    items = OutboxItem.objects.filter(
        BEING_SET, route__in=wanted, flow=FlowName.STATUSES, object_kind=ORDER, object_id__in=set(order_ids)
    )
    found: dict[str, dict[int, str]] = {}
    rules: dict[int, RuleSet] = {}
    for object_id, route_id, payload in items.values_list("object_id", "route_id", "payload"):
        rules[route_id] = rules.get(route_id) or rules_of(wanted[route_id])
        status = _sets(rules[route_id], payload)
        if status is not None:
            found.setdefault(object_id, {})[route_id] = status
    return found


def is_news(route: Route, rules: RuleSet, standing: Standing, *, read: str, status: str) -> bool:
    """Whether the store's status is to be sent to the CRM: it changed there since the two last agreed on one.

    ``read`` is the status of the record that the draft is made from, ``status`` the same after the route's functions.
    A record that has changed since it was read is sent again anyhow.
    """
    if standing.status != read:
        return False
    if route.status_flow == Route.StatusFlow.BOTH:
        if route.status_owner == Route.Side.CRM and standing.is_coming_back:
            return False
        if standing.being_set is not None and _sets(rules, standing.being_set) == read:
            return False
    return echo.judge(standing.agreed, echo.fingerprint(status)) is echo.Verdict.NEWS


def _sets(rules: RuleSet, payload: Mapping[str, Any]) -> str | None:
    families = [str(each) for each in payload.get("families", ())]
    try:
        return translate_status_back(rules, str(payload.get("status", "")), families)
    except Unmapped:
        return None
