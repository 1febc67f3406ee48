"""Canonical records: what an order, a customer, a lead or a product is, whatever system it comes from.

Guarantees
    * Frozen; unknown keys are refused; a fault is reported with its path.
    * Ids are text (other systems use 0, leading zeros and UUIDs); whole numbers are accepted and become text.
    * Times are aware and in UTC. A time without offset is refused.
    * Amounts are ``Decimal`` in the order's ``currency`` unless the field is a ``Money``.
    * Codes (status, delivery, payment method) are the *source system's own codes*; translation happens later.
    * What only one system knows travels in ``extra``; what staff defined in the shop travels in ``custom_fields``.
"""

from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any

from pydantic import Field

from .goods import MAX_VARIANTS, Category, Dimensions, Offer, Product, Unit, Variant
from .values import (
    YEARS,
    Amount,
    Canonical,
    Code,
    Country,
    Currency,
    Id,
    LengthUnit,
    LineOption,
    LongText,
    Moment,
    Money,
    Text,
    Weight,
    WeightUnit,
)

MAX_LINES = 5_000
"""Above any real basket; a body with more is refused at the door instead of filling the memory."""


class ObjectKind(StrEnum):
    """What a record, a link, an outbox item or a change is about."""

    ORDER = "order"
    CUSTOMER = "customer"
    LEAD = "lead"
    PRODUCT = "product"


class PaymentStatus(StrEnum):
    """State of a payment in the shop; staff map it to the CRM's payment statuses."""

    PENDING = "pending"
    AUTHORIZED = "authorized"
    PAID = "paid"
    PARTIALLY_REFUNDED = "partially_refunded"
    REFUNDED = "refunded"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Address(Canonical):
    """A postal address; every part may be empty. ``text`` is the free form, when the shop keeps only that."""

    first_name: Text = ""
    last_name: Text = ""
    middle_name: Text = ""
    company: Text = ""
    line1: Text = ""
    line2: Text = ""
    street: Text = ""
    building: Text = ""
    flat: Text = ""
    entrance: Text = ""
    floor: Text = ""
    metro: Text = ""
    city: Text = ""
    region: Text = ""
    region_code: Code = ""
    postcode: Text = ""
    country: Country = ""
    phone: Text = ""
    email: Text = ""
    text: LongText = ""
    extra: dict[str, Any] = Field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        """True when no part that leads to a place is filled (a name or phone alone is no address)."""
        return not any(
            (self.line1, self.line2, self.street, self.building, self.city, self.region, self.postcode, self.text)
        )


class Consent(Canonical):
    """Whether the person agreed to a channel (``email``, ``sms`` ...); None when the shop did not ask."""

    channel: Code
    granted: bool | None = None
    at: Moment | None = None


class Customer(Canonical):
    """A shopper. ``id`` is None for a guest; a guest is recognised by e-mail, then phone. ``more_phones``: their own
    beside ``phone``."""

    id: Id | None = None
    is_guest: bool = False
    email: Text = ""
    phone: Text = ""
    more_phones: Annotated[tuple[Text, ...], Field(max_length=20)] = ()
    first_name: Text = ""
    last_name: Text = ""
    middle_name: Text = ""
    company: Text = ""
    tax_number: Text = ""
    birthday: date | None = None
    gender: Code = ""
    locale: Code = ""
    groups: tuple[Text, ...] = ()
    tags: tuple[Text, ...] = ()
    billing: Address | None = None
    shipping: Address | None = None
    consents: tuple[Consent, ...] = ()
    created_at: Moment | None = None
    updated_at: Moment | None = None
    url: Text = ""
    custom_fields: dict[str, Any] = Field(default_factory=dict)
    extra: dict[str, Any] = Field(default_factory=dict)

    @property
    def full_name(self) -> str:
        return " ".join(part for part in (self.first_name, self.middle_name, self.last_name) if part)


class OrderLine(Canonical):
    """One line of an order.

    ``subtotal`` is the whole line before discounts, ``total`` after them, both *without* tax; the taxes stand beside.
    A shop that keeps prices with tax only leaves the taxes 0 and gives the amounts as they are.
    """

    id: Id | None = None
    product_id: Code = ""
    variant_id: Code = ""
    sku: Text = ""
    name: Text = ""
    quantity: Amount
    subtotal: Amount
    subtotal_tax: Amount = Decimal(0)
    total: Amount
    total_tax: Amount = Decimal(0)
    tax_rate: Amount | None = None
    options: tuple[LineOption, ...] = ()
    category_ids: tuple[Code, ...] = ()
    brand: Text = ""
    weight: Weight | None = None
    image_url: Text = ""
    extra: dict[str, Any] = Field(default_factory=dict)

    @property
    def subtotal_gross(self) -> Decimal:
        return self.subtotal + self.subtotal_tax

    @property
    def total_gross(self) -> Decimal:
        return self.total + self.total_tax


class Delivery(Canonical):
    """One shipment or shipping charge. ``code`` is the shop's method; empty when the order is not shipped."""

    code: Code = ""
    name: Text = ""
    cost: Amount = Decimal(0)
    cost_tax: Amount = Decimal(0)
    address: Address | None = None
    pickup_point: Text = ""
    tracking_number: Text = ""
    delivery_date: date | None = None
    time_from: Text = ""
    time_to: Text = ""
    extra: dict[str, Any] = Field(default_factory=dict)

    @property
    def cost_gross(self) -> Decimal:
        return self.cost + self.cost_tax


