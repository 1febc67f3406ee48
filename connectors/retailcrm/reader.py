"""What RetailCRM's answers say, in the hub's words: present statuses of orders, and code books."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from connectors.contract.errors import Misconfigured
from connectors.contract.results import Book, BookEntry, StatusSeen

from .client import BATCH, Client
from .wire import WireOrder, rows, text, texts


class StatusSource:
    max_fetch = BATCH

    def __init__(self, client: Client) -> None:
        self._client = client

    def statuses(self, ids: Sequence[str], external_ids: Sequence[str]) -> Sequence[StatusSeen]:
        """Orders that do not exist any more are absent, and so are those of other sites.

        Whole orders are read, because ``orders/statuses`` takes no site: another shop of the same account may have an
        order with the same external id, and its trigger may call our address.
        """
        return statuses_seen(orders_of_site(self._client, ids, external_ids))


def orders_of_site(client: Client, ids: Sequence[str], external_ids: Sequence[str]) -> list[WireOrder]:
    """Orders of our site, ``BATCH`` in a call. Ids and external ids are asked for apart: filters narrow each other
    down."""
    found: list[WireOrder] = []
    for start in range(0, len(ids), BATCH):
        found += client.orders_by_ids(ids[start : start + BATCH])
    for start in range(0, len(external_ids), BATCH):
        found += client.orders_by_external_ids(external_ids[start : start + BATCH])
    return found


def statuses_seen(answer: Iterable[WireOrder]) -> list[StatusSeen]:
    return [
        StatusSeen(id=text(row.get("id")), status=text(row.get("status")), external_id=text(row.get("externalId")))
        for row in answer
        if text(row.get("id")) and text(row.get("status"))
    ]


class CodeSource:
    """Code books of one site."""

    def __init__(self, client: Client, site: str) -> None:
        self._client = client
        self._site = site

    def read_books(self) -> Sequence[Book]:
        """Inactive codes come along, marked: older mappings may still name them."""
        read = self._client.reference
        groups = {text(row.get("code")): text(row.get("name")) for row in read("status-groups", "statusGroups")}
        return [
            Book("status", entries(read("statuses", "statuses"), groups=groups)),
            Book("delivery", entries(self._of_site(read("delivery-types", "deliveryTypes")))),
            Book("payment", entries(self._of_site(read("payment-types", "paymentTypes")))),
            Book("payment_status", entries(read("payment-statuses", "paymentStatuses"))),
            Book("order_method", entries(read("order-methods", "orderMethods"))),
            Book("product_status", entries(read("product-statuses", "productStatuses"))),
            *self._custom_fields(),
        ]

    def _of_site(self, found: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
        """Those open to our site; no ``sites`` means all."""
        return [row for row in found if not texts(row.get("sites")) or self._site in texts(row["sites"])]

    def _custom_fields(self) -> list[Book]:
        try:
            return [
                Book(f"field:{entity}", entries(self._client.custom_fields(entity), group="type"))
                for entity in ("order", "customer")
            ]
        except Misconfigured as refusal:
            if refusal.code != "access_denied":
                raise
            # The right to read custom fields is needed only by those who map them; Verify names it.
            return []


def entries(found: Any, *, groups: Mapping[str, str] | None = None, group: str = "group") -> list[BookEntry]:
    """Entries of a book in either shape, in RetailCRM's own order. ``groups`` translates group codes to names."""
    ordered = sorted(rows(found), key=lambda row: _ordering(row.get("ordering")))
    names = groups or {}
    return [
        BookEntry(
            code=text(row.get("code")),
            name=text(row.get("name")) or text(row.get("code")),
            is_active=row.get("active") is not False,
            group=names.get(text(row.get(group)), text(row.get(group))),
        )
        for row in ordered
        if text(row.get("code"))
    ]


def _ordering(value: Any) -> float:
    return value if isinstance(value, (int, float)) else 0.0
