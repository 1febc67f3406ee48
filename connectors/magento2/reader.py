"""A REST order as a canonical order. Returns an Order or raises Unreadable with every fault and its path.

Times are UTC without saying so, whatever the shop's zone; fields that are null are left out; amounts without prefix are
in the order's currency.
"""

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any

from connectors.contract.canonical import Customer, Delivery, Discount, Fee, Money, Order, Payment, PaymentStatus
from connectors.contract.errors import Fault, Unreadable
from connectors.toolkit.lenient import MAX_CODE, Reading, as_map, identifier, plain, text

from .lines import order_lines
from .people import address
from .times import moment

CENT = Decimal("0.01")
_CURRENCIES = ("order_currency_code", "store_currency_code", "base_currency_code", "global_currency_code")


def read_order(payload: object, offset: timedelta = timedelta(0)) -> Order:
    """``entity_id`` links, ``increment_id`` is what the buyer sees. Left out on purpose: IP addresses,
    ``protect_code``, and what a gateway noted about a card. ``offset``: for a shop whose database is not on UTC."""
    wire = as_map(payload)
    if not wire:
        raise Unreadable("Magento order", [Fault("", "is not an object")])
    reading = Reading()
    order = _read(reading, wire, offset)
    if order is None or reading.faults:
        name = text(wire.get("increment_id")) or identifier(wire.get("entity_id")) or "without id"
        raise Unreadable(f"Magento order {name[:50]}", reading.faults)
    return order


def _read(reading: Reading, wire: Mapping[str, Any], offset: timedelta) -> Order | None:
    order_id, state = identifier(wire.get("entity_id")), text(wire.get("state"), MAX_CODE)
    created_at = moment(reading, wire, "created_at", offset)
    # Amounts are in the order's currency; an import may leave it out where it is the shop's own.
    currency = next((code for name in _CURRENCIES if (code := text(wire.get(name)).upper())), "")
    status = text(wire.get("status"), MAX_CODE) or state
    for path, value in (("entity_id", order_id), ("status", status), ("created_at", created_at)):
        if not value and not any(fault.path == path for fault in reading.faults):
            reading.fault(path, "is missing")
    total = reading.amount(wire, "grand_total", "", required=True)
    lines = order_lines(reading, wire)
    deliveries = _deliveries(reading, wire)
    shown = sum((line.total_gross for line in lines), Decimal(0)) + sum(
        (delivery.cost_gross for delivery in deliveries), Decimal(0)
    )
    code = text(wire.get("coupon_code"))
    return reading.build(
        Order,
        "",
        id=order_id,
        number=text(wire.get("increment_id")) or order_id,
        status=status,
        created_at=created_at,
        updated_at=moment(reading, wire, "updated_at", offset),
        currency=currency,
        customer=_customer(reading, wire),
        billing=address(reading, wire.get("billing_address"), "billing_address"),
        lines=lines,
        deliveries=deliveries,
        payments=_payments(reading, wire, order_id, currency, total),
        discounts=_discounts(reading, wire, code),
        fees=_rest(total - shown, len(lines)),
        total=total,
        total_tax=reading.amount(wire, "tax_amount", ""),
        discount_total=abs(reading.amount(wire, "discount_amount", "")),
        customer_comment=plain(wire.get("customer_note")),
        store_view=identifier(wire.get("store_id")),
        extra={"state": state} if state else {},
    )


def _rest(difference: Decimal, line_count: int) -> tuple[Fee, ...]:
    """Gift cards, store credit, rewards and fees of add-ons: what the total has beside lines and shipping. Differences
    of roundings are none."""
    if abs(difference) <= CENT * max(line_count, 1):
        return ()
    name = "Gift cards and credit" if difference < 0 else "Other charges"
    return (Fee(id="rest", name=name, total=difference),)


def _customer(reading: Reading, wire: Mapping[str, Any]) -> Customer | None:
    """Guests often have a name only in the billing address."""
    billing = as_map(wire.get("billing_address"))
    customer_id = identifier(wire.get("customer_id"))
    is_guest = wire.get("customer_is_guest") in (1, True, "1") or not customer_id
    return reading.build(
        Customer,
        "customer",
        id=None if is_guest else customer_id,
        is_guest=is_guest,
        email=(text(wire.get("customer_email")) or text(billing.get("email"))).lower(),
        phone=text(billing.get("telephone")),
        first_name=plain(wire.get("customer_firstname")) or plain(billing.get("firstname")),
        last_name=plain(wire.get("customer_lastname")) or plain(billing.get("lastname")),
        middle_name=plain(wire.get("customer_middlename")),
        company=plain(billing.get("company")),
        tax_number=text(wire.get("customer_taxvat")) or text(billing.get("vat_id")),
        groups=tuple(group for group in [text(wire.get("customer_group_id"))] if group),
        billing=address(Reading(), billing, ""),
    )


