"""What WooCommerce's REST API (wc/v3) sends, as far as the connector looks at it.

These types say what the API documents. Plugins bend them: an object may come as ``[]``, a text as ``false`` or a
number, a key may be absent. Therefore the readers never trust them and go through ``lenient``.
"""

from typing import Any, TypedDict


class WireMeta(TypedDict, total=False):
    """An entry of ``meta_data``. ``value`` is any JSON; a key that starts with ``_`` is hidden in the shop."""

    id: int
    key: str
    value: Any
    display_key: str
    display_value: Any


class WireAddress(TypedDict, total=False):
    """``billing`` or ``shipping``. ``state`` is a code where the country has states, free text elsewhere."""

    first_name: str
    last_name: str
    company: str
    address_1: str
    address_2: str
    city: str
    state: str
    postcode: str
    country: str
    email: str
    phone: str


class WireLineTax(TypedDict, total=False):
    """``id`` is the tax rate's id, the same as ``rate_id`` of a tax line."""

    id: int
    total: str
    subtotal: str


class WireLine(TypedDict, total=False):
    """A line item. Totals are texts without tax; ``price`` is a rounded number and not used."""

    id: int
    name: str
    product_id: int
    variation_id: int
    quantity: int
    subtotal: str
    subtotal_tax: str
    total: str
    total_tax: str
    taxes: list[WireLineTax]
    meta_data: list[WireMeta]
    sku: str | None
    global_unique_id: str
    image: dict[str, Any]
    parent_name: str | None


class WireShippingLine(TypedDict, total=False):
    id: int
    method_title: str
    method_id: str
    instance_id: str
    total: str
    total_tax: str
    meta_data: list[WireMeta]


class WireFeeLine(TypedDict, total=False):
    id: int
    name: str
    total: str
    total_tax: str


class WireCouponLine(TypedDict, total=False):
    id: int
    code: str
    discount: str
    discount_tax: str
    discount_type: str


class WireTaxLine(TypedDict, total=False):
    rate_code: str
    rate_id: int
    label: str
    tax_total: str
    shipping_tax_total: str
    rate_percent: float


class WireRefund(TypedDict, total=False):
    """The short form inside an order; ``total`` is negative."""

    id: int
    reason: str
    total: str


class WireOrder(TypedDict, total=False):
    """An order. ``total`` is not lowered by refunds; ``customer_id`` 0 is a guest."""

    id: int
    number: str
    status: str
    parent_id: int
    created_via: str
    currency: str
    prices_include_tax: bool
    date_created_gmt: str | None
    date_modified_gmt: str | None
    date_paid_gmt: str | None
    date_completed_gmt: str | None
    total: str
    total_tax: str
    discount_total: str
    customer_id: int
    customer_note: str
    billing: WireAddress
    shipping: WireAddress
    payment_method: str
    payment_method_title: str
    transaction_id: str
    line_items: list[WireLine]
    shipping_lines: list[WireShippingLine]
    fee_lines: list[WireFeeLine]
    coupon_lines: list[WireCouponLine]
    tax_lines: list[WireTaxLine]
    refunds: list[WireRefund]
    meta_data: list[WireMeta]


class WireCustomer(TypedDict, total=False):
    id: int
    email: str
    first_name: str
    last_name: str
    role: str
    username: str
    is_paying_customer: bool
    date_created_gmt: str | None
    date_modified_gmt: str | None
    billing: WireAddress
    shipping: WireAddress
    meta_data: list[WireMeta]


class WireWebhook(TypedDict, total=False):
    """The secret is never sent back. ``status`` is ``active``, ``paused`` or ``disabled``."""

    id: int
    name: str
    status: str
    topic: str
    delivery_url: str


class WireError(TypedDict, total=False):
    """``message`` is in the shop's language; ``data`` is mostly an object with ``status``, sometimes a bare number."""

    code: str
    message: str
    data: Any
