"""What a field rule may take its value from."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from connectors.contract.canonical import (
    Customer,
    Delivery,
    Discount,
    Lead,
    OrderLine,
    Source,
    Weight,
    WeightUnit,
)
from mappings.catalogue import SOURCES, is_source, read_source

from .factories import an_order

LEAD = Lead(id="7", created_at=datetime(2026, 3, 1, tzinfo=UTC), customer=Customer(email="a@example.com"))
BARE = {"order": an_order(deliveries=(), payments=()), "customer": Customer(), "lead": LEAD}


@pytest.mark.parametrize(("kind", "key"), [(kind, key) for kind, sources in SOURCES.items() for key in sources])
def test_every_source_can_be_read_from_a_bare_record(kind: str, key: str) -> None:
    value = read_source(kind, key, BARE[kind])  # type: ignore[arg-type]

    assert value is None or isinstance(value, str)


@pytest.mark.parametrize("kind", SOURCES)
def test_labels_are_unique_so_that_staff_can_tell_sources_apart(kind: str) -> None:
    labels = [source.label for source in SOURCES[kind].values()]

    assert len(labels) == len(set(labels))


@pytest.mark.parametrize(
    ("key", "changes", "expected"),
    [
        ("coupons", {"discounts": (Discount(code="A"), Discount(name="Sale"), Discount(code="B"))}, "A, B"),
        ("coupons", {"discounts": (Discount(code="A"), Discount(code="A"))}, "A"),
        ("number", {"number": "W-1001"}, "W-1001"),
        ("number", {}, "1001"),
        ("weight_grams", {"weight": Weight(value=Decimal("1.5"), unit=WeightUnit.KILOGRAM)}, "1500"),
        ("tracking_number", {"deliveries": (Delivery(tracking_number="T1"), Delivery(tracking_number="T2"))}, "T1"),
        ("delivery_cost", {"deliveries": (Delivery(cost=Decimal(5), cost_tax=Decimal("0.95")),)}, "5.95"),
        ("delivery_date", {"deliveries": (Delivery(delivery_date=date(2026, 3, 5)),)}, "2026-03-05"),
        ("utm_source", {"source": Source(source="newsletter", keyword="shoes")}, "newsletter"),
        ("utm_term", {"source": Source(source="newsletter", keyword="shoes")}, "shoes"),
        ("locale", {"customer": Customer(locale="es")}, "es"),
        ("store_view", {"store_view": "de"}, "de"),
        ("custom:gift wrap", {"custom_fields": {"gift wrap": "yes"}}, "yes"),
        ("no_such_source", {}, None),
    ],
)
def test_a_source_reads_its_part_of_the_order(key: str, changes: dict[str, Any], expected: str | None) -> None:
    assert read_source("order", key, an_order(**changes)) == expected


def test_the_weight_of_an_order_is_the_sum_of_its_lines_when_the_shop_gives_none() -> None:
    half_a_pound = Weight(value=Decimal("0.5"), unit=WeightUnit.POUND)
    line = OrderLine(quantity=Decimal(3), subtotal=Decimal(9), total=Decimal(9), weight=half_a_pound)

    assert read_source("order", "weight_grams", an_order(lines=(line,))) == "680"


def test_the_extra_fields_of_a_form_are_custom_fields_of_the_lead() -> None:
    lead = LEAD.model_copy(update={"fields": {"size": "XL"}})

    assert read_source("lead", "custom:size", lead) == "XL"


@pytest.mark.parametrize(
    ("key", "expected"),
    [("total", True), ("constant", True), ("custom:gift", True), ("custom:", False), ("groups", False), ("", False)],
)
def test_a_source_of_an_order_is_known_or_custom(key: str, expected: bool) -> None:
    assert is_source("order", key) is expected
