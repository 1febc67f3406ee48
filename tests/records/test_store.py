"""The newest canonical state of every object."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from connectors.contract.canonical import Customer, Order, OrderLine, Payment
from integration_hub.connections.models import Connection
from integration_hub.records import store
from integration_hub.records.models import CustomerRecord, OrderRecord, Record

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def order(**fields: Any) -> Order:
    values: dict[str, Any] = {
        "id": "17",
        "number": "1001",
        "status": "processing",
        "created_at": NOW,
        "currency": "EUR",
        "total": Decimal("12.10"),
        "customer": Customer(id="5", email="Erika@Example.com", phone="+49 151 123-45", first_name="Erika"),
        "lines": (OrderLine(quantity=Decimal(1), subtotal=Decimal(10), total=Decimal(10), name="Cup"),),
        "payments": (Payment(id="p", code="cod"),),
    }
    return Order(**(values | fields))


def prints(an_order: Order) -> dict[str, str]:
    return store.fingerprints(an_order.model_dump(mode="json", exclude_defaults=True), "order")


def row(connection: Connection, an_order: Order) -> Record:
    content = an_order.model_dump(mode="json", exclude_defaults=True)
    return store.row_for(
        connection.pk, "order", an_order.id, an_order, content=content, prints=prints(an_order), version=NOW, now=NOW
    )


@pytest.fixture
def shop(db: None) -> Connection:
    return Connection.objects.create(kind="woocommerce", role="store", name="Shop")


@pytest.mark.parametrize(
    ("change", "aspects"),
    [
        ({}, set()),
        ({"updated_at": NOW, "completed_at": NOW, "url": "https://shop.example"}, set()),
        ({"status": "completed"}, {"status"}),
        ({"paid_at": NOW}, {"payments"}),
        ({"total": Decimal("12.11")}, {"content"}),
        ({"customer_comment": "Ring twice"}, {"content"}),
        ({"status": "completed", "lines": ()}, {"status", "content"}),
    ],
)
def test_fingerprints_tell_which_aspect_changed(change: dict[str, Any], aspects: set[str]) -> None:
    before, after = prints(order()), prints(order(**change))

    assert {name for name in before if before[name] != after[name]} == aspects


def test_record_is_read_back_as_it_was(shop: Connection) -> None:
    store.save([row(shop, order())])

    [read] = store.load(shop.pk, "order", ["17", "absent"]).values()

    assert store.canonical(read) == order()
    assert (read.number, read.status, read.total) == ("1001", "processing", "12.10 EUR")
    assert (read.email, read.phone, read.name) == ("erika@example.com", "4915112345", "Erika")


def test_saving_again_replaces_and_keeps_when_it_was_first_seen(shop: Connection) -> None:
    store.save([row(shop, order())])
    later = row(shop, order(status="completed"))
    later.first_seen_at = later.seen_at = NOW.replace(year=2027)

    store.save([later])

    read = Record.objects.get()
    assert (read.status, read.first_seen_at, read.seen_at.year) == ("completed", NOW, 2027)


def test_order_without_anybody_is_stored(shop: Connection) -> None:
    store.save([row(shop, order(customer=None))])

    read = Record.objects.get()
    assert (read.email, read.phone, read.name) == ("", "", "")


def test_long_values_are_cut_for_the_list_and_whole_in_the_content(shop: Connection) -> None:
    long = order(number="9" * 900, customer=Customer(email="e" * 900, first_name="n" * 900, phone="1" * 900))

    store.save([row(shop, long)])

    read = Record.objects.get()
    assert (len(read.number), len(read.email), len(read.name), len(read.phone)) == (200, 320, 300, 60)
    assert store.canonical(read) == long


def test_loading_nothing_costs_no_query(shop: Connection, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        assert store.load(shop.pk, "order", []) == {}


def test_kinds_are_listed_apart(shop: Connection) -> None:
    store.save([row(shop, order())])
    Record.objects.create(connection=shop, kind="customer", object_id="5", first_seen_at=NOW, seen_at=NOW)

    assert [each.object_id for each in OrderRecord.objects.all()] == ["17"]
    assert [each.object_id for each in CustomerRecord.objects.all()] == ["5"]
    assert str(OrderRecord.objects.get()) == "Order 1001 (Erika)"


@pytest.mark.parametrize(("typed", "digits"), [("+49 (151) 12-3", "49151123"), ("", ""), ("none", "")])
def test_phone_is_found_however_it_was_typed(typed: str, digits: str) -> None:
    assert store.searchable_phone(typed) == digits
