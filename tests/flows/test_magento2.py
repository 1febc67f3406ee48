"""A Magento shop and a portal of Bitrix24, with the hub between them: the two systems that have neither an upsert nor a
call that sets a status."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from importlib import import_module
from typing import Any

import pytest
from django.utils import timezone

from integration_hub.catalog.models import CatalogReading
from integration_hub.connections.models import Connection, Route
from integration_hub.flows import actions, catalog
from mappings.models import CodeRule, ManagerRule
from mappings.rules import unmapped_codes

from .world import World, attempts, call, items, stand_in

STAGES = (
    ("pending", "C9:NEW"),
    ("processing", "C9:PREPARATION"),
    ("packed", "C9:EXECUTING"),
    ("complete", "*S"),
    ("canceled", "*F"),
)
MUGS = "6"
"""The category in which the stand-in's products are."""


@pytest.fixture(scope="session")
def running_portal() -> Iterator[Any]:
    with stand_in("bitrix24") as box:
        yield box


@pytest.fixture(scope="session")
def running_magento() -> Iterator[Any]:
    with stand_in("magento2") as box:
        yield box


@pytest.fixture
def pair(running_portal: Any, running_magento: Any, quick: None, db: None) -> World:
    running_portal.reset()
    running_magento.reset()
    shop = import_module("connectors.magento2.sandbox").settings_for(running_magento.url)
    secrets = ("consumer_key", "consumer_secret", "access_token", "access_token_secret", "signing_secret")
    store = Connection.objects.create(
        kind="magento2",
        role="store",
        name="Magento",
        settings={"shop": shop["shop"], "timeout_seconds": 5},
        secrets={key: shop[key] for key in secrets},
    )
    portal = import_module("connectors.bitrix24.sandbox").settings_for(running_portal.url)
    crm = Connection.objects.create(
        kind="bitrix24",
        role="crm",
        name="Portal",
        settings={"address": running_portal.url, "pipeline": "9", "timeout_seconds": 5},
        secrets={"webhook": portal["webhook"]},
    )
    route = Route.objects.create(
        name="Magento → Portal",
        store=store,
        crm=crm,
        mode=Route.Mode.LIVE,
        start_at=timezone.now() - timedelta(days=30),
    )
    CodeRule.objects.bulk_create(
        CodeRule(route=route, kind="status", store_code=code, crm_code=stage) for code, stage in STAGES
    )
    actions.prepare_connection(store)
    actions.prepare_connection(crm)
    return World(running_magento, running_portal, store, crm, route)


def store_order(pair: World, id: str) -> dict[str, Any]:
    rows = call(f"{pair.store_box.url}/__sandbox__/orders")
    return next(row for row in rows if str(row["entity_id"]) == id)


@pytest.fixture
def order(pair: World) -> str:
    """One order that both sides have, paid by nobody yet."""
    [placed] = pair.shop(1)
    pair.change(ids=[placed["id"]], state="new", status="pending", total_paid=0)
    pair.sync()
    id = str(placed["id"])
    assert pair.crm_orders()[id]["status"] == "C9:NEW"
    return id


def test_orders_of_every_kind_become_one_deal_each_with_the_shops_amount(pair: World) -> None:
    placed = pair.shop(21)

    for _ in range(2):
        pair.sync()

    deals = pair.crm_orders()
    assert sorted(deals) == sorted(str(row["id"]) for row in placed)
    assert items() == {("orders", "done"): 21}
    assert unmapped_codes() == []
    amounts = {id: Decimal(str(deal["opportunity"])) for id, deal in deals.items()}
    assert amounts == {id: Decimal(str(store_order(pair, id)["grand_total"])) for id in deals}


def test_manager_is_chosen_by_the_category_of_the_goods(pair: World) -> None:
    ManagerRule.objects.create(route=pair.route, managers=["11"], category_ids=[MUGS])
    ManagerRule.objects.create(route=pair.route, managers=["12"], ordering=20)
    catalog.send_due()
    for reading in CatalogReading.objects.all():
        catalog.read_catalog(reading.pk)
    pair.shop(3)

    pair.sync()

    assert [deal["assignedById"] for deal in pair.crm_orders().values()] == [11, 11, 11]


def test_won_deal_completes_the_order_by_invoice_and_shipment_once(pair: World, order: str) -> None:
    pair.set_crm_status(order, "C9:WON")

    for _ in range(3):
        pair.sync()

    assert (store_order(pair, order)["status"], store_order(pair, order)["state"]) == ("complete", "complete")
    assert {name: count for name, count in pair.writes(pair.store_box).items() if name in {"invoice", "ship"}} == {
        "invoice": 1, "ship": 1,
    }  # fmt: skip
    assert attempts(flow="statuses") == {("statuses", "written"): 1}
    assert pair.crm_orders()[order]["status"] == "C9:WON"


def test_lost_deal_cancels_the_order(pair: World, order: str) -> None:
    pair.set_crm_status(order, "C9:APOLOGY")

    for _ in range(3):
        pair.sync()

    assert store_order(pair, order)["status"] == "canceled"
    assert pair.crm_orders()[order]["status"] == "C9:APOLOGY"


def test_lost_deal_of_an_invoiced_order_is_refused_with_the_reason(pair: World, order: str) -> None:
    pair.set_crm_status(order, "C9:PREPARATION")
    pair.sync()
    assert store_order(pair, order)["status"] == "processing"

    pair.set_crm_status(order, "C9:LOSE")
    pair.sync()

    assert store_order(pair, order)["status"] == "processing"
    assert attempts(flow="statuses")["statuses", "written"] == 1
    assert items(flow="statuses")["statuses", "dead"] == 1


def test_store_status_moves_the_deal_and_its_echo_is_no_news(pair: World, order: str) -> None:
    pair.change(ids=[int(order)], statuses=1, to="canceled")

    for _ in range(3):
        pair.sync()

    assert pair.crm_orders()[order]["status"] == "C9:LOSE"
    assert attempts(flow="statuses") == {}