def _deliveries(reading: Reading, wire: Mapping[str, Any]) -> tuple[Delivery, ...]:
    """The address and the method's code stand only in the extension; a virtual order has neither."""
    extension = as_map(wire.get("extension_attributes"))
    found: list[Delivery] = []
    cost = reading.amount(wire, "shipping_amount", "") - reading.amount(wire, "shipping_discount_amount", "")
    cost += reading.amount(wire, "shipping_discount_tax_compensation_amount", "")
    tax = reading.amount(wire, "shipping_tax_amount", "")
    for path, part in reading.objects(extension, "shipping_assignments", "extension_attributes"):
        shipping = as_map(part.get("shipping"))
        where = address(reading, shipping.get("address"), f"{path}.shipping.address")
        code = text(shipping.get("method"), MAX_CODE)
        if not code and where is None:
            continue
        is_first = not found
        delivery = reading.build(
            Delivery,
            path,
            code=code,
            name=plain(wire.get("shipping_description")),
            cost=cost if is_first else Decimal(0),
            cost_tax=tax if is_first else Decimal(0),
            address=where,
        )
        found += [delivery] if delivery is not None else []
    if not found and cost + tax:
        found.append(Delivery(name=plain(wire.get("shipping_description")), cost=cost, cost_tax=tax))
    return tuple(found)


def _payments(
    reading: Reading, wire: Mapping[str, Any], order_id: str, currency: str, total: Decimal
) -> tuple[Payment, ...]:
    payment = as_map(wire.get("payment"))
    code = text(payment.get("method"), MAX_CODE)
    if not code or not order_id:
        return ()
    amount = reading.build(Money, "payment", amount=total, currency=currency)
    built = reading.build(
        Payment,
        "payment",
        id=f"{order_id}-1",
        code=code,
        name=_title(wire),
        status=_payment_status(reading, wire, total),
        amount=amount,
        transaction_id=text(payment.get("last_trans_id")),
    )
    return (built,) if built is not None else ()


def _payment_status(reading: Reading, wire: Mapping[str, Any], total: Decimal) -> PaymentStatus:
    """Money that was given back decides first, then what was paid, then the state."""
    refunded, paid = reading.amount(wire, "total_refunded", ""), reading.amount(wire, "total_paid", "")
    if refunded > 0:
        return PaymentStatus.REFUNDED if refunded >= (paid or total) else PaymentStatus.PARTIALLY_REFUNDED
    due = reading.amount(wire, "total_due", "")
    if paid > 0 and paid >= total:
        return PaymentStatus.PAID
    if wire.get("total_due") is not None and due == 0 and total > 0 and text(wire.get("state")) != "canceled":
        return PaymentStatus.PAID
    if text(wire.get("state")) == "canceled":
        return PaymentStatus.CANCELLED
    return PaymentStatus.AUTHORIZED if _is_authorised(wire) else PaymentStatus.PENDING


def _is_authorised(wire: Mapping[str, Any]) -> bool:
    return bool(as_map(wire.get("payment")).get("amount_authorized"))


def _title(wire: Mapping[str, Any]) -> str:
    """The method's title as the buyer saw it: a pair of the extension, else the first of the bare values."""
    extension = as_map(wire.get("extension_attributes"))
    for _, pair in Reading().objects(extension, "payment_additional_info"):
        if text(pair.get("key")) == "method_title":
            return plain(text(pair.get("value")).strip('"'))
    values = as_map(wire.get("payment")).get("additional_information")
    return plain(values[0]) if isinstance(values, list) and values else ""


def _discounts(reading: Reading, wire: Mapping[str, Any], code: str) -> tuple[Discount, ...]:
    amount = abs(reading.amount(wire, "discount_amount", ""))
    if not amount and not code:
        return ()
    name = plain(wire.get("discount_description"))
    built = reading.build(Discount, "discount_amount", code=code, name=name, amount=amount)
    return (built,) if built is not None else ()
