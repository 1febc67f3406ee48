"""A RetailCRM connection opened against registered answers, and drafts to put into it."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import requests
import responses
from responses import CallList

from connectors.contract.canonical import Address, Customer, Delivery, Money, Order, OrderLine, Payment, PaymentStatus
from connectors.contract.capabilities import Adapter
from connectors.contract.results import CustomerDraft, OrderDraft
from connectors.contract.spec import Exchange, Services
from connectors.retailcrm.spec import SPEC

BASE = "https://shop.retailcrm.ru"
NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
SETTINGS: Mapping[str, Any] = {
    "address": BASE,
    "api_key": "key-of-the-shop",
    "site": "main",
    "timezone": "Europe/Moscow",
    "currency": "RUB",
}


@dataclass
class Tokens:
    kept: dict[str, str] = field(default_factory=dict)

    def get(self, name: str) -> str:
        return self.kept.get(name, "")

    def put(self, name: str, value: str) -> None:
        self.kept[name] = value

    def renewed(self, name: str, seen: str, renew: Callable[[str], str]) -> str:
        if self.kept.get(name, "") == seen:
            self.kept[name] = renew(seen)
        return self.kept[name]


@dataclass
class World:
    """What the connector told the hub while it worked."""

    exchanges: list[Exchange] = field(default_factory=list)
    throttled: list[str] = field(default_factory=list)
    slowed: list[tuple[str, timedelta]] = field(default_factory=list)

    def services(self) -> Services:
        return Services(
            on_exchange=self.exchanges.append,
            throttle=self.throttled.append,
            slow_down=lambda bucket, pause: self.slowed.append((bucket, pause)),
            tokens=Tokens(),
            clock=lambda: NOW,
        )

    def open(self, **settings: Any) -> Adapter:
        return SPEC.open({**SETTINGS, **settings}, self.services())


def url(path: str) -> str:
    return f"{BASE}/api/v5/{path}"


def answers(method: str, path: str, body: Any, status: int = 200, **extra: Any) -> None:
    """Registers one answer; several for the same address are given one after the other."""
    address = path if path.startswith("http") else url(path)
    if isinstance(body, Exception):
        responses.add(method, address, body=body)
    else:
        responses.add(method, address, json=body, status=status, **extra)


def no_answer(method: str, path: str) -> None:
    answers(method, path, requests.exceptions.ReadTimeout("nobody there"))


def form(call: responses.Call) -> dict[str, Any]:
    """A request's form, structured parameters decoded."""
    body = call.request.body
    text = body.decode() if isinstance(body, bytes) else str(body or "")
    return {key: _decoded(value) for key, value in parse_qsl(text, keep_blank_values=True)}


def _decoded(value: str) -> Any:
    return json.loads(value) if value[:1] in {"{", "["} else value


def query(call: responses.Call) -> list[tuple[str, str]]:
    return parse_qsl(urlsplit(str(call.request.url)).query)


def made(calls: CallList) -> list[str]:
    """The calls as ``POST orders/upload``."""
    return [
        f"{call.request.method} {urlsplit(str(call.request.url)).path.removeprefix('/api/v5/').removeprefix('/api/')}"
        for call in calls
    ]


def line(**changes: Any) -> OrderLine:
    values: dict[str, Any] = {
        "id": "31",
        "product_id": "137",
        "variant_id": "137-21",
        "sku": "TS-M",
        "name": "T-shirt",
        "quantity": Decimal(2),
        "subtotal": Decimal(3000),
        "total": Decimal(2900),
    }
    return OrderLine(**(values | changes))


def payment(**changes: Any) -> Payment:
    values: dict[str, Any] = {"id": "1", "code": "card", "amount": Money(amount=Decimal(3200), currency="RUB")}
    return Payment(**(values | changes))


def paid(**changes: Any) -> Payment:
    when = datetime(2026, 1, 15, 7, 30, tzinfo=UTC)
    return payment(**({"status": PaymentStatus.PAID, "paid_at": when} | changes))


def order(id: str = "15", **changes: Any) -> Order:
    values: dict[str, Any] = {
        "id": id,
        "number": f"2601/{id}",
        "status": "processing",
        "created_at": datetime(2026, 1, 15, 6, 59, 58, tzinfo=UTC),
        "currency": "RUB",
        "customer": person(),
        "billing": Address(first_name="Ann", last_name="Petrova", phone="8 (903) 300-50-69", email="Ann@Example.com"),
        "lines": (line(),),
        "deliveries": (delivery(),),
        "payments": (payment(),),
        "total": Decimal(3200),
    }
    return Order(**(values | changes))


def delivery(**changes: Any) -> Delivery:
    place = Address(
        first_name="Ann", last_name="Petrova", city="Moscow", postcode="101000", country="RU", line1="Lenina 1-5"
    )
    values: dict[str, Any] = {"code": "flat", "cost": Decimal(300), "address": place}
    return Delivery(**(values | changes))


def person(**changes: Any) -> Customer:
    values: dict[str, Any] = {"id": "77", "email": "Ann@Example.com", "first_name": "Ann", "last_name": "Petrova"}
    return Customer(**(values | changes))


def known_customer() -> CustomerDraft:
    return CustomerDraft(person(), external_id="77", target_id="4924", key="77")


def draft(id: str = "15", **changes: Any) -> OrderDraft:
    values: dict[str, Any] = {
        "order": order(id),
        "external_id": id,
        "status": "new",
        "delivery_codes": ("courier",),
        "payment_codes": ("bank-card",),
        "payment_statuses": ("not-paid",),
        "order_method": "shopping-cart",
        "customer": known_customer(),
    }
    return OrderDraft(**(values | changes))
