"""What travels between hub and connector beside the canonical records: changes in, drafts out, outcomes back."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Generic, Literal, TypeVar

from .backward import PaidSeen
from .canonical import Category, Customer, Lead, ObjectKind, Order, Product, Record
from .errors import ConnectorError, Fault

T = TypeVar("T")

# --- changes: what an event or a poll says happened ---------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Seen:
    """The whole object came along. ``version`` orders the states of one object; None: the time of arrival counts."""

    kind: ObjectKind
    id: str
    record: Record
    version: datetime | None = None


@dataclass(frozen=True, slots=True)
class Hint:
    """ "Look at this object": the hub fetches it. ``id`` is the system's own id, or with ``by`` the id we gave it."""

    kind: ObjectKind
    id: str
    by: Literal["id", "external_id"] = "id"


@dataclass(frozen=True, slots=True)
class Gone:
    """The object was deleted or trashed there."""

    kind: ObjectKind
    id: str


@dataclass(frozen=True, slots=True)
class StatusSeen:
    """The present status of an order in a system. ``external_id`` is the id we gave it, when the answer has it.

    What stands between ``comment`` and ``families`` was read only when a ``detail_source`` was asked; None: not read.
    ``families`` are wider codes of the same book that hold for this status too ("any lost stage"), narrowest first; a
    rule for one of them counts when the status itself has none. ``total`` and ``currency`` are given where the system
    tells them with the status anyway; a comparison of both sides looks at them.
    """

    id: str
    status: str
    external_id: str = ""
    changed_at: datetime | None = None
    comment: str = ""
    order_method: str | None = None
    paid: PaidSeen | None = None
    fields: Mapping[str, Any] | None = None
    families: Sequence[str] = ()
    total: Decimal | None = None
    currency: str = ""


@dataclass(frozen=True, slots=True)
class NotRelevant:
    """Understood, and nothing to do; ``reason`` is shown to staff beside the event."""

    reason: str


@dataclass(frozen=True, slots=True)
class UnreadableObject:
    """One object of a page or event that could not be read; the others are not held up by it."""

    kind: ObjectKind
    id: str
    faults: tuple[Fault, ...]


Change = Seen | Hint | Gone | StatusSeen | NotRelevant | UnreadableObject


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """One page of a poll or scan.

    ``cursor`` is opaque text: hand it back to get what follows. ``has_more`` False: all that is there now was read,
    and the cursor is where the next poll begins. ``total`` counts the whole scan where the system tells it.
    """

    items: Sequence[T]
    cursor: str
    has_more: bool
    total: int | None = None


# --- drafts: translated, ready to be put into the target's wire format ----------------------------------------------


@dataclass(frozen=True, slots=True)
class CustomerDraft:
    """A customer to write. ``target_id`` known: update; else find by ``external_id``, else by e-mail, else create.

    ``external_id`` is empty for a guest: guests never get an external id. ``key`` is how the hub knows this customer; a
    sink hands it back as ``WrittenAlso.source_key``, so that the next order of the same person brings ``target_id``.
    """

    customer: Customer
    external_id: str = ""
    target_id: str = ""
    fields: Mapping[str, Any] = field(default_factory=dict)
    must_look_up: bool = False
    key: str = ""


@dataclass(frozen=True, slots=True)
class OrderDraft:
    """An order to write, codes already in the target's vocabulary.

    ``target_id`` known: update by it. Else upsert by ``external_id``. ``must_look_up``: an earlier try ended without
    an answer, so the object has to be looked up before it is created. ``status`` None: leave the status alone (the
    other side owns it). ``delivery_codes`` and ``payment_codes`` run parallel to ``order.deliveries`` and
    ``order.payments``; None in them means *ignored on purpose*: leave that one out. ``payment_codes`` None as a whole:
    payments are not this route's business. ``manager``: who is to look after a new order there, by the code of the
    book ``manager``; empty: the target's own rule. ``is_backfill``: an old order that is brought over; nobody over
    there is to be told of it, and its dates are to be kept, where the system can do that.
    """

    order: Order
    external_id: str
    target_id: str = ""
    status: str | None = None
    delivery_codes: Sequence[str | None] = ()
    payment_codes: Sequence[str | None] | None = None
    payment_statuses: Sequence[str | None] = ()
    order_method: str | None = None
    customer: CustomerDraft | None = None
    fields: Mapping[str, Any] = field(default_factory=dict)
    must_look_up: bool = False
    manager: str = ""
    is_backfill: bool = False


@dataclass(frozen=True, slots=True)
class StatusDraft:
    """A status to set in the store. ``change_id`` is the same for every try of one change.

    ``expected_status``: where the hub believes the order to be; a store that can compare refuses with the code
    ``moved_meanwhile`` when it is elsewhere, and the hub looks before it tries again.
    """

    target_id: str
    status: str
    change_id: str
    order_number: str = ""
    expected_status: str = ""
    comment: str = ""
    changed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class LeadDraft:
    """A lead to write. ``order_external_id``: the order that a cart became, under the id that it has in the target."""

    lead: Lead
    external_id: str
    target_id: str = ""
    order_method: str | None = None
    customer: CustomerDraft | None = None
    fields: Mapping[str, Any] = field(default_factory=dict)
    must_look_up: bool = False
    order_external_id: str = ""


