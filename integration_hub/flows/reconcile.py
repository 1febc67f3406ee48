"""Compares both sides of a route, lists the drift, and heals it through the outbox."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils import timezone

from connectors.contract.canonical import ObjectKind, Order
from connectors.contract.errors import Misconfigured
from connectors.contract.results import UnreadableObject
from integration_hub.connections.models import Route
from integration_hub.engine import lanes, links
from integration_hub.engine.exchanges import ExchangeLog
from integration_hub.engine.models import OutboxItem

from .absorb import Found, absorb
from .definitions import FlowName
from .queue import send_lane
from .routing import Scope, objection, scope_of
from .services import opened

ORDER = ObjectKind.ORDER

MOST_LISTED = 500
"""Drifts listed by number; beyond that the count says enough."""


@dataclass(slots=True)
class Drift:
    """What a comparison found. ``missing`` are order numbers that the CRM lacks without a known reason."""

    in_store: int = 0
    in_hub: int = 0
    in_crm: int = 0
    unwanted: int = 0
    open_items: int = 0
    unreadable: int = 0
    healed: int = 0
    missing: list[str] = field(default_factory=list)

    @property
    def is_clean(self) -> bool:
        return not self.missing and not self.unreadable


def reconcile(
    route: Route, since: datetime | None = None, until: datetime | None = None, *, heal: bool = True
) -> Drift:
    """Walk the store's orders of that time; whatever should be in the CRM and is not, is listed and sent again.

    Raises ConnectorError when one of the sides cannot be read.
    """
    store_log, crm_log = ExchangeLog(route.store_id), ExchangeLog(route.crm_id)
    store, crm = opened(route.store, store_log), opened(route.crm, crm_log)
    if store.orders is None or crm.status_source is None:
        message = "This pair of systems cannot be compared: one of them does not let the hub read orders."
        raise Misconfigured(message, code="not_supported")
    scope = scope_of(route.store, is_backfill=True, only_route=route)
    drift = Drift()
    try:
        for orders in _pages(store.orders, since or route.start_at, until, drift):
            for part in _chunks(orders, crm.status_source.max_fetch):
                _compare(route, scope, crm.status_source, part, drift, heal=heal)
    finally:
        store_log.store()
        crm_log.store()
    return drift


def _pages(source: Any, since: datetime, until: datetime | None, drift: Drift) -> Iterator[list[Order]]:
    cursor = ""
    while True:
        page = source.scan(since, until, cursor)
        drift.in_store += len(page.items)
        drift.unreadable += sum(isinstance(each, UnreadableObject) for each in page.items)
        yield [each for each in page.items if not isinstance(each, UnreadableObject)]
        if not page.has_more:
            return
        cursor = page.cursor


def _compare(route: Route, scope: Scope, crm: Any, orders: Sequence[Order], drift: Drift, *, heal: bool) -> None:
    ids = [order.id for order in orders]
    linked = links.sides(route.store_id, ORDER, ids)
    there = {seen.external_id for seen in crm.statuses([], [route.id_prefix + each for each in ids])}
    open_ids = set(
        OutboxItem.objects.filter(
            route=route, flow=FlowName.ORDERS, object_id__in=ids, state__in=["waiting", "in_flight", "parked", "dead"]
        ).values_list("object_id", flat=True)
    )
    lost: list[Order] = []
    for order in orders:
        drift.in_hub += order.id in linked
        if route.id_prefix + order.id in there:
            drift.in_crm += 1
        elif objection(route, ORDER, order, is_linked=False):
            drift.unwanted += 1
        elif order.id in open_ids:
            drift.open_items += 1
        else:
            lost.append(order)
    drift.missing += [order.number or order.id for order in lost][: MOST_LISTED - len(drift.missing)]
    if heal and lost:
        taken = absorb(scope, [_found(order) for order in lost])
        lanes.nudge(taken.lanes, send_lane)
        drift.healed += len(lost)


def _found(order: Order) -> Found:
    return Found(
        kind=ORDER,
        id=order.id,
        record=order,
        version=order.updated_at,
        accepted_at=timezone.now(),
        trigger="reconcile",
        is_present=True,
        by_hand=True,
    )


def _chunks(orders: Sequence[Order], size: int) -> Iterator[Sequence[Order]]:
    return (orders[start : start + size] for start in range(0, len(orders), size))
