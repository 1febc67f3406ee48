"""A wc/v3 order as a canonical order. Always returns an Order or raises Unreadable with every fault and its path."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from connectors.contract.canonical import Order
from connectors.contract.errors import Fault, Unreadable
from connectors.woocommerce import lines, meta, people
from connectors.woocommerce.lenient import MAX_CODE, MAX_LONG_TEXT, Reading, as_map, identifier, text

GONE_STATUS = "trash"
DRAFT_STATUSES = frozenset({"auto-draft", "checkout-draft", "draft"})
"""Check-outs that nobody has finished: the API's lists hide them, webhooks do not."""


def read_order(payload: object) -> Order:
    """``id`` links; ``number`` is what staff see, and a plugin may change it.

    Left out on purpose: ``order_key``, ``payment_url``, the buyer's IP address and browser, hidden meta data.
    """
    wire = as_map(payload)
    if not wire:
        raise Unreadable("WooCommerce order", [Fault("", "is not an object")])
    reading = Reading()
    order = _read(reading, wire)
    if order is None or reading.faults:
        name = text(wire.get("number")) or identifier(wire.get("id")) or "without id"
        raise Unreadable(f"WooCommerce order {name[:50]}", reading.faults)
    return order


def _read(reading: Reading, wire: Mapping[str, Any]) -> Order | None:
    order_id = identifier(wire.get("id"))
    created_at = reading.moment(wire, "date_created")
    for path, value in (("id", order_id), ("status", text(wire.get("status")))):
        if not value:
            reading.fault(path, "is missing")
    if created_at is None and not any(fault.path.startswith("date_created") for fault in reading.faults):
        reading.fault("date_created_gmt", "is missing")
    billing = people.address(reading, wire.get("billing"), "billing")
    shipping = people.address(reading, wire.get("shipping"), "shipping")
    total = reading.amount(wire, "total", "", required=True)
    paid_at = reading.moment(wire, "date_paid")
    if text(wire.get("status")) in lines.UNPAID_STATUSES:
        paid_at = None
    refunds = lines.refunds(reading, wire)
    given_back = sum((refund.amount for refund in refunds), Decimal(0))
    return reading.build(
        Order,
        "",
        id=order_id,
        number=text(wire.get("number")) or order_id,
        status=text(wire.get("status"), MAX_CODE),
        created_at=created_at,
        updated_at=reading.moment(wire, "date_modified"),
        paid_at=paid_at,
        completed_at=reading.moment(wire, "date_completed"),
        currency=text(wire.get("currency")).upper(),
        customer=people.customer_of_order(wire, billing, shipping, reading),
        billing=billing,
        lines=lines.order_lines(reading, wire),
        deliveries=lines.deliveries(reading, wire, shipping, billing),
        payments=lines.payments(reading, wire, order_id=order_id, total=total, paid_at=paid_at, given_back=given_back),
        discounts=lines.discounts(reading, wire),
        fees=lines.fees(reading, wire),
        taxes=lines.taxes(reading, wire),
        refunds=refunds,
        total=total,
        total_tax=reading.amount(wire, "total_tax", ""),
        discount_total=reading.amount(wire, "discount_total", ""),
        customer_comment=text(wire.get("customer_note"), MAX_LONG_TEXT),
        order_method=text(wire.get("created_via"), MAX_CODE),
        source=meta.source(wire),
        custom_fields=meta.custom_fields(wire),
        extra=_extra(wire),
    )


def _extra(wire: Mapping[str, Any]) -> dict[str, Any]:
    extra: dict[str, Any] = {}
    if isinstance(wire.get("prices_include_tax"), bool):
        extra["prices_include_tax"] = wire["prices_include_tax"]
    if parent := identifier(wire.get("parent_id")):
        extra["parent_id"] = parent
    return extra
