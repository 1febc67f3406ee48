"""Makes up orders: every kind that shops really have, in turn, and the same ones again for the same seed."""

from collections.abc import Callable, Mapping
from itertools import count
from random import Random
from typing import Any

from connectors.toolkit.sandbox.traffic import Traffic
from connectors.woocommerce.sandbox.catalog import Product
from connectors.woocommerce.sandbox.people import Person, nobody, person
from connectors.woocommerce.sandbox.pricing import Basket, Wanted, fill
from connectors.woocommerce.sandbox.records import Order, Refund, negative

KINDS = (
    "plain", "coupon", "variation", "two_tax_rates", "pickup", "cash_on_delivery", "partial_refund", "virtual", "fee",
    "negative_fee", "several_shipping", "deleted_product", "custom_status", "free", "no_email", "unpaid", "failed",
    "on_hold", "two_coupons", "long_note", "many_lines",
)  # fmt: skip
"""Consecutive orders take these in turn, so that any 21 of them show all."""

CUSTOM_STATUS = "en-camino"
FLAT = ("flat_rate", "1", "Envío 48h", 605)
COURIER = ("courier_express", "4", "Mensajero urgente", 1210)
PICKUP = ("local_pickup", "3", "Recogida en tienda", 0)
FREE = ("free_shipping", "2", "Envío gratis", 0)

CARD = ("redsys", "Tarjeta (Redsys)")
WALLET = ("ppcp-gateway", "PayPal")
TRANSFER = ("bacs", "Transferencia bancaria")
CASH = ("cod", "Contra reembolso")

_SIMPLE = (20, 21, 25, 26)
_KEY_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789"
_STATUS_OF_KIND = {
    "cash_on_delivery": "processing",
    "custom_status": CUSTOM_STATUS,
    "unpaid": "pending",
    "failed": "failed",
    "on_hold": "on-hold",
    "virtual": "completed",
}
_UNPAID = frozenset({"cash_on_delivery", "unpaid", "failed", "on_hold"})


def shopped_order(
    traffic: Traffic, place: int, order: Order, goods: Mapping[int, Product], next_id: Callable[[], int]
) -> Order:
    """Fill a blank order as the ``place``-th shopper of this traffic would; the account id is the caller's business."""
    random = traffic.random_for(place)
    kind = KINDS[(place + traffic.seed) % len(KINDS)]
    if kind == "no_email" and traffic.everyone_has_email:
        kind = KINDS[0]
    buyer = person(traffic.buyer(place), traffic.tag)
    order.kind = kind
    order.order_key = "wc_order_" + "".join(random.choices(_KEY_LETTERS, k=13))
    _address(order, kind, buyer)
    fill(order, _basket(kind, random, goods), next_id)
    _pay(order, kind, random)
    _origin(order, kind, random, next_id)
    if kind == "partial_refund":
        order.refunds.append(_partial_refund(order, next_id))
    if traffic.unmapped_share and random.random() < traffic.unmapped_share:
        _unmapped(order, traffic)
    return order


def _address(order: Order, kind: str, buyer: Person) -> None:
    order.billing = buyer.billing()
    order.shipping = buyer.shipping() if kind not in {"virtual", "pickup"} else nobody()
    if kind == "no_email":
        order.billing |= {"email": ""}
        order.customer_id = 0


def _basket(kind: str, random: Random, goods: Mapping[int, Product]) -> Basket:
    first = Wanted(goods[_SIMPLE[int(random.random() * len(_SIMPLE))]], 1 + int(random.random() * 3))
    engraved = (("Grabado", "Año Ñ 🌞"), ("_gift", "1"))
    shirt = Wanted(goods[31 + int(random.random() * 9)], 1 + int(random.random() * 2), meta=engraved)
    food = Wanted(goods[22], 2)
    gone = Wanted(None, 1, "Vela perfumada (descatalogada)", gross=1290)
    baskets: dict[str, Callable[[], Basket]] = {
        "coupon": lambda: Basket([first, shirt], [FLAT], coupons=["bienvenida10"]),
        "two_coupons": lambda: Basket([first, shirt], [FLAT], coupons=["bienvenida10", "menos3"]),
        "variation": lambda: Basket([shirt, first], [FLAT]),
        "two_tax_rates": lambda: Basket([first, food], [FLAT]),
        "pickup": lambda: Basket([first], [PICKUP]),
        "virtual": lambda: Basket([Wanted(goods[24])]),
        "fee": lambda: Basket([first], [FLAT], fees=[("Embalaje de regalo", 250)]),
        "cash_on_delivery": lambda: Basket([first], [FLAT], fees=[("Recargo contra reembolso", 300)]),
        "negative_fee": lambda: Basket([first, shirt], [FREE], fees=[("Puntos de fidelidad", -500)]),
        "several_shipping": lambda: Basket([first, food], [FLAT, COURIER]),
        "deleted_product": lambda: Basket([gone, first], [FLAT]),
        "free": lambda: Basket([first, Wanted(goods[27])], [FREE], coupons=["todo-gratis"]),
        "many_lines": lambda: Basket([Wanted(goods[one], 1 + one % 3) for one in goods if one != 30], [FREE]),
    }
    if kind in baskets:
        return baskets[kind]()
    return Basket([first], [COURIER if random.random() < 0.2 else FLAT])


def _pay(order: Order, kind: str, random: Random) -> None:
    order.status = _STATUS_OF_KIND.get(kind, "processing")
    gateway = CASH if kind == "cash_on_delivery" else TRANSFER if kind in {"on_hold", "unpaid"} else CARD
    gateway = WALLET if gateway is CARD and random.random() < 0.25 else gateway
    if kind == "free":
        gateway = ("", "")  # the shop asks for no payment when there is nothing to pay
    order.payment_method, order.payment_method_title = gateway
    if kind not in _UNPAID:
        order.paid = order.created
        order.transaction_id = f"{random.getrandbits(40):010x}" if gateway in {CARD, WALLET} else ""
    if order.status == "completed":
        order.completed = order.created


def _origin(order: Order, kind: str, random: Random, next_id: Callable[[], int]) -> None:
    order.cart_hash = f"{random.getrandbits(128):032x}"
    order.ip_address = f"203.0.113.{int(random.random() * 254) + 1}"
    order.user_agent = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36"
    source: list[tuple[str, Any]] = [("_wc_order_attribution_source_type", "utm"), ("is_vat_exempt", "no")]
    source.append(("_wc_order_attribution_utm_source", ("google", "boletín", "direct")[int(random.random() * 3)]))
    order.meta += [{"id": next_id(), "key": key, "value": value} for key, value in source]
    if kind == "long_note":
        order.customer_note = "Llamar antes de subir.\nPortal «B», timbre 2º 😀 — " + "por favor " * 40


def _partial_refund(order: Order, next_id: Callable[[], int]) -> Refund:
    line = order.items[0]
    net, tax = line.total // line.quantity, line.total_tax // line.quantity
    back = negative(line, next_id(), 1, net, tax)
    return Refund(next_id(), order.id, order.created, net + tax, "Talla incorrecta", (back,))


def _unmapped(order: Order, traffic: Traffic) -> None:
    code = traffic.unmapped_code
    match traffic.unmapped_kind:
        case "payment":
            order.payment_method, order.payment_method_title = code, code.replace("_", " ").title()
        case "delivery":
            for line in order.shipping_lines[:1]:
                line.code, line.title = code, code.replace("_", " ").title()
        case _:
            order.status = code


def ids_from(first: int) -> Callable[[], int]:
    """Line and meta ids of one order, so that it can be made again alone."""
    numbers = count(first)
    return lambda: next(numbers)
