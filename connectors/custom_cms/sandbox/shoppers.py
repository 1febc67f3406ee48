"""Made-up orders of a shop without a platform, in the hub's own push format (plain JSON, no contract imported)."""

import random
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

Json = dict[str, Any]

CURRENCY = "EUR"
FIRST_ORDER = 1001

_FIRST_NAMES = ("Anna", "Boris", "Carmen", "Dorin", "Elena", "Felix", "Irina", "Juan", "Maria", "Pavel")
_LAST_NAMES = ("Albu", "Costa", "Ivanova", "Lopez", "Moraru", "Novak", "Petrov", "Rusu", "Silva", "Weber")
_GOODS = (
    ("TEE-01", "T-shirt", "19.90"),
    ("MUG-02", "Mug", "9.50"),
    ("BAG-03", "Canvas bag", "24.00"),
    ("CAP-04", "Cap", "14.75"),
    ("PEN-05", "Set of pens", "6.20"),
)
_DELIVERIES = (("courier", "Courier", "7.00"), ("pickup", "Pick-up from the shop", "0.00"), ("post", "Post", "4.50"))
_PAYMENTS = (
    ("card_online", "Card", "paid"),
    ("cash_on_delivery", "Cash", "pending"),
    ("invoice", "Invoice", "pending"),
)
_CITIES = (("Madrid", "ES", "28013"), ("Chisinau", "MD", "2012"), ("Lisbon", "PT", "1100-148"))


def made_up_order(number: int, chance: random.Random, now: datetime) -> Json:
    """One order; the same number and the same state of ``chance`` give the same shopper and basket."""
    created = (now - timedelta(minutes=chance.randrange(1, 60))).isoformat()
    lines = [_line(number, position, chance) for position in range(1, chance.randint(1, 4) + 1)]
    code, name, cost = chance.choice(_DELIVERIES)
    total = sum((Decimal(line["total"]) for line in lines), Decimal(cost))
    shopper, address = _shopper(chance)
    order: Json = {"id": f"CMS-{number}", "number": str(number), "status": "new", "currency": CURRENCY}
    order |= {"created_at": created, "updated_at": created, "customer": shopper, "billing": address, "lines": lines}
    order["deliveries"] = [{"code": code, "name": name, "cost": cost, "address": address}]
    order["payments"] = [_payment(number, total, chance)]
    order |= {"total": str(total), "customer_comment": chance.choice(("", "Please call before delivery."))}
    order["custom_fields"] = {"gift_wrap": chance.random() < 0.2}
    return order


def _line(number: int, position: int, chance: random.Random) -> Json:
    sku, name, price = chance.choice(_GOODS)
    quantity = chance.randint(1, 3)
    amount = str(Decimal(price) * quantity)
    line: Json = {"id": f"{number}-{position}", "product_id": sku, "sku": sku, "name": name, "quantity": str(quantity)}
    return line | {"subtotal": amount, "total": amount}


def _payment(number: int, total: Decimal, chance: random.Random) -> Json:
    code, name, status = chance.choice(_PAYMENTS)
    money = {"amount": str(total), "currency": CURRENCY}
    return {"id": f"{number}-1", "code": code, "name": name, "status": status, "amount": money}


def _shopper(chance: random.Random) -> tuple[Json, Json]:
    """The customer, and the address."""
    first, last = chance.choice(_FIRST_NAMES), chance.choice(_LAST_NAMES)
    city, country, postcode = chance.choice(_CITIES)
    names = {"first_name": first, "last_name": last}
    # +1 202 555 01xx is reserved for fiction.
    reach = {"email": f"{first}.{last}@example.com".lower(), "phone": f"+120255501{chance.randrange(100):02}"}
    place = {"line1": f"Main street {chance.randint(1, 90)}", "city": city, "postcode": postcode, "country": country}
    return {"id": f"U-{first[0]}{last}"} | names | reach, names | reach | place
