"""The pretended RetailCRM account: who may call, what it is set up with, what it holds, and its history."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

from connectors.retailcrm.sandbox.books import Book, default_books
from connectors.retailcrm.sandbox.data import default_custom_fields
from connectors.toolkit.sandbox import Reply

Json = dict[str, Any]

DATE_TIME = "%Y-%m-%d %H:%M:%S"
"""API v5, "Rules for working with API": no offset; the account's zone."""

FIRST_ORDER, FIRST_CUSTOMER, FIRST_PAYMENT, FIRST_ITEM = 5001, 2001, 3001, 7001
"""Far apart, so that an id taken for another kind of object is noticed."""


class Refusal(Exception):
    """An answer with ``success: false``."""

    def __init__(self, status: int, message: str, errors: Any = None) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.errors = errors

    def reply(self) -> Reply:
        body: Json = {"success": False, "errorMsg": self.message}
        return Reply(self.status, body if self.errors is None else body | {"errors": self.errors})


@dataclass(frozen=True, slots=True)
class Key:
    """One API key: what it may do and which sites it reaches."""

    value: str
    scopes: frozenset[str]
    sites: tuple[str, ...]
    has_all_sites: bool = True


@dataclass(frozen=True, slots=True)
class Author:
    """Who makes a change, as history shows it: an API key, a person of the CRM, or the system itself."""

    source: str
    key: str = ""
    user_id: int = 0


MANAGER = Author("user", user_id=11)
SYSTEM = Author("code")


@dataclass(slots=True)
class Options:
    """How this account behaves where real ones differ, or where the vendor's rule is not settled."""

    orders_partial: str = "460"  # or "success": 200 with success:true and a filled failedOrders
    customers_partial: str = "460"  # as for orders
    rate_limit_body: str = "json"  # or "html"
    account_exists: bool = True
    refuses_copies: bool = True  # False lets a second order with the same externalId in, so that checkers can see it
    strict_payment_pairs: bool = False  # older accounts refuse a payment type that the delivery type does not list

    def set(self, wanted: Mapping[str, Any]) -> None:
        """Raises KeyError for an unknown option, ValueError for an unknown value."""
        partial = {"460", "success"}
        choices = {"orders_partial": partial, "customers_partial": partial, "rate_limit_body": {"json", "html"}}
        for name, value in wanted.items():
            if value not in choices.get(name, {True, False}):
                message = f"option {name!r} cannot be {value!r}"
                raise ValueError(message)
            if name not in Options.__slots__:
                raise KeyError(name)
            setattr(self, name, value)


_OFFER_NAMES = ("externalId", "xmlId", "id")


