"""Products with their msOptionsPrice2 modifications, which are variants here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from connectors.contract.canonical import Category, Money, Product, Variant
from connectors.contract.errors import Fault, Unreadable
from connectors.toolkit.lenient import MAX_CODE, Reading, as_map, identifier, plain, plain_lines, text

from .config import Config
from .lines import Lines, weight

MAX_DEPTH = 50
"""Of the category tree; a circle in it ends here."""


@dataclass(frozen=True, slots=True)
class Goods:
    """Reads products; ``tree`` is the shop's categories by id, empty when nobody asked for them."""

    config: Config
    tree: Mapping[str, Category] = field(default_factory=dict)

    def product(self, payload: object) -> Product:
        """Raises Unreadable with every fault and its path."""
        wire = as_map(payload)
        if not wire:
            raise Unreadable("MODX product", [Fault("product", "is not an object")])
        reading = Reading()
        product = self._product(reading, wire)
        if product is None or reading.faults:
            raise Unreadable(f"MODX product {identifier(wire.get('id')) or 'without id'}", reading.faults)
        return product

    def _product(self, reading: Reading, wire: Mapping[str, Any]) -> Product | None:
        id, lines = identifier(wire.get("id")), Lines(self.config)
        if not id:
            reading.fault("id", "is missing")
        unit = lines.unit(wire)
        currency = self.config.currency or text(wire.get("currency")).upper()
        if not currency:
            reading.fault("currency", "is not known. Enter the shop's currency in the connection's settings")
        prices = _Prices(reading, currency)
        category_ids = tuple(found for each in _values(wire.get("category_ids")) if (found := identifier(each)))
        variants = [self._variant(prices, path, item, id=id) for path, item in reading.objects(wire, "modifications")]
        return reading.build(
            Product,
            "",
            id=id,
            sku=plain(wire.get("article")),
            name=plain(wire.get("name")) or plain(wire.get("article")) or id,
            is_active=wire.get("active") is not False,
            price=prices.price(wire, ""),
            regular_price=prices.regular(wire, ""),
            stock=_stock(reading, wire, ""),
            category_ids=tuple(dict.fromkeys(category_ids)),
            categories=self._categories(category_ids, _values(wire.get("category_names"))),
            brand=plain(wire.get("vendor")),
            options=lines.options(wire.get("options")),
            image_urls=_images(wire),
            weight=weight(reading, wire, "", unit),
            variants=tuple(variant for variant in variants if variant is not None),
            description=plain_lines(wire.get("description")),
            url=text(wire.get("url")),
            created_at=reading.zoned(wire, "created_at"),
            updated_at=reading.zoned(wire, "updated_at"),
        )

    def _variant(self, prices: "_Prices", path: str, wire: Mapping[str, Any], *, id: str) -> Variant | None:
        reading, lines = prices.reading, Lines(self.config)
        own = identifier(wire.get("id"))
        if not own:
            reading.fault(f"{path}.id", "is missing")
        return reading.build(
            Variant,
            path,
            id=self.config.offer_naming.variant_id(id, own),
            sku=plain(wire.get("article")),
            name=plain(wire.get("name")),
            is_active=wire.get("active") is not False,
            price=prices.price(wire, path),
            regular_price=prices.regular(wire, path),
            stock=_stock(reading, wire, path),
            options=lines.options(wire.get("options")),
            image_urls=_images(wire),
            weight=weight(reading, wire, path, lines.unit(wire)),
        )

    def _categories(self, ids: Sequence[str], names: Sequence[Any]) -> tuple[Category, ...]:
        """Those that the product stands in and all above them; without the tree only the names that came along."""
        if not self.tree:
            pairs = zip(ids, names, strict=False)
            return tuple(Category(id=id, name=plain(name) or id) for id, name in pairs)
        found: dict[str, Category] = {}
        for id in ids:
            above, steps = id, 0
            while above in self.tree and above not in found and steps < MAX_DEPTH:
                found[above] = self.tree[above]
                above, steps = self.tree[above].parent_id, steps + 1
        return tuple(found.values())


@dataclass(frozen=True, slots=True)
class _Prices:
    reading: Reading
    currency: str

    def price(self, wire: Mapping[str, Any], path: str) -> Money | None:
        """None where the shop names none: a modification then costs what its product costs."""
        return self._money(wire, "price", path)

    def regular(self, wire: Mapping[str, Any], path: str) -> Money | None:
        """The price before a reduction; None when there is none."""
        old, now = self._money(wire, "old_price", path), self._money(wire, "price", path)
        return old if old is not None and now is not None and old.amount > now.amount else None

    def _money(self, wire: Mapping[str, Any], key: str, path: str) -> Money | None:
        if not text(wire.get(key)) or not self.currency:
            return None
        amount = self.reading.amount(wire, key, path)
        return self.reading.build(Money, path, amount=amount, currency=self.currency)


def category_tree(rows: Sequence[Any]) -> dict[str, Category]:
    """The shop's categories by id; what has no id or no name is left out."""
    found = {}
    for row in map(as_map, rows):
        id, name = identifier(row.get("id")), plain(row.get("name"))
        if id and name:
            found[id] = Category(id=id, parent_id=text(row.get("parent_id"), MAX_CODE), name=name)
    return {
        id: each if each.parent_id in found else each.model_copy(update={"parent_id": ""}) for id, each in found.items()
    }


def _stock(reading: Reading, wire: Mapping[str, Any], path: str) -> Any:
    """None where the shop does not count."""
    return reading.amount(wire, "stock", path) if text(wire.get("stock")) else None


def _images(wire: Mapping[str, Any]) -> tuple[str, ...]:
    both = [wire.get("image"), *_values(wire.get("images"))]
    return tuple(dict.fromkeys(address for each in both if (address := text(each))))


def _values(value: object) -> Sequence[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []
