"""The parts of an order that carry amounts: lines, promo codes, delivery, payment, and what is left over.

The shop keeps prices with tax only, so taxes stay 0. ``totals.total`` is what the buyer pays and is never changed:
what lines and delivery do not explain (the surcharge of a payment method, a discount on the whole) becomes a fee.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from connectors.contract.canonical import (
    Address,
    Delivery,
    Discount,
    Fee,
    LineOption,
    Money,
    OrderLine,
    Payment,
    PaymentStatus,
    Weight,
    WeightUnit,
)
from connectors.toolkit.lenient import Reading, as_map, identifier, is_blank, plain, simple, text

from .config import Config

CENT = Decimal("0.01")
MODIFICATION_KEYS = frozenset({"modification", "modifications"})
"""msOptionsPrice2 notes its ids among the chosen options."""


@dataclass(frozen=True, slots=True)
class Lines:
    """Reads lines with the connection's settings."""

    config: Config

    def lines(self, reading: Reading, order: Mapping[str, Any]) -> tuple[OrderLine, ...]:
        unit = self.unit(order)
        found = [self._line(reading, path, item, unit) for path, item in reading.objects(order, "items")]
        return tuple(line for line in found if line is not None)

    def unit(self, wire: Mapping[str, Any]) -> WeightUnit | None:
        """The connection's unit, else the one that the shop says; None: nobody knows, so weights are left out."""
        if self.config.weight_unit is not None:
            return self.config.weight_unit
        said = text(wire.get("weight_unit")).lower()
        return WeightUnit(said) if said in set(WeightUnit) else None

    def options(self, value: object) -> tuple[LineOption, ...]:
        """What the buyer chose; a list becomes one text. Names are staff's, else the shop's keys."""
        found = []
        for key, item in as_map(value).items():
            code = text(key)
            chosen = simple(item)
            shown = ", ".join(plain(part) for part in chosen)[:1_000] if isinstance(chosen, list) else plain(chosen)
            if code and shown and code not in MODIFICATION_KEYS:
                found.append(LineOption(code=code, name=self.config.option_names.get(code, code), value=shown))
        return tuple(found)

    def _line(self, reading: Reading, path: str, item: Mapping[str, Any], unit: WeightUnit | None) -> OrderLine | None:
        """``cost`` is the whole line; without it, price times count."""
        count = reading.amount(item, "count", path, required=True)
        price = reading.amount(item, "price", path)
        total = price * count if is_blank(item.get("cost")) else reading.amount(item, "cost", path)
        product_id = identifier(item.get("product_id"))
        modification_id = identifier(item.get("modification_id"))
        return reading.build(
            OrderLine,
            path,
            id=identifier(item.get("line_id")) or None,
            product_id=product_id,
            variant_id=self.config.offer_naming.variant_id(product_id, modification_id),
            sku=plain(item.get("sku")),
            name=plain(item.get("name")) or plain(item.get("modification_name")),
            quantity=count,
            subtotal=total,
            total=total,
            options=self.options(item.get("options")),
            weight=weight(reading, item, path, unit),
            image_url=text(item.get("image")),
            extra={"url": address} if (address := text(item.get("url"))) else {},
        )


def weight(reading: Reading, wire: Mapping[str, Any], path: str, unit: WeightUnit | None) -> Weight | None:
    """None for nothing, less than nothing, and an unknown unit."""
    if unit is None:
        return None
    value = reading.amount(wire, "weight", path)
    return reading.build(Weight, path, value=value, unit=unit) if value > 0 else None


def discounts(reading: Reading, order: Mapping[str, Any]) -> tuple[Discount, ...]:
    """Promo codes of msPromoCode and msPromoCode2."""
    found = [
        reading.build(
            Discount,
            path,
            code=plain(item.get("code")),
            name=plain(item.get("name")),
            kind=text(item.get("source"), 200),
            amount=reading.amount(item, "amount", path),
        )
        for path, item in reading.objects(order, "discounts")
    ]
    return tuple(discount for discount in found if discount is not None)


def lowered(lines: Sequence[OrderLine], amount: Decimal) -> tuple[OrderLine, ...]:
    """The lines with a discount spread over them by what they cost, to the cent; never below nought."""
    whole = sum((line.total for line in lines), Decimal(0))
    amount = min(amount, whole)
    if whole <= 0 or amount <= 0:
        return tuple(lines)
    left, found = amount, list[OrderLine]()
    rest = whole
    for line in lines:
        share = left if rest == line.total else (left * line.total / rest).quantize(CENT, ROUND_HALF_UP)
        share = min(share, line.total)
        found.append(line.model_copy(update={"total": line.total - share}))
        left, rest = left - share, rest - line.total
    return tuple(found)


def delivery(reading: Reading, order: Mapping[str, Any], address: Address | None) -> tuple[Delivery, ...]:
    """The one delivery; an address without a method is kept without a code."""
    wire = as_map(order.get("delivery"))
    cost = reading.amount(as_map(order.get("totals")), "delivery", "totals")
    code = identifier(wire.get("id"))
    if not code and not cost and (address is None or address.is_empty):
        return ()
    found = reading.build(
        Delivery, "delivery", code=code, name=plain(wire.get("name")), cost=cost, address=_place(address)
    )
    return (found,) if found is not None else ()


def _place(address: Address | None) -> Address | None:
    return None if address is None or address.is_empty else address


def payments(reading: Reading, order: Mapping[str, Any], id: str, total: Money | None) -> tuple[Payment, ...]:
    """The one payment. Its id is the order's with ``-1``: a changed method updates it and never adds one."""
    wire = as_map(order.get("payment"))
    code = identifier(wire.get("id"))
    is_paid = order.get("is_paid") is True
    if not id or (not code and not is_paid):
        return ()
    found = reading.build(
        Payment,
        "payment",
        id=f"{id}-1",
        code=code,
        name=plain(wire.get("name")),
        status=PaymentStatus.PAID if is_paid else PaymentStatus.PENDING,
        amount=total,
        paid_at=paid_at(reading, order),
    )
    return (found,) if found is not None else ()


def paid_at(reading: Reading, order: Mapping[str, Any]) -> datetime | None:
    return reading.zoned(order, "paid_at") if order.get("is_paid") is True else None


def left_over(total: Decimal, explained: Decimal, payment: str) -> tuple[Fee, ...]:
    """What the buyer pays beside lines and delivery; negative for a discount on the whole."""
    difference = total - explained
    if not difference:
        return ()
    name = f"{payment}: surcharge" if payment and difference > 0 else "Surcharge" if difference > 0 else "Discount"
    return (Fee(id="difference", name=name, total=difference),)
