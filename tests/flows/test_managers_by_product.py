"""Manager rules by category and brand for shops that tell these with the product and not with the order."""

from decimal import Decimal
from typing import Any

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from connectors.contract.canonical import ObjectKind, Order, OrderLine
from connectors.contract.results import Hint
from integration_hub.catalog.models import CatalogFeed, CatalogReading
from integration_hub.engine.inbox import Arrival
from integration_hub.engine.models import InboxEvent, OutboxItem
from integration_hub.flows import catalog, feeds
from integration_hub.flows.desk import Prepared, desk_for
from integration_hub.flows.doors import keep_and_nudge
from integration_hub.flows.goods import described
from integration_hub.flows.outward import prepare_orders
from integration_hub.flows.poll import PRODUCTS
from integration_hub.flows.reading import LOOK, look_body
from integration_hub.records.models import Record
from mappings.models import ManagerRule

from .world import World, pump

CERAMICS = "16"


def rule(world: World, **fields: Any) -> ManagerRule:
    made: ManagerRule = ManagerRule.objects.create(route=world.route, **fields)
    return made


def read_products(world: World) -> None:
    """The walk that the sweep would start."""
    catalog.send_due()
    for reading in CatalogReading.objects.all():
        catalog.read_catalog(reading.pk)


def keep_product(world: World, id: str, **content: Any) -> None:
    now = timezone.now()
    Record.objects.create(
        connection=world.store, kind=ObjectKind.PRODUCT.value, object_id=id, first_seen_at=now, seen_at=now,
        content={"id": id, "name": "Cup", **content},
    )  # fmt: skip


def line(product: str, **told: Any) -> OrderLine:
    money = {"quantity": Decimal(1), "subtotal": Decimal(5), "total": Decimal(5)}
    return OrderLine.model_validate({"product_id": product, **money, **told})


def order(*lines: OrderLine) -> Order:
    at = timezone.now()
    return Order(id="1", status="new", created_at=at, currency="EUR", lines=lines, total=Decimal(5))


def chosen(world: World) -> dict[str, str]:
    """Who would get each waiting order now, by the order's id."""
    waiting = list(OutboxItem.objects.filter(flow="orders"))
    prepared = [each for each in prepare_orders(waiting, desk_for(waiting)) if isinstance(each, Prepared)]
    return {each.item.object_id: each.draft.manager for each in prepared}


def place(world: World, orders: int) -> dict[str, bool]:
    """New orders wait for the CRM; by id: whether ceramics are among their lines."""
    world.crm.pause("The test looks at what waits.")
    world.shop(orders)
    world.poll("orders")
    pump()
    rows = list(Record.objects.filter(kind=ObjectKind.ORDER.value))
    assert len(rows) == orders
    return {
        row.object_id: any(each["product_id"] in {"20", "21"} for each in row.content["lines"] if "product_id" in each)
        for row in rows
    }


def test_rule_by_category_assigns_by_what_the_products_are(world: World) -> None:
    rule(world, managers=["11"], category_ids=[CERAMICS])
    rule(world, managers=["12"], ordering=20)
    read_products(world)

    placed = place(world, 12)

    assert set(placed.values()) == {True, False}
    assert chosen(world) == {id: "11" if has_ceramics else "12" for id, has_ceramics in placed.items()}


def test_next_rule_decides_while_the_products_are_not_known(world: World) -> None:
    rule(world, managers=["11"], category_ids=[CERAMICS])
    rule(world, managers=["12"], ordering=20)

    placed = place(world, 12)

    assert chosen(world) == dict.fromkeys(placed, "12")


@pytest.mark.parametrize(("rules", "queries"), [({"category_ids": [CERAMICS]}, 1), ({"brands": ["Acme"]}, 1), ({}, 0)])
def test_products_are_asked_for_once_a_batch_and_only_for_a_rule_about_them(
    world: World, rules: dict[str, Any], queries: int
) -> None:
    rule(world, managers=["11"], **rules)
    place(world, 12)

    with CaptureQueriesContext(database) as asked:
        chosen(world)

    assert sum("'product'" in query["sql"] for query in asked.captured_queries) == queries


def test_categories_above_count_and_the_brand_comes_along(world: World) -> None:
    above = [{"id": "7", "parent_id": "5", "name": "Cups"}, {"id": "5", "name": "Kitchen"}]
    keep_product(world, "20", category_ids=["7"], categories=above, brand="Acme")

    found = described(world.route, [order(line("20"), line("21"), line(""))])["1"]

    told = [(each.category_ids, each.brand) for each in found.lines]
    assert told == [(("7", "5"), "Acme"), ((), ""), ((), "")]


def test_what_a_line_tells_by_itself_stays(world: World) -> None:
    keep_product(world, "20", category_ids=["7"], brand="Acme")

    found = described(world.route, [order(line("20", category_ids=("9",)), line("20", brand="Own"))])["1"]

    assert [(each.category_ids, each.brand) for each in found.lines] == [(("9",), "Acme"), (("7",), "Own")]


def test_products_are_read_for_such_a_route_without_a_file_or_anything_sent(world: World) -> None:
    rule(world, managers=["11"], brands=["Acme"])

    read_products(world)
    feeds.send_due()
    cursor = world.poll(PRODUCTS)

    assert Record.objects.filter(kind=ObjectKind.PRODUCT.value).count() > 0
    assert (cursor.error, cursor.succeeded_at is not None) == ("", True)
    assert not CatalogFeed.objects.exists()
    assert not OutboxItem.objects.exists()


@pytest.mark.parametrize(("conditions", "mode"), [({"regions": ["DE"]}, "live"), ({"brands": ["Acme"]}, "off")])
def test_other_rules_and_routes_that_are_off_have_no_products_read(
    world: World, conditions: dict[str, Any], mode: str
) -> None:
    rule(world, managers=["11"], **conditions)
    world.set_route(mode=mode)

    read_products(world)

    assert not CatalogReading.objects.exists()


def test_event_of_a_product_is_followed_for_such_a_route(world: World) -> None:
    rule(world, managers=["11"], category_ids=[CERAMICS])

    body = look_body(Hint(ObjectKind.PRODUCT, "30"))
    keep_and_nudge(world.store.pk, [Arrival(world.store.pk, LOOK, "test:30", body)])
    pump()

    assert InboxEvent.objects.get().state == "done"
    assert Record.objects.filter(kind=ObjectKind.PRODUCT.value, object_id="30").exists()
