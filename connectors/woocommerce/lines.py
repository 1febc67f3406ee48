"""The parts of an order that carry amounts: lines, shipping, fees, coupons, taxes, refunds, and the payment."""

from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, TypeVar

from connectors.contract.canonical import (
    Address,
    Delivery,
    Discount,
    Fee,
    Money,
    OrderLine,
    Payment,
    PaymentStatus,
    Refund,
    TaxLine,
)
from connectors.woocommerce import meta
from connectors.woocommerce.lenient import MAX_CODE, Reading, as_map, identifier, plain, text

T = TypeVar("T")

PICKUP_METHODS = frozenset({"local_pickup", "pickup_location"})
"""The buyer collects: the classic method and the one of the block check-out."""

UNPAID_STATUSES = frozenset({"pending", "failed"})
"""``date_paid`` survives a move back to these, so it means nothing there."""

_PICKUP_KEYS = ("pickup_location", "pickup_address")
"""Where the block check-out notes the chosen place on the shipping line."""


def _each(
    reading: Reading, wire: Mapping[str, Any], key: str, one: Callable[[str, Mapping[str, Any]], T | None]
) -> tuple[T, ...]:
    read = [one(path, item) for path, item in reading.objects(wire, key)]
    return tuple(item for item in read if item is not None)


def order_lines(reading: Reading, wire: Mapping[str, Any]) -> tuple[OrderLine, ...]:
    """Line items. Totals are whole lines without tax; ``price`` is rounded by the shop and ignored."""
    rates = _rates(wire)

    def one(path: str, item: Mapping[str, Any]) -> OrderLine | None:
        unique_id = text(item.get("global_unique_id"))
        return reading.build(
            OrderLine,
            path,
            id=identifier(item.get("id")) or None,
            product_id=identifier(item.get("product_id")),
            variant_id=identifier(item.get("variation_id")),
            sku=text(item.get("sku")),
            name=plain(item.get("name")) or plain(item.get("parent_name")),
            quantity=reading.amount(item, "quantity", path, required=True),
            subtotal=reading.amount(item, "subtotal" if item.get("subtotal") is not None else "total", path),
            subtotal_tax=reading.amount(item, "subtotal_tax", path),
            total=reading.amount(item, "total", path, required=True),
            total_tax=reading.amount(item, "total_tax", path),
            tax_rate=_line_rate(item, rates),
            options=meta.options(item),
            image_url=text(as_map(item.get("image")).get("src")),
            extra={"global_unique_id": unique_id} if unique_id else {},
        )

    return _each(reading, wire, "line_items", one)


def _rates(wire: Mapping[str, Any]) -> dict[str, Decimal]:
    """Percent by rate id; best effort, because a rate only decorates."""
    quiet = Reading()
    return {
        identifier(item.get("rate_id")): quiet.amount(item, "rate_percent", path)
        for path, item in quiet.objects(wire, "tax_lines")
        if item.get("rate_percent") is not None
    }


def _line_rate(item: Mapping[str, Any], rates: Mapping[str, Decimal]) -> Decimal | None:
    """The line's tax in percent when exactly one known rate was applied."""
    quiet = Reading()
    applied = [tax for _, tax in quiet.objects(item, "taxes") if text(tax.get("total")) or text(tax.get("subtotal"))]
    return rates.get(identifier(applied[0].get("id"))) if len(applied) == 1 else None


def deliveries(
    reading: Reading, wire: Mapping[str, Any], shipping: Address | None, billing: Address | None
) -> tuple[Delivery, ...]:
    """Shipping lines; the first one carries the address. An address without a shipping line is kept without a code."""

    def one(path: str, item: Mapping[str, Any]) -> Delivery | None:
        is_first = path == "shipping_lines.0"
        return reading.build(
            Delivery,
            path,
            code=delivery_code(item),
            name=plain(item.get("method_title")),
            cost=reading.amount(item, "total", path),
            cost_tax=reading.amount(item, "total_tax", path),
            address=_destination(item, shipping, billing) if is_first else None,
            pickup_point=_pickup_point(item),
        )

    found = _each(reading, wire, "shipping_lines", one)
    if not found and _leads_somewhere(shipping):
        return (Delivery(address=shipping),)
    return found


def delivery_code(item: Mapping[str, Any]) -> str:
    """``method_id:instance_id``, or ``method_id`` alone: orders made by REST and some plugins have no instance."""
    method, instance = text(item.get("method_id"), 150), identifier(item.get("instance_id"))
    return f"{method}:{instance}"[:MAX_CODE] if method and instance else method


