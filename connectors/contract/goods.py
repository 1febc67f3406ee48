"""The catalog: a product with every variant of it that can be bought, and what describes them."""

from collections.abc import Mapping
from decimal import Decimal
from operator import attrgetter
from typing import Annotated, Any, NamedTuple

from pydantic import Field

from .values import (
    Amount,
    Canonical,
    Code,
    Id,
    LengthUnit,
    LineOption,
    LongText,
    Moment,
    Money,
    Text,
    Weight,
)

MAX_VARIANTS = 5_000
"""Of one product. Shops stop at 100 to 2,000."""


class Dimensions(Canonical):
    """Of the packed thing."""

    length: Annotated[Decimal, Field(ge=0)]
    width: Annotated[Decimal, Field(ge=0)]
    height: Annotated[Decimal, Field(ge=0)]
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


class Offer(NamedTuple):
    """What can be bought, complete: a variant filled up from its product, or a product without variants.

    A plain tuple and no checked record: a catalog has a hundred thousand, and every value has been checked before.
    """

    id: str
    sku: str
    name: str
    is_active: bool
    price: Money | None
    regular_price: Money | None
    purchase_price: Money | None
    stock: Decimal | None
    barcode: str
    options: tuple[LineOption, ...]
    image_urls: tuple[str, ...]
    weight: Weight | None
    dimensions: Dimensions | None
    url: str
    accounting_id: str


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
    def offers(self) -> tuple[Offer, ...]:
        """What can be bought: the variants, or the product as one."""
        if not self.variants:
            return (Offer._make(_as_one(self)),)
        return tuple([self._completed(variant) for variant in self.variants])

    def _completed(self, variant: Variant) -> Offer:
        """Stock, article and barcode are each one's own; what else a variant does not tell is as with its product."""
        return Offer(
            variant.id,
            variant.sku,
            variant.name or self._named_by(variant.options),
            variant.is_active and self.is_active,
            variant.price or self.price,
            variant.regular_price or (self.regular_price if variant.price is None else None),
            variant.purchase_price or self.purchase_price,
            variant.stock,
            variant.barcode,
            variant.options,
            variant.image_urls or self.image_urls,
            variant.weight or self.weight,
            variant.dimensions or self.dimensions,
            variant.url or self.url,
            variant.accounting_id,
        )

    def _named_by(self, options: tuple[LineOption, ...]) -> str:
        return ", ".join([self.name, *[option.value for option in options if option.value]])[:1_000]


_as_one = attrgetter(*Offer._fields)
"""A product tells under the same names what it is as an offer."""
