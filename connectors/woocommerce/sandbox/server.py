"""Puts the shop together: what it stores, who may call, which address is answered by which desk, and the controls."""

import threading
import time
from collections.abc import Callable

from connectors.toolkit.sandbox import Reply, Request, Sandbox
from connectors.toolkit.sandbox.traffic import Queue
from connectors.woocommerce.sandbox.answers import API, EDITABLE, Answers, Refusal
from connectors.woocommerce.sandbox.auth import ApiKey, Authentication
from connectors.woocommerce.sandbox.controls import Controls, summary
from connectors.woocommerce.sandbox.customers import CustomerDesk
from connectors.woocommerce.sandbox.deliveries import Dispatcher
from connectors.woocommerce.sandbox.dictionaries import DictionaryDesk
from connectors.woocommerce.sandbox.goods import GoodsDesk
from connectors.woocommerce.sandbox.listing import Lister
from connectors.woocommerce.sandbox.orders import OrderDesk
from connectors.woocommerce.sandbox.shop import Settings, Shop
from connectors.woocommerce.sandbox.views import Views
from connectors.woocommerce.sandbox.webhook_desk import WebhookDesk, payload

KEY = "ck_" + "5a" * 20
SECRET = "cs_" + "5b" * 20
READ_ONLY_KEY = "ck_" + "6a" * 20
READ_ONLY_SECRET = "cs_" + "6b" * 20

PUBLIC = frozenset({"/wp-json", "/wp-json/", API, f"{API}/", f"{API}/orders/statuses"})


class ShopSandbox(Sandbox):
    """The running stand-in; ``shop`` and ``dispatcher`` are there for tests in the same process."""

    shop: Shop
    dispatcher: Dispatcher
    stopping: threading.Event

    def stop(self) -> None:
        self.stopping.set()
        self.dispatcher.stop()
        super().stop()


def make(  # noqa: PLR0913 - the options of a shop
    port: int = 0,
    *,
    name: str = "Shop",
    first_order_id: int = 1001,
    key: str = KEY,
    secret: str = SECRET,
    https_seen: bool = True,
    header_dropped: bool = False,
    currency: str = "EUR",
    zone: str = "Europe/Madrid",
    tag: str = "",
    clock: Callable[[], float] = time.time,
) -> ShopSandbox:
    """A shop that is not started yet. With ``https_seen`` false it takes only signed calls, as a site behind a proxy
    that hides https; ``tag`` goes into the shoppers' e-mail addresses, so that those of two shops differ."""
    box = ShopSandbox("woocommerce", port=port)
    shop = Shop(Settings(name, first_order_id, currency, zone, tag), clock)
    keys = {one.key: one for one in (ApiKey(key, secret), ApiKey(READ_ONLY_KEY, READ_ONLY_SECRET, "read"))}
    authentication = Authentication(keys, https_seen, header_dropped, clock)
    box.shop, box.stopping = shop, threading.Event()
    _furnish(box, shop, authentication)
    return box


def _furnish(box: ShopSandbox, shop: Shop, authentication: Authentication) -> None:
    answers = Answers(lambda: box.url)
    views = Views(answers, shop.zone)
    dictionaries, goods = DictionaryDesk(shop, answers), GoodsDesk(shop, answers)
    box.dispatcher = Dispatcher(
        box.lock,
        lambda webhook, argument: payload(shop, views, goods.views(), webhook, argument),
        lambda: f"{box.url}/",
    )
    shop.emit = box.dispatcher.emit
    orders = OrderDesk(shop, views, answers, Lister(shop), box.log_write, box.faults.refuses)
    webhooks = WebhookDesk(shop, answers, box.dispatcher, box.log_write)
    box.before(lambda request: _let_in(request, authentication, answers))
    _dictionary_routes(box, dictionaries, answers)
    _goods_routes(box, goods, answers)
    _order_routes(box, orders, answers)
    _resource_routes(box, "customers", CustomerDesk(shop, views, answers, box.log_write), answers)
    _route(box, answers, "POST", "/webhooks/batch", webhooks.batch)
    _resource_routes(box, "webhooks", webhooks, answers)
    box.fallback = lambda _request: answers.refuse(
        Refusal(404, "rest_no_route", "No route was found matching the URL and request method.")
    )
    controls = Controls(shop, box.dispatcher, authentication, Queue(box.lock, box.stopping, box.call_later))
    _controls(box, shop, controls)


def _let_in(request: Request, authentication: Authentication, answers: Answers) -> Reply | None:
    if request.path in PUBLIC:
        return None
    try:
        authentication.check(request, answers.url)
    except Refusal as refusal:
        return answers.refuse(refusal)
    return None


