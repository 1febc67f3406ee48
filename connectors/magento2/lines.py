"""The lines of an order: rows with a parent are parts of a line and bear no money of their own."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from connectors.contract.canonical import LineOption, OrderLine
from connectors.toolkit.lenient import Reading, as_map, identifier, plain, text

BUNDLE, CONFIGURABLE = "bundle", "configurable"


def order_lines(reading: Reading, wire: Mapping[str, Any]) -> tuple[OrderLine, ...]:
    """A configurable product is two rows: the parent has price and name, the child is what was chosen. A bundle's parts
    are told as options; their prices are in the parent's already, or stand for information only."""
    rows = reading.objects(wire, "items")
    children: dict[str, list[Mapping[str, Any]]] = {}
    for _, row in rows:
        parent = _parent(row)
        if parent:
            children.setdefault(parent, []).append(row)
    known = {identifier(row.get("item_id")) for _, row in rows}
    lines = []
    for path, row in rows:
        if _parent(row) in known:
            continue
        line = _line(reading, path, row, children.get(identifier(row.get("item_id")), []))
        lines += [line] if line is not None else []
    return tuple(lines)


def _parent(row: Mapping[str, Any]) -> str:
    return identifier(row.get("parent_item_id")) or identifier(as_map(row.get("parent_item")).get("item_id"))


_SHARED = (
    "row_total", "row_total_incl_tax", "tax_amount", "discount_amount", "discount_tax_compensation_amount",
)  # fmt: skip


def _with_parts(row: Mapping[str, Any], parts: list[Mapping[str, Any]]) -> Mapping[str, Any]:
    """A bundle whose price is its parts' repeats the sum of their prices, but its discount is shared out among them and
    taken off the bundle itself (SalesRule, Discount::distributeDiscount). What it lacks is what they have together."""
    quiet = Reading()
    whole = dict(row)
    for name in _SHARED:
        told = sum((quiet.amount(part, name, "") for part in parts), Decimal(0))
        if told and not quiet.amount(row, name, ""):
            whole[name] = str(told)
    return whole


def _line(reading: Reading, path: str, row: Mapping[str, Any], parts: list[Mapping[str, Any]]) -> OrderLine | None:
    """``row_total`` is before the discount and without tax, ``tax_amount`` is of what is left after it. What a tax-free
    price hides of a discount with tax stands in ``discount_tax_compensation_amount``."""
    kind = text(row.get("product_type"))
    row = _with_parts(row, parts) if kind == BUNDLE else row
    subtotal = reading.amount(row, "row_total", path, required=True)
    with_tax = reading.amount(row, "row_total_incl_tax", path) if row.get("row_total_incl_tax") is not None else None
    tax = reading.amount(row, "tax_amount", path)
    hidden = reading.amount(row, "discount_tax_compensation_amount", path)
    discount = reading.amount(row, "discount_amount", path)
    chosen = parts[0] if kind == CONFIGURABLE and parts else None
    return reading.build(
        OrderLine,
        path,
        id=identifier(row.get("item_id")) or None,
        product_id=identifier(row.get("product_id")),
        variant_id=identifier(chosen.get("product_id")) if chosen is not None else "",
        sku=text(row.get("sku")),
        name=plain(row.get("name")) or text(row.get("sku")),
        quantity=reading.amount(row, "qty_ordered", path, required=True),
        subtotal=subtotal,
        subtotal_tax=with_tax - subtotal if with_tax is not None else tax + hidden,
        total=subtotal - discount + hidden,
        total_tax=tax,
        tax_rate=reading.amount(row, "tax_percent", path) if row.get("tax_percent") is not None else None,
        options=_options(row, kind, parts),
    )


def _options(row: Mapping[str, Any], kind: str, parts: list[Mapping[str, Any]]) -> tuple[LineOption, ...]:
    """REST tells chosen options as ids only; the name of the chosen variant shows them."""
    if kind == CONFIGURABLE and parts:
        name, base = plain(parts[0].get("name")), plain(row.get("name"))
        return (LineOption(code="variant", name="Variant", value=name),) if name and name != base else ()
    if kind != BUNDLE:
        return ()
    quiet = Reading()
    found = []
    for place, part in enumerate(parts, 1):
        count = quiet.amount(part, "qty_ordered", "")
        shown = f"{count.normalize():f} × " if count not in (Decimal(0), Decimal(1)) else ""
        value = f"{shown}{plain(part.get('name')) or text(part.get('sku'))}"[:1_000]
        found.append(LineOption(code=f"part_{place}", name="Part", value=value))
    return tuple(found)
