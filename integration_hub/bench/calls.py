"""The row "calls": requests per order in each CRM, counted there, beside the ceiling that its vendor documents.

The hub keeps to each vendor's limit here, and the stand-ins enforce it: batches get as full as they do for real.
"""

import os
from collections.abc import Callable, Mapping
from datetime import timedelta
from time import monotonic
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.utils import timezone

from integration_hub.connections.adapters import limits_of
from integration_hub.connections.models import Connection, Route
from integration_hub.demo.desk import Desk
from integration_hub.demo.mapping import map_store
from integration_hub.demo.shop import crm_connection, portal_connection, shop_connection
from integration_hub.demo.stage import Hub, StandIns, free_port
from integration_hub.flows import actions

CRMS: Mapping[str, Callable[[Desk], Connection]] = {"retailcrm": crm_connection, "bitrix24": portal_connection}
STANDS = {"retailcrm": "retailcrm:currency=EUR", "bitrix24": "bitrix24"}
LIVE_SHARE = 0.3
"""Live orders for each old one."""

RATE_SHARE = "0.9"
Figures = dict[str, Any]
Wait = Callable[[Callable[[], bool]], None]


def measure(orders: int, wait: Wait) -> Figures:
    """A burst of live orders, then old ones of a second shop, for one CRM after the other."""
    port = free_port(0)
    os.environ["HUB_BASE_URL"] = settings.HUB_BASE_URL = f"http://127.0.0.1:{port}"
    call_command("migrate", verbosity=0, interactive=False)
    hub = Hub(port, settings.HUB_DATA_DIR / "bench-run")
    stand_ins = [StandIns([stand]) for kind in CRMS for stand in ("woocommerce", "woocommerce", STANDS[kind])]
    figures: Figures = {"orders": orders, "live_orders": int(orders * LIVE_SHARE), "lost": 0, "refused_calls": 0}
    try:
        desks = [desk for each in stand_ins for desk in each.desks()]
        hub.start()
        for place, kind in enumerate(CRMS):
            _one(kind, desks[3 * place : 3 * place + 3], figures, wait)
        return figures
    finally:
        hub.stop()
        for each in stand_ins:
            each.stop()


def _one(kind: str, desks: list[Desk], figures: Figures, wait: Wait) -> None:
    live_shop, old_shop, crm_desk = desks
    crm = CRMS[kind](crm_desk)
    live, old = (_route(kind, name, shop, crm) for name, shop in (("live", live_shop), ("old", old_shop)))
    for connection in (crm, live.store, old.store):
        actions.verify(connection)
    actions.ensure_webhooks(live.store)
    crm_desk.post("faults", {"rate_limit": "vendor"})
    wanted = figures["live_orders"]
    with _Counted(crm, "live", crm_desk, figures, wanted) as counted:
        live_shop.post("webhooks", {"only_topics": "order.created", "senders": 20})
        live_shop.post("shop", {"orders": wanted, "seed": 1, "customers": 500, "guests": 100, "guest_share": 0.2})
        wait(counted.has_all)
    wanted = figures["orders"]
    old_shop.post("history", {"orders": wanted, "customers": max(wanted // 5, 1), "guest_share": 0,
                              "everyone_has_email": True, "seed": 1})  # fmt: skip
    with _Counted(crm, "backfill", crm_desk, figures, wanted) as counted:
        actions.start_backfill(old, "orders")
        wait(counted.has_all)
    for route in (live, old):
        Route.objects.filter(pk=route.pk).update(mode=Route.Mode.OFF)


def _route(kind: str, name: str, shop: Desk, crm: Connection) -> Route:
    route = Route.objects.create(
        name=f"{name} → {kind}", store=shop_connection(shop, f"{name} ({kind})"), crm=crm, mode=Route.Mode.LIVE,
        id_prefix=f"{name}-", start_at=timezone.now() - timedelta(days=1),
    )  # fmt: skip
    map_store(route)
    return route


class _Counted:
    """Counts what the CRM was asked while the block ran, and notes it beside the ceiling."""

    def __init__(self, crm: Connection, name: str, desk: Desk, figures: Figures, orders: int) -> None:
        self._key, self._desk, self._figures, self._orders = f"{crm.kind}_{name}", desk, figures, orders
        self._limits = limits_of(crm)

    def __enter__(self) -> "_Counted":
        self._before, self._began = self._desk.get("state"), monotonic()
        return self

    def has_all(self) -> bool:
        return bool(self._desk.get("state")["orders"] >= self._before["orders"] + self._orders)

    def __exit__(self, failed: Any, *_rest: object) -> None:
        if failed:
            return
        state, figures = self._desk.get("state"), self._figures
        calls = state["total_calls"] - self._before["total_calls"]
        figures[f"{self._key}_calls_per_order"] = round(calls / self._orders, 4)
        figures[f"{self._key}_calls"] = calls
        figures[f"{self._key}_seconds"] = round(monotonic() - self._began, 1)
        # What the vendor's limit would carry at this price, without its burst.
        figures[f"{self._key}_ceiling_orders_per_second"] = round(
            (self._limits.per_second or 0) * self._orders / max(calls, 1), 1
        )
        figures["lost"] += self._before["orders"] + self._orders - state["orders"]
        figures["refused_calls"] += state["refused_calls"] - self._before["refused_calls"]
