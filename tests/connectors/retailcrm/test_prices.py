"""No cent is lost between a line of the shop and a line of RetailCRM."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.contract.canonical import OrderLine
from connectors.retailcrm.config import Config
from connectors.retailcrm.items import items_of
from connectors.retailcrm.prices import Part, decimals_of, money, parts, rounded_to, whole_cents

from .world import draft, order

CENT = Decimal("0.01")
CENTS = st.decimals(min_value=0, max_value=10_000_000, places=2)
FINE = st.decimals(min_value=0, max_value=1_000_000, places=6)
WHOLE = st.integers(min_value=1, max_value=100_000).map(Decimal)
BROKEN = st.decimals(min_value=Decimal("0.001"), max_value=1000, places=3)


def line(subtotal: Decimal, total: Decimal, quantity: Decimal) -> OrderLine:
    return OrderLine(product_id="1", quantity=quantity, subtotal=max(subtotal, total), total=min(subtotal, total))


def crm_sum(lines: list[OrderLine], *, unit_decimals: int = 10) -> Decimal:
    """The order as RetailCRM adds it up from the JSON numbers it gets, should it round units or not."""
    sent = items_of(draft(order=order(lines=tuple(lines), fees=())), Config("", "", ""), 2)
    total = Decimal(0)
    for item in sent:
        initial, discount = Decimal(str(item["initialPrice"])), Decimal(str(item["discountManualAmount"]))
        total += (round(initial, unit_decimals) - round(discount, unit_decimals)) * Decimal(str(item["quantity"]))
    return total


@settings(deadline=None)
@given(st.lists(st.builds(line, FINE, FINE, WHOLE), min_size=1, max_size=12), st.sampled_from([2, 4, 10]))
def test_lines_add_up_to_the_shops_total_to_the_cent_whatever_the_crm_rounds(
    lines: list[OrderLine], unit_decimals: int
) -> None:
    total = sum((found.total for found in lines), Decimal(0))

    assert crm_sum(lines, unit_decimals=unit_decimals) == rounded_to(total, 2)


@settings(deadline=None)
@given(st.lists(st.builds(line, CENTS, CENTS, st.one_of(WHOLE, BROKEN)), min_size=1, max_size=12))
def test_broken_quantities_add_up_when_rounded_to_the_cent(lines: list[OrderLine]) -> None:
    assert rounded_to(crm_sum(lines), 2) == sum((found.total for found in lines), Decimal(0))


@given(CENTS, CENTS, st.one_of(WHOLE, BROKEN))
def test_parts_are_never_negative_and_hold_the_whole_quantity(
    subtotal: Decimal, total: Decimal, quantity: Decimal
) -> None:
    found = parts(subtotal, total, quantity, 2)

    assert sum((part.quantity for part in found), Decimal(0)) == quantity
    assert all(part.initial >= 0 and part.discount >= 0 and part.quantity > 0 for part in found)
    assert all(part.initial == rounded_to(part.initial, 2) for part in found)


@pytest.mark.parametrize(
    ("subtotal", "total", "quantity", "expected"),
    [
        ("30", "27", 2, [(2, "15", "1.5")]),
        ("10", "10", 3, [(2, "3.33", "0"), (1, "3.34", "0")]),
        ("10.01", "10.01", 3, [(2, "3.34", "0"), (1, "3.33", "0")]),
        ("12", "10", 3, [(2, "4", "0.67"), (1, "4", "0.66")]),
        ("5", "0", 1, [(1, "5", "5")]),
        ("10", "12", 2, [(2, "6", "0")]),
        ("10", "10", "0.3", [("0.3", "33.34", "0.006667")]),
    ],
)
def test_price_of_a_unit(subtotal: str, total: str, quantity: str, expected: list[tuple[str, str, str]]) -> None:
    found = parts(Decimal(subtotal), Decimal(total), Decimal(quantity), 2)

    assert found == [
        Part(Decimal(pieces), Decimal(initial), Decimal(discount)) for pieces, initial, discount in expected
    ]


def test_cent_that_one_line_loses_the_next_one_gains() -> None:
    assert whole_cents([Decimal("0.004")] * 3, 2) == [Decimal("0.00"), CENT, Decimal("0.00")]


def test_second_part_of_a_line_has_an_id_of_its_own() -> None:
    three = OrderLine(id="31", product_id="1", quantity=Decimal(3), subtotal=Decimal(10), total=Decimal(10))

    sent = items_of(draft(order=order(lines=(three,))), Config("", "", ""), 2)

    assert [item["externalIds"] for item in sent] == [
        [{"code": "hub", "value": "15_31"}],
        [{"code": "hub", "value": "15_31_2"}],
    ]


@pytest.mark.parametrize(("currency", "decimals"), [("RUB", 2), ("JPY", 0), ("KWD", 3)])
def test_decimals_follow_the_currency(currency: str, decimals: int) -> None:
    assert decimals_of(currency) == decimals


def test_yen_have_no_cents() -> None:
    assert parts(Decimal(1000), Decimal(1000), Decimal(3), 0) == [
        Part(Decimal(2), Decimal(333), Decimal(0)),
        Part(Decimal(1), Decimal(334), Decimal(0)),
    ]


def test_money_is_rounded_to_the_currency() -> None:
    assert money(Decimal("10.005"), 2) == 10.01
    assert money(Decimal("360.60"), 2) == 360.6