@dataclass(slots=True)
class Account:
    """Everything the account holds. Lives under the sandbox's lock."""

    currencies: dict[str, str]
    zone: str
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    options: Options = field(default_factory=Options)
    keys: dict[str, Key] = field(default_factory=dict)
    refuses: Callable[..., bool] = lambda *_names: False
    log: Callable[..., None] = lambda *_facts, **_more: None
    status_changed: Callable[[Json], None] = lambda _order: None
    books: dict[str, tuple[str, Book]] = field(default_factory=dict)
    custom_fields: list[Json] = field(default_factory=default_custom_fields)
    offers: list[Json] = field(default_factory=list)
    offer_names: dict[tuple[str, str], Json] = field(default_factory=dict)
    orders: dict[int, Json] = field(default_factory=dict)
    order_ids: dict[tuple[str, str], int] = field(default_factory=dict)
    customers: dict[int, Json] = field(default_factory=dict)
    customer_ids: dict[tuple[str, str], int] = field(default_factory=dict)
    customer_emails: dict[tuple[str, str], int] = field(default_factory=dict)
    payments: dict[int, Json] = field(default_factory=dict)
    payment_ids: dict[tuple[str, str], int] = field(default_factory=dict)
    notes: list[Json] = field(default_factory=list)
    corporates: dict[int, Json] = field(default_factory=dict)
    modules: dict[str, Json] = field(default_factory=dict)
    """The page of integrations, by code."""

    carts: dict[tuple[str, int], Json] = field(default_factory=dict)
    """By site and customer."""

    order_history: list[Json] = field(default_factory=list)
    customer_history: list[Json] = field(default_factory=list)
    counters: Counter[str] = field(default_factory=Counter)
    numbers: dict[str, "count[int]"] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.books = self.books or default_books(tuple(self.currencies), self.currencies)
        self._renumber()

    @property
    def sites(self) -> tuple[str, ...]:
        return tuple(self.currencies)

    def clear(self) -> None:
        """Forget all objects; keys, books and options stay."""
        for shelf in (
            self.orders,
            self.order_ids,
            self.customers,
            self.customer_ids,
            self.customer_emails,
            self.payments,
            self.payment_ids,
            self.notes,
            self.corporates,
            self.modules,
            self.carts,
            self.order_history,
            self.customer_history,
            self.counters,
            self.offers,
            self.offer_names,
        ):
            shelf.clear()
        self._renumber()

    def next_id(self, kind: str) -> int:
        return next(self.numbers[kind])

    def now(self) -> str:
        """The present in the account's zone, without offset."""
        return self.clock().astimezone(ZoneInfo(self.zone)).strftime(DATE_TIME)

    def book(self, name: str) -> Json:
        """A book that is keyed by code."""
        content = self.books[name][1]
        return content if isinstance(content, dict) else {entry["code"]: entry for entry in content}

    def known_fields(self, entity: str, sent: Any) -> Json:
        """Of the custom fields sent those that the account defines; others are passed over."""
        codes = {item["code"] for item in self.custom_fields if item["entity"] == entity}
        return {code: value for code, value in sent.items() if code in codes} if isinstance(sent, dict) else {}

    def offer(self, wanted: Mapping[str, Any]) -> Json | None:
        """The catalogue's offer that ``externalId``, ``xmlId`` or ``id`` names."""
        for name in _OFFER_NAMES:
            if name in wanted:
                return self.offer_names.get((name, str(wanted[name])))
        return None

    def add_offers(self, rows: Iterable[Json]) -> None:
        """An offer with an external id that is there already is changed."""
        for row in rows:
            old = self.offer_names.get(("externalId", str(row.get("externalId"))))
            if old is None:
                self.offers.append(row)
            else:
                old.update(row)
            for name in _OFFER_NAMES:
                if name in row:
                    self.offer_names[name, str(row[name])] = old if old is not None else row

    def note_order(
        self, author: Author, order: Json, stub: Json | str, name: str, old: Any, new: Any, **more: Any
    ) -> None:
        """Add a record to the orders' history; ``stub`` is the order as it is at this record."""
        self.order_history.append(self._record(author, "order", stub, name, old, new, order["site"], more))

    def note_customer(
        self, author: Author, customer: Json, stub: Json | str, name: str, old: Any, new: Any, **more: Any
    ) -> None:
        self.customer_history.append(self._record(author, "customer", stub, name, old, new, customer["site"], more))

    def _record(
        self, author: Author, kind: str, stub: Json | str, name: str, old: Any, new: Any, site: str, more: Json
    ) -> Json:
        record: Json = {"id": self.next_id("history"), "createdAt": self.now()}
        if more.pop("created", False):
            record["created"] = True
        record["source"] = author.source
        if author.source == "user":
            record["user"] = {"id": author.user_id}
        record |= {"field": name, "oldValue": old, "newValue": new, kind: stub} | more
        return record | {"_key": author.key, "_site": site}

    def _renumber(self) -> None:
        starts = {"order": FIRST_ORDER, "customer": FIRST_CUSTOMER, "payment": FIRST_PAYMENT, "item": FIRST_ITEM}
        self.numbers = {
            kind: count(first) for kind, first in (starts | {"history": 1, "note": 1, "company": 701}).items()
        }
