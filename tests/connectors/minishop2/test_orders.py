"""An order of the shop as a canonical order: what is taken, what is guessed and what never is."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from connectors.contract.canonical import LineOption, Order, PaymentStatus, Weight, WeightUnit
from connectors.contract.errors import Unreadable
from connectors.minishop2.config import config_from
from connectors.minishop2.reader import Reader

from .world import SETTINGS, order


def read(payload: Any, **settings: Any) -> Order:
    return Reader(config_from({**SETTINGS, **settings})).order(payload)


def faults(payload: Any, **settings: Any) -> list[tuple[str, str]]:
    with pytest.raises(Unreadable) as caught:
        read(payload, **settings)
    return [(fault.path, fault.message) for fault in caught.value.faults]


def test_order_is_read_whole() -> None:
    found = read(order())

    assert (found.id, found.external_id, found.number, found.status) == ("15", "", "2601/15", "1")
    assert found.created_at == datetime(2026, 1, 15, 6, 59, 58, tzinfo=UTC)
    assert found.updated_at == datetime(2026, 1, 15, 7, 0, 0, tzinfo=UTC)
    assert (found.currency, found.total, found.discount_total) == ("RUB", Decimal("3200.00"), Decimal("100.00"))
    assert found.weight == Weight(value=Decimal("0.4"), unit=WeightUnit.KILOGRAM)
    assert (found.order_method, found.store_view) == ("checkout", "web")
    assert found.customer_comment == "call me\nafter six"
    assert found.source is not None
    assert found.source.source == "newsletter"
    assert found.fees == ()


def test_line_keeps_price_count_names_and_choices() -> None:
    (line,) = read(order(), option_names=["size = Размер"]).lines

    assert (line.id, line.product_id, line.variant_id, line.sku) == ("31", "137", "mod-137-21", "TS-137-RM")
    assert (line.name, line.quantity, line.subtotal, line.total) == (
        "T-shirt",
        Decimal(2),
        Decimal("2900.00"),
        Decimal("2900.00"),
    )
    assert line.options == (
        LineOption(code="size", name="Размер", value="M"),
        LineOption(code="color", name="color", value="red, white"),
    )
    assert line.weight == Weight(value=Decimal("0.2"), unit=WeightUnit.KILOGRAM)


def test_delivery_payment_and_promo_code_are_read() -> None:
    found = read(order())

    (delivery,), (payment,), (discount,) = found.deliveries, found.payments, found.discounts
    assert (delivery.code, delivery.name, delivery.cost) == ("1", "Courier", Decimal("300.00"))
    assert (payment.id, payment.code, payment.name, payment.status) == ("15-1", "3", "Card", PaymentStatus.PENDING)
    assert payment.amount is not None
    assert (payment.amount.amount, payment.amount.currency) == (Decimal("3200.00"), "RUB")
    assert (discount.code, discount.kind, discount.amount) == ("WINTER", "msPromoCode", Decimal("100.00"))


def test_address_keeps_every_field() -> None:
    place = read(order(address={"text_address": "Moscow,<br>Lenina 1"})).deliveries[0].address

    assert place is not None
    assert (place.country, place.postcode, place.region, place.city) == ("RU", "101000", "Moscow region", "Moscow")
    assert (place.metro, place.street, place.building, place.entrance, place.floor, place.flat) == (
        "Central", "Lenina", "1", "2", "3", "5",
    )  # fmt: skip
    assert place.text == "Moscow,\nLenina 1"


def test_properties_become_custom_fields() -> None:
    found = read(order(address={"properties": {"intercom": "12K", "deep": {"deeper": {"deepest": 1}}}}))

    assert found.custom_fields == {
        "address.intercom": "12K",
        "address.deep.deeper.deepest": 1,
        "gift_wrap": True,
        "extra.lift": "yes",
    }


def test_paid_order_has_a_paid_payment_with_its_time() -> None:
    found = read(order(is_paid=True, paid_at="2026-01-15T11:00:00+03:00"))

    assert found.paid_at == datetime(2026, 1, 15, 8, tzinfo=UTC)
    assert [(each.status, each.paid_at) for each in found.payments] == [(PaymentStatus.PAID, found.paid_at)]


# --- ids ------------------------------------------------------------------------------------------------------------


def test_shop_of_modretailcrm_is_known_by_number() -> None:
    assert read(order(), external_id="num").external_id == "2601-15"


def test_two_orders_with_one_number_are_kept_apart() -> None:
    first = read(order(id=15, number_first_id=15), external_id="num")
    second = read(order(id=16, number_first_id=15), external_id="num")

    assert (first.id, first.external_id) == ("15", "2601-15")
    assert (second.id, second.external_id) == ("16", "2601-15-16")


def test_order_without_a_number_is_known_by_its_id() -> None:
    found = read(order(number=""), external_id="num")

    assert (found.number, found.known_as) == ("15", "15")


@pytest.mark.parametrize(
    ("naming", "modification", "expected"),
    [
        ("mod", 21, "mod-137-21"),
        ("dash", 21, "137-21"),
        ("mod", 0, ""),
        ("mod", "21", "mod-137-21"),
        ("mod", 999, "mod-137-999"),
    ],
)
def test_offer_is_named_as_staff_chose(naming: str, modification: Any, expected: str) -> None:
    line = {**order()["items"][0], "modification_id": modification}

    (found,) = read(order(items=[line]), offer_naming=naming).lines

    assert (found.product_id, found.variant_id) == ("137", expected)


def test_line_of_a_deleted_product_keeps_its_name_and_price() -> None:
    line = {"line_id": 40, "product_id": 0, "name": "Gone", "count": 1, "price": "10.50"}

    (found,) = read(order(items=[line], totals={"total": "310.50"}, discounts=[])).lines

    assert (found.product_id, found.name, found.total) == ("", "Gone", Decimal("10.50"))


# --- amounts --------------------------------------------------------------------------------------------------------


def test_discount_that_is_in_the_prices_is_not_taken_off_again() -> None:
    found = read(order())

    assert (found.lines[0].subtotal, found.lines[0].total, found.fees) == (Decimal("2900.00"), Decimal("2900.00"), ())


@pytest.mark.parametrize("total", ["3200.00", "3100.00"])
def test_discount_that_is_not_in_the_prices_comes_off_the_lines_once(total: str) -> None:
    """Whether the shop's total holds it already or not."""
    found = read(order(totals={"total": total}), discount_in_prices=False)

    assert (found.lines[0].subtotal, found.lines[0].total) == (Decimal("2900.00"), Decimal("2800.00"))
    assert (found.total, found.fees) == (Decimal("3100.00"), ())


