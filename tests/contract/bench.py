"""A system on the test bench: its stand-in over real HTTP, a connection to it, and things to write into it."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal
from functools import cached_property
from typing import Any

import requests

from connectors.contract.canonical import Address, Customer, Delivery, Lead, Money, Order, OrderLine, Payment
from connectors.contract.capabilities import Adapter
from connectors.contract.errors import ConnectorError
from connectors.contract.results import CustomerDraft, LeadDraft, NotWritten, OrderDraft, Outcome, StatusDraft
from connectors.toolkit.sandbox import Sandbox

from .kinds import Hub, secrets_in, settings_for

SINKS = ("order_sink", "customer_sink", "lead_sink", "status_sink")
CREATING = ("order_sink", "customer_sink", "lead_sink")
THINGS = ("orders", "customers", "leads")
"""Counters of a stand-in's state that say what exists there."""

CREATED = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
_PUT = {
    "order_sink": "put_orders",
    "customer_sink": "put_customers",
    "lead_sink": "put_leads",
    "status_sink": "put_statuses",
}
_WRITES = ("POST ", "PUT ", "PATCH ", "DELETE ")


@dataclass
class Bench:
    """``hub`` saw everything that the connection did."""

    kind: str
    box: Sandbox
    hub: Hub = field(default_factory=Hub)

    @cached_property
    def settings(self) -> dict[str, Any]:
        return settings_for(self.kind, self.box.url)

    @property
    def secrets(self) -> dict[str, str]:
        return secrets_in(self.kind, self.settings)

    def open(self, **changes: Any) -> Adapter:
        return self.hub.open(self.kind, {**self.settings, **changes})

    @cached_property
    def adapter(self) -> Adapter:
        return self.open()

    # the vendor's side

    def desk(self, name: str, body: Any = None) -> Any:
        """The stand-in's control desk, which no fault can hit."""
        address = f"{self.box.url}/__sandbox__/{name}"
        answer = requests.get(address, timeout=20) if body is None else requests.post(address, json=body, timeout=20)
        assert answer.status_code < 300, answer.text
        return answer.json()

    def faults(self, **switches: Any) -> None:
        self.desk("faults", {"reset": True, **switches})

    def things(self) -> dict[str, int]:
        """How many orders, customers ... there are."""
        state = self.box.state()
        return {name: state[name] for name in THINGS if name in state}

    def writes(self) -> int:
        return int(self.box.state()["writes"])

    def write_paths(self, work: Callable[[], Any]) -> list[str]:
        """Patterns of the paths that the work writes to."""
        before = dict(self.box.state()["calls"])
        work()
        after = self.box.state()["calls"]
        written = [name for name, count in after.items() if count > before.get(name, 0) and name.startswith(_WRITES)]
        return [re.sub(r"\?P<\w+>", "?:", name.partition(" ")[2]) + "$" for name in written]

    def shop(self, count: int) -> list[dict[str, Any]]:
        """Shoppers buy that much; nobody is told."""
        rows: list[dict[str, Any]] = self.desk("shop", {"orders": count, "seed": 7})["orders"]
        return rows

    # what is written into it

    @cached_property
    def codes(self) -> dict[str, list[str]]:
        """The active codes of each book."""
        assert self.adapter.codes is not None
        return {
            book.kind: [entry.code for entry in book.entries if entry.is_active]
            for book in self.adapter.codes.read_books()
        }

    @cached_property
    def currency(self) -> str:
        """The account's own, where it tells."""
        assert self.adapter.account is not None
        return str(self.adapter.account.verify().facts.get("currency") or "EUR")

    def drafts(self, sink: str, count: int, *, first: int = 1) -> list[Any]:
        """That many things to write, each another one; the same number gives the same thing."""
        numbers = range(first, first + count)
        match sink:
            case "order_sink":
                return [self._order(number) for number in numbers]
            case "customer_sink":
                return [self._customer(number) for number in numbers]
            case "lead_sink":
                return [self._lead(number) for number in numbers]
        status = self.codes["status"][1]
        rows = self.shop(count)
        return [StatusDraft(str(row["id"]), status, f"change-{row['id']}", str(row["number"])) for row in rows]

    def put(self, sink: str, drafts: Sequence[Any], adapter: Adapter | None = None) -> list[Outcome]:
        """The outcomes; an exception, which speaks for the whole batch, becomes one NotWritten per draft."""
        given = getattr(adapter or self.adapter, sink)
        try:
            return list(getattr(given, _PUT[sink])(drafts))
        except ConnectorError as problem:
            return [NotWritten(problem) for _ in drafts]

    def _code(self, kind: str) -> str:
        return self.codes.get(kind, [""])[0]

    def _customer(self, number: int) -> CustomerDraft:
        address = Address(line1=f"Main street {number}", city="Berlin", postcode="10115", country="DE")
        customer = Customer(
            id=f"c{number}",
            email=f"buyer{number}@example.com",
            first_name="Erika",
            last_name=f"Muster{number}",
            billing=address,
            created_at=CREATED,
        )
        return CustomerDraft(customer, external_id=f"c{number}")

    def _order(self, number: int) -> OrderDraft:
        who = self._customer(number)
        order = Order(
            id=str(5000 + number),
            number=f"N-{5000 + number}",
            status="paid",
            created_at=CREATED,
            currency=self.currency,
            customer=who.customer,
            billing=who.customer.billing,
            lines=(
                OrderLine(
                    id="1", product_id="9", sku="A-9", name="Cup", quantity=Decimal(2), subtotal=Decimal(20),
                    total=Decimal(20),
                ),
            ),
            deliveries=(Delivery(code="parcel", cost=Decimal(5), address=who.customer.billing),),
            payments=(Payment(id="1", code="card", amount=Money(amount=Decimal(25), currency=self.currency)),),
            total=Decimal(25),
        )  # fmt: skip
        return OrderDraft(
            order=order,
            external_id=order.id,
            status=self._code("status") or None,
            delivery_codes=(self._code("delivery") or None,),
            payment_codes=(self._code("payment") or None,),
            payment_statuses=(self._code("payment_status") or None,),
            order_method=self._code("order_method") or None,
            customer=who,
        )

    def _lead(self, number: int) -> LeadDraft:
        who = self._customer(number)
        lead = Lead(id=f"l{number}", form="question", created_at=CREATED, customer=who.customer, message="Call me")
        return LeadDraft(lead, f"lead-l{number}", order_method=self._code("order_method") or None, customer=who)


def doubtful(drafts: Sequence[Any]) -> list[Any]:
    """The same drafts after a try without an answer."""
    return [replace(draft, must_look_up=True) if hasattr(draft, "must_look_up") else draft for draft in drafts]


def name_of(draft: Any) -> str:
    """What the fault ``refuse`` knows the thing by."""
    return str(draft.target_id if isinstance(draft, StatusDraft) else draft.external_id)