def _destination(item: Mapping[str, Any], shipping: Address | None, billing: Address | None) -> Address | None:
    if _leads_somewhere(shipping):
        return shipping
    if text(item.get("method_id")) in PICKUP_METHODS:
        return None
    return billing if _leads_somewhere(billing) else None


def _leads_somewhere(address: Address | None) -> bool:
    return address is not None and not address.is_empty


def _pickup_point(item: Mapping[str, Any]) -> str:
    values = {text(entry["key"]): plain(entry.get("value")) for entry in meta.entries(item)}
    return ", ".join(values[key] for key in _PICKUP_KEYS if values.get(key))[:1_000]


def fees(reading: Reading, wire: Mapping[str, Any]) -> tuple[Fee, ...]:
    """Charges beside the lines; negative ones are credits (loyalty points, discounts of plugins)."""
    return _each(
        reading,
        wire,
        "fee_lines",
        lambda path, item: reading.build(
            Fee,
            path,
            id=identifier(item.get("id")) or None,
            name=plain(item.get("name")),
            total=reading.amount(item, "total", path, required=True),
            total_tax=reading.amount(item, "total_tax", path),
        ),
    )


def discounts(reading: Reading, wire: Mapping[str, Any]) -> tuple[Discount, ...]:
    """Coupons; their effect is already in the line totals."""
    return _each(
        reading,
        wire,
        "coupon_lines",
        lambda path, item: reading.build(
            Discount,
            path,
            code=text(item.get("code")),
            kind=text(item.get("discount_type"), MAX_CODE),
            amount=reading.amount(item, "discount", path),
            amount_tax=reading.amount(item, "discount_tax", path),
        ),
    )


def taxes(reading: Reading, wire: Mapping[str, Any]) -> tuple[TaxLine, ...]:
    def one(path: str, item: Mapping[str, Any]) -> TaxLine | None:
        has_rate = item.get("rate_percent") is not None
        return reading.build(
            TaxLine,
            path,
            code=text(item.get("rate_code")),
            name=plain(item.get("label")),
            rate=reading.amount(item, "rate_percent", path) if has_rate else None,
            amount=reading.amount(item, "tax_total", path) + reading.amount(item, "shipping_tax_total", path),
        )

    return _each(reading, wire, "tax_lines", one)


def refunds(reading: Reading, wire: Mapping[str, Any]) -> tuple[Refund, ...]:
    """The short form has no time; amounts come negative and leave positive."""
    return _each(
        reading,
        wire,
        "refunds",
        lambda path, item: reading.build(
            Refund,
            path,
            id=identifier(item.get("id")),
            amount=abs(reading.amount(item, "total", path, required=True)),
            reason=plain(item.get("reason")),
        ),
    )


def payments(
    reading: Reading,
    wire: Mapping[str, Any],
    *,
    order_id: str,
    total: Decimal,
    paid_at: datetime | None,
    given_back: Decimal,
) -> tuple[Payment, ...]:
    """The order's one payment. Its id is the order's with ``-1``: a changed method updates it and never adds one."""
    code = text(wire.get("payment_method"), MAX_CODE)
    status = payment_status(text(wire.get("status")), total, paid_at, given_back)
    is_open = status in {PaymentStatus.PENDING, PaymentStatus.FAILED, PaymentStatus.CANCELLED}
    if not order_id or (not code and (total <= 0 or is_open)):
        return ()
    money = reading.build(Money, "currency", amount=total, currency=text(wire.get("currency")).upper())
    payment = reading.build(
        Payment,
        "payment_method",
        id=f"{order_id}-1",
        code=code,
        name=plain(wire.get("payment_method_title")),
        status=status,
        amount=money,
        paid_at=None if is_open else paid_at,
        transaction_id=text(wire.get("transaction_id")),
    )
    return (payment,) if payment is not None else ()


def payment_status(status: str, total: Decimal, paid_at: datetime | None, given_back: Decimal) -> PaymentStatus:
    """Refunds first, then what the order's status says for certain, then whether money ever came.

    ``paid_at`` has to be None for ``UNPAID_STATUSES``. A cancelled order that was paid and not refunded stays paid: the
    shop still holds the money.
    """
    if status == "refunded" or (given_back > 0 and given_back >= total):
        return PaymentStatus.REFUNDED
    if given_back > 0:
        return PaymentStatus.PARTIALLY_REFUNDED
    if status == "failed":
        return PaymentStatus.FAILED
    if paid_at is not None:
        return PaymentStatus.PAID
    return PaymentStatus.CANCELLED if status == "cancelled" else PaymentStatus.PENDING
