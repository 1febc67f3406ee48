"""Connections and routes of the demo: a MODX shop, two WooCommerce shops with the same order numbers, a shop without a
platform, and two CRMs."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from importlib import import_module

from django.conf import settings
from django.utils import timezone

from integration_hub.connections.models import Connection, Route
from integration_hub.flows import actions

from .desk import Desk
from .magento import magento_connection, set_up_module
from .mapping import assign_managers, map_store

CMS_SECRET = "whsec_c2FuZGJveC1zZWNyZXQtZm9yLXRlc3RzLW9ubHk="
HOOK_SECRET = "d1" * 24
STANDS = (
    "minishop2:currency=EUR,first_order_id=1001",
    "woocommerce:name=Shop,first_order_id=1001",
    "woocommerce:name=Outlet,first_order_id=1001,tag=outlet",
    "custom_cms",
    "retailcrm:currency=EUR",
    "woocommerce:name=Atelier,first_order_id=1001,tag=atelier",
    "bitrix24",
    "magento2",
    "magento2",
)


@dataclass(frozen=True, slots=True)
class DemoStore:
    """One store of the demo: its stand-in, its connection and its route."""

    desk: Desk
    connection: Connection
    route: Route

    @property
    def kind(self) -> str:
        return self.connection.kind


@dataclass(frozen=True, slots=True)
class DemoCrm:
    """One CRM of the demo with the stores whose orders go there."""

    desk: Desk
    connection: Connection
    stores: Sequence[DemoStore]


@dataclass(frozen=True, slots=True)
class Demo:
    """``crm_desk`` and ``crm`` are the first CRM, ``others`` the further ones with stores of their own."""

    stores: Sequence[DemoStore]
    crm_desk: Desk
    crm: Connection
    others: Sequence[DemoCrm] = ()

    @property
    def crms(self) -> Sequence[DemoCrm]:
        return (DemoCrm(self.crm_desk, self.crm, self.stores), *self.others)

    @property
    def all_stores(self) -> list[DemoStore]:
        return [store for crm in self.crms for store in crm.stores]

    def of_kind(self, kind: str) -> list[DemoStore]:
        return [store for store in self.all_stores if store.kind == kind]


def set_up(desks: Sequence[Desk]) -> Demo:
    """Make everything an integrator would make by hand, press the same buttons, and return it."""
    modx_desk, shop_desk, outlet_desk, cms_desk, crm_desk, atelier_desk, portal_desk, *magento_desks = desks
    first, second = magento_desks
    crm = crm_connection(crm_desk)
    stores = [
        _store(modx_desk, crm, "Bazaar", "", _modx_connection(modx_desk)),
        _store(shop_desk, crm, "Shop", "shop-", shop_connection(shop_desk, "Shop (WooCommerce demo)")),
        _store(outlet_desk, crm, "Outlet", "outlet-", shop_connection(outlet_desk, "Outlet (WooCommerce demo)")),
        _store(cms_desk, crm, "Boutique", "boutique-", _cms_connection(cms_desk)),
        _store(first, crm, "Emporium", "emporium-", magento_connection(first, "Emporium (Magento 2 demo)")),
    ]
    portal = portal_connection(portal_desk)
    atelier = _store(atelier_desk, portal, "Atelier", "", shop_connection(atelier_desk, "Atelier (WooCommerce demo)"))
    gallery = _store(second, portal, "Gallery", "gallery-", magento_connection(second, "Gallery (Magento 2 demo)"))
    demo = Demo(stores, crm_desk, crm, [DemoCrm(portal_desk, portal, [atelier, gallery])])
    for connection in [crm, portal, *(store.connection for store in demo.all_stores)]:
        actions.verify(connection)
        actions.pull_codes(connection)
        actions.prepare_connection(connection)
    for store in demo.all_stores:
        map_store(store.route)
    for store in (atelier, gallery):
        assign_managers(store.route)
    return demo


def connect_doors(demo: Demo) -> None:
    """Point webhooks and triggers at the hub, which must be listening: the shops send a ping."""
    for store in demo.of_kind("woocommerce"):
        actions.ensure_webhooks(store.connection)
    for store in demo.of_kind("minishop2"):
        store.desk.post("hub", {"address": actions.hook_address(store.connection)})
    for store in demo.of_kind("magento2"):
        set_up_module(store.desk, store.connection)
    demo.crm_desk.post("triggers", {"address": actions.hook_address(demo.crm), "event": "status"})
    for crm in demo.others:
        crm.desk.post("events", {"address": actions.hook_address(crm.connection), "events": ["ONCRMDEALUPDATE"]})


def push_address() -> str:
    """Where a shop pushes to; the API's path follows."""
    return str(settings.HUB_BASE_URL)


def shop_connection(desk: Desk, name: str) -> Connection:
    """A connection to a WooCommerce stand-in, with its own keys."""
    stand_in = import_module("connectors.woocommerce.sandbox")
    return Connection.objects.create(
        kind="woocommerce",
        role="store",
        name=name,
        settings={"site": desk.url},
        secrets={
            "consumer_key": stand_in.KEY,
            "consumer_secret": stand_in.SECRET,
            "webhook_secret": HOOK_SECRET,
        },
    )


def crm_connection(desk: Desk) -> Connection:
    """A connection to a RetailCRM stand-in."""
    return Connection.objects.create(
        kind="retailcrm",
        role="crm",
        name="RetailCRM (demo)",
        settings={"address": desk.url, "site": "main"},
        secrets={"api_key": "sandbox-key"},
    )


def portal_connection(desk: Desk) -> Connection:
    """A connection to a Bitrix24 stand-in; deals go to its second pipeline."""
    stand_in = import_module("connectors.bitrix24.sandbox")
    return Connection.objects.create(
        kind="bitrix24",
        role="crm",
        name="Bitrix24 (demo)",
        settings={"address": desk.url, "pipeline": "9"},
        secrets={"webhook": stand_in.settings_for(desk.url)["webhook"]},
    )


def _modx_connection(desk: Desk) -> Connection:
    stand_in = import_module("connectors.minishop2.sandbox")
    return Connection.objects.create(
        kind="minishop2",
        role="store",
        name="Bazaar (MODX miniShop2 demo)",
        settings={"shop": desk.url, "currency": "EUR", "name_order": "first_last"},
        secrets={"signing_secret": stand_in.SECRET},
    )


def _cms_connection(desk: Desk) -> Connection:
    return Connection.objects.create(
        kind="custom_cms",
        role="store",
        name="Boutique (custom CMS demo)",
        settings={
            "status_address": f"{desk.url}/hub-status",
            "status_codes": ["new = New", "accepted = Accepted", "packed = Packed", "shipped = Shipped",
                             "delivered = Delivered", "returned = Returned", "cancelled = Cancelled"],
            "delivery_codes": ["courier = Courier", "pickup = Pick-up from the shop", "post = Post"],
            "payment_codes": ["card_online = Card", "cash_on_delivery = Cash", "invoice = Invoice"],
        },
        secrets={"signing_secret": CMS_SECRET},
    )  # fmt: skip


def _store(desk: Desk, crm: Connection, name: str, prefix: str, connection: Connection) -> DemoStore:
    route = Route.objects.create(
        name=f"{name} → {crm.name.partition(' (')[0]}",
        store=connection,
        crm=crm,
        mode=Route.Mode.LIVE,
        id_prefix=prefix,
        start_at=timezone.now() - timedelta(days=7),
    )
    return DemoStore(desk, connection, route)
