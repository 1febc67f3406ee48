"""What the shop holds: shoppers, orders with their documents. Everybody in it is made up."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
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

VIEWS = ((1, "default", "Default Store View", "EUR"), (2, "es_ar", "Argentina", "ARS"))
"""Id, code, name, currency of the store views."""

FIRST_ORDER = 12
FIRST_CUSTOMER = 7


def stamp(at: float) -> str:
    """As columns have it: UTC, whole seconds, no zone."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%S")


@dataclass(frozen=True, slots=True)
class Fact:
    """That something was saved: what the companion module writes down (its PROTOCOL.md)."""

    event: str
    entity_type: str
    entity_id: int
    store_id: int
    increment_id: str = ""
    order_id: int = 0


@dataclass(slots=True)
class Store:
    """All methods run under the sandbox's lock. ``emit`` is told what was saved."""

    clock: Callable[[], float] = time.time
    first_order: int = FIRST_ORDER
    orders: dict[int, Json] = field(default_factory=dict)
    customers: dict[int, Json] = field(default_factory=dict)
    accounts: dict[str, int] = field(default_factory=dict)
    """E-mail -> customer id."""

    old: set[int] = field(default_factory=set)
    """Orders of the history that nobody has saved since."""

    status_writes: list[Json] = field(default_factory=list)
    documents: int = 0
    placed: int = 0
    shopped: int = 0
    emit: Callable[[Fact], None] = lambda _fact: None

    def clear(self) -> None:
        for kept in (self.orders, self.customers, self.accounts, self.old, self.status_writes):
            kept.clear()
        self.documents = self.placed = self.shopped = 0

    def now(self) -> str:
        return stamp(self.clock())

    def next_order(self) -> int:
        """Numbers run without gaps, and one of a deleted order does not come again."""
        self.placed += 1
        return self.first_order + self.placed - 1

    def add(self, order: Json, *, tell: bool = True) -> None:
        self.orders[order["entity_id"]] = order
        if tell:
            self._tell("order.placed", order)

    def save(self, order: Json, event: str = "order.updated") -> None:
        """Any save moves ``updated_at`` and is an event, also when nothing changed."""
        order["updated_at"] = self.now()
        self.old.discard(order["entity_id"])
        self._tell(event, order)

    def set_status(self, order: Json, state: str, status: str | None, by: str) -> None:
        """Changed and saved. ``by``: ``rest`` (an API client) or ``staff``."""
        before, was = order.get("status"), order["state"]
        order["state"], order["status"] = state, status
        if status is None:
            del order["status"]
        if status != before:
            number = order["entity_id"]
            self.status_writes.append(
                {"order_id": number, "id": number, "from": before, "to": status, "by": by, "at": self.clock()}
            )
        is_canceled = state == "canceled" and was != "canceled"
        self.save(order, "order.canceled" if is_canceled else "order.updated")

    def delete(self, number: int) -> None:
        """For good, as an add-on does it; Magento tells nobody. Raises KeyError."""
        del self.orders[number]
        self.old.discard(number)

    def document(self, kind: str, order: Json) -> str:
        """A new invoice, shipment or credit memo of the order: its id, which comes as text."""
        self.documents += 1
        number = self.documents
        self.emit(Fact(f"{kind}.saved", kind, number, order["store_id"], f"{number:09d}", order["entity_id"]))
        return str(number)

    def account(self, email: str, columns: Json, *, tell: bool = True) -> int:
        """The customer with this e-mail, made when there is none."""
        if email not in self.accounts:
            number = self.accounts[email] = FIRST_CUSTOMER + len(self.customers)
            self.customers[number] = {"id": number, "email": email, **columns}
            if tell:
                self.emit(Fact("customer.saved", "customer", number, columns["store_id"]))
        return self.accounts[email]

    def _tell(self, event: str, order: Json) -> None:
        self.emit(Fact(event, "order", order["entity_id"], order["store_id"], order["increment_id"]))
