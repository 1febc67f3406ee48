"""Rows of the mappings, and the orders that use them."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import factory

from connectors.contract.canonical import Delivery, Order, Payment
from integration_hub.connections.models import Connection, Route
from mappings.models import BookEntry, CodeRule, FieldRule, SeenCode


class StoreFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Connection

    kind = "woocommerce"
    role = "store"
    name = factory.Sequence(lambda number: f"Shop {number}")


class CrmFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Connection

    kind = "retailcrm"
    role = "crm"
    name = factory.Sequence(lambda number: f"CRM {number}")


class RouteFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Route

    name = factory.Sequence(lambda number: f"Shop {number} → CRM")
    store = factory.SubFactory(StoreFactory)
    crm = factory.SubFactory(CrmFactory)


class CodeRuleFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = CodeRule

    route = factory.SubFactory(RouteFactory)
    kind = "delivery"
    store_code = factory.Sequence(lambda number: f"method-{number}")
    crm_code = "courier"


class FieldRuleFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = FieldRule

    route = factory.SubFactory(RouteFactory)
    object = "order"
    source = "coupons"
    target = factory.Sequence(lambda number: f"field_{number}")


class SeenCodeFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = SeenCode

    route = factory.SubFactory(RouteFactory)
    side = "store"
    kind = "delivery"
    code = factory.Sequence(lambda number: f"method-{number}")


class BookEntryFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = BookEntry

    connection = factory.SubFactory(CrmFactory)
    kind = "delivery"
    code = factory.Sequence(lambda number: f"code-{number}")
    name = factory.LazyAttribute(lambda entry: entry.code.title())


def an_order(**changes: Any) -> Order:
    """An order with one delivery ``flat_rate:3`` and one payment ``cod``."""
    values: dict[str, Any] = {
        "id": "1001",
        "status": "processing",
        "created_at": datetime(2026, 3, 1, 9, 30, tzinfo=UTC),
        "currency": "EUR",
        "total": Decimal("120.50"),
        "deliveries": (Delivery(code="flat_rate:3", name="By courier"),),
        "payments": (Payment(id="p1", code="cod", name="Cash on delivery"),),
    }
    return Order(**{**values, **changes})
