"""Rows of the mappings, and the orders that use them."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from factory.declarations import LazyAttribute, Sequence, SubFactory
from factory.django import DjangoModelFactory

from connectors.contract.canonical import Delivery, Order, Payment
from integration_hub.connections.models import Connection, Route
from mappings.models import BookEntry, CodeRule, FieldRule, SeenCode


class StoreFactory(DjangoModelFactory[Connection]):
    class Meta:
        model = Connection

    kind = "woocommerce"
    role = "store"
    name = Sequence(lambda number: f"Shop {number}")


class CrmFactory(DjangoModelFactory[Connection]):
    class Meta:
        model = Connection

    kind = "retailcrm"
    role = "crm"
    name = Sequence(lambda number: f"CRM {number}")


class RouteFactory(DjangoModelFactory[Route]):
    class Meta:
        model = Route

    name = Sequence(lambda number: f"Shop {number} → CRM")
    store = SubFactory(StoreFactory)
    crm = SubFactory(CrmFactory)


class CodeRuleFactory(DjangoModelFactory[CodeRule]):
    class Meta:
        model = CodeRule

    route = SubFactory(RouteFactory)
    kind = "delivery"
    store_code = Sequence(lambda number: f"method-{number}")
    crm_code = "courier"


class FieldRuleFactory(DjangoModelFactory[FieldRule]):
    class Meta:
        model = FieldRule

    route = SubFactory(RouteFactory)
    object = "order"
    source = "coupons"
    target = Sequence(lambda number: f"field_{number}")


class SeenCodeFactory(DjangoModelFactory[SeenCode]):
    class Meta:
        model = SeenCode

    route = SubFactory(RouteFactory)
    side = "store"
    kind = "delivery"
    code = Sequence(lambda number: f"method-{number}")


class BookEntryFactory(DjangoModelFactory[BookEntry]):
    class Meta:
        model = BookEntry

    connection = SubFactory(CrmFactory)
    kind = "delivery"
    code = Sequence(lambda number: f"code-{number}")
    name = LazyAttribute(lambda entry: entry.code.title())


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
