"""Codes that staff map. Core REST lists none of them: the companion module does, else they are learnt from orders."""

from collections.abc import Mapping, Sequence
from typing import Any

from connectors.contract.errors import Misconfigured, Rejected, Retryable
from connectors.contract.results import Book, BookEntry
from connectors.toolkit.lenient import as_map, plain, text

from .client import Client
from .errors import CRASHED

LEARNT_FROM = 100
"""The newest orders; a method that nobody has chosen lately shows up with its first order."""

STOCK_STATUSES = (
    ("pending", "Pending", "new"),
    ("processing", "Processing", "processing"),
    ("complete", "Complete", "complete"),
    ("canceled", "Canceled", "canceled"),
    ("holded", "On Hold", "holded"),
    ("closed", "Closed", "closed"),
    ("pending_payment", "Pending Payment", "pending_payment"),
    ("payment_review", "Payment Review", "payment_review"),
    ("fraud", "Suspected Fraud", "processing"),
)
"""Code, name, state: what an installation begins with (Sales, InstallOrderStatusesAndInitialSalesConfig)."""

STATES = {code: state for code, _name, state in STOCK_STATUSES}


def info(client: Client) -> Mapping[str, Any] | None:
    """What the companion module tells; None where it is not installed, not allowed, or breaks (a carrier's module may):
    what it would tell is a help, and nothing waits for it."""
    try:
        answer = client.get("hub/info")
    except (Rejected, Misconfigured):
        return None
    except Retryable as problem:
        if problem.code != CRASHED:
            raise
        return None
    return as_map(answer[0] if isinstance(answer, list) and answer else answer) or None


class CodeSource:
    """``codes`` capability."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def read_books(self) -> Sequence[Book]:
        told = info(self._client)
        if told is not None:
            return _told(told)
        return _learnt(self._client)


def _told(told: Mapping[str, Any]) -> list[Book]:
    statuses = [
        BookEntry(
            text(row.get("status"), 200),
            plain(row.get("label")) or text(row.get("status")),
            group=text(row.get("state")),
        )
        for row in _rows(told, "order_statuses")
    ]
    payments = [
        BookEntry(text(row.get("code"), 200), plain(row.get("title")) or text(row.get("code")))
        for row in _rows(told, "payment_methods")
    ]
    deliveries = [
        BookEntry(
            text(method.get("code"), 200),
            " - ".join(filter(None, [plain(row.get("title")), plain(method.get("title"))])),
        )
        for row in _rows(told, "carriers")
        for method in _rows(row, "methods")
    ]
    return [Book("status", _once(statuses)), Book("payment", _once(payments)), Book("delivery", _once(deliveries))]


def _learnt(client: Client) -> list[Book]:
    fields = (
        "items[status,state,shipping_description,payment[method,additional_information],"
        "extension_attributes[shipping_assignments[shipping[method]]]],total_count"
    )
    newest = client.newest("orders", LEARNT_FROM, fields)
    statuses = [BookEntry(code, name, group=state) for code, name, state in STOCK_STATUSES]
    payments, deliveries = [], []
    for row in newest:
        code = text(row.get("status"), 200)
        statuses.append(BookEntry(code, code.replace("_", " ").capitalize(), group=text(row.get("state"))))
        payment = as_map(row.get("payment"))
        values = payment.get("additional_information")
        title = plain(values[0]) if isinstance(values, list) and values else ""
        payments.append(BookEntry(text(payment.get("method"), 200), title or text(payment.get("method"))))
        for part in _rows(as_map(row.get("extension_attributes")), "shipping_assignments"):
            method = text(as_map(part.get("shipping")).get("method"), 200)
            deliveries.append(BookEntry(method, plain(row.get("shipping_description")) or method))
    return [Book("status", _once(statuses)), Book("payment", _once(payments)), Book("delivery", _once(deliveries))]


def _once(entries: Sequence[BookEntry]) -> list[BookEntry]:
    found: dict[str, BookEntry] = {}
    for entry in entries:
        if entry.code:
            found.setdefault(entry.code, entry if entry.name else BookEntry(entry.code, entry.code, group=entry.group))
    return list(found.values())


def _rows(holder: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    value = holder.get(key)
    return [row for row in map(as_map, value) if row] if isinstance(value, list) else []
