"""Which routes want an object, and when it may be sent."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q, QuerySet
from django.utils import timezone

from connectors.contract.canonical import ObjectKind, Order, Record
from integration_hub.connections.models import Connection, Route
from integration_hub.engine import lanes
from integration_hub.engine.models import Lane
from mappings.manager_rules import asks_for_products

from .definitions import OUTWARD, FlowName


@dataclass(frozen=True, slots=True)
class Scope:
    """The routes of one connection with the lanes they send on; read once per task."""

    connection: Connection
    routes: tuple[Route, ...]
    lanes: dict[str, Lane]
    is_backfill: bool = False
    led_by_products: frozenset[int] = frozenset()
    """Routes whose manager rules go by category or brand."""

    def keeps_products(self, route: Route) -> bool:
        """Whether the records of the store's products are of use to the route: for its file, or its manager rules."""
        return route.sync_catalog or route.sync_prices or route.pk in self.led_by_products

    def lane_id(self, connection_id: int, flow: FlowName) -> int:
        """The lane to that system for that flow; made at first use."""
        kind = "backfill" if self.is_backfill else "live"
        key = f"out:{connection_id}:{flow}:{kind}"
        if key not in self.lanes:
            self.lanes[key] = lanes.outbound_lane(connection_id, flow, is_backfill=self.is_backfill)
        return self.lanes[key].pk


def scope_of(connection: Connection, *, is_backfill: bool = False, only_route: Route | None = None) -> Scope:
    """Everything that decides where this connection's objects go."""
    routes = Route.objects.exclude(mode=Route.Mode.OFF).select_related("store", "crm").order_by("pk")
    routes = routes.annotate(is_led_by_products=asks_for_products())
    found = routes.filter(store=connection) | routes.filter(crm=connection)
    kept = tuple(route for route in found if only_route is None or route.pk == only_route.pk)
    targets = {route.crm_id for route in kept} | {route.store_id for route in kept}
    existing = Lane.objects.filter(connection_id__in=targets, direction=Lane.Direction.OUT)
    led_by_products = frozenset(route.pk for route in kept if route.is_led_by_products)
    return Scope(connection, kept, {lane.key: lane for lane in existing}, is_backfill, led_by_products)


def routes_with_products() -> QuerySet[Route]:
    """Routes for which the products of their store are read: they carry them, or a manager rule looks at them."""
    wanted = Q(sync_catalog=True) | Q(sync_prices=True) | Q(asks_for_products())
    return Route.objects.filter(wanted).exclude(mode=Route.Mode.OFF)


def objection(
    route: Route,
    kind: ObjectKind,
    record: Record,
    *,
    is_linked: bool,
    by_hand: bool = False,
    start_counts: bool = True,
) -> str:
    """Why this route does not want the object; empty when it does. An object that is in the CRM already stays in.

    ``by_hand``: no filter counts. ``start_counts`` False: all do but the start date, as for a backfill.
    """
    if not _is_on(route, kind):
        return f"“{route}” does not carry {OUTWARD[kind]}."
    if not isinstance(record, Order) or by_hand:
        return ""
    if start_counts and not is_linked and record.created_at < route.start_at:
        return f"Older than the start of “{route}”. A backfill brings it over."
    if route.order_statuses and record.status not in route.order_statuses and not is_linked:
        return f"“{route}” does not take orders in status {record.status}."
    if route.store_views and record.store_view not in route.store_views:
        return f"“{route}” does not take orders of store view {record.store_view or '(none)'}."
    if route.order_methods and record.order_method not in route.order_methods:
        return f"“{route}” does not take orders made by {record.order_method or '(none)'}."
    if route.mode == Route.Mode.PILOT and not is_linked and not is_in_pilot(record.id, route.pilot_share):
        return f"Not in the pilot share of “{route}”."
    return ""


def _is_on(route: Route, kind: ObjectKind) -> bool:
    match kind:
        case ObjectKind.ORDER:
            return route.sync_orders
        case ObjectKind.CUSTOMER:
            return route.sync_customers
        case ObjectKind.LEAD:
            return route.sync_leads
        case ObjectKind.PRODUCT:
            return route.sync_catalog or route.sync_prices


def is_in_pilot(object_id: str, share: int) -> bool:
    """Whether the object belongs to the share; the same answer every time."""
    digest = hashlib.blake2b(object_id.encode(), digest_size=4).digest()
    return int.from_bytes(digest, "big") % 100 < share


def due_in_window(route: Route, now: datetime) -> datetime:
    """The moment from which the route may send: now, or the next opening of its daily window."""
    if route.window_from is None or route.window_to is None:
        return now
    local = timezone.localtime(now)
    opens = local.replace(hour=route.window_from.hour, minute=route.window_from.minute, second=0, microsecond=0)
    current = local.time()
    if route.window_from <= route.window_to:
        is_open = route.window_from <= current < route.window_to
    else:
        is_open = current >= route.window_from or current < route.window_to
    if is_open:
        return now
    return opens if opens > local else opens + timedelta(days=1)
