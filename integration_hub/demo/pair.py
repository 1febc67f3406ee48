"""One shop, one CRM and the hub between them, each in processes of its own: what benchmark and fault matrix run on."""

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.utils import timezone

from integration_hub.connections.models import Connection, Route
from integration_hub.flows import actions

from .desk import Desk
from .magento import magento_connection, set_up_module
from .mapping import map_store
from .shop import portal_connection, shop_connection
from .stage import Hub, StandIns, free_port


@dataclass(frozen=True, slots=True)
class Kinds:
    """A store's system and a CRM's."""

    store: str
    crm: str

    @property
    def name(self) -> str:
        """As commands take it."""
        return f"{self.store}-{self.crm}"

    @property
    def title(self) -> str:
        return f"{self.store} → {self.crm}"


WOO_RETAIL = Kinds("woocommerce", "retailcrm")
MAGENTO_BITRIX = Kinds("magento2", "bitrix24")

STANDS = {"woocommerce": "woocommerce:name=Shop", "retailcrm": "retailcrm:currency=EUR"}
"""Stand-ins that need options."""


@dataclass(frozen=True, slots=True)
class Pair:
    """The control desks of the vendors' side, and the hub's."""

    shop: Desk
    crm_desk: Desk
    store: Connection
    crm: Connection
    route: Route
    hub: Hub


@contextmanager
def running_pair(name: str, kinds: Kinds = WOO_RETAIL) -> Iterator[Pair]:
    """A hub that works on the database of the environment; doors are not connected yet. Everything ends with the block.

    ``name`` is the folder in which the hub notes its processes.
    """
    port = free_port(0)
    os.environ["HUB_BASE_URL"] = settings.HUB_BASE_URL = f"http://127.0.0.1:{port}"
    call_command("migrate", verbosity=0, interactive=False)
    hub = Hub(port, settings.HUB_DATA_DIR / name)
    stand_ins: list[StandIns] = []
    try:
        # A process each: twenty senders and a CRM in one would measure the stand-ins, not the hub.
        stand_ins += [StandIns([STANDS.get(kind, kind)]) for kind in (kinds.store, kinds.crm)]
        shop, crm_desk = (desk for each in stand_ins for desk in each.desks())
        store, crm, route = connect(shop, crm_desk)
        hub.start()
        yield Pair(shop, crm_desk, store, crm, route, hub)
    finally:
        hub.stop()
        for each in stand_ins:
            each.stop()


def connect(shop: Desk, crm_desk: Desk) -> tuple[Connection, Connection, Route]:
    """What an integrator would enter and press: two connections, verified, and a live route with its rules."""
    store, crm = _STORES[shop.kind](shop), _CRMS[crm_desk.kind](crm_desk)
    route = Route.objects.create(
        name="Shop → CRM", store=store, crm=crm, mode=Route.Mode.LIVE, start_at=timezone.now() - timedelta(days=1)
    )
    for connection in (store, crm):
        actions.verify(connection)
    map_store(route)
    return store, crm, route


def connect_doors(shop: Desk, store: Connection) -> None:
    """Point what the shop sends at the hub, which must be listening."""
    _DOORS[shop.kind](shop, store)


def _retailcrm(desk: Desk) -> Connection:
    return Connection.objects.create(
        kind="retailcrm", role="crm", name="CRM", settings={"address": desk.url, "site": "main"},
        secrets={"api_key": "sandbox-key"},
    )  # fmt: skip


_STORES: Mapping[str, Callable[[Desk], Connection]] = {
    "woocommerce": lambda desk: shop_connection(desk, "Shop"),
    "magento2": lambda desk: magento_connection(desk, "Shop"),
}
_DOORS: Mapping[str, Callable[[Desk, Connection], Any]] = {
    "woocommerce": lambda _desk, connection: actions.ensure_webhooks(connection),
    "magento2": set_up_module,
}
_CRMS: Mapping[str, Callable[[Desk], Connection]] = {"retailcrm": _retailcrm, "bitrix24": portal_connection}
