"""The catalog: a product with every variant of it that can be bought, and what describes them."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any

from pydantic import AfterValidator, Field

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
    finite,
)

MAX_VARIANTS = 5_000
"""Of one product. Shops stop at 100 to 2,000."""


class Dimensions(Canonical):
    """Of the packed thing."""

    length: Annotated[Decimal, Field(ge=0), AfterValidator(finite)]
    width: Annotated[Decimal, Field(ge=0), AfterValidator(finite)]
    height: Annotated[Decimal, Field(ge=0), AfterValidator(finite)]
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
            own = {name: getattr(self, name) for name in _OF_VARIANTS}
            return (_BARE.model_copy(update=own | {"extra": {}}),)
        told = {name: value for name in _AS_PRODUCT if (value := getattr(self, name))}
        return tuple([self._completed(variant, told) for variant in self.variants])

    def _completed(self, variant: Variant, told: Mapping[str, Any]) -> Variant:
        filled = {name: value for name, value in told.items() if not getattr(variant, name)}
        if not variant.name:
            values = [option.value for option in variant.options if option.value]
            filled["name"] = ", ".join([self.name, *values])[:1_000]
        if not self.is_active:
            filled["is_active"] = False
        if variant.price is None:
            filled["regular_price"] = variant.regular_price or self.regular_price
        return variant.model_copy(update=filled)


_BARE = Variant(id="-")
"""Copying it takes half the time of building one."""

_OF_VARIANTS = tuple(name for name in Variant.model_fields if name != "extra")

_AS_PRODUCT = ("price", "purchase_price", "image_urls", "weight", "dimensions", "url")
"""What a variant has from its product when it has none of its own. Stock, article and barcode are each one's own."""
