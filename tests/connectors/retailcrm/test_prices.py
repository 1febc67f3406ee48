"""No cent is lost between a line of the shop and a line of RetailCRM."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.retailcrm.prices import decimals_of, money, number, unit_price

AMOUNTS = st.decimals(min_value=0, max_value=10_000_000, places=2)
QUANTITIES = st.one_of(
    st.integers(min_value=1, max_value=100_000).map(Decimal),
    st.decimals(min_value=Decimal("0.001"), max_value=1000, places=3),
)


def crm_sum(subtotal: Decimal, total: Decimal, quantity: Decimal, decimals: int) -> Decimal:
    """The line as RetailCRM adds it up from the JSON numbers it gets."""
    price = unit_price(subtotal, total, quantity, decimals)
    initial, discount = Decimal(str(number(price.initial))), Decimal(str(number(price.discount)))
    return (initial - discount) * quantity


@given(st.lists(st.tuples(AMOUNTS, AMOUNTS, QUANTITIES), min_size=1, max_size=30))
def test_lines_add_up_to_the_shops_total(lines: list[tuple[Decimal, Decimal, Decimal]]) -> None:
    in_crm = sum((crm_sum(max(a, b), min(a, b), quantity, 2) for a, b, quantity in lines), Decimal(0))

    assert in_crm.quantize(Decimal("0.01")) == sum((min(a, b) for a, b, _ in lines), Decimal(0))


@given(AMOUNTS, AMOUNTS, QUANTITIES)
def test_price_and_discount_are_never_negative_and_the_price_has_whole_cents(
    subtotal: Decimal, total: Decimal, quantity: Decimal
) -> None:
    price = unit_price(subtotal, total, quantity, 2)

    assert price.initial >= 0
    assert price.discount >= 0
    assert price.initial == price.initial.quantize(Decimal("0.01"))


def test_three_for_ten() -> None:
    price = unit_price(Decimal(10), Decimal(10), Decimal(3), 2)

    assert price.initial == Decimal("3.34")
    assert price.discount == Decimal("0.0066667")


def test_line_that_divides_evenly_keeps_whole_cents() -> None:
    price = unit_price(Decimal("30.00"), Decimal("27.00"), Decimal(2), 2)

    assert (price.initial, price.discount) == (Decimal("15.00"), Decimal("1.50"))


@pytest.mark.parametrize(("currency", "decimals"), [("RUB", 2), ("JPY", 0), ("KWD", 3)])
def test_decimals_follow_the_currency(currency: str, decimals: int) -> None:
    assert decimals_of(currency) == decimals


def test_yen_have_no_cents() -> None:
    price = unit_price(Decimal(1000), Decimal(1000), Decimal(3), 0)

    assert price.initial == Decimal(334)
    assert crm_sum(Decimal(1000), Decimal(1000), Decimal(3), 0).quantize(Decimal(1)) == 1000


def test_money_is_rounded_to_the_currency() -> None:
    assert money(Decimal("10.005"), 2) == 10.0
    assert money(Decimal("360.60"), 2) == 360.6
