"""How a line's amounts become a price and a discount of one unit, without losing a cent.

A CRM keeps a price and a discount per *unit*, a shop keeps the total of the *line*, and units are kept with few
decimals. So units are priced in whole cents only. Three pieces for 10.00 have no such price: 3.33 would make 9.99. They
become two parts, 2 pieces at 3.33 and 1 piece at 3.34, as a fiscal receipt would have it; order-level discounts stay
out of it. Only a broken quantity (0.333 kg) leaves a finer discount.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_HALF_EVEN, ROUND_HALF_UP, Context, Decimal

from babel.numbers import get_currency_precision

_EXACT = Context(prec=60)
_FINER = 4
"""Decimals of a broken quantity's discount beyond the currency's: the line then differs from the shop's by less than
a ten-thousandth of a cent."""


@dataclass(frozen=True, slots=True)
class Part:
    """Some pieces of a line at one price: (initial - discount) * quantity is what they cost. Both are >= 0."""

    quantity: Decimal
    initial: Decimal
    discount: Decimal


def decimals_of(currency: str) -> int:
    """Decimals of the currency (ISO 4217): 2 for EUR, 0 for JPY, 3 for KWD; 2 for one unknown."""
    return get_currency_precision(currency)


def whole_cents(totals: Iterable[Decimal], decimals: int) -> list[Decimal]:
    """The amounts in whole cents, adding up to what all of them together round to: a cent that one line loses the
    next one gains."""
    rounded, exact, given = [], Decimal(0), Decimal(0)
    for total in totals:
        exact = _EXACT.add(exact, total)
        due = rounded_to(exact, decimals) - given
        rounded.append(due)
        given += due
    return rounded


def parts(subtotal: Decimal, total: Decimal, quantity: Decimal, decimals: int) -> list[Part]:
    """One part, or two where the total does not divide into whole cents; the larger one first.

    ``subtotal`` and ``total`` are of the whole line, with tax; ``total`` >= 0 in whole cents; ``quantity`` > 0.
    """
    if quantity != quantity.to_integral_value():
        return [_broken(subtotal, total, quantity, decimals)]
    step = _step(decimals)
    cents, dearer = divmod(int(_EXACT.divide(total, step)), int(quantity))
    is_reduced = rounded_to(subtotal, decimals) > total
    regular = rounded_to(_EXACT.divide(subtotal, quantity), decimals) if is_reduced else Decimal(0)
    found = [_part(quantity - dearer, cents * step, regular)]
    if dearer:
        found.append(_part(Decimal(dearer), (cents + 1) * step, regular))
    return sorted(found, key=lambda part: part.quantity, reverse=True)


def money(amount: Decimal, decimals: int) -> float:
    """An amount rounded to the currency's decimals, as JSON number."""
    return number(rounded_to(amount, decimals))


def rounded_to(amount: Decimal, decimals: int) -> Decimal:
    return amount.quantize(_step(decimals), ROUND_HALF_UP, _EXACT)


def number(value: Decimal) -> float:
    """A JSON number: whole ones without a point."""
    return int(value) if value == value.to_integral_value() else float(value)


def _part(quantity: Decimal, price: Decimal, regular: Decimal) -> Part:
    """Nobody is shown a discount that is only a rounding: a piece above the regular price has none."""
    initial = max(regular, price)
    return Part(quantity, initial, initial - price)


def _broken(subtotal: Decimal, total: Decimal, quantity: Decimal, decimals: int) -> Part:
    """A quantity that is no whole number: the price is rounded up, and the discount brings the rest back."""
    dearer = _EXACT.divide(max(subtotal, total), quantity)
    initial = dearer.quantize(_step(decimals), ROUND_CEILING, _EXACT)
    places = decimals + _FINER + max(quantity.adjusted() + 1, 0)
    discount = _EXACT.subtract(initial, _EXACT.divide(total, quantity))
    return Part(quantity, initial, max(discount.quantize(_step(places), ROUND_HALF_EVEN, _EXACT), Decimal(0)))


def _step(decimals: int) -> Decimal:
    return Decimal(1).scaleb(-decimals)
