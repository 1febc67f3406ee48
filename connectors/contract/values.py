"""What canonical records are made of: checked texts, amounts, times, units, and their base."""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

YEARS = range(1900, 2200)
"""Beyond it lie typing mistakes and "never" (9999-12-31), which no clock of another zone can show."""


def to_utc(value: datetime) -> datetime:
    if value.year not in YEARS:
        message = f"must be in the years {YEARS.start} to {YEARS.stop - 1}"
        raise ValueError(message)
    return value.astimezone(UTC)


def without_nul(value: str) -> str:
    # PostgreSQL cannot store NUL in text; lone surrogates cannot be encoded. Neither carries meaning, or is printable.
    if value.isprintable():
        return value
    return value.replace("\x00", "").encode("utf-8", "replace").decode("utf-8")


Text = Annotated[str, StringConstraints(max_length=1_000), AfterValidator(without_nul)]
LongText = Annotated[str, StringConstraints(max_length=20_000), AfterValidator(without_nul)]
Id = Annotated[str, StringConstraints(min_length=1, max_length=200, strip_whitespace=True), AfterValidator(without_nul)]
Code = Annotated[str, StringConstraints(max_length=200, strip_whitespace=True), AfterValidator(without_nul)]
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Za-z]{3}$", to_upper=True)]
Country = Annotated[str, StringConstraints(pattern=r"^([A-Za-z]{2})?$", to_upper=True)]
Moment = Annotated[AwareDatetime, AfterValidator(to_utc)]
Amount = Annotated[Decimal, Field(max_digits=24, decimal_places=10, allow_inf_nan=False)]


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
    value: Annotated[Decimal, Field(ge=0)]
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


class LineOption(Canonical):
    """One chosen option or modification of a line: size, colour, engraving."""

    code: Text
    name: Text = ""
    value: Text = ""
