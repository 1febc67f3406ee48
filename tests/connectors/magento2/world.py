"""A running stand-in and connections to it; orders after the OpenAPI description."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import requests

from connectors.contract.capabilities import Adapter
from connectors.magento2.sandbox import make, settings_for
from connectors.toolkit.sandbox import Sandbox
from tests.contract.kinds import Hub

START = datetime(2020, 1, 1, tzinfo=UTC)


@dataclass
class World:
    box: Sandbox
    hub: Hub = field(default_factory=Hub)

    def open(self, **changes: Any) -> Adapter:
        from connectors.magento2.spec import SPEC

        defaults = {each.key: each.default for each in SPEC.settings if each.default is not None}
        return SPEC.open({**defaults, **settings_for(self.box.url), **changes}, self.hub.services())

    def desk(self, name: str, body: Any = None) -> Any:
        address = f"{self.box.url}/__sandbox__/{name}"
        answer = requests.get(address, timeout=10) if body is None else requests.post(address, json=body, timeout=10)
        assert answer.status_code < 300, answer.text
        return answer.json()

    def shop(self, orders: int) -> list[str]:
        return [str(row["id"]) for row in self.desk("shop", {"orders": orders, "seed": 5})["orders"]]

    def order(self, id: str) -> Any:
        return next(row for row in self.desk("orders") if str(row["entity_id"]) == id)

    def calls(self) -> dict[str, int]:
        """By method and the last parts of the path."""
        return {
            name.replace(r"(?:/index\.php)?/rest(?:/\w+)?/V1/", ""): count
            for name, count in self.state()["calls"].items()
        }

    def state(self) -> Any:
        return self.box.state()


@contextmanager
def world(**options: Any) -> Iterator[World]:
    with make(**options) as box:
        yield World(box)


def order(**changes: Any) -> dict[str, Any]:
    return {
        "entity_id": 12,
        "increment_id": "000000012",
        "state": "processing",
        "status": "processing",
        "created_at": "2026-01-05 10:00:00",
        "updated_at": "2026-01-05 10:03:21",
        "order_currency_code": "EUR",
        "customer_is_guest": 1,
        "customer_email": "Ann@Example.com",
        "grand_total": 30,
        "tax_amount": 5,
        "shipping_amount": 5,
        "shipping_tax_amount": 1,
        "shipping_description": "Flat Rate - Fixed",
        "store_id": 1,
        "items": [line()],
        "billing_address": {
            "firstname": "Ann", "lastname": "Smith", "street": ["Main street 1", "2B"], "city": "Berlin",
            "postcode": "10115", "country_id": "DE", "telephone": "+4930123456",
        },
        "payment": {"method": "checkmo", "additional_information": ["Check / Money order"]},
        "extension_attributes": {
            "shipping_assignments": [{"shipping": {"method": "flatrate_flatrate", "address": {"city": "Berlin"}}}]
        },
        **changes,
    }  # fmt: skip


def line(**changes: Any) -> dict[str, Any]:
    return {
        "item_id": 101, "product_id": 21, "product_type": "simple", "sku": "MUG", "name": "Mug", "qty_ordered": 2,
        "row_total": 20, "row_total_incl_tax": 24, "tax_amount": 4, "tax_percent": 20, "discount_amount": 0,
        **changes,
    }  # fmt: skip
