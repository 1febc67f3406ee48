"""A wc/v3 product and its variations as one canonical product."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from connectors.contract.canonical import (
    Category,
    Dimensions,
    LengthUnit,
    LineOption,
    Money,
    Product,
    Variant,
    Weight,
    WeightUnit,
)
from connectors.contract.errors import Unreadable
from connectors.woocommerce.lenient import MAX_LONG_TEXT, Reading, as_map, identifier, plain, text

WEIGHT_UNITS = {"kg": WeightUnit.KILOGRAM, "g": WeightUnit.GRAM, "lbs": WeightUnit.POUND, "oz": WeightUnit.OUNCE}
LENGTH_UNITS = {
    "m": LengthUnit.METRE,
    "cm": LengthUnit.CENTIMETRE,
    "mm": LengthUnit.MILLIMETRE,
    "in": LengthUnit.INCH,
    "yd": LengthUnit.YARD,
}
"""``woocommerce_weight_unit`` and ``woocommerce_dimension_unit``, as under Settings > Products."""

ON_SALE = "publish"


@dataclass(frozen=True, slots=True)
class Shop:
    currency: str
    weight_unit: WeightUnit
    length_unit: LengthUnit


def read_product(
    wire: Mapping[str, Any], variations: Sequence[Any], shop: Shop, tree: Mapping[str, Category]
) -> Product:
    """Raises Unreadable with every fault and its path. A product without a price is kept: it is not sold just now."""
    reading = Reading()
    product_id = identifier(wire.get("id"))
    told = {identifier(row.get("id")): plain(row.get("name")) for _, row in reading.objects(wire, "categories")}
    category_ids = [id for id in told if id]
    product = reading.build(
        Product,
        "",
        id=product_id,
        parent_id=identifier(wire.get("parent_id")),
        sku=text(wire.get("sku")),
        name=plain(wire.get("name")) or product_id,
        is_active=text(wire.get("status")) == ON_SALE,
        is_service=wire.get("virtual") is True,
        **_prices(reading, wire, "", shop),
        is_tax_free=text(wire.get("tax_status")) == "none",
        stock=_stock(reading, wire, ""),
        category_ids=tuple(category_ids),
        categories=_branches(told, tree),
        brand=_brand(reading, wire),
        barcode=text(wire.get("global_unique_id")),
        options=_fixed_options(reading, wire),
        image_urls=_images(reading, wire),
        weight=_weight(reading, wire, "", shop),
        dimensions=_dimensions(reading, wire, "", shop),
        variants=tuple(
            variant
            for index, row in enumerate(map(as_map, variations))
            if (variant := _variant(reading, row, f"variations.{index}", shop)) is not None
        ),
        description=plain(wire.get("description"), MAX_LONG_TEXT),
        url=text(wire.get("permalink")),
        created_at=reading.moment(wire, "date_created"),
        updated_at=reading.moment(wire, "date_modified"),
    )
    if product is None or reading.faults:
        raise Unreadable(f"WooCommerce product {product_id or 'without id'}", reading.faults)
    return product


def _variant(reading: Reading, wire: Mapping[str, Any], path: str, shop: Shop) -> Variant | None:
    image = text(as_map(wire.get("image")).get("src"))
    return reading.build(
        Variant,
        path,
        id=identifier(wire.get("id")),
        sku=text(wire.get("sku")),
        is_active=text(wire.get("status")) == ON_SALE,
        **_prices(reading, wire, path, shop),
        stock=_stock(reading, wire, path),
        barcode=text(wire.get("global_unique_id")),
        options=_chosen_options(reading, wire),
        image_urls=(image,) if image else (),
        weight=_weight(reading, wire, path, shop),
        dimensions=_dimensions(reading, wire, path, shop),
        url=text(wire.get("permalink")),
    )


def _prices(reading: Reading, wire: Mapping[str, Any], path: str, shop: Shop) -> dict[str, Money | None]:
    """``price`` is what it costs now, "" when it is not sold. As the shop enters them, with or without tax."""

    def price(key: str) -> Money | None:
        if not text(wire.get(key)):
            return None
        return reading.build(Money, path, amount=reading.amount(wire, key, path), currency=shop.currency)

    return {"price": price("price"), "regular_price": price("regular_price")}


def _stock(reading: Reading, wire: Mapping[str, Any], path: str) -> Decimal | None:
    """Counted, or 0 when the shop only says that there is none. ``manage_stock`` is "parent" where the product counts
    for all its variations; the number that comes with it is then the product's."""
    if wire.get("manage_stock") in (True, "parent") and wire.get("stock_quantity") is not None:
        return reading.amount(wire, "stock_quantity", path)
    return Decimal(0) if text(wire.get("stock_status")) == "outofstock" else None


def _weight(reading: Reading, wire: Mapping[str, Any], path: str, shop: Shop) -> Weight | None:
    if not text(wire.get("weight")):
        return None
    return reading.build(Weight, path, value=reading.amount(wire, "weight", path), unit=shop.weight_unit)


def _dimensions(reading: Reading, wire: Mapping[str, Any], path: str, shop: Shop) -> Dimensions | None:
    sides = as_map(wire.get("dimensions"))
    names = ("length", "width", "height")
    if not all(text(sides.get(name)) for name in names):
        return None
    where = f"{path}.dimensions" if path else "dimensions"
    amounts = {name: reading.amount(sides, name, where) for name in names}
    return reading.build(Dimensions, where, **amounts, unit=shop.length_unit)


def _branches(told: Mapping[str, str], tree: Mapping[str, Category]) -> tuple[Category, ...]:
    """The categories and all above them. One that the tree lacks (it is new) has the name that the product tells."""
    found: dict[str, Category] = {}
    for start in told:
        current = start
        while current and current not in found:  # a tree whose parents form a ring ends here as well
            found[current] = tree.get(current) or Category(id=current, name=told.get(current) or current)
            current = found[current].parent_id
    return tuple(found.values())


def _brand(reading: Reading, wire: Mapping[str, Any]) -> str:
    """``brands`` since 9.6; before, shops kept them as an attribute of that name."""
    for _, row in reading.objects(wire, "brands"):
        if name := plain(row.get("name")):
            return name
    for _, row in reading.objects(wire, "attributes"):
        if text(row.get("slug")) == "pa_brand":
            return next(iter(_texts(row.get("options"))), "")
    return ""


def _fixed_options(reading: Reading, wire: Mapping[str, Any]) -> tuple[LineOption, ...]:
    """Attributes that do not make variations."""
    found = []
    for path, row in reading.objects(wire, "attributes"):
        values = _texts(row.get("options"))
        if row.get("variation") is not True and values:
            found.append(_option(reading, path, row, ", ".join(values)))
    return tuple(option for option in found if option is not None)


def _chosen_options(reading: Reading, wire: Mapping[str, Any]) -> tuple[LineOption, ...]:
    found = [
        _option(reading, path, row, plain(row.get("option")))
        for path, row in reading.objects(wire, "attributes")
        if plain(row.get("option"))
    ]
    return tuple(option for option in found if option is not None)


def _option(reading: Reading, path: str, row: Mapping[str, Any], value: str) -> LineOption | None:
    name = plain(row.get("name"))
    return reading.build(LineOption, path, code=text(row.get("slug")) or name, name=name, value=value[:1_000])


def _texts(value: object) -> list[str]:
    return [name for each in value if (name := plain(each))] if isinstance(value, list) else []


def _images(reading: Reading, wire: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(address for _, row in reading.objects(wire, "images") if (address := text(row.get("src"))))
