"""Lines, deliveries and fees of an order as product rows of a deal."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from connectors.contract.canonical import Delivery, Order, OrderLine
from connectors.toolkit.prices import Part, number, parts, rounded_to, whole_cents

PIECE = 796
"""Measure code of pieces (OKEI), which every portal has."""

MAX_NAME = 255

Row = dict[str, Any]
Charge = tuple[Row, Decimal, Decimal, Decimal]
"""Shape of the row; subtotal and total with tax; quantity."""


def rows_of(order: Order, decimals: int) -> list[Row]:
    """What is to be paid, in the shop's order, each delivery and each fee as a row of its own.

    ``price`` is what one piece costs after discounts, with tax; Bitrix24 keeps two decimals, so units are priced in
    whole cents and a line that does not divide becomes two rows. Credits have no row: Bitrix24 has no negative price.
    """
    charges = [_charge(line) for line in order.lines]
    charges += [(_delivery(each), each.cost_gross, each.cost_gross, Decimal(1)) for each in order.deliveries]
    charges += [
        ({"productName": fee.name or "Fee"}, fee.total_gross, fee.total_gross, Decimal(1)) for fee in order.fees
    ]
    return _rows(charges, decimals)


def line_rows(lines: Iterable[OrderLine], decimals: int) -> list[Row]:
    """The lines alone, of a cart that was left."""
    return _rows([_charge(line) for line in lines], decimals)


def _charge(line: OrderLine) -> Charge:
    return _line(line), line.subtotal_gross, line.total_gross, line.quantity


def _rows(charges: list[Charge], decimals: int) -> list[Row]:
    kept = [charge for charge in charges if charge[2] > 0 or (charge[2] == 0 and charge[1] > 0)]
    totals = whole_cents([total for _row, _subtotal, total, _quantity in kept], decimals)
    rows: list[Row] = []
    for (shape, subtotal, _total, quantity), total in zip(kept, totals, strict=True):
        pieces = quantity if quantity > 0 else Decimal(1)
        for part in parts(subtotal, total, pieces, decimals):
            rows.append({**shape, **_priced(part), "sort": 10 * (len(rows) + 1)})
    return rows


def sum_of(rows: list[Row], decimals: int) -> Decimal:
    """What Bitrix24 adds the rows up to."""
    exact = sum((Decimal(str(row["price"])) * Decimal(str(row["quantity"])) for row in rows), Decimal(0))
    return rounded_to(exact, decimals)


def _priced(part: Part) -> Row:
    return {
        "price": number(part.initial - part.discount),
        "quantity": number(part.quantity),
        "discountTypeId": 1,
        "discountSum": number(part.discount),
        "taxIncluded": "Y",
        "measureCode": PIECE,
    }


def _line(line: OrderLine) -> Row:
    """There is no field for an article on a row, so it stands before the name, where managers search."""
    name = line.name or line.product_id or "Item"
    chosen = ", ".join(f"{each.name or each.code}: {each.value}" for each in line.options if each.value)
    shown = f"[{line.sku}] {name}" if line.sku else name
    row: Row = {"productName": (f"{shown} ({chosen})" if chosen else shown)[:MAX_NAME]}
    rate = line.tax_rate if line.tax_rate is not None else _rate(line)
    return {**row, "taxRate": number(rate)} if rate is not None else row


def _rate(line: OrderLine) -> Decimal | None:
    """The rate in whole percent that the line's tax comes from; None where there is none."""
    if line.total <= 0 or line.total_tax <= 0:
        return None
    return rounded_to(line.total_tax * 100 / line.total, 0)


def _delivery(delivery: Delivery) -> Row:
    return {"productName": (delivery.name or delivery.code or "Delivery")[:MAX_NAME]}
