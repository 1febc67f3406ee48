"""Customer accounts. Guests have none; they are known from their orders."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from connectors.contract.canonical import Customer, ObjectKind
from connectors.contract.errors import Unreadable
from connectors.contract.results import Page, UnreadableObject
from connectors.woocommerce import client
from connectors.woocommerce.lenient import as_map, identifier
from connectors.woocommerce.orders import cursor_of, ids_of, numeric, place_of
from connectors.woocommerce.people import read_customer
from connectors.woocommerce.transport import Transport
from connectors.woocommerce.walk import has_gap, has_more, step_back, step_on

Item = Customer | UnreadableObject


class CustomerSource:
    """``customers`` capability. The API cannot say what changed; webhooks and orders do."""

    def __init__(self, shop: Transport, per_page: int) -> None:
        self._shop = shop
        self._per_page = per_page

    @property
    def max_fetch(self) -> int:
        return self._per_page

    def fetch(self, ids: Sequence[str]) -> Mapping[str, Item]:
        known = numeric(ids)
        if not known:
            return {}
        read = [_read(row) for row in client.customers_by_id(self._shop, known).rows]
        return {_id_of(item): item for item in read if _id_of(item) in known}

    def scan(self, since: datetime | None, until: datetime | None, cursor: str = "") -> Page[Item]:
        """All accounts by id; the range is applied here, because the API has no filter by time."""
        place = place_of(cursor)
        reply = client.customers(self._shop, offset=place.offset, per_page=self._per_page)
        rows, ids = reply.rows, ids_of(reply.rows)
        if has_gap(place, ids):
            return Page([], cursor_of(step_back(place, self._per_page)), has_more=True)
        is_whole = since is None and until is None
        return Page(
            items=[item for item in map(_read, rows) if _is_within(item, since, until)],
            cursor=cursor_of(step_on(place, ids, self._per_page)),
            has_more=has_more(len(rows), place.offset, self._per_page, reply.total),
            total=reply.total if rows and is_whole else None,
        )


def _is_within(item: Item, since: datetime | None, until: datetime | None) -> bool:
    if isinstance(item, UnreadableObject) or item.created_at is None:
        return True  # imported accounts may have no date: rather once too often than never
    return (since is None or item.created_at >= since) and (until is None or item.created_at < until)


def _read(row: Any) -> Item:
    try:
        return read_customer(row)
    except Unreadable as problem:
        return UnreadableObject(ObjectKind.CUSTOMER, identifier(as_map(row).get("id")), problem.faults)


def _id_of(item: Item) -> str:
    return item.id or ""
