"""The shop's rows and rules, as miniShop2 keeps them. Nothing in here knows of the hub."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

from connectors.minishop2.sandbox.catalog import Product, goods

Json = dict[str, Any]

MOSCOW = timezone(timedelta(hours=3))
HOST = "shop.example"

NEW, PAID, SENT, CANCELLED, RETURNED, DRAFT = 1, 2, 3, 4, 5, 999


@dataclass(frozen=True, slots=True)
class Status:
    """``final``: nothing follows. ``fixed``: what follows has a higher rank."""

    id: int
    name: str
    rank: int
    final: bool = False
    fixed: bool = False
    active: bool = True
    role: str = ""


STATUSES = {
    status.id: status
    for status in (
        Status(NEW, "New", 1, fixed=True, role="new"),
        Status(PAID, "Paid", 2, fixed=True, role="paid"),
        Status(SENT, "Sent", 3, final=True, fixed=True),
        Status(CANCELLED, "Cancelled", 4, final=True, fixed=True, role="cancelled"),
        Status(6, "Being packed", 2),
        Status(RETURNED, "Returned", 5, active=False),
    )
}
DELIVERIES = {
    1: ("Courier", Decimal("300.00"), True),
    2: ("Pick-up", Decimal(0), True),
    3: ("Post", Decimal("250.00"), True),
    7: ("Old courier", Decimal("100.00"), False),
}
PAYMENTS = {
    1: ("Cash", "", True),
    2: ("Bank transfer", "", True),
    3: ("Card", "PayPal", True),
    8: ("Old terminal", "OldTerminal", False),
    9: ("Crypto", "CryptoPay", True),
}


@dataclass(slots=True)
class Order:
    id: int
    number: str
    created: datetime
    status: int
    delivery: int
    payment: int
    address: Json
    customer_id: int = 0
    is_manager: bool = False
    items: list[Json] = field(default_factory=list)
    discounts: list[Json] = field(default_factory=list)
    surcharge: Decimal = Decimal(0)
    comment: str = ""
    manager_comment: str = ""
    properties: Json = field(default_factory=dict)
    updated: datetime | None = None
    log: list[tuple[datetime, int]] = field(default_factory=list)
    kind: str = ""

    @property
    def cart(self) -> Decimal:
        return sum((Decimal(item["cost"]) for item in self.items), Decimal(0))

    @property
    def delivery_cost(self) -> Decimal:
        return DELIVERIES[self.delivery][1] if self.delivery in DELIVERIES else Decimal(0)

    @property
    def total(self) -> Decimal:
        return self.cart + self.delivery_cost + self.surcharge

    @property
    def paid(self) -> datetime | None:
        """When it first was in the status "paid"."""
        return next((at for at, status in self.log if status == PAID), None)

    @property
    def changed(self) -> datetime:
        return max([self.created, *([self.updated] if self.updated else []), *(at for at, _ in self.log)])


@dataclass(slots=True)
class Customer:
    """A MODX user. ``email_is_generated``: the checkout had none and the shop made one up."""

    id: int
    full_name: str
    email: str
    phone: str
    created: datetime
    email_is_generated: bool = False
    city: str = ""


class RefusedError(Exception):
    """The shop's own words, and the protocol's code for them."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(slots=True)
class Shop:
    clock: Callable[[], datetime]
    currency: str
    first_order_id: int
    engine: str = "minishop2"
    engine_version: str = "4.4.2-pl"
    plugin: str = "0.1.0"
    protocol: int = 1
    left_out: tuple[str, ...] = ()
    """Commands that an older plug-in does not know."""

    clock_offset: timedelta = timedelta(0)
    url: str = ""
    orders: dict[int, Order] = field(default_factory=dict)
    customers: dict[int, Customer] = field(default_factory=dict)
    goods: dict[int, Product] = field(default_factory=goods)
    results: dict[str, Json] = field(default_factory=dict)
    """``change_id`` -> stored answer."""

    status_writes: list[Json] = field(default_factory=list)
    next_order_id: int = 0
    next_line_id: int = 1
    counter: int = 0

    def __post_init__(self) -> None:
        self.next_order_id = self.first_order_id

    def now(self) -> datetime:
        return (self.clock() + self.clock_offset).astimezone(MOSCOW)

    def clear(self) -> None:
        for store in (self.orders, self.customers, self.results, self.status_writes):
            store.clear()
        self.goods, self.next_order_id, self.next_line_id, self.counter = goods(), self.first_order_id, 1, 0
        self.engine_version, self.plugin, self.protocol, self.left_out = "4.4.2-pl", "0.1.0", 1, ()
        self.clock_offset = timedelta(0)

    def next_number(self) -> str:
        """``%y%m`` and a counter; nothing locks it, so two check-outs may get the same."""
        self.counter += 1
        return f"{self.now():%y%m}/{self.counter}"

    def first_of_number(self, number: str) -> int:
        return min(order.id for order in self.orders.values() if order.number == number)

    def customer_for(self, address: Json) -> Customer:
        """Who buys: known by e-mail, else by phone, else a new user, for whom an e-mail is made up if need be."""
        email, phone = address.get("email", "").lower(), address.get("phone", "")
        for known in self.customers.values():
            if (email and known.email == email) or (phone and known.phone == phone):
                return known
        number = 70 + len(self.customers)
        invented = "" if email else f"{address.get('receiver', '').split(' ')[0] or 'buyer'}{number}@{HOST}".lower()
        made = Customer(
            number,
            address.get("receiver", ""),
            email or invented,
            phone,
            self.now(),
            bool(invented),
            address.get("city", ""),
        )
        self.customers[number] = made
        return made

    def change_status(self, order: Order, status_id: int, by: str) -> bool:
        """miniShop2's changeOrderStatus: False when it is there already; raises RefusedError by its rules."""
        new, old = STATUSES.get(status_id), STATUSES.get(order.status)
        if new is None or not new.active:
            raise RefusedError("inactive", "Status not found or not active")
        if new.id == order.status:
            return False
        if old is not None and old.final:
            raise RefusedError("refused", f"The status “{old.name}” is final and cannot be changed")
        if old is not None and old.fixed and new.rank <= old.rank:
            raise RefusedError("refused", f"After “{old.name}” the order cannot go back to “{new.name}”")
        order.status = new.id
        order.log.append((self.now(), new.id))
        self.status_writes.append({"order": order.id, "status": new.id, "by": by})
        return True
