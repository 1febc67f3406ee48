"""Canonical records: what an order, a customer, a lead or a product is, whatever system it comes from.

Guarantees
    * Frozen; unknown keys are refused; a fault is reported with its path.
    * Ids are text (other systems use 0, leading zeros and UUIDs); whole numbers are accepted and become text.
    * Times are aware and in UTC. A time without offset is refused.
    * Amounts are ``Decimal`` in the order's ``currency`` unless the field is a ``Money``.
    * Codes (status, delivery, payment method) are the *source system's own codes*; translation happens later.
    * What only one system knows travels in ``extra``; what staff defined in the shop travels in ``custom_fields``.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

MAX_LINES = 5_000
"""Above any real basket; a body with more is refused at the door instead of filling the memory."""

MAX_VARIANTS = 5_000
"""Of one product. Shops stop at 100 to 2,000."""


YEARS = range(1900, 2200)
"""Beyond it lie typing mistakes and "never" (9999-12-31), which no clock of another zone can show."""


def _to_utc(value: datetime) -> datetime:
    if value.year not in YEARS:
        message = f"must be in the years {YEARS.start} to {YEARS.stop - 1}"
        raise ValueError(message)
    return value.astimezone(UTC)


def _finite(value: Decimal) -> Decimal:
    if not value.is_finite():
        message = "must be a finite number"
        raise ValueError(message)
    return value


def _without_nul(value: str) -> str:
    # PostgreSQL cannot store NUL in text; lone surrogates cannot be encoded. Neither carries meaning, or is printable.
    if value.isprintable():
        return value
    return value.replace("\x00", "").encode("utf-8", "replace").decode("utf-8")


Text = Annotated[str, StringConstraints(max_length=1_000), AfterValidator(_without_nul)]
LongText = Annotated[str, StringConstraints(max_length=20_000), AfterValidator(_without_nul)]
Id = Annotated[
    str, StringConstraints(min_length=1, max_length=200, strip_whitespace=True), AfterValidator(_without_nul)
]
Code = Annotated[str, StringConstraints(max_length=200, strip_whitespace=True), AfterValidator(_without_nul)]
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Za-z]{3}$", to_upper=True)]
Country = Annotated[str, StringConstraints(pattern=r"^([A-Za-z]{2})?$", to_upper=True)]
Moment = Annotated[AwareDatetime, AfterValidator(_to_utc)]
Amount = Annotated[Decimal, Field(max_digits=24, decimal_places=10), AfterValidator(_finite)]


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


class WeightUnit(StrEnum):
    GRAM = "g"
    KILOGRAM = "kg"
    POUND = "lb"
    OUNCE = "oz"


class LengthUnit(StrEnum):
    MILLIMETRE = "mm"
    CENTIMETRE = "cm"
    METRE = "m"
    INCH = "in"
    FOOT = "ft"
    YARD = "yd"


class Canonical(BaseModel):
    """Base of all canonical records."""

    model_config = ConfigDict(frozen=True, extra="forbid", coerce_numbers_to_str=True, allow_inf_nan=False)


class Money(Canonical):
    """An amount that carries its own currency (ISO 4217)."""

    amount: Amount
    currency: Currency


class Weight(Canonical):
    value: Annotated[Decimal, Field(ge=0), AfterValidator(_finite)]
    unit: WeightUnit

    @property
    def grams(self) -> Decimal:
        """The weight in grams, unrounded."""
        return self.value * _GRAMS[self.unit]


_GRAMS: Mapping[WeightUnit, Decimal] = {
    WeightUnit.GRAM: Decimal(1),
    WeightUnit.KILOGRAM: Decimal(1000),
    WeightUnit.POUND: Decimal("453.59237"),
    WeightUnit.OUNCE: Decimal("28.349523125"),
}


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
    """A shopper. ``id`` is None for a guest; a guest is recognised by e-mail, then phone."""

    id: Id | None = None
    is_guest: bool = False
    email: Text = ""
    phone: Text = ""
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


class LineOption(Canonical):
    """One chosen option or modification of a line: size, colour, engraving."""

    code: Text
    name: Text = ""
    value: Text = ""


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


class Dimensions(Canonical):
    """Of the packed thing."""

    length: Annotated[Decimal, Field(ge=0), AfterValidator(_finite)]
    width: Annotated[Decimal, Field(ge=0), AfterValidator(_finite)]
    height: Annotated[Decimal, Field(ge=0), AfterValidator(_finite)]
    unit: LengthUnit

    @property
    def centimetres(self) -> tuple[Decimal, Decimal, Decimal]:
        """Length, width, height, unrounded."""
        factor = _CENTIMETRES[self.unit]
        return self.length * factor, self.width * factor, self.height * factor


_CENTIMETRES: Mapping[LengthUnit, Decimal] = {
    LengthUnit.MILLIMETRE: Decimal("0.1"),
    LengthUnit.CENTIMETRE: Decimal(1),
    LengthUnit.METRE: Decimal(100),
    LengthUnit.INCH: Decimal("2.54"),
    LengthUnit.FOOT: Decimal("30.48"),
    LengthUnit.YARD: Decimal("91.44"),
}


class Unit(Canonical):
    """What a quantity of 1 is: a piece, a kilogram, a metre."""

    code: Code
    name: Text = ""
    symbol: Text = ""


class Category(Canonical):
    """A node of the shop's category tree; ``parent_id`` is empty at the top."""

    id: Id
    parent_id: Code = ""
    name: Text


