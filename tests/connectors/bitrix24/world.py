"""A portal to write into, and things to write."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import requests

from connectors.bitrix24.sandbox import settings_for
from connectors.bitrix24.spec import SPEC
from connectors.contract.canonical import Address, Customer, Delivery, Money, Order, OrderLine, Payment
from connectors.contract.capabilities import Adapter
from connectors.contract.results import CustomerDraft, NotWritten, OrderDraft, Outcome, Refused, Written
from connectors.contract.spec import Exchange, Services
from connectors.toolkit.sandbox import Sandbox

CREATED = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


class Tokens:
    """Kept for the life of one test."""

    def __init__(self) -> None:
        self.kept: dict[str, str] = {}

    def get(self, name: str) -> str:
        return self.kept.get(name, "")

    def put(self, name: str, value: str) -> None:
        self.kept[name] = value

    def renewed(self, name: str, seen: str, renew: Callable[[str], str]) -> str:
        if self.get(name) == seen:
            self.put(name, renew(seen))
        return self.get(name)


@dataclass
class World:
    """``before_call`` runs before each HTTP call with its number, from 1."""

    box: Sandbox
    tokens: Tokens = field(default_factory=Tokens)
    calls: list[str] = field(default_factory=list)
    pauses: list[tuple[str, timedelta]] = field(default_factory=list)
    exchanges: list[Exchange] = field(default_factory=list)
    now: datetime | None = None
    before_call: Callable[[int], None] = lambda _number: None

    def services(self) -> Services:
        return Services(
            on_exchange=self.exchanges.append,
            throttle=self._count,
            slow_down=lambda bucket, pause: self.pauses.append((bucket, pause)),
            tokens=self.tokens,
            clock=lambda: self.now or datetime.now(UTC),
            allowed_private_networks=("127.0.0.0/8",),
        )

    def _count(self, bucket: str) -> None:
        self.calls.append(bucket)
        self.before_call(len(self.calls))

    def open(self, **changes: Any) -> Adapter:
        defaults = {each.key: each.default for each in SPEC.settings if each.default is not None}
        return SPEC.open({**defaults, **settings_for(self.box.url), **changes}, self.services())

    def put(self, drafts: Sequence[OrderDraft], **settings: Any) -> list[Outcome]:
        sink = self.open(**settings).order_sink
        assert sink is not None
        return list(sink.put_orders(drafts))

    def put_customers(self, drafts: Sequence[CustomerDraft], **settings: Any) -> list[Outcome]:
        sink = self.open(**settings).customer_sink
        assert sink is not None
        return list(sink.put_customers(drafts))

    def desk(self, name: str, body: Any = None) -> Any:
        address = f"{self.box.url}/__sandbox__/{name}"
        answer = requests.get(address, timeout=20) if body is None else requests.post(address, json=body, timeout=20)
        assert answer.status_code < 300, answer.text
        return answer.json()

    def faults(self, **switches: Any) -> None:
        self.desk("faults", {"reset": True, **switches})

    def deals(self) -> dict[str, dict[str, Any]]:
        """By our id; the test fails when one is there twice."""
        rows = self.desk("orders")
        found = {row["externalId"]: row for row in rows}
        assert len(found) == len(rows), "a deal is there twice"
        return found

    def contacts(self) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = self.desk("customers")
        return rows

    def methods(self) -> dict[str, int]:
        """How often each method ran, commands of batches counted one by one."""
        found: dict[str, int] = self.box.state()["methods"]
        return found


def buyer(number: int = 1, **changes: Any) -> CustomerDraft:
    address = Address(line1=f"Main street {number}", city="Berlin", postcode="10115", country="DE")
    customer = Customer(
        id=f"c{number}",
        email=f"buyer{number}@example.com",
        phone=f"+49301234{number:04d}",
        first_name="Erika",
        last_name=f"Muster{number}",
        billing=address,
        created_at=CREATED,
    ).model_copy(update=changes)
    return CustomerDraft(customer, external_id=customer.id or "", key=customer.id or "")


def line(total: str = "20", quantity: str = "2", **fields: Any) -> OrderLine:
    given = {"id": "1", "sku": "A-9", "name": "Cup", "subtotal": Decimal(total), **fields}
    return OrderLine(quantity=Decimal(quantity), total=Decimal(total), **given)


def draft(number: int = 1, *, customer: CustomerDraft | None = None, **fields: Any) -> OrderDraft:
    """An order of 25.00 EUR in stage C9:NEW; ``fields`` that an Order has change the order, others the draft."""
    who = customer or buyer(number)
    values: dict[str, Any] = {
        "id": str(5000 + number),
        "number": f"N-{5000 + number}",
        "status": "paid",
        "created_at": CREATED + timedelta(minutes=number),
        "currency": "EUR",
        "customer": who.customer,
        "lines": (line(),),
        "deliveries": (Delivery(code="parcel", name="Parcel", cost=Decimal(5), address=who.customer.billing),),
        "payments": (Payment(id="1", code="card", name="Card", amount=Money(amount=Decimal(25), currency="EUR")),),
        "total": Decimal(25),
    }
    values |= {name: fields.pop(name) for name in list(fields) if name in Order.model_fields and name != "status"}
    order = Order(**values)
    made = OrderDraft(
        order=order,
        external_id=order.id,
        status="C9:NEW",
        delivery_codes=(None,) * len(order.deliveries),
        payment_codes=(None,) * len(order.payments),
        customer=who,
    )
    return replace(made, **fields)


def written(outcomes: Sequence[Outcome]) -> list[Written]:
    """All of them; a failed test when one was not."""
    found = [outcome for outcome in outcomes if isinstance(outcome, Written)]
    assert len(found) == len(outcomes), [each for each in outcomes if not isinstance(each, Written)]
    return found


def refusal(outcome: Outcome) -> Refused:
    assert isinstance(outcome, Refused), outcome
    return outcome


def error_of(outcome: Outcome) -> Any:
    assert isinstance(outcome, NotWritten), outcome
    return outcome.error
