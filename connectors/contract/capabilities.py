"""What a connected system can do: protocols of one to three methods. A connector fills in those it has."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO, Protocol, TypeVar

from .backward import NumberDraft, PaidDraft
from .canonical import Customer, Order, Product
from .results import (
    Accepted,
    AccountReport,
    Acknowledged,
    Book,
    Change,
    CustomerDraft,
    FeedForm,
    FeedWritten,
    HookEvent,
    HookRequest,
    LeadDraft,
    OrderDraft,
    Outcome,
    Page,
    ProductDraft,
    SetupStep,
    ShopCatalog,
    StatusDraft,
    StatusSeen,
    Subscription,
    UnreadableObject,
)

T = TypeVar("T")


class Account(Protocol):
    def verify(self) -> AccountReport:
        """Say who we are and list every missing right; raises Misconfigured only when nothing can be asked at all."""


class CodeSource(Protocol):
    def read_books(self) -> Sequence[Book]:
        """Delivery, payment, status ... codes as they are there now."""


class ObjectSource(Protocol[T]):
    """Reads objects of one kind."""

    @property
    def max_fetch(self) -> int:
        """How many ids one ``fetch`` may name."""

    def fetch(self, ids: Sequence[str]) -> Mapping[str, T | UnreadableObject]:
        """The present state of those objects; an id that is absent from the answer does not exist any more."""

    def scan(self, since: datetime | None, until: datetime | None, cursor: str = "") -> Page[T | UnreadableObject]:
        """Walk all objects created in [since, until), in a stable order, from the start or from a page's cursor."""


class ChangedSource(Protocol[T]):
    """Reads what changed; only systems that keep a change time have it."""

    def changed(self, cursor: str, start: datetime) -> Page[T | UnreadableObject]:
        """Objects changed after the cursor, or after ``start`` when the cursor is empty. Repeats are possible, gaps
        are not: equal timestamps and rows that move while we page are the connector's business."""


class OrderSink(Protocol):
    @property
    def max_batch(self) -> int:
        """How many go together best. A sink takes any number and splits it after its vendor's limits."""

    def put_orders(self, drafts: Sequence[OrderDraft]) -> Sequence[Outcome]:
        """Write each order once, whether it exists there or not. Safe to call again with the same drafts.

        Same length and order as the drafts. An exception speaks for the whole batch and means that nothing of it was
        written (or, for OutcomeUnknown, that nobody knows); when part of it went through, NotWritten marks the rest.
        """


class CustomerSink(Protocol):
    @property
    def max_batch(self) -> int: ...

    def put_customers(self, drafts: Sequence[CustomerDraft]) -> Sequence[Outcome]: ...


class LeadSink(Protocol):
    @property
    def max_batch(self) -> int: ...

    def put_leads(self, drafts: Sequence[LeadDraft]) -> Sequence[Outcome]: ...


class CatalogSink(Protocol):
    @property
    def max_batch(self) -> int: ...

    def put_products(self, drafts: Sequence[ProductDraft]) -> Sequence[Outcome]: ...


class CatalogFeed(Protocol):
    """A system that loads the catalog from a file at an address of ours."""

    def form(self) -> FeedForm: ...

    def write(self, stream: BinaryIO, catalog: ShopCatalog) -> FeedWritten:
        """Write the whole file, in memory that does not grow with the catalog."""

    def setup(self, address: str) -> Sequence[SetupStep]:
        """What staff do over there so that the file at this address is loaded."""


class StatusSink(Protocol):
    @property
    def max_batch(self) -> int: ...

    def put_statuses(self, drafts: Sequence[StatusDraft]) -> Sequence[Outcome]:
        """Do whatever calls that status needs there. Refused when the system's own rules forbid it."""


class PaidSink(Protocol):
    @property
    def max_batch(self) -> int: ...

    def put_paid(self, drafts: Sequence[PaidDraft]) -> Sequence[Outcome]:
        """Mark each order as paid. Refused when the order cannot be paid there any more (cancelled, refunded)."""


class NumberSink(Protocol):
    @property
    def max_batch(self) -> int: ...

    def put_numbers(self, drafts: Sequence[NumberDraft]) -> Sequence[Outcome]:
        """Show each order under the CRM's number from now on. Safe to call again."""


class StatusSource(Protocol):
    @property
    def max_fetch(self) -> int: ...

    def statuses(self, ids: Sequence[str], external_ids: Sequence[str]) -> Sequence[StatusSeen]:
        """The present status of orders named by the system's own ids and/or by the ids we gave them."""


class DetailSource(Protocol):
    @property
    def max_fetch(self) -> int: ...

    def details(self, ids: Sequence[str], external_ids: Sequence[str]) -> Sequence[StatusSeen]:
        """As ``StatusSource.statuses``, with order method, payment and custom fields; it may cost more calls."""


class ChangeSource(Protocol):
    def poll(self, cursor: str, start: datetime) -> Page[Change]:
        """What others (never we) changed there after the cursor, or since ``start`` when the cursor is empty."""


class WebhookReceiver(Protocol):
    def accept(self, request: HookRequest) -> Accepted | Acknowledged:
        """Check that the call is genuine, on its raw bytes, without parsing more than that needs; raises Forged."""

    def read(self, event: HookEvent) -> Sequence[Change]:
        """What the event says happened; raises Unreadable."""


class WebhookManager(Protocol):
    def check(self, address: str) -> Sequence[Subscription]:
        """The state of every webhook that should point at ``address``."""

    def ensure(self, address: str) -> Sequence[Subscription]:
        """Create what is missing, switch on what was switched off, and return the state after it."""


@dataclass(frozen=True, slots=True)
class Adapter:
    """A connection opened with its settings. None: this system cannot do it; the admin shows the matrix."""

    account: Account | None = None
    codes: CodeSource | None = None
    orders: ObjectSource[Order] | None = None
    orders_changed: ChangedSource[Order] | None = None
    customers: ObjectSource[Customer] | None = None
    customers_changed: ChangedSource[Customer] | None = None
    products: ObjectSource[Product] | None = None
    products_changed: ChangedSource[Product] | None = None
    order_sink: OrderSink | None = None
    customer_sink: CustomerSink | None = None
    lead_sink: LeadSink | None = None
    catalog_sink: CatalogSink | None = None
    catalog_feed: CatalogFeed | None = None
    status_sink: StatusSink | None = None
    paid_sink: PaidSink | None = None
    number_sink: NumberSink | None = None
    status_source: StatusSource | None = None
    detail_source: DetailSource | None = None
    change_source: ChangeSource | None = None
    webhooks: WebhookReceiver | None = None
    webhook_manager: WebhookManager | None = None
