"""How a line's amounts become RetailCRM's price and discount of one unit, without losing a cent.

RetailCRM keeps a price and a discount per *unit*, a shop keeps the total of the *line*. Three pieces for 10.00 have no
unit price in whole cents: 3.33 would make 9.99. So ``initialPrice`` is the dearer of subtotal and total per unit,
rounded *up* to the currency's decimals (3.34), and ``discountManualAmount`` carries what is over, as finely as the
quantity needs (0.0066667): (3.34 - 0.0066667) * 3 rounds to 10.00. Lines that divide evenly get whole cents throughout.
"""

from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_HALF_EVEN, Context, Decimal

from babel.numbers import get_currency_precision

_EXACT = Context(prec=60)
_FINER = 4
"""Decimals beyond the currency's: the error of one line stays below a ten-thousandth of a cent's half, so even five
thousand lines together round to the right cent."""


@dataclass(frozen=True, slots=True)
class UnitPrice:
    initial: Decimal
    discount: Decimal


def decimals_of(currency: str) -> int:
    """Decimals of the currency (ISO 4217): 2 for EUR, 0 for JPY, 3 for KWD; 2 for one unknown."""
    return get_currency_precision(currency)


def unit_price(subtotal: Decimal, total: Decimal, quantity: Decimal, decimals: int) -> UnitPrice:
    """Price and discount of one unit, both >= 0; (initial - discount) * quantity is ``total`` to the currency's
    decimals. ``subtotal`` and ``total`` are of the whole line, with tax; ``quantity`` > 0 and ``total`` >= 0."""
    each = _EXACT.divide(total, quantity)
    dearer = _EXACT.divide(max(subtotal, total), quantity)
    initial = dearer.quantize(_step(decimals), ROUND_CEILING, _EXACT)
    places = decimals + _FINER + max(quantity.adjusted() + 1, 0)
    discount = _EXACT.subtract(initial, each).quantize(_step(places), ROUND_HALF_EVEN, _EXACT)
    return UnitPrice(initial, max(discount, Decimal(0)))


def money(amount: Decimal, decimals: int) -> float:
    """An amount rounded to the currency's decimals, as JSON number."""
    return number(amount.quantize(_step(decimals), context=_EXACT))


def number(value: Decimal) -> float:
    """A JSON number: whole ones without a point."""
    return int(value) if value == value.to_integral_value() else float(value)


def _step(decimals: int) -> Decimal:
    return Decimal(1).scaleb(-decimals)
