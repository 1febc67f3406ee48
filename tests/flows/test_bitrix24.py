"""A shop and a portal that speaks only in batches, with the hub between them: there, back, and never twice."""

from collections.abc import Iterator
from datetime import timedelta
from importlib import import_module
from typing import Any

import pytest
from django.utils import timezone

from integration_hub.connections.models import Connection, Route
from integration_hub.engine.models import Cursor, OutboxItem
from integration_hub.flows import actions, poll
from integration_hub.flows.backfill import start
from mappings.models import CodeRule, ManagerRule
from mappings.rules import note_seen, unmapped_codes

from .world import HOOK_SECRET, Mailbox, World, attempts, call, items, pump, run_backfill, stand_in

STAGES = (
    ("pending", "C9:NEW"),
    ("on-hold", "C9:PREPARATION"),
    ("processing", "C9:EXECUTING"),
    ("completed", "*S"),
    ("cancelled", "*F"),
)


@pytest.fixture(scope="session")
def running_portal() -> Iterator[Any]:
    with stand_in("bitrix24") as box:
        yield box


@pytest.fixture
def portal(running_portal: Any, running_shop: Any, quick: None, db: None) -> World:
    """A shop, a portal, and a live route with a rule for each status and families for the ends."""
    running_portal.reset()
    running_shop.reset()
    shop = import_module("connectors.woocommerce.sandbox")
    store = Connection.objects.create(
        kind="woocommerce",
        role="store",
        name="Shop",
        settings={"site": running_shop.url, "timeout_seconds": 2},
        secrets={"consumer_key": shop.KEY, "consumer_secret": shop.SECRET, "webhook_secret": HOOK_SECRET},
    )
    fitting = import_module("connectors.bitrix24.sandbox").settings_for(running_portal.url)
    crm = Connection.objects.create(
        kind="bitrix24",
        role="crm",
        name="Portal",
        settings={"address": running_portal.url, "pipeline": "9", "timeout_seconds": 2},
        secrets={"webhook": fitting["webhook"]},
    )
    route = Route.objects.create(
        name="Shop → Portal", store=store, crm=crm, mode=Route.Mode.LIVE, start_at=timezone.now() - timedelta(days=30)
    )
    CodeRule.objects.bulk_create(
        CodeRule(route=route, kind="status", store_code=code, crm_code=stage) for code, stage in STAGES
    )
    actions.prepare_connection(store)
    actions.prepare_connection(crm)
    return World(running_shop, running_portal, store, crm, route)


def deals(world: World) -> dict[str, dict[str, Any]]:
    return world.crm_orders()


@pytest.fixture
def order(portal: World) -> str:
    """One order that both sides have."""
    [placed] = portal.shop(1)
    portal.sync()
    assert deals(portal)[str(placed["id"])]["status"] == "C9:EXECUTING"
    return str(placed["id"])


def stage_history(world: World) -> list[str]:
    return [row["STAGE_ID"] for row in call(f"{world.crm_box.url}/__sandbox__/history")]


def test_orders_become_deals_without_rules_for_delivery_and_payment(portal: World) -> None:
    placed = portal.shop(5)

    portal.sync()

    assert sorted(deals(portal)) == sorted(str(row["id"]) for row in placed)
    assert items() == {("orders", "done"): 5}
    assert unmapped_codes() == []
    shop = portal.store_orders()
    assert {id: f"{deal['opportunity']:.2f}" for id, deal in deals(portal).items()} == {
        id: row["total"] for id, row in shop.items()
    }


def test_stage_comes_back_by_its_family_and_does_not_go_round_again(portal: World, order: str) -> None:
    portal.set_crm_status(order, "C9:WON")

    for _ in range(3):
        portal.sync()

    assert portal.store_orders()[order]["status"] == "completed"
    assert len(portal.status_writes()) == 1
    assert attempts(flow="statuses") == {("statuses", "written"): 1}
    assert stage_history(portal) == ["C9:EXECUTING", "C9:WON"]
    assert unmapped_codes() == []


def test_store_status_moves_the_deal_and_its_echo_is_no_news(portal: World, order: str) -> None:
    portal.change(statuses=1, to="cancelled")

    for _ in range(3):
        portal.sync()

    assert deals(portal)[order]["status"] == "C9:LOSE"
    assert portal.status_writes() == []
    assert attempts(flow="statuses") == {}
    assert stage_history(portal) == ["C9:EXECUTING", "C9:LOSE"]