@dataclass(frozen=True, slots=True)
class ProductDraft:
    product: Product
    external_id: str
    target_id: str = ""
    fields: Mapping[str, Any] = field(default_factory=dict)


# --- the catalog as a file ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class FeedForm:
    """What kind of file a system loads."""

    content_type: str
    file_name: str


@dataclass(frozen=True, slots=True)
class ShopCatalog:
    """A shop's whole catalog, read while it is written: each iterable can be walked once.

    Every category that a product stands in is among ``categories``, parents before or after their children.
    """

    shop_name: str
    made_at: datetime
    categories: Iterable[Category]
    products: Iterable[Product]
    has_loose_products: bool = False
    """Some products stand in no category."""


@dataclass(frozen=True, slots=True)
class FeedWritten:
    """What is in the file. ``notes`` tell staff what was left out, and why."""

    offers: int
    notes: Sequence[str] = ()


# --- outcomes: one per draft, same length, same order ----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Written:
    """The target has it. ``also`` names further objects that came to be on the way (the order's customer).

    ``number`` is the order's number over there, where the answer tells it. ``status`` is the status that this write
    gave the order there, where the draft does not say it: the first one of a new order, or the one that a family of
    statuses stood for.
    """

    id: str
    url: str = ""
    note: str = ""
    changed_at: datetime | None = None
    also: Sequence["WrittenAlso"] = ()
    number: str = ""
    status: str = ""


@dataclass(frozen=True, slots=True)
class WrittenAlso:
    """``source_key`` is the ``key`` of the customer's draft."""

    kind: ObjectKind
    source_key: str
    id: str


NOT_TAKEN = "not_taken"


@dataclass(frozen=True, slots=True)
class Refused:
    """The target refuses this one object for good, in its own words; the rest of the batch is not affected.

    The code ``NOT_TAKEN`` says that nothing is wrong and nobody has to act: the target has no place for such an object.
    ``id`` is filled when the object exists there all the same (written, but a part of it such as a payment refused).
    """

    message: str
    code: str = ""
    id: str = ""


@dataclass(frozen=True, slots=True)
class NotWritten:
    """This one object failed in passing while others of the batch went through; ``error`` says how to go on.

    ``id`` is filled when the object exists there all the same and only a part of it is missing. ``also`` names what was
    found or made on the way all the same (its customer), so that the next try need not look again.
    """

    error: ConnectorError
    id: str = ""
    also: Sequence["WrittenAlso"] = ()


Outcome = Written | Refused | NotWritten


# --- account, codes, webhooks ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Check:
    """One line of a verification. ``cure`` says what to do and where in the other system."""

    name: str
    passed: bool
    message: str = ""
    cure: str = ""


@dataclass(frozen=True, slots=True)
class AccountReport:
    """Who we are over there and what is missing.

    ``facts`` are settings of the connection that the account itself knows (its time zone, its currency): the hub
    stores them, by SettingField.key, after a verification that passed, so that they need not be read again.
    """

    account: str
    version: str
    checks: Sequence[Check]
    facts: Mapping[str, str] = field(default_factory=dict)

    @property
    def passed(self) -> bool:
        return all(check.passed for check in self.checks)


@dataclass(frozen=True, slots=True)
class BookEntry:
    code: str
    name: str
    is_active: bool = True
    group: str = ""


@dataclass(frozen=True, slots=True)
class Book:
    """A code book: ``kind`` is one of ``CODE_KINDS`` or ``CHOICE_KINDS``, or ``field:order`` / ``field:customer`` for
    custom fields."""

    kind: str
    entries: Sequence[BookEntry]


CODE_KINDS = ("status", "delivery", "payment", "payment_status", "order_method", "product_status")
"""Kinds of codes that staff translate."""

CHOICE_KINDS = ("manager", "pipeline", "source", "currency")
"""Kinds of codes that staff choose from, in rules and settings, and that are not translated."""


@dataclass(frozen=True, slots=True)
class HookRequest:
    """A call to our door, as it came. Header names are lower case; nothing is decoded."""

    method: str
    headers: Mapping[str, str]
    body: bytes
    query: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Accepted:
    """A genuine call to keep. The same ``dedup_key`` from one connection is one event, for ever.

    ``body`` is kept in place of the call's own when that one holds secrets (a token that came along).
    """

    topic: str
    dedup_key: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """A genuine call that carries nothing (a ping): answered 200, not kept."""

    reason: str


@dataclass(frozen=True, slots=True)
class HookEvent:
    """A kept call, handed back to the connector to be read."""

    topic: str
    headers: Mapping[str, str]
    body: bytes
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Subscription:
    """A webhook over there that points at us. ``state``: active, disabled, missing, wrong_address."""

    topic: str
    state: str
    id: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class SetupStep:
    """A step that staff do by hand in the other system; ``rows`` are copy-paste name / value pairs."""

    title: str
    text: str
    rows: Sequence[tuple[str, str]] = ()
