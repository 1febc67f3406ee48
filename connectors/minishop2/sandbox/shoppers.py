"""Makes up orders: every kind that MODX shops really have, in turn, and the same ones again for the same seed."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from random import Random

from connectors.minishop2.sandbox.catalog import Modification, Product
from connectors.minishop2.sandbox.shop import NEW, Json, Order, Shop

KINDS = (
    "plain",
    "modification",
    "promo_code",
    "without_email",
    "without_phone",
    "country_as_text",
    "phone_as_text",
    "html_in_comment",
    "deleted_product",
    "pickup",
    "by_manager",
    "same_number",
    "properties",
    "promo_code_2",
    "surcharge",
    "unknown_modification",
    "many_lines",
    "guest",
)
"""Consecutive orders take these in turn, so that any 18 of them show all."""

_FIRST = ("Anna", "Boris", "Daria", "Elena", "Fedor", "Igor", "Maria", "Pavel", "Olga", "Yuri")
_LAST = ("Ivanova", "Petrov", "Rusu", "Sidorova", "Novak", "Moraru", "Orlova", "Weber", "Popescu", "Lebedev")
_CITIES = (("Moscow", "Россия", "101000"), ("Minsk", "Беларусь", "220030"), ("Chisinau", "Moldova", "2012"))


@dataclass(frozen=True, slots=True)
class Traffic:
    """Who buys, and how often something turns up that staff have not mapped."""

    seed: int = 1
    people: int = 40
    unmapped_share: float = 0.0
    unmapped_kind: str = "payment"
    unmapped_code: int = 9


def place_order(shop: Shop, traffic: Traffic) -> Order:
    """One check-out. The order is in the status "new" when this returns."""
    place = shop.next_order_id
    chance = Random(traffic.seed * 1_000_003 + place)
    kind = KINDS[place % len(KINDS)]
    address = _address(chance, kind, traffic)
    order = Order(
        id=place,
        number=_number(shop, kind),
        created=shop.now(),
        status=NEW,
        delivery=2 if kind == "pickup" else chance.choice((1, 1, 3)),
        payment=chance.choice((1, 2, 3)),
        address=address,
        kind=kind,
    )
    shop.next_order_id += 1
    order.items = _items(shop, chance, kind)
    order.log.append((order.created, NEW))
    if kind == "by_manager":
        order.is_manager = True
    elif kind != "guest":
        order.customer_id = shop.customer_for(address).id
    _specials(order, kind, chance)
    if traffic.unmapped_share and chance.random() < traffic.unmapped_share:
        if traffic.unmapped_kind == "delivery":
            order.delivery = traffic.unmapped_code
        else:
            order.payment = traffic.unmapped_code
    shop.orders[order.id] = order
    return order


def _number(shop: Shop, kind: str) -> str:
    """Two check-outs of one moment get the same number: nothing locks the counter."""
    number = shop.next_number()
    before = shop.orders.get(shop.next_order_id - 1)
    return before.number if kind == "same_number" and before is not None else number


def _address(chance: Random, kind: str, traffic: Traffic) -> Json:
    who = chance.randrange(traffic.people)
    first, last = _FIRST[who % len(_FIRST)], _LAST[(who * 7 + who // 10) % len(_LAST)]
    city, country, index = _CITIES[who % len(_CITIES)]
    address: Json = {
        "receiver": f"{first} {last}",
        # +7 900 555 xx and example.com belong to nobody.
        "phone": f"+7900555{1000 + who * 37 + traffic.seed % 7:04}",
        "email": f"{first}.{last}.{who}@example.com".lower(),
        "country": country,
        "index": index,
        "region": "",
        "city": city,
        "metro": "Central" if who % 4 == 0 else "",
        "street": "Lenina",
        "building": str(1 + who % 60),
        "entrance": "2",
        "floor": "3",
        "room": str(1 + who % 90),
        "comment": "",
        "text_address": "",
    }
    changes: dict[str, Json] = {
        "without_email": {"email": ""},
        "without_phone": {"phone": ""},
        "country_as_text": {"country": "Российская Федерация, Урал", "text_address": ""},
        "phone_as_text": {"phone": f"8 (900) 555-{chance.randrange(10, 99)}-0{who % 10}, after six"},
        "by_manager": {"email": "", "receiver": f"{last} {first} Ivanovich"},
        "guest": {"phone": "", "text_address": f"{city}, Lenina {1 + who % 60}"},
    }
    return address | changes.get(kind, {})


def _items(shop: Shop, chance: Random, kind: str) -> list[Json]:
    goods = shop.goods
    shirt = goods[137]
    plain = goods[chance.choice((140, 141, 142))]
    if kind == "many_lines":
        lines = [
            _line(shop, product, None, 1 + product.id % 3) for product in goods.values() if not product.modifications
        ]
        return lines + [_line(shop, shirt, each, 1) for each in shirt.modifications]
    if kind in {"modification", "promo_code", "properties"}:
        return [
            _line(shop, shirt, chance.choice(shirt.modifications), 1 + chance.randrange(3)),
            _line(shop, plain, None, 1),
        ]
    if kind == "deleted_product":
        return [_free_line(shop, 139, "Candle (no longer sold)", Decimal("450.00")), _line(shop, plain, None, 1)]
    if kind == "unknown_modification":
        line = _line(shop, shirt, shirt.modifications[0], 1)
        return [{**line, "modification_id": 99, "modification_name": "", "sku": "TS-137"}]
    return [_line(shop, plain, None, 1 + chance.randrange(3))]


def _line(shop: Shop, product: Product, modification: Modification | None, count: int) -> Json:
    price = modification.price if modification else product.price
    chosen: Json = {}
    if modification:
        chosen = {**modification.options, "modification": modification.id, "modifications": [modification.id]}
    return {
        "line_id": _line_id(shop),
        "product_id": product.id,
        "modification_id": modification.id if modification else 0,
        "modification_name": modification.name if modification else "",
        "sku": modification.article if modification else product.article,
        "name": product.name,
        "count": count,
        "price": f"{price:.2f}",
        "cost": f"{price * count:.2f}",
        "weight": f"{product.weight:.3f}",
        "options": chosen or [],
        "properties": [],
        "url": "",
        "image": "",
    }


def _free_line(shop: Shop, product_id: int, name: str, price: Decimal) -> Json:
    return {
        "line_id": _line_id(shop),
        "product_id": product_id,
        "modification_id": 0,
        "sku": "",
        "name": name,
        "count": 1,
        "price": f"{price:.2f}",
        "cost": f"{price:.2f}",
        "weight": "0.100",
        "options": [],
        "properties": [],
    }


def _line_id(shop: Shop) -> int:
    shop.next_line_id += 1
    return shop.next_line_id - 1


def _specials(order: Order, kind: str, chance: Random) -> None:
    def promo(source: str, code: str) -> None:
        """The add-on lowers the prices of the lines by a tenth and notes how much that was."""
        off = Decimal(0)
        for item in order.items:
            cost = Decimal(item["cost"])
            lower = (cost * 9 / 10).quantize(Decimal("0.01"))
            off += cost - lower
            item["cost"] = f"{lower:.2f}"
            item["price"] = f"{lower / item['count']:.2f}"
        order.discounts.append({"source": source, "code": code, "amount": f"{off:.2f}"})

    special: dict[str, Callable[[], object]] = {
        "promo_code": lambda: promo("msPromoCode", "WINTER"),
        "promo_code_2": lambda: promo("msPromoCode2", f"ONE-{chance.randrange(1000, 9999)}"),
    }
    special.get(kind, lambda: None)()
    if kind == "html_in_comment":
        order.comment = "Call <b>before</b> delivery<br>&laquo;door&raquo; 5 &amp; 6"
    if kind == "surcharge":
        order.surcharge = Decimal("50.00")
    if kind == "properties":
        order.properties = {"gift_wrap": True, "utm_source": "newsletter", "extra": {"floor_lift": "yes"}}
