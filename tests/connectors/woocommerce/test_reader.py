"""What becomes of an order."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from connectors.contract.canonical import LineOption, PaymentStatus
from connectors.contract.errors import Unreadable
from connectors.woocommerce.reader import read_order
from tests.connectors.woocommerce.shop import order


def test_head_of_an_order_keeps_ids_numbers_and_gmt_times() -> None:
    read = read_order(order(number="W-2026-501"))

    assert (read.id, read.number, read.status, read.currency) == ("501", "W-2026-501", "processing", "EUR")
    assert read.created_at == datetime(2026, 2, 27, 10, 30, tzinfo=UTC)
    assert read.updated_at == datetime(2026, 2, 27, 10, 31, 5, tzinfo=UTC)
    assert read.paid_at == datetime(2026, 2, 27, 10, 31, tzinfo=UTC)
    assert read.completed_at is None
    assert read.total == Decimal("62.40")
    assert read.total_tax == Decimal("10.40")
    assert read.discount_total == Decimal("5.00")
    assert read.order_method == "checkout"
    assert read.customer_comment == "Оставить у двери 🚪"


def test_lines_carry_exact_totals_without_tax_and_not_the_rounded_price() -> None:
    shirt, mug = read_order(order()).lines

    assert (shirt.product_id, shirt.variant_id, shirt.sku, shirt.name) == ("70", "71", "SH-XL", "Shirt & tie")
    assert (shirt.quantity, shirt.subtotal, shirt.total) == (Decimal(2), Decimal("40.00"), Decimal("36.00"))
    assert (shirt.subtotal_tax, shirt.total_tax, shirt.tax_rate) == (Decimal("8.00"), Decimal("7.20"), Decimal(20))
    assert shirt.options == (LineOption(code="pa_size", name="Size", value="XL"),)
    assert shirt.image_url == "https://shop.example.com/store/shirt.jpg"
    assert (mug.product_id, mug.variant_id, mug.sku, mug.tax_rate) == ("", "", "", None)
    assert mug.total == Decimal("12.00")


def test_parts_add_up_to_the_total() -> None:
    read = read_order(order())

    parts = [*(line.total for line in read.lines), *(fee.total for fee in read.fees)]
    parts += [delivery.cost for delivery in read.deliveries]
    assert sum(parts, Decimal(0)) + read.total_tax == Decimal("61.40")
    assert [fee.total_gross for fee in read.fees] == [Decimal("-1.20")]
    assert [(tax.code, tax.rate, tax.amount) for tax in read.taxes] == [("VAT-20", Decimal(20), Decimal("10.40"))]
    assert [(discount.code, discount.kind, discount.amount) for discount in read.discounts] == [
        ("spring", "fixed_cart", Decimal("5.00"))
    ]


def test_registered_customer_comes_with_the_account_id_and_a_lower_case_address() -> None:
    customer = read_order(order()).customer

    assert customer is not None
    assert (customer.id, customer.is_guest, customer.email) == ("7", False, "olga@example.com")
    assert (customer.first_name, customer.last_name, customer.phone) == ("Ольга", "Ким", "+7 900 000-00-01")


def test_guest_has_no_id() -> None:
    customer = read_order(order(customer_id=0)).customer

    assert customer is not None
    assert (customer.id, customer.is_guest, customer.email) == (None, True, "olga@example.com")


def test_order_without_any_address_has_no_customer() -> None:
    assert read_order(order(customer_id=0, billing=[], shipping=[])).customer is None


def test_delivery_names_method_and_instance_and_carries_the_shipping_address() -> None:
    (delivery,) = read_order(order()).deliveries

    assert (delivery.code, delivery.name, delivery.cost, delivery.cost_tax) == (
        "flat_rate:3",
        "Courier",
        Decimal("4.00"),
        Decimal("0.80"),
    )
    assert delivery.address is not None
    assert delivery.address.line1 == "ул. Баумана, 1"
    assert delivery.address.region == "Татарстан"


@pytest.mark.parametrize("instance", ["", None, 0, "0"])
def test_delivery_without_instance_is_named_by_its_method(instance: object) -> None:
    read = read_order(order(shipping_lines=[{"method_id": "flat_rate", "instance_id": instance, "total": ""}]))

    assert [(one.code, one.cost) for one in read.deliveries] == [("flat_rate", Decimal(0))]


def test_empty_shipping_address_means_the_billing_address() -> None:
    (delivery,) = read_order(order(shipping={"first_name": ""})).deliveries

    assert delivery.address is not None
    assert delivery.address.line1 == "ул. Ленина, 5"


def test_goods_that_the_buyer_collects_have_a_place_and_no_address() -> None:
    line = {
        "method_id": "pickup_location",
        "instance_id": "",
        "total": "0.00",
        "meta_data": [{"key": "pickup_location", "value": "Shop 1"}, {"key": "pickup_address", "value": "Main St 1"}],
    }

    (delivery,) = read_order(order(shipping=[], shipping_lines=[line])).deliveries

    assert (delivery.address, delivery.pickup_point) == (None, "Shop 1, Main St 1")


def test_only_the_first_of_several_deliveries_carries_the_address() -> None:
    lines = [{"method_id": "a", "total": "1"}, {"method_id": "b", "total": "2"}]

    deliveries = read_order(order(shipping_lines=lines)).deliveries

    assert [one.address is not None for one in deliveries] == [True, False]


def test_address_survives_an_order_without_shipping_line() -> None:
    (delivery,) = read_order(order(shipping_lines=[])).deliveries

    assert delivery.code == ""
    assert delivery.address is not None


def test_virtual_order_is_not_delivered() -> None:
    assert read_order(order(shipping_lines=[], shipping=[])).deliveries == ()


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({}, PaymentStatus.PAID),
        ({"date_paid_gmt": None}, PaymentStatus.PENDING),
        ({"status": "pending"}, PaymentStatus.PENDING),
        ({"status": "failed"}, PaymentStatus.FAILED),
        ({"status": "cancelled", "date_paid_gmt": None}, PaymentStatus.CANCELLED),
        ({"status": "cancelled"}, PaymentStatus.PAID),
        ({"status": "refunded"}, PaymentStatus.REFUNDED),
        ({"refunds": [{"id": 9, "total": "-10.00"}]}, PaymentStatus.PARTIALLY_REFUNDED),
        ({"refunds": [{"id": 9, "total": "-60.00"}, {"id": 10, "total": "-2.40"}]}, PaymentStatus.REFUNDED),
        ({"status": "completed", "date_paid_gmt": None}, PaymentStatus.PENDING),
    ],
)
def test_payment_status_follows_refunds_then_status_then_date_paid(
    changes: dict[str, Any], status: PaymentStatus
) -> None:
    (payment,) = read_order(order(**changes)).payments

    assert payment.status is status


def test_payment_keeps_its_id_when_the_method_changes() -> None:
    before = read_order(order()).payments[0]
    after = read_order(order(payment_method="cod")).payments[0]

    assert (before.id, before.code, before.name, before.transaction_id) == (
        "501-1",
        "card_gate",
        "Card online",
        "tr-77",
    )
    assert (after.id, after.code) == ("501-1", "cod")


def test_date_paid_that_survived_a_move_back_to_pending_is_not_believed() -> None:
    read = read_order(order(status="pending"))

    assert read.paid_at is None
    assert read.payments[0].paid_at is None


@pytest.mark.parametrize(
    ("changes", "count"),
    [
        ({"date_paid_gmt": None}, 0),
        ({"total": "0.00"}, 0),
        ({"status": "cancelled", "date_paid_gmt": None}, 0),
        ({}, 1),
    ],
)
def test_order_without_method_has_a_payment_only_when_money_came(changes: dict[str, Any], count: int) -> None:
    assert len(read_order(order(payment_method="", **changes)).payments) == count


def test_refunds_are_positive() -> None:
    (refund,) = read_order(order(refunds=[{"id": 23, "reason": "Size", "total": "-10.00"}])).refunds

    assert (refund.id, refund.amount, refund.reason) == ("23", Decimal("10.00"), "Size")


def test_visible_meta_data_become_custom_fields_and_attribution_the_source() -> None:
    read = read_order(order())

    assert read.custom_fields == {"gift_wrap": "yes", "slots": ["10-12", "14-16"]}
    assert read.source is not None
    assert (read.source.source, read.source.medium) == ("newsletter", "email")


def test_plain_utm_keys_are_the_source_too() -> None:
    read = read_order(order(meta_data=[{"key": "utm_source", "value": "news"}, {"key": "utm_term", "value": "shirt"}]))

    assert read.custom_fields == {}
    assert read.source is not None
    assert (read.source.source, read.source.keyword) == ("news", "shirt")


def test_what_identifies_the_browser_or_opens_the_order_is_not_passed_on() -> None:
    dump = read_order(order()).model_dump_json()

    for private in ("203.0.113.9", "Browser/1.0", "wc_order_invented", "order-pay"):
        assert private not in dump


@pytest.mark.parametrize(
    ("changes", "paths"),
    [
        ({"id": 0}, ["id"]),
        ({"id": None, "status": ""}, ["id", "status"]),
        ({"total": "12.10 €"}, ["total"]),
        ({"total": None}, ["total"]),
        ({"total": float("nan")}, ["total"]),
        ({"total": "1" + "0" * 20}, ["total"]),
        ({"currency": "EURO"}, ["currency"]),
        ({"date_created_gmt": None}, ["date_created_gmt"]),
        ({"date_modified_gmt": "yesterday"}, ["date_modified_gmt"]),
        ({"date_modified_gmt": 5}, ["date_modified_gmt"]),
        ({"line_items": "none"}, ["line_items"]),
        ({"line_items": ["x", {"quantity": "two", "total": "1"}]}, ["line_items.0", "line_items.1.quantity"]),
        ({"line_items": [{"total": "1"}]}, ["line_items.0.quantity"]),
        ({"refunds": [{"total": "-1"}]}, ["refunds.0.id"]),
    ],
)
def test_every_fault_is_named_with_its_path(changes: dict[str, Any], paths: list[str]) -> None:
    with pytest.raises(Unreadable) as caught:
        read_order(order(**changes))

    found = [fault.path for fault in caught.value.faults]
    assert sorted(set(found) & set(paths)) == sorted(paths)


def test_local_time_is_taken_only_when_it_names_its_offset() -> None:
    without = {key: value for key, value in order().items() if key != "date_created_gmt"}

    read = read_order({**without, "date_created": "2026-02-27T11:30:00+01:00"})

    assert read.created_at == datetime(2026, 2, 27, 10, 30, tzinfo=UTC)
    with pytest.raises(Unreadable, match="date_created: has no time zone"):
        read_order(without)


@pytest.mark.parametrize(
    "changes",
    [
        {"meta_data": None},
        {"meta_data": {"0": {"key": "a", "value": 1}}},
        {"meta_data": [None, 5, {"value": 1}, {"key": 7, "value": [[1]]}]},
        {"billing": False},
        {"shipping": None},
        {"customer_note": False},
        {"number": None},
        {"line_items": None},
        {"line_items": {"11": {"quantity": "1.5", "total": 3, "subtotal": "3"}}},
        {"fee_lines": []},
        {"tax_lines": None},
        {"refunds": {}},
        {"total": 62.4, "customer_id": "7", "id": "501"},
        {"currency": "usd"},
        {"date_completed_gmt": ""},
        {"date_completed_gmt": "0000-00-00T00:00:00"},
        {"billing": {"country": "Spain", "first_name": 5, "email": None}},
        {"transaction_id": 12345, "payment_method_title": None},
        {"plugin_field": {"any": ["thing", None]}},
        {"prices_include_tax": "yes", "parent_id": "12"},
    ],
)
def test_what_plugins_do_to_payloads_does_not_stop_an_order(changes: dict[str, Any]) -> None:
    assert read_order(order(**changes)).id == "501"


def test_optional_keys_may_all_be_absent() -> None:
    least = {"id": 1, "status": "on-hold", "currency": "JPY", "total": "500", "date_created_gmt": "2026-01-01T00:00:00"}

    read = read_order(least)

    assert (read.number, read.total, read.lines, read.payments, read.customer) == ("1", Decimal(500), (), (), None)


def test_order_of_two_thousand_lines_is_read_whole() -> None:
    line = order()["line_items"][0]

    read = read_order(order(line_items=[{**line, "id": number} for number in range(1, 2001)]))

    assert len(read.lines) == 2000


@pytest.mark.parametrize("payload", [None, [], "order", 5, {}])
def test_what_is_no_object_is_unreadable(payload: object) -> None:
    with pytest.raises(Unreadable):
        read_order(payload)


def test_more_decimals_than_the_hub_keeps_are_rounded_and_zero_has_no_sign() -> None:
    read = read_order(order(total="10.123456789012345", discount_total="-0.00"))

    assert read.total == Decimal("10.1234567890")
    assert str(read.discount_total) == "0.00"
