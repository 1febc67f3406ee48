"""Puts the pretended shop together: who gets in, and which call is answered where."""

import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from connectors.magento2.sandbox.actions import NO_ENTITY, Actions
from connectors.magento2.sandbox.auth import Guard, bare, refusal
from connectors.magento2.sandbox.desk import Desk
from connectors.magento2.sandbox.goods import product_rows
from connectors.magento2.sandbox.outbox import Outbox
from connectors.magento2.sandbox.search import answer, found, named
from connectors.magento2.sandbox.store import FIRST_ORDER, STATUSES, VIEWS, Json, Store
from connectors.toolkit.sandbox import Reply, Request, Sandbox
from connectors.toolkit.sandbox.traffic import Queue

V1 = r"(?:/index\.php)?/rest(?:/\w+)?/V1/"
Answer = Callable[..., Reply]


class MagentoSandbox(Sandbox):
    """The running stand-in; ``store`` and ``dispatcher`` are there for tests in the same process."""

    store: Store
    dispatcher: Outbox
    stopping: threading.Event

    def stop(self) -> None:
        self.stopping.set()
        self.dispatcher.stop()
        super().stop()


def make(
    port: int = 0,
    *,
    version: str = "2.4.8",
    companion: bool = True,
    first_order_id: int = FIRST_ORDER,
    tag: str = "",
    clock: Callable[[], float] = time.time,
) -> MagentoSandbox:
    """A shop with two store views, five products, one integration with all resources, and no orders. Its companion
    module sends as soon as it has an address; ``tag`` goes into the shoppers' e-mail addresses."""
    box = MagentoSandbox("magento2", port=port)
    box.store, box.stopping, guard = Store(clock, first_order_id), threading.Event(), Guard()
    box.dispatcher = Outbox(box.lock)
    store = box.store
    if companion:
        store.emit = box.dispatcher.emit
    desk = Desk(store, box.dispatcher, guard, Queue(box.lock, box.stopping, box.call_later), tag)
    desk.stand_at(box)
    shop = _Shop(store, desk, version)
    actions = Actions(store, version, box.faults.refuses, box.log_write)
    number = r"(?P<number>\d+)"
    routes: list[tuple[str, str, str, Answer]] = [
        ("GET", "store/storeViews", "Magento_Backend::store", shop.views),
        ("GET", "store/storeConfigs", "Magento_Backend::store", shop.configs),
        ("GET", "orders", "Magento_Sales::actions_view", shop.orders),
        ("GET", f"orders/{number}", "Magento_Sales::actions_view", shop.order),
        ("GET", f"orders/{number}/statuses", "Magento_Sales::actions_view", shop.status),
        ("POST", f"orders/{number}/comments", "Magento_Sales::comment", actions.of("comment")),
        ("POST", f"orders/{number}/cancel", "Magento_Sales::cancel", actions.of("cancel")),
        ("POST", f"orders/{number}/hold", "Magento_Sales::hold", actions.of("hold")),
        ("POST", f"orders/{number}/unhold", "Magento_Sales::unhold", actions.of("unhold")),
        ("POST", f"order/{number}/invoice", "Magento_Sales::invoice", actions.of("invoice")),
        ("POST", f"order/{number}/ship", "Magento_Sales::ship", actions.of("ship")),
        ("POST", f"order/{number}/refund", "Magento_Sales::creditmemo", actions.of("refund")),
        ("GET", "customers/search", "Magento_Customer::customer", shop.customers),
        ("GET", "products", "Magento_Catalog::products", shop.products),
        ("GET", "products/attributes/(?P<code>\\w+)/options", "Magento_Catalog::attributes_attributes", shop.options),
        ("GET", "products/(?P<sku>[^/]+)", "Magento_Catalog::products", shop.product),
        ("GET", "categories", "Magento_Catalog::categories", shop.categories),
    ]
    if companion:
        routes.append(("GET", "hub/info", "Hub_Connector::api", shop.info))
    for method, path, resource, handler in routes:
        box.route(method, V1 + path, _guarded(box, guard, resource, handler))
    box.fallback = lambda _request: refusal(404, "Request does not match any route.")
    return box


def _guarded(box: Sandbox, guard: Guard, resource: str, handler: Answer) -> Answer:
    def handle(request: Request, **parts: str) -> Reply:
        return guard.check(request, box.url, resource) or handler(request, **parts)

    return handle


