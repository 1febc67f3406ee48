"""What happens in the demo: shoppers buy, staff work in the shops, managers work in the CRM."""

from collections.abc import Callable, Sequence
from random import Random
from time import monotonic, sleep
from typing import Any

from integration_hub.catalog.models import CatalogReading
from integration_hub.engine.models import InboxEvent, OutboxItem

from .crms import orders_in
from .mapping import add_rule, rules_of
from .report import Report, count, disagreements, missing_orders
from .shop import CMS_SECRET, Demo, DemoStore, push_address

PATIENCE_SECONDS = 120.0
"""For one stage. A killed worker costs at most a lane's lease of a minute."""

LOOK_EVERY_SECONDS = 0.25

STAGES = ("C9:FINAL_INVOICE", "C9:WON")
"""Where managers move deals in Bitrix24."""

ON_THE_WAY = ("send-to-delivery", "delivering", "complete")
ENDED = frozenset({"complete", "return", "cancel-other"})
"""Statuses in RetailCRM: where managers move orders, in this order, and what they leave alone."""

State = OutboxItem.State


class DemoError(Exception):
    """A stage of the demo did not end."""


def run_once(demo: Demo, say: Callable[[str], None], *, orders: int = 220) -> Report:
    """Send orders through, both ways, wait until all has arrived, and count. Raises DemoError when a stage hangs."""
    began = monotonic()
    _wait("products", lambda: _products_are_read(demo))
    say(f"{orders} orders from MODX, WooCommerce, Magento and a shop of one's own, most with the same numbers …")
    shop_orders(demo, orders)
    _wait("orders", lambda: _only_parked_are_missing(demo))
    parked = OutboxItem.objects.filter(state=State.PARKED).count()
    say(f"{parked} orders are parked on a payment code that nobody has mapped; now staff map it …")
    for store in demo.all_stores:
        if unmapped := rules_of(store.route).unmapped:
            add_rule(store.route, *unmapped)
    _wait("parked orders", lambda: not missing_orders(demo))
    say("shop staff move orders on and take payments; managers do the same in the CRM …")
    work_in_shops(demo)
    _wait("statuses to the CRM", lambda: not disagreements(demo))
    work_in_crm(demo)
    _wait("statuses to the stores", lambda: not disagreements(demo))
    _wait("quiet", _is_quiet)
    return count(demo, parked=parked, released=parked, seconds=monotonic() - began)


def shop_orders(demo: Demo, orders: int, *, rate: float = 12.0, seed: int = 7) -> None:
    """Shoppers of all stores; returns when the last has paid."""
    modx, *others, own, first, second = _shares(orders, [6, 5, 5, 2, 4, 2, 2])
    for store in demo.of_kind("minishop2"):
        _send_shoppers(store, modx, rate / 2, seed)
    for position, store in enumerate(demo.of_kind("woocommerce")):
        _send_shoppers(store, others[position], rate / 2, seed + position)
    for store, number in zip(demo.of_kind("magento2"), (first, second), strict=True):
        _send_shoppers(store, number, rate / 2, seed)
    for store in demo.of_kind("custom_cms"):
        store.desk.post(
            "push",
            {"hub": push_address(), "token": store.connection.hook_token, "secret": CMS_SECRET,
             "orders": own, "seed": seed, "batch": 5},
        )  # fmt: skip
    _wait("shoppers", lambda: all(store.desk.get("state").get("still_shopping", 0) == 0 for store in demo.all_stores))


def _shares(orders: int, weights: Sequence[int]) -> list[int]:
    """Whole numbers by these weights; the first takes what is left over."""
    shares = [orders * weight // sum(weights) for weight in weights]
    return [shares[0] + orders - sum(shares), *shares[1:]]


def _send_shoppers(store: DemoStore, orders: int, rate: float, seed: int) -> None:
    body: dict[str, Any] = {"orders": orders, "seed": seed, "rate": rate}
    if unmapped := rules_of(store.route).unmapped:
        kind, code, _ = unmapped
        body |= {
            "unmapped_share": 0.05,
            "unmapped_kind": kind,
            "unmapped_code": int(code) if code.isdigit() else code,
        }
    store.desk.post("shop", body)


def work_in_shops(demo: Demo, *, seed: int = 3) -> None:
    for store in demo.of_kind("woocommerce"):
        store.desk.post("change", {"statuses": 15, "pay": 5, "touch": 5, "seed": seed})
    for store in demo.of_kind("minishop2"):
        store.desk.post("change", {"statuses": 12, "pay": 5, "touch": 5, "seed": seed})
    for store in demo.of_kind("custom_cms"):
        store.desk.post("set_status", {"random": 8, "seed": seed, "statuses": ["accepted", "packed"]})
    for store in demo.of_kind("magento2"):
        store.desk.post("change", {"pay": 6, "touch": 4, "seed": seed})


def work_in_crm(demo: Demo, *, seed: int = 5) -> None:
    """Managers move orders on, never back: no shop sends again what has arrived, came back or was cancelled."""
    chance = Random(seed)  # noqa: S311 - which orders are moved is no secret
    open_orders = [row for row in orders_in(demo.crm_desk) if _next_statuses(row["status"])]
    for order in chance.sample(open_orders, min(len(open_orders), 40)):
        status = chance.choice(_next_statuses(order["status"]))
        demo.crm_desk.post("set_status", {"id": order["id"], "status": status})
    for crm in demo.others:
        # Magento opens no order that is complete, so deals that are won stay won.
        deals = [row for row in orders_in(crm.desk) if row["status"] != STAGES[-1]]
        for deal in chance.sample(deals, min(len(deals), 12)):
            stage = chance.choice([each for each in STAGES if each != deal["status"]])
            crm.desk.post("set_status", {"id": deal["id"], "status": stage})


def _next_statuses(status: str) -> Sequence[str]:
    if status in ENDED:
        return ()
    return ON_THE_WAY[ON_THE_WAY.index(status) + 1 :] if status in ON_THE_WAY else ON_THE_WAY


def _products_are_read(demo: Demo) -> bool:
    """Managers are chosen by category, which the hub has from the products; before that the next rule would count."""
    wanted = {store.connection.pk for store in demo.all_stores if store.route.manager_rules.exists()}
    return wanted <= set(CatalogReading.objects.exclude(finished_at=None).values_list("connection_id", flat=True))


def _only_parked_are_missing(demo: Demo) -> bool:
    missing = len(missing_orders(demo))
    parked = OutboxItem.objects.filter(state=State.PARKED).count()
    return missing == parked and parked > 0 and _is_quiet()


def _is_quiet() -> bool:
    return not (
        OutboxItem.objects.filter(state__in=[State.WAITING, State.IN_FLIGHT]).exists()
        or InboxEvent.objects.filter(state=InboxEvent.State.NEW).exists()
    )


def _wait(what: str, is_done: Callable[[], bool]) -> None:
    end = monotonic() + PATIENCE_SECONDS
    while monotonic() < end:
        if is_done():
            return
        sleep(LOOK_EVERY_SECONDS)
    message = f"{what}: not finished after {PATIENCE_SECONDS:.0f} s"
    raise DemoError(message)
