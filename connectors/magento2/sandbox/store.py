"""What the shop holds: goods, shoppers, orders with their documents. Everybody in it is made up."""

import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

Json = dict[str, Any]

STATUSES = (
    ("pending", "Pending", "new", True),
    ("processing", "Processing", "processing", True),
    ("packed", "Packed", "processing", False),
    ("complete", "Complete", "complete", True),
    ("canceled", "Canceled", "canceled", True),
    ("holded", "On Hold", "holded", True),
    ("closed", "Closed", "closed", True),
)
"""Code, label, state, whether it is the state's default."""

GOODS = (
    (21, "MUG-BLUE", "Blue mug", 12.10, 0),
    (30, "HAT", "Hat", 15.00, 0),
    (55, "TEE-S", "T-shirt-S", 24.20, 67),
    (56, "TEE-M", "T-shirt-M", 24.20, 67),
    (67, "TEE", "T-shirt", 0.0, 0),
)
"""Id, SKU, name, price without tax, id of the configurable product that it is a variant of."""

TAX = 0.20
FIRST_ORDER = 12
_NAMES = (("Ann", "Smith"), ("Lucía", "Pérez"), ("Ivan", "Petrov"), ("Mia", "Braun"))


def stamp(at: datetime) -> str:
    return at.strftime("%Y-%m-%d %H:%M:%S")


@dataclass(slots=True)
class Store:
    clock: Any = lambda: datetime.now(UTC)
    orders: dict[int, Json] = field(default_factory=dict)
    customers: dict[int, Json] = field(default_factory=dict)
    status_writes: list[Json] = field(default_factory=list)
    documents: int = 0

    def clear(self) -> None:
        self.orders.clear()
        self.customers.clear()
        self.status_writes.clear()
        self.documents = 0

    def now(self) -> str:
        return stamp(self.clock())

    def touch(self, order: Json) -> None:
        order["updated_at"] = self.now()

    def set_status(self, order: Json, state: str, status: str | None) -> None:
        order["state"], order["status"] = state, status
        if status is None:
            del order["status"]
        self.touch(order)

    def buy(self, chance: random.Random) -> Json:
        """A check-out of one of a few people, or of a guest."""
        number = FIRST_ORDER + len(self.orders)
        first, last = chance.choice(_NAMES)
        email = f"{first}.{last}{chance.randrange(50)}@example.test".lower().replace("í", "i").replace("é", "e")
        is_guest = chance.random() < 0.4
        at = self.clock() - timedelta(seconds=1)
        order: Json = {
            "entity_id": number,
            "increment_id": f"{number:09d}",
            "state": "new",
            "status": "pending",
            "created_at": stamp(at),
            "updated_at": stamp(at),
            "store_id": 1 + number % 2,
            "store_name": "Main Website\nMain Website Store\nDefault Store View",
            "order_currency_code": "EUR",
            "base_currency_code": "EUR",
            "customer_is_guest": int(is_guest),
            "customer_email": email,
            "customer_group_id": 0 if is_guest else 1,
            "shipping_description": "Flat Rate - Fixed",
            "is_virtual": 0,
            "total_refunded": 0,
        }
        if not is_guest:
            order |= {
                "customer_id": self._account(email, first, last, at),
                "customer_firstname": first,
                "customer_lastname": last,
            }
        address = {
            "firstname": first, "lastname": last, "street": ["Main street 1", "2B"], "city": "Berlin",
            "postcode": "10115",
            "country_id": "DE", "region": "Berlin", "region_code": "BER", "telephone": "+4930123456", "email": email,
        }  # fmt: skip
        order["billing_address"] = address | {"address_type": "billing"}
        self._fill(order, chance, address)
        self.orders[number] = order
        return order

    def _account(self, email: str, first: str, last: str, at: datetime) -> int:
        for known in self.customers.values():
            if known["email"] == email:
                return int(known["id"])
        number = 7 + len(self.customers)
        self.customers[number] = {
            "id": number, "group_id": 1, "created_at": stamp(at), "updated_at": stamp(at), "email": email,
            "firstname": first, "lastname": last, "store_id": 1, "website_id": 1, "addresses": [],
            "extension_attributes": {"is_subscribed": True},
        }  # fmt: skip
        return number

    def _fill(self, order: Json, chance: random.Random, address: Json) -> None:
        items: list[Json] = []
        for _ in range(chance.randint(1, 3)):
            items += self._rows(order["entity_id"] * 100 + len(items), chance)
        lines = [row for row in items if "parent_item_id" not in row]
        subtotal, tax = (round(sum(row[name] for row in lines), 2) for name in ("row_total", "tax_amount"))
        total = round(subtotal + tax + 6, 2)
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
            "payment": {
                "method": "checkmo",
                "additional_information": ["Check / Money order"],
                "amount_ordered": total,
            },
            "status_histories": [],
            "extension_attributes": {
                "shipping_assignments": [
                    {"shipping": {"address": address | {"address_type": "shipping"}, "method": "flatrate_flatrate"}}
                ]
            },
        }

    def _rows(self, first: int, chance: random.Random) -> list[Json]:
        """One or, for a configurable product, two rows."""
        number, sku, name, price, parent = chance.choice([goods for goods in GOODS if goods[3]])
        count = chance.randint(1, 3)
        total, tax = round(price * count, 2), round(price * count * TAX, 2)
        money = {
            "row_total": total, "row_total_incl_tax": round(total + tax, 2), "tax_amount": tax, "tax_percent": 20,
            "price": price, "discount_amount": 0, "qty_ordered": count, "qty_invoiced": 0, "qty_shipped": 0,
        }  # fmt: skip
        if not parent:
            return [
                {"item_id": first, "product_id": number, "product_type": "simple", "sku": sku, "name": name, **money}
            ]
        top = {
            "item_id": first,
            "product_id": parent,
            "product_type": "configurable",
            "sku": sku,
            "name": "T-shirt",
            **money,
        }
        child = {
            "item_id": first + 1, "parent_item_id": first, "product_id": number, "product_type": "simple", "sku": sku,
            "name": name, "row_total": 0, "price": 0, "qty_ordered": count, "parent_item": dict(top),
        }  # fmt: skip
        return [top, child]


def product_rows(now: str) -> list[Json]:
    """As ``GET /V1/products`` shows them."""
    return [_product(*goods, now) for goods in GOODS]


def _product(number: int, sku: str, name: str, price: float, parent: int, now: str) -> Json:
    variants = [other[0] for other in GOODS if other[4] == number]
    extension: Json = {"category_links": [{"position": 0, "category_id": "6"}]}
    own = [
        {"attribute_code": "manufacturer", "value": "15"},
        {"attribute_code": "url_key", "value": sku.lower()},
        {"attribute_code": "category_ids", "value": ["6"]},
    ]
    if variants:
        extension |= {
            "configurable_product_options": [{"attribute_id": "144", "label": "Size", "position": 0}],
            "configurable_product_links": variants,
        }
    else:
        extension["stock_item"] = {"qty": 48, "is_in_stock": True, "manage_stock": True}
    if parent:
        own.append({"attribute_code": "size", "value": "167" if sku.endswith("M") else "166"})
    return {
        "id": number, "sku": sku, "name": name, "price": price, "status": 1, "visibility": 1 if parent else 4,
        "type_id": "configurable" if variants else "simple", "created_at": "2025-10-01 10:00:00", "updated_at": now,
        "weight": 0.35, "extension_attributes": extension, "custom_attributes": own,
        "media_gallery_entries": [{"file": f"/{sku.lower()}.jpg", "disabled": False}],
    }  # fmt: skip
