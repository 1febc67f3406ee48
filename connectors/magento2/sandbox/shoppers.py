"""Makes up orders: the same ones again for the same seed."""

import random
from dataclasses import dataclass

from connectors.magento2.sandbox.goods import GOODS, TAX
from connectors.magento2.sandbox.store import Json, Store, stamp
from connectors.toolkit.sandbox.traffic import GUESTS_FROM, Traffic

_FIRST = ("Ann", "Lucía", "Иван", "Mia", "Þóra", "José", "Zoë")
_LAST = ("Smith", "Pérez Núñez", "Петров", "Braun", "O'Neill", "Łuczak", "Nowak", "Strauß", "Çelik")
_NOTES = 5
"""Every so many orders bear a note of the buyer."""

_FALLBACK = "checkmo", "flatrate_flatrate", "pending"


@dataclass(frozen=True, slots=True)
class Person:
    number: int
    tag: str

    @property
    def is_guest(self) -> bool:
        return self.number >= GUESTS_FROM

    @property
    def email(self) -> str:
        """Magento's check-out always asks for it."""
        name = f"visitor{self.number - GUESTS_FROM}" if self.is_guest else f"client{self.number}"
        return f"{name}{self.tag}@example.test"

    @property
    def phone(self) -> str:
        return f"+49{40 if self.is_guest else 30}{self.number % GUESTS_FROM:07d}"

    @property
    def names(self) -> tuple[str, str]:
        return _FIRST[self.number % len(_FIRST)], _LAST[self.number // len(_FIRST) % len(_LAST)]

    def address(self) -> Json:
        first, last = self.names
        return {
            "firstname": first, "lastname": last, "street": [f"Main street {self.number % 97 + 1}", "2B"],
            "city": "Berlin", "postcode": "10115", "country_id": "DE", "region": "Berlin", "region_code": "BER",
            "telephone": self.phone, "email": self.email,
        }  # fmt: skip


def buy(store: Store, traffic: Traffic) -> Json:
    """The next shopper of this traffic places an order."""
    place, store.shopped = store.shopped, store.shopped + 1
    order = _order(store, traffic, place, store.clock() - 1, tell=True)
    store.add(order)
    return order


def bought(store: Store, traffic: Traffic, place: int, at: float) -> Json:
    """An order of long ago, of which nobody is told any more: most are complete."""
    order = _order(store, traffic, place, at, tell=False)
    is_canceled = place % 20 == 3
    order["state"] = order["status"] = "canceled" if is_canceled else "complete"
    if not is_canceled:
        for row in order["items"]:
            row |= {"qty_invoiced": row["qty_ordered"], "qty_shipped": row["qty_ordered"]}
        order |= {"total_due": 0, "total_paid": order["grand_total"]}
    store.add(order, tell=False)
    store.old.add(order["entity_id"])
    return order


def _order(store: Store, traffic: Traffic, place: int, at: float, *, tell: bool) -> Json:
    chance, who, number = traffic.random_for(place), Person(traffic.buyer(place), traffic.tag), store.next_order()
    payment, delivery, status = _codes(traffic, chance)
    order: Json = {
        "entity_id": number,
        "increment_id": f"{number:09d}",
        "state": "new",
        "status": status,
        "created_at": stamp(at),
        "updated_at": stamp(at),
        "store_id": 1 + number % 2,
        "store_name": "Main Website\nMain Website Store\nDefault Store View",
        "order_currency_code": "EUR",
        "base_currency_code": "EUR",
        "customer_is_guest": int(who.is_guest),
        "customer_email": who.email,
        "customer_group_id": 0 if who.is_guest else 1,
        "shipping_description": "Flat Rate - Fixed",
        "is_virtual": 0,
        "total_refunded": 0,
    }
    if place % _NOTES == 0:
        order["customer_note"] = f"Ring twice, please.\nСпасибо — {place} 🌞"
    if not who.is_guest:
        order |= _account(store, who, at, tell=tell)
    order["billing_address"] = who.address() | {"address_type": "billing"}
    _fill(order, chance, who, payment, delivery)
    return order


def _codes(traffic: Traffic, chance: random.Random) -> tuple[str, str, str]:
    """Of payment, delivery and status; now and then one that staff have not mapped."""
    codes = dict(zip(("payment", "delivery", "status"), _FALLBACK, strict=True))
    if traffic.unmapped_share and chance.random() < traffic.unmapped_share:
        codes[traffic.unmapped_kind] = traffic.unmapped_code
    return codes["payment"], codes["delivery"], codes["status"]


def _account(store: Store, who: Person, at: float, *, tell: bool) -> Json:
    first, last = who.names
    columns = {
        "group_id": 1, "created_at": stamp(at), "updated_at": stamp(at), "firstname": first, "lastname": last,
        "store_id": 1, "website_id": 1, "addresses": [], "extension_attributes": {"is_subscribed": True},
    }  # fmt: skip
    number = store.account(who.email, columns, tell=tell)
    return {"customer_id": number, "customer_firstname": first, "customer_lastname": last}


def _fill(order: Json, chance: random.Random, who: Person, payment: str, delivery: str) -> None:
    items: list[Json] = []
    for _ in range(chance.randint(1, 3)):
        items += _rows(order["entity_id"] * 100 + len(items), chance)
    lines = [row for row in items if "parent_item_id" not in row]
    subtotal, tax = (round(sum(row[name] for row in lines), 2) for name in ("row_total", "tax_amount"))
    total = round(subtotal + tax + 6, 2)
    shipping = {"address": who.address() | {"address_type": "shipping"}, "method": delivery}
    order |= {
        "items": items,
        "subtotal": subtotal,
        "discount_amount": 0,
        "shipping_amount": 5,
        "shipping_tax_amount": 1,
        "shipping_incl_tax": 6,
        "tax_amount": round(tax + 1, 2),
        "grand_total": total,
        "total_due": total,
        "payment": {"method": payment, "additional_information": ["Check / Money order"], "amount_ordered": total},
        "status_histories": [],
        "extension_attributes": {"shipping_assignments": [{"shipping": shipping}]},
    }


def _rows(first: int, chance: random.Random) -> list[Json]:
    """One or, for a configurable product, two rows."""
    number, sku, name, price, parent = chance.choice([goods for goods in GOODS if goods[3]])
    count = chance.randint(1, 3)
    total, tax = round(price * count, 2), round(price * count * TAX, 2)
    money = {
        "row_total": total, "row_total_incl_tax": round(total + tax, 2), "tax_amount": tax, "tax_percent": 20,
        "price": price, "discount_amount": 0, "qty_ordered": count, "qty_invoiced": 0, "qty_shipped": 0,
    }  # fmt: skip
    if not parent:
        return [{"item_id": first, "product_id": number, "product_type": "simple", "sku": sku, "name": name, **money}]
    top = {
        "item_id": first, "product_id": parent, "product_type": "configurable", "sku": sku, "name": "T-shirt", **money,
    }  # fmt: skip
    child = {
        "item_id": first + 1, "parent_item_id": first, "product_id": number, "product_type": "simple", "sku": sku,
        "name": name, "row_total": 0, "price": 0, "qty_ordered": count, "parent_item": dict(top),
    }  # fmt: skip
    return [top, child]
