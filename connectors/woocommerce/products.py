"""Products with their variations, described by the shop's category tree, currency and units."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from connectors.contract.canonical import Category, LengthUnit, ObjectKind, Product, WeightUnit
from connectors.contract.errors import Misconfigured, Rejected, Unreadable
from connectors.contract.results import Page, UnreadableObject
from connectors.woocommerce import client
from connectors.woocommerce.goods import LENGTH_UNITS, WEIGHT_UNITS, Shop, read_product
from connectors.woocommerce.lenient import as_map, identifier, plain, text
from connectors.woocommerce.orders import Calls, ChangedRows, cursor_of, ids_of, numeric, place_of
from connectors.woocommerce.transport import Transport
from connectors.woocommerce.walk import has_gap, has_more, step_back, step_on

Item = Product | UnreadableObject

NO_OFFERS = frozenset({"grouped"})
"""A group has no price and is not bought: the buyer buys its members, which are products themselves."""

HIDDEN = frozenset({"trash", "auto-draft"})


@dataclass(frozen=True)
class Surroundings:
    """What describes products and stands elsewhere in the shop; read when first needed, once for an open connection."""

    shop: Transport

    @cached_property
    def facts(self) -> Shop:
        """Units fall back to kilograms and centimetres where the key may not read the settings."""
        try:
            settings = client.product_settings(self.shop)
        except (Misconfigured, Rejected):
            settings = {}
        weight = settings.get("woocommerce_weight_unit", "")
        length = settings.get("woocommerce_dimension_unit", "")
        return Shop(
            currency=client.currency(self.shop),
            weight_unit=WEIGHT_UNITS.get(weight, WeightUnit.KILOGRAM),
            length_unit=LENGTH_UNITS.get(length, LengthUnit.CENTIMETRE),
        )

    @cached_property
    def categories(self) -> Mapping[str, Category]:
        found = {}
        for row in map(as_map, client.categories(self.shop)):
            id = identifier(row.get("id"))
            if id:
                name = plain(row.get("name")) or id
                found[id] = Category(id=id, parent_id=identifier(row.get("parent")), name=name)
        return found


class ProductReader:
    """Rows of ``GET /products`` as products; a variable one costs a call for each hundred of its variations."""

    def __init__(self, shop: Transport) -> None:
        self._shop = shop
        self._around = Surroundings(shop)

    def read(self, rows: Sequence[Any]) -> list[Item]:
        """One that cannot be read holds up none of the others. Groups, trash and unfinished ones are left out."""
        shown = [row for row in map(as_map, rows) if _is_shown(row)]
        return [self._one(row) for row in shown]

    def _one(self, row: Mapping[str, Any]) -> Item:
        id = identifier(row.get("id"))
        try:
            variations = client.variations(self._shop, id) if text(row.get("type")).startswith("variable") else []
            return read_product(row, variations, self._around.facts, self._around.categories)
        except Unreadable as problem:
            return UnreadableObject(ObjectKind.PRODUCT, id, problem.faults)


def _is_shown(row: Mapping[str, Any]) -> bool:
    return text(row.get("type")) not in NO_OFFERS and text(row.get("status")) not in HIDDEN


class ProductSource:
    """``products`` capability."""

    def __init__(self, shop: Transport, per_page: int) -> None:
        self._shop = shop
        self._per_page = per_page
        self._reader = ProductReader(shop)

    @property
    def max_fetch(self) -> int:
        return self._per_page

    def fetch(self, ids: Sequence[str]) -> Mapping[str, Item]:
        """Absent: deleted, in the trash, or a group of products."""
        known = numeric(ids)
        if not known:
            return {}
        found = self._reader.read(client.products_by_id(self._shop, known).rows)
        return {item.id: item for item in found if item.id in known}

    def scan(self, since: datetime | None, until: datetime | None, cursor: str = "") -> Page[Item]:
        """By id, so that products made meanwhile come at the end."""
        place = place_of(cursor)
        reply = client.products_created(self._shop, since, until, offset=place.offset, per_page=self._per_page)
        rows, ids = reply.rows, ids_of(reply.rows)
        if has_gap(place, ids):
            return Page([], cursor_of(step_back(place, self._per_page)), has_more=True)
        return Page(
            items=self._reader.read(rows),
            cursor=cursor_of(step_on(place, ids, self._per_page)),
            has_more=has_more(len(rows), place.offset, self._per_page, reply.total),
            total=reply.total if rows else None,
        )


def changed_products(shop: Transport, per_page: int) -> ChangedRows[Product]:
    """``products_changed`` capability. Not every change of a variation moves its product's time: the nightly walk
    through the catalog sees those."""
    calls = Calls(client.products_modified, client.products_modified_between, ProductReader(shop).read, "products")
    return ChangedRows(shop, per_page, calls)