class Variant(Canonical):
    """One form in which a product is sold: the red one in M.

    ``id`` is what ``OrderLine.variant_id`` holds for it (or ``OrderLine.product_id``, when the variant has the id of
    its product). What is left empty is as with the product. ``stock`` None: the shop does not count.
    ``accounting_id`` is its id in the shop's accounting system, where it has one.
    """

    id: Id
    sku: Text = ""
    name: Text = ""
    is_active: bool = True
    price: Money | None = None
    regular_price: Money | None = None
    purchase_price: Money | None = None
    stock: Amount | None = None
    barcode: Text = ""
    options: tuple[LineOption, ...] = ()
    image_urls: tuple[Text, ...] = ()
    weight: Weight | None = None
    dimensions: Dimensions | None = None
    url: Text = ""
    accounting_id: Code = ""
    extra: dict[str, Any] = Field(default_factory=dict)


class Product(Canonical):
    """A product with every variant of it that can be bought.

    ``price`` is what a buyer pays now, ``regular_price`` what it costs without the present reduction; both with tax,
    as the shop shows them. A product without variants is bought itself; one that is bought itself *beside* its
    variants lists itself among them, under its own id. ``category_ids`` are the categories it stands in, and
    ``categories`` describes those and all above them. ``options`` are fixed properties. ``tax_rate`` is a percentage;
    None: not known. A variant that some system can only tell by itself is a product that names its parent.
    """

    id: Id
    parent_id: Code = ""
    sku: Text = ""
    name: Text
    is_active: bool = True
    is_service: bool = False
    price: Money | None = None
    regular_price: Money | None = None
    purchase_price: Money | None = None
    tax_rate: Amount | None = None
    is_tax_free: bool = False
    stock: Amount | None = None
    unit: Unit | None = None
    category_ids: tuple[Code, ...] = ()
    categories: Annotated[tuple[Category, ...], Field(max_length=1_000)] = ()
    brand: Text = ""
    barcode: Text = ""
    options: tuple[LineOption, ...] = ()
    image_urls: tuple[Text, ...] = ()
    weight: Weight | None = None
    dimensions: Dimensions | None = None
    variants: Annotated[tuple[Variant, ...], Field(max_length=MAX_VARIANTS)] = ()
    description: LongText = ""
    url: Text = ""
    accounting_id: Code = ""
    created_at: Moment | None = None
    updated_at: Moment | None = None
    custom_fields: dict[str, Any] = Field(default_factory=dict)
    extra: dict[str, Any] = Field(default_factory=dict)

    @property
    def offers(self) -> tuple[Variant, ...]:
        """What can be bought, each complete: the variants filled up from the product, or the product as one."""
        if not self.variants:
            # Built without checks: every value has been checked as the product's.
            return (Variant.model_construct(**{name: getattr(self, name) for name in _OF_VARIANTS}, extra={}),)
        return tuple(self._completed(variant) for variant in self.variants)

    def _completed(self, variant: Variant) -> Variant:
        filled = {name: getattr(self, name) for name in _AS_PRODUCT if not getattr(variant, name)}
        if not variant.name:
            values = [option.value for option in variant.options if option.value]
            filled["name"] = ", ".join([self.name, *values])[:1_000]
        if not self.is_active:
            filled["is_active"] = False
        if variant.price is None:
            filled["regular_price"] = variant.regular_price or self.regular_price
        return variant.model_copy(update=filled)


_OF_VARIANTS = tuple(name for name in Variant.model_fields if name != "extra")

_AS_PRODUCT = ("price", "purchase_price", "image_urls", "weight", "dimensions", "url")
"""What a variant has from its product when it has none of its own. Stock, article and barcode are each one's own."""


class StatusChange(Canonical):
    """ "This order now has this status": the smallest thing a custom shop may push."""

    order_id: Id
    status: Code
    changed_at: Moment | None = None
    comment: LongText = ""


Record = Order | Customer | Lead | Product
"""Every kind of record that flows through the hub whole."""
