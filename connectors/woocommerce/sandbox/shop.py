"""The shop itself: what it stores and what happens inside it when something is saved."""

import time
from collections import Counter, OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from zoneinfo import ZoneInfo

from connectors.toolkit.sandbox.traffic import GUESTS_FROM, Traffic
from connectors.woocommerce.sandbox.answers import Refusal
from connectors.woocommerce.sandbox.catalog import Product, catalog
from connectors.woocommerce.sandbox.history import History
from connectors.woocommerce.sandbox.people import person
from connectors.woocommerce.sandbox.records import (
    BILLING,
    SHIPPING,
    Customer,
    ItemLine,
    Note,
    Order,
    Refund,
    blank,
    decimals_of,
)
from connectors.woocommerce.sandbox.shoppers import shopped_order

STATUSES = {
    "pending": "Pending payment",
    "processing": "Processing",
    "on-hold": "On hold",
    "completed": "Completed",
    "cancelled": "Cancelled",
    "refunded": "Refunded",
    "failed": "Failed",
    "en-camino": "En camino",
    "checkout-draft": "Draft",
}
PAID_BY_STATUS = frozenset({"processing", "completed"})
STOCK_STATUSES = frozenset({"processing", "completed", "on-hold"})

LINE_IDS_FROM = 500_000
"""Line, refund, note and meta ids start here, so that order numbers run without gaps whatever else is written."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What an owner of the shop chooses. ``tag`` goes into the shoppers' e-mail addresses."""

    name: str = "Shop"
    first_order_id: int = 1001
    currency: str = "EUR"
    zone: str = "Europe/Madrid"
    tag: str = ""


@dataclass(slots=True)
class StatusWrite:
    order_id: int
    before: str
    after: str
    by: str
    """``rest`` (an API client), ``staff`` or ``shop`` (by itself, after payment)."""
    at: float