def test_discount_is_spread_over_the_lines_to_the_cent() -> None:
    lines = [{"line_id": n, "product_id": n, "name": "x", "count": 1, "price": "10.00"} for n in (1, 2, 3)]

    found = read(
        order(items=lines, totals={"delivery": "0", "total": "20.00"}, discounts=[{"code": "A", "amount": "10.00"}]),
        discount_in_prices=False,
    )

    assert [line.total for line in found.lines] == [Decimal("6.67"), Decimal("6.66"), Decimal("6.67")]
    assert (sum(line.total for line in found.lines), found.fees) == (Decimal("20.00"), ())


def test_discount_above_the_lines_makes_them_nought_and_not_less() -> None:
    found = read(
        order(totals={"total": "300.00"}, discounts=[{"code": "A", "amount": "9000"}]), discount_in_prices=False
    )

    assert (found.lines[0].total, found.total, found.fees) == (Decimal("0.00"), Decimal("300.00"), ())


@pytest.mark.parametrize(
    ("total", "name", "amount"),
    [("3250.00", "Card: surcharge", "50.00"), ("3000.00", "Discount", "-200.00")],
)
def test_what_lines_and_delivery_do_not_explain_is_a_fee(total: str, name: str, amount: str) -> None:
    found = read(order(totals={"total": total}))

    assert [(fee.name, fee.total) for fee in found.fees] == [(name, Decimal(amount))]
    assert found.total == Decimal(total)


def test_line_without_cost_is_price_times_count() -> None:
    line = {**order()["items"][0], "cost": ""}

    assert read(order(items=[line])).lines[0].total == Decimal("2900.00")


def test_numbers_and_texts_are_both_amounts() -> None:
    line = {**order()["items"][0], "cost": 2900, "count": "2", "price": 1450.0}

    assert read(order(items=[line], totals={"total": 3200})).total == Decimal(3200)


# --- what the connection says -----------------------------------------------------------------------------------------


def test_currency_of_the_connection_wins_and_without_any_nothing_is_read() -> None:
    assert read(order(), currency="kzt").currency == "KZT"
    assert faults(order(currency="")) == [
        ("currency", "is not known. Enter the shop's currency in the connection's settings")
    ]


@pytest.mark.parametrize(
    ("setting", "said", "expected"),
    [
        ("shop", "kg", WeightUnit.KILOGRAM),
        ("g", "kg", WeightUnit.GRAM),
        ("lb", "", WeightUnit.POUND),
        ("shop", "", None),
    ],
)
def test_unit_of_weights(setting: str, said: str, expected: WeightUnit | None) -> None:
    weight = read(order(weight_unit=said), weight_unit=setting).weight

    assert (weight.unit if weight else None) == expected


# --- faults -----------------------------------------------------------------------------------------------------------


def test_every_fault_is_told_with_its_path() -> None:
    line = {"line_id": 1, "name": "x", "count": "many", "price": "1"}
    wrong = order(id=0, created_at="2026-01-15 10:00:00", status={"id": 0}, items=[line], totals={"total": "a lot"})
    wrong["status"] = {}

    assert faults(wrong) == [
        ("created_at", "has no time zone"),
        ("id", "is missing"),
        ("status.id", "is missing"),
        ("items.0.count", "is not an amount"),
        ("totals.total", "is not an amount"),
    ]


@pytest.mark.parametrize("payload", [None, [], 17, "order", {}])
def test_what_is_no_order_is_said_to_be_none(payload: Any) -> None:
    assert faults(payload) == [("order", "is not an object")]


def test_sparse_order_is_read() -> None:
    """Only what the protocol requires."""
    found = read(
        {
            "id": 7,
            "created_at": "2026-01-15T10:00:00+03:00",
            "status": {"id": 1},
            "currency": "RUB",
            "totals": {"total": "0"},
        }
    )

    assert (found.id, found.number, found.lines, found.deliveries, found.payments, found.customer) == (
        "7", "7", (), (), (), None,
    )  # fmt: skip
