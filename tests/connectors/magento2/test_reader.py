"""Orders, lines, people: what a REST body means."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from connectors.contract.canonical import Fee, LineOption, Order, PaymentStatus
from connectors.contract.errors import Unreadable
from connectors.magento2.people import read_customer
from connectors.magento2.reader import read_order

from .world import line, order


def shown(read: Order) -> Decimal:
    """What lines, deliveries and fees add up to."""
    return (
        sum((each.total_gross for each in read.lines), Decimal(0))
        + sum((each.cost_gross for each in read.deliveries), Decimal(0))
        + sum((each.total_gross for each in read.fees), Decimal(0))
    )


def test_simple_order_of_a_guest() -> None:
    read = read_order(order())

    assert (read.id, read.number, read.status, read.currency) == ("12", "000000012", "processing", "EUR")
    assert read.created_at == datetime(2026, 1, 5, 10, tzinfo=UTC)
    assert read.updated_at == datetime(2026, 1, 5, 10, 3, 21, tzinfo=UTC)
    assert read.customer is not None
    assert (read.customer.id, read.customer.is_guest) == (None, True)
    assert (read.customer.email, read.customer.full_name, read.customer.phone) == (
        "ann@example.com", "Ann Smith", "+4930123456",
    )  # fmt: skip
    assert read.billing is not None
    assert (read.billing.line1, read.billing.line2, read.billing.country) == ("Main street 1", "2B", "DE")
    [delivery] = read.deliveries
    assert (delivery.code, delivery.name, delivery.cost, delivery.cost_tax) == (
        "flatrate_flatrate", "Flat Rate - Fixed", Decimal(5), Decimal(1),
    )  # fmt: skip
    [payment] = read.payments
    assert (payment.id, payment.code, payment.name) == ("12-1", "checkmo", "Check / Money order")
    assert (read.fees, shown(read)) == ((), Decimal(30))


def test_times_are_utc_and_a_shop_that_is_off_can_be_corrected() -> None:
    assert read_order(order(), timedelta(hours=-2)).created_at == datetime(2026, 1, 5, 8, tzinfo=UTC)


def test_configurable_line_has_the_parents_price_and_the_childs_id() -> None:
    parent = line(product_type="configurable", product_id=67, sku="TEE-M", name="T-shirt")
    child = line(item_id=102, parent_item_id=101, product_id=56, name="T-shirt-M", row_total=99, price=5)

    [read] = read_order(order(items=[parent, child])).lines

    assert (read.id, read.product_id, read.variant_id, read.sku) == ("101", "67", "56", "TEE-M")
    assert (read.subtotal, read.subtotal_tax, read.total, read.total_tax) == (
        Decimal(20), Decimal(4), Decimal(20), Decimal(4),
    )  # fmt: skip
    assert read.options == (LineOption(code="variant", name="Variant", value="T-shirt-M"),)


def test_bundle_is_one_line_and_tells_its_parts() -> None:
    bundle = line(product_type="bundle", product_id=80, sku="SET", name="Set")
    parts = [
        line(item_id=102, parent_item_id=101, product_id=21, name="Mug", qty_ordered=4, row_total=12),
        line(item_id=103, parent_item_id=101, product_id=30, name="Hat", qty_ordered=1, row_total=8),
    ]

    [read] = read_order(order(items=[bundle, *parts])).lines

    assert (read.product_id, read.variant_id, read.total) == ("80", "", Decimal(20))
    assert [option.value for option in read.options] == ["4 × Mug", "Hat"]


def test_discount_and_tax_of_a_bundle_stand_with_its_parts() -> None:
    bundle = line(product_type="bundle", row_total=20, row_total_incl_tax=24, tax_amount=0, discount_amount=0)
    parts = [
        line(item_id=102, parent_item_id="101", row_total=12, tax_amount=2, discount_amount=2, price=3),
        line(item_id=103, parent_item_id="101", row_total=8, tax_amount="1.6000", discount_amount="0.0000"),
    ]

    read = read_order(order(items=[bundle, *parts], grand_total=27.6, discount_amount=-2))

    [only] = read.lines
    assert (only.total, only.total_tax, only.subtotal_gross) == (Decimal(18), Decimal("3.6"), Decimal(24))
    assert (read.fees, shown(read)) == ((), Decimal("27.6"))


def test_prices_of_parts_do_not_count_beside_those_of_a_bundle() -> None:
    bundle = line(product_type="bundle", discount_amount=1, tax_amount=3.8)
    part = line(item_id=102, parent_item_id=101, row_total=99, tax_amount=9, discount_amount=9)

    [read] = read_order(order(items=[bundle, part])).lines

    assert (read.total, read.total_tax) == (Decimal(19), Decimal("3.8"))


def test_child_is_known_by_its_parent_as_well() -> None:
    parent = line(product_type="configurable", product_id=67)
    child = line(item_id=102, parent_item={"item_id": 101, "sku": "TEE"}, product_id=56)

    [read] = read_order(order(items=[parent, child])).lines

    assert (read.id, read.variant_id) == ("101", "56")


def test_order_of_an_import_has_the_shops_currency() -> None:
    body = order(base_currency_code="usd")
    del body["order_currency_code"]

    assert read_order(body).currency == "USD"


def test_odd_shapes_of_the_same_order_are_read_alike() -> None:
    odd = order(
        entity_id="12", grand_total="30.0000", shipping_amount="5.0000", customer_is_guest="1", customer_id="0",
        items={"1": line(qty_ordered="2.0000", row_total="20.0000", parent_item_id=None)}, gift_message=None,
        status_histories=[], total_refunded=None,
    )  # fmt: skip

    assert read_order(odd) == read_order(order())


@pytest.mark.parametrize("value", [None, [], "", {}])
def test_order_without_extension_addresses_or_payment_is_read(value: Any) -> None:
    read = read_order(order(extension_attributes=value, billing_address=value, payment=value))

    assert (read.payments, read.total) == ((), Decimal(30))
    [delivery] = read.deliveries
    assert (delivery.code, delivery.name, delivery.cost_gross) == ("", "Flat Rate - Fixed", Decimal(6))


def test_child_whose_parent_is_missing_is_a_line() -> None:
    [read] = read_order(order(items=[line(parent_item_id=999)])).lines

    assert read.total == Decimal(20)


@pytest.mark.parametrize(
    ("row", "total"),
    [
        ({"discount_amount": 5, "tax_amount": 3}, "18"),
        ({"discount_amount": 4.8, "tax_amount": 3.2, "discount_tax_compensation_amount": 0.8}, "19.2"),
    ],
)
def test_discount_before_and_after_tax(row: dict[str, Any], total: str) -> None:
    [read] = read_order(order(items=[line(**row)], grand_total=float(total) + 6)).lines

    assert read.subtotal_gross == Decimal(24)
    assert read.total_gross == Decimal(total)


def test_gift_card_becomes_a_credit_so_that_the_sum_is_the_orders() -> None:
    read = read_order(order(grand_total=20))

    assert read.fees == (Fee(id="rest", name="Gift cards and credit", total=Decimal(-10)),)
    assert shown(read) == read.total


def test_cents_of_rounding_are_no_charge() -> None:
    assert read_order(order(grand_total=30.01)).fees == ()


def test_status_that_a_comment_took_away_is_the_state() -> None:
    body = order(state="new")
    del body["status"]

    assert read_order(body).status == "new"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, PaymentStatus.PENDING),
        ({"total_paid": 30, "total_due": 0}, PaymentStatus.PAID),
        ({"total_due": 0}, PaymentStatus.PAID),
        ({"total_paid": 10, "total_due": 20}, PaymentStatus.PENDING),
        ({"total_paid": 30, "total_refunded": 30}, PaymentStatus.REFUNDED),
        ({"total_paid": 30, "total_refunded": 3}, PaymentStatus.PARTIALLY_REFUNDED),
        ({"total_refunded": 3}, PaymentStatus.PARTIALLY_REFUNDED),
        ({"state": "canceled", "total_due": 0}, PaymentStatus.CANCELLED),
        ({"payment": {"method": "card", "amount_authorized": 30}}, PaymentStatus.AUTHORIZED),
    ],
)
def test_state_of_the_payment(changes: dict[str, Any], expected: PaymentStatus) -> None:
    [payment] = read_order(order(**changes)).payments

    assert payment.status is expected


def test_virtual_order_has_no_delivery() -> None:
    body = order(is_virtual=1, shipping_amount=0, shipping_tax_amount=0, grand_total=24, extension_attributes={})

    assert read_order(body).deliveries == ()


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"entity_id": None}, "entity_id"),
        ({"created_at": "yesterday"}, "created_at"),
        ({"created_at": None}, "created_at"),
        ({"grand_total": "much"}, "grand_total"),
        ({"items": [line(row_total="?")]}, "items.0.row_total"),
        ({"order_currency_code": ""}, "currency"),
    ],
)
def test_what_decides_is_a_fault_with_its_path(changes: dict[str, Any], path: str) -> None:
    with pytest.raises(Unreadable) as caught:
        read_order(order(**changes))

    assert path in {fault.path for fault in caught.value.faults}


@pytest.mark.parametrize("body", [None, [], "x", {}, {"items": []}])
def test_body_that_is_no_order_is_unreadable(body: Any) -> None:
    with pytest.raises(Unreadable):
        read_order(body)


# --- recorded ---------------------------------------------------------------------------------------------------------


def bodies(path: Path) -> list[dict[str, Any]]:
    whole = json.loads(path.read_text(encoding="utf-8"))
    return [each for each in (whole.get("items", [whole]) if isinstance(whole, dict) else []) if isinstance(each, dict)]


@pytest.mark.recorded_files("magento", "order*.json")
def test_recorded_orders_are_read_and_add_up(recorded_file: Path) -> None:
    for body in bodies(recorded_file):
        if {"increment_id", "grand_total", "items"} <= body.keys():
            read = read_order(body)

            assert (read.id, read.number) == (str(body["entity_id"]), body["increment_id"])
            assert read.total == Decimal(str(body["grand_total"]))
            assert abs(shown(read) - read.total) <= Decimal("0.01") * len(read.lines)
            assert len(read.lines) == len([row for row in body["items"] if "parent_item_id" not in row])


@pytest.mark.recorded_files("magento", "customer*.json")
def test_recorded_customers_are_read(recorded_file: Path) -> None:
    for body in bodies(recorded_file):
        if {"email", "firstname"} <= body.keys():
            read = read_customer(body)

            assert (read.id, read.email) == (str(body["id"]), body["email"].lower())
            assert read.updated_at is not None
