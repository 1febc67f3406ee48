"""What differs between an order in the store and the same order in the CRM, and whose state counts. No writing here."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from connectors.contract.canonical import ObjectKind, Order
from connectors.contract.errors import Unmapped
from connectors.contract.results import StatusSeen
from integration_hub.connections.models import Route
from integration_hub.engine import echo
from integration_hub.engine.models import Drift, Link
from mappings.resolve import RuleSet, to_crm, translate_status_back

from .definitions import status_mark

ORDER = ObjectKind.ORDER
Kind = Drift.Kind

CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Difference:
    """``crm_wins``: the CRM's state is written to the store; else the order is sent to the CRM again."""

    order: Order
    kind: Kind
    store_value: str = ""
    crm_value: str = ""
    message: str = ""
    crm_wins: bool = False
    seen: StatusSeen | None = None


@dataclass(frozen=True, slots=True)
class Sides:
    """What one page of orders is compared with."""

    route: Route
    rules: RuleSet
    known: frozenset[str]
    """Orders of which the hub has a record."""
    links: Mapping[str, Link]
    crm_links: Mapping[str, Link]
    """The CRM's side, by the store's order id."""
    seen: Mapping[str, StatusSeen]
    """What the CRM has, by the store's order id."""


def difference(sides: Sides, order: Order) -> Difference | None:
    """The first that is found: an order that one side lacks has no status to compare."""
    seen = sides.seen.get(order.id)
    if order.id not in sides.known:
        where = "The CRM has it." if seen else "The CRM does not have it either."
        return Difference(order, Kind.MISSING_IN_HUB, order.status, seen.status if seen else "", where, seen=seen)
    if seen is None:
        return Difference(order, Kind.MISSING_IN_CRM, order.status)
    if order.id not in sides.links:
        said = "The CRM has it, but the hub does not know that the two are one."
        return Difference(order, Kind.MISSING_IN_HUB, order.status, seen.status, said, seen=seen)
    return _status(sides, order, seen) or _total(order, seen)


def _total(order: Order, seen: StatusSeen) -> Difference | None:
    if seen.total is None or seen.currency not in {"", order.currency} or abs(seen.total - order.total) < CENT:
        return None
    return Difference(order, Kind.TOTAL, f"{order.total} {order.currency}", f"{seen.total} {order.currency}", seen=seen)


def _status(sides: Sides, order: Order, seen: StatusSeen) -> Difference | None:
    if sides.route.status_flow == Route.StatusFlow.OFF or _agree(sides.rules, order, seen):
        return None
    winner = _winner(sides, order, seen)
    if winner is None:
        return None
    crm_wins = winner == Route.Side.CRM
    return Difference(order, Kind.STATUS, order.status, seen.status, crm_wins=crm_wins, seen=seen)


def _agree(rules: RuleSet, order: Order, seen: StatusSeen) -> bool:
    """Whether the one is a translation of the other. A status that has none, on purpose or not yet, is not compared:
    orders that wait for a rule stand in the mappings' to-do list."""
    try:
        outward = to_crm(rules, "status", order.status)
    except Unmapped:
        return True
    if outward is None or outward in (seen.status, *seen.families):
        return True
    try:
        back = translate_status_back(rules, seen.status, seen.families)
    except Unmapped:
        return True
    return back is None or back == order.status


def _winner(sides: Sides, order: Order, seen: StatusSeen) -> str | None:
    """Whose status counts; None when the two may differ.

    The side that changed since both last agreed; the owner when both did, or when neither did and a write was lost.
    Where statuses flow one way only, the other side may go its own way.
    """
    route, link, crm_link = sides.route, sides.links[order.id], sides.crm_links.get(order.id)
    store_moved = _is_news(link, status_mark(route.crm_id), order.status)
    crm_moved = crm_link is None or _is_news(crm_link, "status", seen.status)
    match route.status_flow:
        case Route.StatusFlow.TO_CRM:
            return Route.Side.STORE if store_moved else None
        case Route.StatusFlow.TO_STORE:
            return Route.Side.CRM if crm_moved else None
    if store_moved != crm_moved:
        return Route.Side.STORE if store_moved else Route.Side.CRM
    return str(route.status_owner)


def _is_news(link: Link, aspect: str, status: str) -> bool:
    return echo.judge(echo.mark_of(link.aspects, aspect), echo.fingerprint(status)) is echo.Verdict.NEWS