class Payment(Canonical):
    """One payment. ``id`` is stable over the order's life so that repeats update and never add."""

    id: Id
    code: Code = ""
    name: Text = ""
    status: PaymentStatus = PaymentStatus.PENDING
    amount: Money | None = None
    paid_at: Moment | None = None
    transaction_id: Text = ""
    comment: Text = ""
    extra: dict[str, Any] = Field(default_factory=dict)


class Discount(Canonical):
    """A coupon or promotion, for information: line totals already hold its effect."""

    code: Text = ""
    name: Text = ""
    kind: Code = ""
    amount: Amount = Decimal(0)
    amount_tax: Amount = Decimal(0)
    extra: dict[str, Any] = Field(default_factory=dict)


class Fee(Canonical):
    """A charge beside lines and delivery; negative for a credit."""

    id: Id | None = None
    name: Text = ""
    total: Amount
    total_tax: Amount = Decimal(0)

    @property
    def total_gross(self) -> Decimal:
        return self.total + self.total_tax


class TaxLine(Canonical):
    code: Text = ""
    name: Text = ""
    rate: Amount | None = None
    amount: Amount = Decimal(0)


class Refund(Canonical):
    """Money given back; ``amount`` is positive."""

    id: Id
    amount: Amount
    reason: Text = ""
    created_at: Moment | None = None


class Source(Canonical):
    """Where the buyer came from."""

    source: Text = ""
    medium: Text = ""
    campaign: Text = ""
    keyword: Text = ""
    content: Text = ""
    referrer: LongText = ""


class Order(Canonical):
    """An order as the shop knows it now.

    ``total`` is what the buyer was asked for (refunds do not lower it). ``updated_at`` is the shop's own change time
    and orders the versions of one order; None means the shop keeps none, then the time of arrival counts.
    ``external_id`` is filled only when CRMs know the order under another id than ``id``, from the time before the hub.
    """

    id: Id
    external_id: Code = ""
    number: Text = ""
    status: Code
    created_at: Moment
    updated_at: Moment | None = None
    paid_at: Moment | None = None
    completed_at: Moment | None = None
    currency: Currency
    customer: Customer | None = None
    billing: Address | None = None
    lines: Annotated[tuple[OrderLine, ...], Field(max_length=MAX_LINES)] = ()
    deliveries: Annotated[tuple[Delivery, ...], Field(max_length=100)] = ()
    payments: Annotated[tuple[Payment, ...], Field(max_length=100)] = ()
    discounts: Annotated[tuple[Discount, ...], Field(max_length=500)] = ()
    fees: Annotated[tuple[Fee, ...], Field(max_length=500)] = ()
    taxes: Annotated[tuple[TaxLine, ...], Field(max_length=100)] = ()
    refunds: Annotated[tuple[Refund, ...], Field(max_length=500)] = ()
    total: Amount
    total_tax: Amount = Decimal(0)
    discount_total: Amount = Decimal(0)
    weight: Weight | None = None
    customer_comment: LongText = ""
    manager_comment: LongText = ""
    order_method: Code = ""
    store_view: Code = ""
    source: Source | None = None
    url: Text = ""
    custom_fields: dict[str, Any] = Field(default_factory=dict)
    extra: dict[str, Any] = Field(default_factory=dict)

    @property
    def known_as(self) -> str:
        """The id that a CRM is given for it."""
        return self.external_id or self.id


class Lead(Canonical):
    """A form sent by a visitor (call-back, question, subscription), or with ``lines`` a cart that was left.

    A cart keeps its ``id`` while it changes; ``order_id`` says that it became that order. ``currency`` is the lines'.
    """

    id: Id
    form: Code = ""
    title: Text = ""
    created_at: Moment
    updated_at: Moment | None = None
    customer: Customer
    lines: Annotated[tuple[OrderLine, ...], Field(max_length=MAX_LINES)] = ()
    currency: Currency | None = None
    order_id: Code = ""
    message: LongText = ""
    page_url: LongText = ""
    source: Source | None = None
    fields: dict[str, Any] = Field(default_factory=dict)
    extra: dict[str, Any] = Field(default_factory=dict)


class StatusChange(Canonical):
    """ "This order now has this status": the smallest thing a custom shop may push."""

    order_id: Id
    status: Code
    changed_at: Moment | None = None
    comment: LongText = ""


Record = Order | Customer | Lead | Product
"""Every kind of record that flows through the hub whole."""

__all__ = [
    "MAX_LINES",
    "MAX_VARIANTS",
    "YEARS",
    "Address",
    "Canonical",
    "Category",
    "Consent",
    "Customer",
    "Delivery",
    "Dimensions",
    "Discount",
    "Fee",
    "Lead",
    "LengthUnit",
    "LineOption",
    "Moment",
    "Money",
    "ObjectKind",
    "Offer",
    "Order",
    "OrderLine",
    "Payment",
    "PaymentStatus",
    "Product",
    "Record",
    "Refund",
    "Source",
    "StatusChange",
    "TaxLine",
    "Unit",
    "Variant",
    "Weight",
    "WeightUnit",
]
