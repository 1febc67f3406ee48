"""Code books of a shop: statuses with what the shop's rules say of them, deliveries, payments."""

from collections.abc import Mapping, Sequence
from typing import Any

from connectors.contract.canonical import PaymentStatus
from connectors.contract.results import Book, BookEntry
from connectors.toolkit.lenient import MAX_CODE, as_map, identifier, plain, text

from .client import Client
from .reader import FROM_CHECKOUT, FROM_MANAGER

_PAYMENT_STATUSES = (
    BookEntry(PaymentStatus.PENDING.value, "Not paid"),
    BookEntry(PaymentStatus.PAID.value, "Paid"),
)
"""All that the shop can tell of a payment: its order has been in the status “paid”, or has not."""

_ORDER_METHODS = (
    BookEntry(FROM_CHECKOUT, "Check-out"),
    BookEntry(FROM_MANAGER, "Entered by a manager"),
)


class CodeSource:
    """``codes`` capability; one call."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def read_books(self) -> Sequence[Book]:
        answer = self._client.dictionaries()
        books = [
            Book("status", _entries(answer, "statuses", _status_name)),
            Book("delivery", _entries(answer, "deliveries", _name)),
            Book("payment", _entries(answer, "payments", _name)),
            Book("payment_status", _PAYMENT_STATUSES),
            Book("order_method", _ORDER_METHODS),
        ]
        fields = [
            BookEntry(key, plain(row.get("name")) or key)
            for row in _rows(answer, "order_fields")
            if (key := text(row.get("key"), MAX_CODE))
        ]
        return [*books, Book("field:order", list({entry.code: entry for entry in fields}.values()))]


def _entries(answer: Mapping[str, Any], key: str, name: Any) -> list[BookEntry]:
    found: dict[str, BookEntry] = {}
    for row in _rows(answer, key):
        if code := identifier(row.get("id")):
            found.setdefault(code, BookEntry(code, name(row) or code, is_active=row.get("active") is not False))
    return list(found.values())


def _rows(answer: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    value = answer.get(key)
    if isinstance(value, dict):
        value = list(value.values())
    return [as_map(row) for row in value] if isinstance(value, list) else []


def _name(row: Mapping[str, Any]) -> str:
    return plain(row.get("name"))


def _status_name(row: Mapping[str, Any]) -> str:
    """``Sent (final)``: nothing follows a final status, and a fixed one does not go back. The shop refuses both."""
    name = _name(row)
    if row.get("final") is True:
        return f"{name} (final)"
    return f"{name} (fixed)" if row.get("fixed") is True else name
