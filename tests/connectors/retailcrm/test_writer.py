"""The parts of an order that have rules of their own."""

import io
import re
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from responses import CallList

from connectors.contract.canonical import Address, Fee, LineOption, Money, Product, Weight, WeightUnit
from connectors.contract.capabilities import OrderSink
from connectors.contract.results import ShopCatalog, Written
from connectors.retailcrm.config import OfferId
from connectors.retailcrm.icml import write

from .world import NOW, World, answers, delivery, draft, form, line, order


def sink(world: World, **settings: Any) -> OrderSink:
    found = world.open(**settings).order_sink
    assert found is not None
    return found


def sent(world: World, calls: CallList, **changes: Any) -> dict[str, Any]:
    answers("POST", "orders/create", {"success": True, "id": 1}, 201)
    (outcome,) = sink(world).put_orders([draft(order=order(**changes))])
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


def test_options_bear_the_codes_of_the_catalog_file(world: World, calls: CallList) -> None:
    options = (
        LineOption(code="шея", name="Шея", value="V"),
        LineOption(code="Frame size", value="54"),
        LineOption(code="Frame_size", value="another one of this code"),
    )

    item = sent(world, calls, lines=(line(options=options),))["items"][0]

    stream = io.BytesIO()
    product = Product(id="137", name="Bike", price=Money(amount=Decimal(1), currency="RUB"), options=options)
    write(stream, ShopCatalog("Shop", NOW, [], [product], has_loose_products=True), OfferId.VARIANT, NOW)
    in_file = re.findall(r'<param code="(?!article)([^"]+)"', stream.getvalue().decode())
    assert [each["code"] for each in item["properties"]] == in_file
    assert [(each["name"], each["value"]) for each in item["properties"]] == [("Шея", "V"), ("Frame size", "54")]


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


def test_several_deliveries_become_one_with_the_first_mapped_code_and_all_costs(world: World, calls: CallList) -> None:
    answers("POST", "orders/create", {"success": True, "id": 1}, 201)
    both = (delivery(), delivery(cost=Decimal("50.5"), cost_tax=Decimal("10.1"), pickup_point="Point 7"))

    sink(world).put_orders([draft(order=order(deliveries=both), delivery_codes=(None, "post"))])

    sent = form(calls[0])["order"]["delivery"]
    assert sent["code"] == "post"
    assert sent["cost"] == 360.6
    assert sent["address"]["notes"] == "Point 7"


def test_order_without_lines_is_legal(world: World, calls: CallList) -> None:
    answers("POST", "orders/create", {"success": True, "id": 1}, 201)

    outcomes = sink(world).put_orders([draft(order=order(lines=(), deliveries=(), payments=(), total=Decimal(0)))])

    assert isinstance(outcomes[0], Written)
    assert "items" not in form(calls[0])["order"]
    assert "payments" not in form(calls[0])["order"]


def test_number_stays_here_when_staff_switched_it_off(world: World, calls: CallList) -> None:
    answers("POST", "orders/create", {"success": True, "id": 1}, 201)

    sink(world, transfer_number=False).put_orders([draft()])

    assert "number" not in form(calls[0])["order"]


@pytest.mark.parametrize(
    ("settings", "offer"),
    [
        ({"offer_id": "variant"}, {"externalId": "137-21"}),
        ({"offer_id": "product"}, {"externalId": "137"}),
        ({"offer_id": "sku"}, {"externalId": "TS-M"}),
        ({"offer_id": "sku_as_xml_id"}, {"xmlId": "TS-M"}),
        ({"offers_known": False}, None),
    ],
)
def test_offer_is_named_as_staff_chose(
    world: World, calls: CallList, settings: dict[str, Any], offer: dict[str, str] | None
) -> None:
    answers("POST", "orders/create", {"success": True, "id": 1}, 201)

    sink(world, **settings).put_orders([draft()])

    item = form(calls[0])["order"]["items"][0]
    assert item.get("offer") == offer
    assert item["productName"] == "T-shirt"


def test_line_of_a_deleted_product_is_a_free_line(world: World, calls: CallList) -> None:
    answers("POST", "orders/create", {"success": True, "id": 1}, 201)

    sink(world).put_orders([draft(order=order(lines=(line(product_id="", variant_id="", id=None),)))])

    assert form(calls[0])["order"]["items"][0] == {
        "productName": "T-shirt",
        "initialPrice": 1500,
        "discountManualAmount": 50,
        "quantity": 2,
        "externalIds": [{"code": "hub", "value": "15_1"}],
    }


def test_fields_of_staff_land_in_standard_and_custom_fields(world: World, calls: CallList) -> None:
    answers("POST", "orders/create", {"success": True, "id": 1}, 201)
    fields = {"managerId": 28, "customFields.coupon": "SPRING", "gift": False, "score": Decimal("1.5"), "none": ""}

    sink(world).put_orders([draft(fields=fields)])

    sent = form(calls[0])["order"]
    assert sent["managerId"] == 28
    assert sent["customFields"] == {"coupon": "SPRING", "gift": False, "score": 1.5}
