"""The catalog: products that are bought, each with its variants."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from urllib.parse import quote

from connectors.contract.canonical import ObjectKind, Product
from connectors.contract.errors import Rejected, Unreadable
from connectors.contract.results import Page, UnreadableObject
from connectors.toolkit.lenient import as_map, identifier, text

from .client import Client, Filter
from .goods import CONFIGURABLE, NO_OFFERS, PART_ONLY, Row, child_ids, read_product
from .shop import Shop
from .sources import Changed, Filters, Source
from .walk import Listing, by_ids

RAW = Listing(ObjectKind.PRODUCT, "products", "entity_id", "id", lambda row: row)


class SeenAlone(Filters):
    """Variants are read with their product and not by themselves."""

    def all(self) -> Sequence[Filter]:
        return [("visibility", "neq", PART_ONLY)]


class _Described:
    """Turns rows into products: the variants of a page come in one call."""

    def __init__(self, client: Client, shop: Shop, offset: timedelta) -> None:
        self._client, self._shop, self._offset = client, shop, offset

    def products(self, items: Sequence[Row | UnreadableObject]) -> list[Product | UnreadableObject]:
        items = [each if isinstance(each, UnreadableObject) else self._whole(each) for each in items]
        rows = [each for each in items if not isinstance(each, UnreadableObject)]
        wanted = list(dict.fromkeys(id for row in rows if _is_configurable(row) for id in child_ids(row)))
        children: dict[str, Row] = {}
        size = self._client.page_size
        for start in range(0, len(wanted), size):
            found = by_ids(self._client, RAW, wanted[start : start + size])
            children |= {identifier(row.get("id")): row for row in found if not isinstance(row, UnreadableObject)}
        described = [each if isinstance(each, UnreadableObject) else self._one(each, children) for each in items]
        return [each for each in described if each is not None]

    def _whole(self, row: Row) -> Row:
        """Some versions leave the links to variants out of lists; then the product is read once more by itself."""
        if not _is_configurable(row) or "configurable_product_links" in as_map(row.get("extension_attributes")):
            return row
        try:
            return as_map(self._client.get(f"products/{quote(text(row.get('sku')), safe='')}")) or row
        except Rejected:
            return row

    def _one(self, row: Row, children: Mapping[str, Row]) -> Product | UnreadableObject | None:
        if text(row.get("type_id")) in NO_OFFERS:
            return None
        parts = [children[id] for id in child_ids(row) if id in children] if _is_configurable(row) else []
        try:
            return read_product(row, parts, self._shop, self._offset)
        except Unreadable as problem:
            return UnreadableObject(ObjectKind.PRODUCT, identifier(row.get("id")), problem.faults)


def _is_configurable(row: Row) -> bool:
    return text(row.get("type_id")) == CONFIGURABLE


class ProductSource:
    """``products`` capability."""

    def __init__(self, client: Client, shop: Shop, offset: timedelta) -> None:
        self._client = client
        self._described = _Described(client, shop, offset)
        self._source: Source[Row] = Source(client, RAW, SeenAlone(), offset)

    @property
    def max_fetch(self) -> int:
        return self._client.page_size

    def fetch(self, ids: Sequence[str]) -> Mapping[str, Product | UnreadableObject]:
        """A variant's id gives nothing: it is part of its product."""
        found = self._source.fetch_rows(ids)
        shown = [each for each in found if isinstance(each, UnreadableObject) or not _is_part(each)]
        return {item.id: item for item in self._described.products(shown)}

    def scan(
        self, since: datetime | None, until: datetime | None, cursor: str = ""
    ) -> Page[Product | UnreadableObject]:
        page = self._source.scan(since, until, cursor)
        return Page(self._described.products(page.items), page.cursor, has_more=page.has_more, total=page.total)


def _is_part(row: Row) -> bool:
    return text(row.get("visibility")) == PART_ONLY


class ChangedProducts:
    """``products_changed`` capability. A variant that changes alone moves its own time and not its product's: the
    nightly walk through the catalog sees it."""

    def __init__(self, client: Client, shop: Shop, offset: timedelta) -> None:
        self._described = _Described(client, shop, offset)
        self._changed: Changed[Row] = Changed(client, RAW, SeenAlone(), offset)

    def changed(self, cursor: str, start: datetime) -> Page[Product | UnreadableObject]:
        page = self._changed.changed(cursor, start)
        return Page(self._described.products(page.items), page.cursor, has_more=page.has_more)