class _Shop:
    def __init__(self, store: Store, desk: Desk, version: str) -> None:
        self._store, self._desk, self._version = store, desk, version

    def views(self, _request: Request) -> Reply:
        admin = {"id": 0, "code": "admin", "name": "Admin", "website_id": 0, "store_group_id": 0, "is_active": 1}
        rows = [
            {"id": id, "code": code, "name": name, "website_id": id, "store_group_id": id, "is_active": 1}
            for id, code, name, _currency in VIEWS
        ]
        return Reply(body=[admin, *rows])

    def configs(self, _request: Request) -> Reply:
        rows = [
            {
                "id": id, "code": code, "website_id": id, "locale": "es_ES", "base_currency_code": currency,
                "timezone": "Europe/Madrid", "weight_unit": "kgs", "base_link_url": "http://shop.example.test/",
                "secure_base_link_url": "https://shop.example.test/",
                "secure_base_media_url": "https://shop.example.test/media/",
            }
            for id, code, _name, currency in VIEWS
        ]  # fmt: skip
        return Reply(body=rows)

    def orders(self, request: Request) -> Reply:
        """One bad order breaks every page that it stands on (magento2#32306), unless only columns are asked for."""
        rows = found(request, named(request, self._store.orders), {}, most=self._desk.most)
        is_whole = not request.one("fields")
        if is_whole and isinstance(rows, list) and any(row.get("entity_id") in self._desk.poison for row in rows):
            said = "Internal Error. Details are available in Magento log file. Report ID: webapi-65a0f1c2d3e4f"
            return refusal(500, said)
        return answer(request, rows, lambda row: row)

    def order(self, _request: Request, number: str) -> Reply:
        order = self._store.orders.get(int(number))
        return Reply(body=order) if order is not None else refusal(404, NO_ENTITY)

    def status(self, _request: Request, number: str) -> Reply:
        """A bare text; nothing when the order has lost its status."""
        order = self._store.orders.get(int(number))
        return bare(order.get("status")) if order is not None else refusal(404, NO_ENTITY)

    def customers(self, request: Request) -> Reply:
        rows = found(request, self._store.customers.values(), {"entity_id": "id"}, most=self._desk.most)
        return answer(request, rows, lambda row: row)

    def products(self, request: Request) -> Reply:
        rows = found(request, product_rows(self._store.now()), {"entity_id": "id"}, most=self._desk.most)
        return answer(request, rows, lambda row: row)

    def product(self, _request: Request, sku: str) -> Reply:
        for row in product_rows(self._store.now()):
            if row["sku"] == sku:
                return Reply(body=row)
        return refusal(404, "The product that was requested doesn't exist. Verify the product and try again.")

    def options(self, _request: Request, code: str) -> Reply:
        labels: Mapping[str, list[Json]] = {
            "manufacturer": [{"label": " ", "value": ""}, {"label": "Acme", "value": "15"}],
            "size": [{"label": "S", "value": "166"}, {"label": "M", "value": "167"}],
        }
        if code not in labels:
            return refusal(404, 'The attribute with a "%1" attributeCode doesn\'t exist. Verify the attribute.', [code])
        return Reply(body=labels[code])

    def categories(self, _request: Request) -> Reply:
        mugs: Json = {"id": 6, "parent_id": 5, "name": "Mugs & more", "children_data": []}
        kitchen: Json = {"id": 5, "parent_id": 2, "name": "Kitchen", "children_data": [mugs]}
        return Reply(body={"id": 2, "parent_id": 1, "name": "Default Category", "children_data": [kitchen]})

    def info(self, _request: Request) -> Reply:
        """The companion module."""
        statuses = [
            {"status": code, "label": label, "state": state, "is_default": default}
            for code, label, state, default in STATUSES
        ]
        told: dict[str, Any] = {
            "module_version": "0.1.0",
            "magento_version": self._version,
            "store_views": [
                {"id": id, "code": code, "sends_events": bool(self._desk.outbox.address)}
                for id, code, _name, _currency in VIEWS
            ],
            "order_statuses": statuses,
            "payment_methods": [{"code": "checkmo", "title": "Check / Money order"}],
            "carriers": [
                {
                    "code": "flatrate",
                    "title": "Flat Rate",
                    "methods": [{"code": "flatrate_flatrate", "title": "Fixed"}],
                }
            ],
        }
        return Reply(body=[told])
