"""A small world with a MODX shop in it: its stand-in, a RetailCRM stand-in, and the hub between them."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.utils import timezone

from connectors.minishop2.sandbox import SECRET
from integration_hub.connections.models import Connection, Route
from integration_hub.demo.mapping import map_store
from integration_hub.flows import actions

from .world import Mailbox, World, call, pump

NEW, PAID, SENT, CANCELLED, PACKED = 1, 2, 3, 4, 6
"""Statuses of the shop."""


@dataclass
class ModxWorld(World):
    """``mailbox`` keeps what the shop sends until the test delivers it."""

    mailbox: Mailbox

    def desk(self, name: str, /, **wanted: Any) -> Any:
        return call(f"{self.store_box.url}/__sandbox__/{name}", wanted or None)

    def tell(self) -> list[int]:
        """The shop's events reach the hub, which works until it is quiet; the answers of its door."""
        assert self.store_box.wait_until_quiet(60)
        answers = self.mailbox.deliver()
        pump()
        return answers

    def bought(self, orders: int = 1) -> list[dict[str, Any]]:
        """Orders that have come to the CRM."""
        rows = self.shop(orders)
        assert set(self.tell()) == {200}
        return rows

    def of_kind(self, kind: str) -> tuple[dict[str, Any], dict[str, Any]]:
        """An order of that kind, in the shop and in the CRM."""
        if not self.store_orders():
            self.bought(19)
        row = next(row for row in self.store_orders().values() if row["kind"] == kind)
        return self.desk(f"view?order={row['id']}"), self.in_crm(row["id"])

    def in_crm(self, order: Any) -> dict[str, Any]:
        """The whole order, as the CRM's API gives it."""
        address = f"{self.crm_box.url}/api/v5/orders/{order}?by=externalId&site=main&apiKey=sandbox-key"
        found: dict[str, Any] = call(address)["order"]
        return found


def make_modx_world(store_box: Any, crm_box: Any, mailbox: Mailbox) -> ModxWorld:
    """A shop, a CRM and a live route with the demo's rules; the plug-in knows where the hub is."""
    shop = Connection.objects.create(
        kind="minishop2",
        role="store",
        name="Bazaar",
        settings={"shop": store_box.url, "name_order": "first_last", "timeout_seconds": 2},
        secrets={"signing_secret": SECRET},
    )
    crm = Connection.objects.create(
        kind="retailcrm",
        role="crm",
        name="CRM",
        settings={"address": crm_box.url, "site": "main", "timezone": "Europe/Moscow", "currency": "EUR"},
        secrets={"api_key": "sandbox-key"},
    )
    route = Route.objects.create(
        name="Bazaar → CRM", store=shop, crm=crm, mode=Route.Mode.LIVE, start_at=timezone.now() - timedelta(days=30)
    )
    map_store(route)
    actions.prepare_connection(shop)
    actions.prepare_connection(crm)
    world = ModxWorld(store_box, crm_box, shop, crm, route, mailbox)
    world.desk("hub", address=actions.hook_address(shop))
    assert world.tell() == [200], "the ping"
    return world


def both(modx: ModxWorld, order: Any) -> tuple[int, str]:
    """The order's status in the shop and in the CRM."""
    return modx.store_orders()[str(order)]["status"], modx.crm_orders()[str(order)]["status"]
