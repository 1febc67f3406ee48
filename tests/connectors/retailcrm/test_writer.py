"""The parts of an order that have rules of their own."""

from datetime import date
from decimal import Decimal
from typing import Any

from responses import CallList

from connectors.contract.canonical import Address, Fee, LineOption, Weight, WeightUnit
from connectors.contract.results import Written

from .world import World, answers, delivery, draft, form, line, order


def sent(world: World, calls: CallList, **changes: Any) -> dict[str, Any]:
    answers("POST", "orders/create", {"success": True, "id": 1}, 201)
    sink = world.open().order_sink
    assert sink is not None
    (outcome,) = sink.put_orders([draft(order=order(**changes))])
    assert isinstance(outcome, Written)
    found = form(calls[-1])["order"]
    assert isinstance(found, dict)
    return found | {"note": outcome.note}


def test_prices_are_with_tax(world: World, calls: CallList) -> None:
    taxed = line(
        subtotal=Decimal(100), subtotal_tax=Decimal(20), total=Decimal(90), total_tax=Decimal(18), tax_rate=Decimal(20)
    )

    item = sent(world, calls, lines=(taxed,))["items"][0]

    assert (item["initialPrice"], item["discountManualAmount"], item["vatRate"]) == (60, 6, "20")


def test_options_become_properties(world: World, calls: CallList) -> None:
    options = (LineOption(code="size", name="Size", value="M"), LineOption(code="empty"))

    item = sent(world, calls, lines=(line(options=options),))["items"][0]

    assert item["properties"] == [{"code": "size", "name": "Size", "value": "M"}]


def test_fee_is_a_free_line_and_a_credit_a_discount_that_staff_are_told_of(world: World, calls: CallList) -> None:
    fees = (
        Fee(id="8", name="Gift wrap", total=Decimal(100), total_tax=Decimal(20)),
        Fee(id="9", name="Voucher", total=Decimal("-50.5")),
    )

    body = sent(world, calls, fees=fees, total=Decimal("3269.50"))

    assert body["items"][1] == {
        "productName": "Gift wrap",
        "initialPrice": 120,
        "discountManualAmount": 0,
        "quantity": 1,
        "externalIds": [{"code": "hub", "value": "15_fee_8"}],
    }
    assert body["discountManualAmount"] == 50.5
    assert body["note"] == "A negative fee was sent as a discount on the whole order."


def test_weight_is_in_grams(world: World, calls: CallList) -> None:
    body = sent(world, calls, weight=Weight(value=Decimal("1.25"), unit=WeightUnit.KILOGRAM))

    assert body["weight"] == 1250


def test_address_keeps_its_parts_and_a_line_to_read(world: World, calls: CallList) -> None:
    place = Address(
        city="Kazan", street="Bauman st.", building="7", flat="12", entrance="2", floor="3", metro="Kremlin",
        postcode="420111", country="RU", region="Tatarstan", first_name="Ivan", last_name="Orlov",
    )  # fmt: skip
    dated = delivery(address=place, delivery_date=date(2026, 1, 20), time_from="10:00", time_to="14:00")

    body = sent(world, calls, deliveries=(dated,))["delivery"]

    assert body == {
        "code": "courier",
        "cost": 300,
        "date": "2026-01-20",
        "time": {"from": "10:00", "to": "14:00"},
        "address": {
            "index": "420111",
            "countryIso": "RU",
            "region": "Tatarstan",
            "city": "Kazan",
            "street": "Bauman st.",
            "building": "7",
            "flat": "12",
            "floor": "3",
            "block": "2",
            "metro": "Kremlin",
            "text": "Bauman st., 7, 12",
            "notes": "Ivan Orlov",
        },
    }


def test_number_that_is_no_phone_stays_as_typed(world: World, calls: CallList) -> None:
    body = sent(world, calls, billing=Address(first_name="Ann", phone="call the office", country="RU"))

    assert body["phone"] == "call the office"
    assert "lastName" not in body


def test_line_without_quantity_is_one_piece_and_a_negative_line_lowers_the_order(world: World, calls: CallList) -> None:
    lines = (
        line(id="1", quantity=Decimal(0), subtotal=Decimal(5), total=Decimal(5)),
        line(id="2", quantity=Decimal(1), subtotal=Decimal(-7), total=Decimal(-7)),
        line(id="3", quantity=Decimal(0), subtotal=Decimal(0), total=Decimal(0)),
    )

    body = sent(world, calls, lines=lines)

    assert [(item["quantity"], item["initialPrice"]) for item in body["items"]] == [(1, 5)]
    assert body["discountManualAmount"] == 7
