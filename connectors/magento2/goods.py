"""A configurable product with its variants, or any other product, as one canonical product."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

from connectors.contract.canonical import Category, LineOption, Money, Product, Variant, Weight
from connectors.contract.errors import Fault, Unreadable
from connectors.toolkit.lenient import MAX_LONG_TEXT, Reading, as_map, identifier, plain, plain_lines, text

from .shop import Shop
from .times import moment

CONFIGURABLE, VIRTUAL = "configurable", frozenset({"virtual", "downloadable"})
NO_OFFERS = frozenset({"grouped"})
"""A group has no price: its members are bought."""

ENABLED = "1"
PART_ONLY = "1"
"""Visibility: not visible by itself, as the variants of a configurable product are."""

Row = Mapping[str, Any]


def child_ids(wire: Row) -> list[str]:
    """Of the variants of a configurable product."""
    links = as_map(wire.get("extension_attributes")).get("configurable_product_links")
    return [id for link in links if (id := identifier(link))] if isinstance(links, list) else []


def read_product(wire: Row, children: Sequence[Row], shop: Shop, offset: timedelta = timedelta(0)) -> Product:
    """Raises Unreadable with every fault and its path."""
    reading = Reading()
    product_id = identifier(wire.get("id"))
    if not product_id:
        raise Unreadable("Magento product", [Fault("id", "is missing")])
    own = _attributes(reading, wire)
    category_ids = _category_ids(wire, own)
    options = _axes(reading, wire)
    url_key = text(own.get("url_key"))
    product = reading.build(
        Product,
        "",
        id=product_id,
        sku=text(wire.get("sku")),
        name=plain(wire.get("name")) or text(wire.get("sku")) or product_id,
        is_active=text(wire.get("status")) == ENABLED,
        is_service=text(wire.get("type_id")) in VIRTUAL,
        **_prices(reading, wire, own, "", shop),
        stock=_stock(reading, wire, ""),
        category_ids=tuple(category_ids),
        categories=_branches(category_ids, shop.categories if category_ids else {}),
        brand=_brand(own, shop),
        image_urls=_images(reading, wire, shop),
        weight=_weight(reading, wire, "", shop),
        variants=tuple(
            variant
            for place, child in enumerate(children)
            if (variant := _variant(reading, child, f"children.{place}", options, shop)) is not None
        ),
        description=plain_lines(own.get("description"), MAX_LONG_TEXT),
        url=f"{shop.link_url}{url_key}.html" if url_key and shop.link_url else "",
        created_at=moment(reading, wire, "created_at", offset),
        updated_at=moment(reading, wire, "updated_at", offset),
    )
    if product is None or reading.faults:
        raise Unreadable(f"Magento product {product_id}", reading.faults)
    return product


def _variant(reading: Reading, wire: Row, path: str, axes: Sequence[str], shop: Shop) -> Variant | None:
    own = _attributes(reading, wire)
    options = [
        LineOption(code=code, name=code, value=shop.labels_of(code).get(text(own[code]), text(own[code])))
        for code in axes
        if text(own.get(code))
    ]
    return reading.build(
        Variant,
        path,
        id=identifier(wire.get("id")),
        sku=text(wire.get("sku")),
        name="" if options else plain(wire.get("name")),
        is_active=text(wire.get("status")) == ENABLED,
        **_prices(reading, wire, own, path, shop),
        stock=_stock(reading, wire, path),
        options=tuple(options),
        image_urls=_images(reading, wire, shop),
        weight=_weight(reading, wire, path, shop),
    )


def _attributes(reading: Reading, wire: Row) -> dict[str, Any]:
    rows = reading.objects(wire, "custom_attributes")
    return {text(row.get("attribute_code")): row.get("value") for _, row in rows}


def _axes(reading: Reading, wire: Row) -> list[str]:
    """Attribute codes in which the variants differ; the API names them only where an extension tells."""
    extension = as_map(wire.get("extension_attributes"))
    rows = reading.objects(extension, "configurable_product_options", "extension_attributes")
    return [code for _, row in rows if (code := text(row.get("attribute_code")) or text(row.get("label")).lower())]


def _prices(reading: Reading, wire: Row, own: Mapping[str, Any], path: str, shop: Shop) -> dict[str, Money | None]:
    """``special_price`` counts without its period, which the catalog price rules of the shop may narrow further."""

    def money(amount: Decimal) -> Money | None:
        return reading.build(Money, path, amount=amount, currency=shop.currency) if amount > 0 else None

    regular = reading.amount(wire, "price", path) if wire.get("price") is not None else Decimal(0)
    special = Reading().amount(own, "special_price", "")
    now = special if Decimal(0) < special < regular and not own.get("special_to_date") else regular
    cost = Reading().amount(own, "cost", "")
    return {"price": money(now), "regular_price": money(regular), "purchase_price": money(cost)}


def _stock(reading: Reading, wire: Row, path: str) -> Decimal | None:
    item = as_map(as_map(wire.get("extension_attributes")).get("stock_item"))
    if item.get("manage_stock") is False or item.get("qty") is None:
        return None
    return reading.amount(item, "qty", path)


def _category_ids(wire: Row, own: Mapping[str, Any]) -> list[str]:
    links = as_map(wire.get("extension_attributes")).get("category_links")
    named = [identifier(as_map(link).get("category_id")) for link in links] if isinstance(links, list) else []
    listed = own.get("category_ids")
    named += [identifier(each) for each in listed] if isinstance(listed, list) else []
    return [id for id in dict.fromkeys(named) if id]


def _branches(ids: Sequence[str], tree: Mapping[str, Category]) -> tuple[Category, ...]:
    found: dict[str, Category] = {}
    for start in ids:
        current = start
        while current and current not in found:
            found[current] = tree.get(current) or Category(id=current, name=current)
            current = found[current].parent_id
    return tuple(found.values())


def _brand(own: Mapping[str, Any], shop: Shop) -> str:
    value = text(own.get(shop.config.brand_attribute))
    return shop.brands.get(value, "" if value.isdigit() else plain(value)) if value else ""


def _images(reading: Reading, wire: Row, shop: Shop) -> tuple[str, ...]:
    rows = reading.objects(wire, "media_gallery_entries")
    files = [text(row.get("file")) for _, row in rows if row.get("disabled") is not True]
    return tuple(f"{shop.media_url}catalog/product{file}" for file in files if file and shop.media_url)


def _weight(reading: Reading, wire: Row, path: str, shop: Shop) -> Weight | None:
    amount = reading.amount(wire, "weight", path) if wire.get("weight") is not None else Decimal(0)
    return reading.build(Weight, path, value=amount, unit=shop.weight_unit) if amount > 0 else None