def _route(
    box: Sandbox,
    answers: Answers,
    method: str,
    path: str,
    handler: Callable[..., Reply],
    allow: tuple[str, ...] = EDITABLE,
) -> None:
    def answer(request: Request, **parts: str) -> Reply:
        try:
            return handler(request, **parts)
        except Refusal as refusal:
            return answers.refuse(refusal, allow)

    box.route(method, f"{API}{path}", answer)


def _goods_routes(box: Sandbox, desk: GoodsDesk, answers: Answers) -> None:
    handlers: dict[str, Callable[..., Reply]] = {
        "/settings/products": desk.settings,
        "/products": desk.products,
        "/products/categories": desk.categories,
        r"/products/(?P<number>\d+)": desk.product,
        r"/products/(?P<number>\d+)/variations": desk.variations,
    }
    for path, handler in handlers.items():
        _route(box, answers, "GET", path, handler, ("GET",))
    box.control("POST", "goods", desk.change)


def _dictionary_routes(box: Sandbox, desk: DictionaryDesk, answers: Answers) -> None:
    box.route("GET", "/wp-json/?", desk.discovery)
    box.route("GET", f"{API}/?", desk.namespace)
    handlers: dict[str, Callable[..., Reply]] = {
        "/payment_gateways": desk.gateways,
        "/shipping/zones": desk.zones,
        r"/shipping/zones/(?P<zone>\d+)/methods": desk.zone_methods,
        "/shipping_methods": desk.methods,
        "/settings/general": desk.settings,
        "/data/currencies/current": desk.currency,
        "/reports/orders/totals": desk.totals,
        "/system_status": desk.system,
    }
    for path, handler in handlers.items():
        _route(box, answers, "GET", path, handler, ("GET",))


def _order_routes(box: Sandbox, desk: OrderDesk, answers: Answers) -> None:
    one = r"/orders/(?P<number>\d+)"
    both, batch = ("GET", "POST"), ("POST", "PUT", "PATCH")
    rows: list[tuple[str, str, Callable[..., Reply], tuple[str, ...]]] = [
        ("GET", "/orders", desk.listed, both),
        ("POST", "/orders", desk.create, both),
        ("OPTIONS", "/orders", desk.options, both),
        ("GET", "/orders/statuses", desk.statuses, ("GET",)),
        ("GET", one, desk.one, EDITABLE),
        ("DELETE", one, desk.delete, EDITABLE),
        ("GET", f"{one}/notes", desk.notes, both),
        ("POST", f"{one}/notes", desk.add_note, both),
        ("GET", f"{one}/refunds", desk.refunds, both),
        ("POST", f"{one}/refunds", desk.add_refund, both),
        ("GET", rf"{one}/refunds/(?P<refund>\d+)", desk.one_refund, ("GET", "DELETE")),
        ("GET", "/refunds", desk.all_refunds, ("GET",)),
    ]
    rows += [(method, one, desk.update, EDITABLE) for method in ("PUT", "POST", "PATCH")]
    rows += [(method, "/orders/batch", desk.batch, batch) for method in batch]
    for method, path, handler, allow in rows:
        _route(box, answers, method, path, handler, allow)


def _resource_routes(box: Sandbox, name: str, desk: CustomerDesk | WebhookDesk, answers: Answers) -> None:
    one = rf"/{name}/(?P<number>\d+)"
    _route(box, answers, "GET", f"/{name}", desk.listed, ("GET", "POST"))
    _route(box, answers, "POST", f"/{name}", desk.create, ("GET", "POST"))
    _route(box, answers, "GET", one, desk.one)
    _route(box, answers, "DELETE", one, desk.delete)
    for method in ("PUT", "POST", "PATCH"):
        _route(box, answers, method, one, desk.update)


def _controls(box: ShopSandbox, shop: Shop, controls: Controls) -> None:
    box.control("POST", "shop", controls.go_shopping)
    box.control("POST", "change", controls.change)
    box.control("POST", "history", controls.add_history)
    box.control("POST", "webhooks", controls.webhooks)
    box.control("POST", "held", controls.held)
    box.control("POST", "site", controls.site)
    box.control("GET", "orders", controls.orders)
    box.control("GET", "status_writes", controls.status_writes)
    box.control("GET", "deliveries", controls.deliveries)
    box.add_state(lambda: summary(shop) | {"still_shopping": controls.queue.still_shopping})
    box.add_state(lambda: {"webhooks": box.dispatcher.state()})
    box.on_reset(controls.queue.send_home)
    box.on_reset(shop.clear)
    box.on_reset(box.dispatcher.clear)