class Shop:
    """All methods run under the sandbox's lock. ``emit(resource, event, id)`` tells the webhooks what was saved."""

    def __init__(self, settings: Settings, clock: Callable[[], float] = time.time) -> None:
        self.settings = settings
        self.zone = ZoneInfo(settings.zone)
        self.decimals = decimals_of(settings.currency)
        self.clock = clock
        self.emit: Callable[[str, str, int], None] = lambda _resource, _event, _id: None
        self.version = 0
        self.clear()

    def clear(self) -> None:
        """Back to a freshly opened shop: a catalogue, an administrator, no orders."""
        self.opened = self.now()
        self.goods: dict[int, Product] = catalog()
        self.statuses = dict(STATUSES)
        self.orders: dict[int, Order] = {}
        self.by_modified: OrderedDict[int, None] = OrderedDict()
        self.customers: dict[int, Customer] = {}
        self.accounts: dict[int, int] = {}
        self.history: History | None = None
        self.status_writes: list[StatusWrite] = []
        self.next_order_id = self.settings.first_order_id
        self.shopped = 0
        self.version += 1
        self.counts: Counter[str] = Counter()
        self._ids = count(LINE_IDS_FROM)
        admin = Customer(
            1,
            "admin@example.test",
            "",
            "",
            "admin",
            "administrator",
            self.opened,
            None,
            blank(BILLING),
            blank(SHIPPING),
        )
        self.customers[1] = admin
        self._next_customer = 2

    def now(self) -> int:
        return int(self.clock())

    def next_id(self) -> int:
        return next(self._ids)

    # ----------------------------------------------------------------------------------------------------- orders

    def find(self, order_id: int) -> Order | None:
        """The order as it is, for reading only: one of the history is made up afresh each time."""
        order = self.orders.get(order_id)
        if order is None and self.history and (place := self.history.place_of(order_id)) is not None:
            return self.history.order(place)
        return order

    def find_to_write(self, order_id: int) -> Order | None:
        """The same, but an order of the history becomes a stored one; check first, then ask for it, then touch it."""
        order = self.orders.get(order_id)
        if order is None and self.history and (place := self.history.place_of(order_id)) is not None:
            order = self.orders[order_id] = self.history.take(place)
            self.by_modified[order_id] = None
            self.by_modified.move_to_end(order_id, last=False)
            self.version += 1
        return order

    def new_order(self, created_via: str, customer_id: int = 0) -> Order:
        """A blank pending order with the next number; nothing is stored before ``save_new``."""
        order_id, now = self.next_order_id, self.now()
        self.next_order_id += 1
        return Order(
            id=order_id,
            number=str(order_id),
            status="pending",
            currency=self.settings.currency,
            created=now,
            modified=now,
            customer_id=customer_id,
            order_key=f"wc_order_{order_id:013d}",
            billing=blank(BILLING),
            shipping=blank(SHIPPING),
            created_via=created_via,
        )

    def save_new(self, order: Order) -> None:
        """Store the order with its side effects; announced as created and, when paid, as updated: paying saves it
        a second time (seen on a live shop)."""
        self.orders[order.id] = order
        self.touched(order)
        self.counts[f"orders_created_{order.created_via}"] += 1
        self.emit("order", "created", order.id)
        self._side_effects(order)
        if order.paid is not None:
            self.emit("order", "updated", order.id)
            self._buyer_paid(order)

    def touched(self, order: Order) -> None:
        order.modified = max(self.now(), order.modified)
        self.by_modified[order.id] = None
        self.by_modified.move_to_end(order.id)
        self.version += 1

    def save(self, order: Order) -> None:
        """Any save moves ``date_modified`` and announces the order, also when nothing changed."""
        self.touched(order)
        self.emit("order", "updated", order.id)

    def set_status(self, order: Order, status: str, by: str) -> None:
        """Any status may follow any other. Sets the dates, takes stock, and makes the refund that belongs to
        ``refunded``; saving is the caller's business."""
        before = order.shown_status
        order.trashed = False
        if before == status:
            return
        order.status = status
        now = self.now()
        self.status_writes.append(StatusWrite(order.id, before, status, by, self.clock()))
        if status in PAID_BY_STATUS and order.paid is None:
            order.paid = now
            self._buyer_paid(order)
        if status == "completed":
            order.completed = now
        if status == "refunded" and order.refunded < order.total:
            order.refunds.append(Refund(self.next_id(), order.id, now, order.total - order.refunded, ""))
        self._note_status(order, before, status)
        self._side_effects(order)
        self.emit("action", f"woocommerce_order_status_{status}", order.id)

    def pay(self, order: Order, by: str) -> None:
        """What ``set_paid`` does: processing, or completed when nothing needs to be shipped, and the date."""
        if order.shown_status in {"pending", "on-hold", "failed", "cancelled"}:
            order.paid = order.paid or self.now()
            self.set_status(order, "processing" if order.needs_processing else "completed", by)
            self._buyer_paid(order)

    def trash(self, order: Order) -> None:
        self.touched(order)
        order.trashed = True
        self.emit("order", "deleted", order.id)

    def delete(self, order: Order) -> None:
        """For good. The shop announces only moves to the bin, not this."""
        del self.orders[order.id]
        self.by_modified.pop(order.id, None)
        self.version += 1

    def refund(self, order: Order, amount: int, reason: str, lines: tuple[ItemLine, ...]) -> Refund:
        """Record money given back; what is fully refunded gets that status. Raises Refusal for too much."""
        if amount > order.total - order.refunded or amount < 0:
            raise Refusal(500, "woocommerce_rest_cannot_create_order_refund", "Invalid refund amount.", plain_data=True)
        refund = Refund(self.next_id(), order.id, self.now(), amount, reason, lines)
        order.refunds.append(refund)
        self.counts["refunds_created"] += 1
        if order.refunded >= order.total:
            self.set_status(order, "refunded", "shop")
        self.save(order)
        return refund

    def add_note(self, order: Order, text: str, *, for_customer: bool) -> Note:
        """Changes neither ``date_modified`` nor is it announced."""
        note = Note(self.next_id(), self.now(), text, for_customer)
        order.notes.append(note)
        self.counts["notes_created"] += 1
        return note

    # -------------------------------------------------------------------------------------------------- shoppers

    def shop_one(self, traffic: Traffic) -> Order:
        """The next shopper of this traffic places an order."""
        place, self.shopped = self.shopped, self.shopped + 1
        buyer = traffic.buyer(place)
        order = self.new_order("checkout", self.account(buyer, traffic.tag))
        shopped_order(traffic, place, order, self.goods, self.next_id)
        if order.status not in self.statuses:
            self.statuses[order.status] = order.status.replace("-", " ").title()
        self.save_new(order)
        return order

    def account(self, buyer: int, tag: str = "") -> int:
        """The customer id of a person; opens the account when there is none yet. 0 for guests."""
        if buyer >= GUESTS_FROM:
            return 0
        if buyer not in self.accounts:
            who = person(buyer, tag)
            self.accounts[buyer] = self.add_customer(
                who.email, who.first_name, who.last_name, f"user{buyer}", who.billing(), who.shipping()
            ).id
        return self.accounts[buyer]

    def add_customer(
        self,
        email: str,
        first_name: str,
        last_name: str,
        username: str,
        billing: dict[str, str],
        shipping: dict[str, str],
        *,
        announce: bool = True,
    ) -> Customer:
        number, now = self._next_customer, self.now()
        self._next_customer += 1
        customer = Customer(number, email, first_name, last_name, username, "customer", now, now, billing, shipping)
        self.customers[number] = customer
        if announce:
            self.emit("customer", "created", number)
        return customer

    # ---------------------------------------------------------------------------------------------- side effects

    def _side_effects(self, order: Order) -> None:
        if order.stock_reduced or order.status not in STOCK_STATUSES:
            return
        order.stock_reduced = True
        for line in order.items:
            product = self.goods.get(line.variation_id or line.product_id)
            if product is None:
                continue
            product.sold += line.quantity
            product.modified = self.now()
            if product.stock is not None:
                product.stock -= line.quantity
                line.meta.append({"key": "_reduced_stock", "value": str(line.quantity)})
            self.emit("product", "updated", product.id)

    def _buyer_paid(self, order: Order) -> None:
        customer = self.customers.get(order.customer_id)
        if customer and not customer.is_paying:
            customer.is_paying = True
            customer.modified = self.now()
            self.emit("customer", "updated", customer.id)

    def _note_status(self, order: Order, before: str, after: str) -> None:
        names = self.statuses
        text = f"Order status changed from {names.get(before, before)} to {names.get(after, after)}."
        order.notes.append(Note(self.next_id(), self.now(), text, for_customer=False))