def test_other_lost_stage_stays_the_managers_choice(portal: World, order: str) -> None:
    portal.set_crm_status(order, "C9:APOLOGY")

    for _ in range(3):
        portal.sync()

    assert portal.store_orders()[order]["status"] == "cancelled"
    assert deals(portal)[order]["status"] == "C9:APOLOGY"


def test_move_to_another_pipeline_is_seen_by_the_poll(portal: World, order: str) -> None:
    portal.set_crm_status(order, "WON")

    portal.sync()

    assert portal.store_orders()[order]["status"] == "completed"


def test_exact_rule_comes_before_the_family_and_a_stage_without_either_parks(portal: World, order: str) -> None:
    portal.map("status", "failed", "C9:APOLOGY", direction="to_store")

    portal.set_crm_status(order, "C9:FINAL_INVOICE")
    portal.sync()
    assert items(flow="statuses") == {("statuses", "parked"): 1}
    assert OutboxItem.objects.get(flow="statuses").blocked_on == "to_store:status:C9:FINAL_INVOICE\t*P"

    portal.set_crm_status(order, "C9:APOLOGY")
    portal.sync()
    assert portal.store_orders()[order]["status"] == "failed"


def test_rule_for_a_family_releases_what_waits(portal: World, order: str) -> None:
    portal.set_crm_status(order, "C9:FINAL_INVOICE")
    portal.sync()
    assert [code.code for code in unmapped_codes()] == ["C9:FINAL_INVOICE"]

    portal.map("status", "on-hold", "*P", direction="to_store")
    pump()

    assert portal.store_orders()[order]["status"] == "on-hold"


def test_event_of_the_portal_brings_the_status_within_one_call(
    portal: World, order: str, settings: Any, client: Any
) -> None:
    with Mailbox(client) as mailbox:
        settings.HUB_BASE_URL = mailbox.url
        listen = {"address": actions.hook_address(portal.crm)}
        call(f"{portal.crm_box.url}/__sandbox__/events", listen)
        portal.set_crm_status(order, "C9:WON")
        assert portal.crm_box.wait_until_quiet(20)

        answers = mailbox.deliver()
        pump()

    assert answers == [200]
    assert portal.store_orders()[order]["status"] == "completed"


def test_answer_that_is_lost_makes_no_second_deal(portal: World) -> None:
    portal.faults(portal.crm_box, drop_after_rate=1, only="batch", seed=3)
    [placed] = portal.shop(1)
    portal.sync()
    portal.faults(portal.crm_box)
    OutboxItem.objects.update(due_at=timezone.now())
    Connection.objects.update(breaker_failures=0, breaker_open_until=None)

    pump()

    assert list(deals(portal)) == [str(placed["id"])]
    assert items(flow="orders") == {("orders", "done"): 1}


def test_manager_rule_assigns_new_deals_in_turn(portal: World) -> None:
    ManagerRule.objects.create(route=portal.route, managers=["11", "12"])
    portal.shop(4)

    portal.sync()

    assert sorted(deal["assignedById"] for deal in deals(portal).values()) == [11, 11, 12, 12]


def test_manager_who_was_dismissed_is_told_beside_the_order(portal: World) -> None:
    ManagerRule.objects.create(route=portal.route, managers=["13"])
    call(f"{portal.crm_box.url}/__sandbox__/dismiss", {"user": "13"})
    portal.shop(1)

    portal.sync()

    [attempt] = OutboxItem.objects.get(flow="orders").attempts.all()
    assert "User 13 of the manager rule does not work in Bitrix24 any more" in attempt.message


def test_backfill_imports_old_orders_with_their_dates(portal: World) -> None:
    portal.set_route(start_at=timezone.now())
    placed = portal.shop(12, days=40)

    run_backfill(start(portal.route, "orders"))

    state = call(f"{portal.crm_box.url}/__sandbox__/state")
    assert sorted(deals(portal)) == sorted(str(row["id"]) for row in placed)
    assert state["methods"]["crm.item.batchImport"] == 1
    assert state["methods"]["crm.item.add"] == state["customers"], "only contacts are made one by one"


def test_verification_and_books_are_stored(portal: World) -> None:
    report = actions.verify(portal.crm)
    count = actions.pull_codes(portal.crm)

    assert report.passed, report.checks
    assert count > 20
    note_seen(portal.route.pk, "crm", [("status", "C9:NEW", "")])
    cursor = Cursor.objects.get(connection=portal.crm, purpose="changes")
    poll.poll(cursor.pk)
    cursor.refresh_from_db()
    assert cursor.error == ""
