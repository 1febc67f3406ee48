"""Statuses on their way back from the CRM into the shop, echoes, and who wins."""

import pytest
import time_machine

from integration_hub.connections.models import Route
from integration_hub.engine.models import InboxEvent, Link, OutboxItem
from integration_hub.records.models import Record
from mappings.models import CodeRule

from .world import Mailbox, World, attempts, call, events, items, pump


@pytest.fixture
def order(world: World) -> str:
    """One order that both sides have, in status processing / assembling."""
    [placed] = world.shop(1)
    world.sync()
    assert world.crm_orders()[str(placed["id"])]["status"] == "assembling"
    return str(placed["id"])


@pytest.fixture
def no_rule(world: World) -> None:
    """Nobody has mapped the CRM's status "no-product"."""
    CodeRule.objects.filter(crm_code="no-product").delete()


def both(world: World, order: str) -> tuple[str, str]:
    """The order's status in the shop and in the CRM."""
    return world.store_orders()[order]["status"], world.crm_orders()[order]["status"]


def test_status_comes_back_by_poll(world: World, order: str) -> None:
    world.set_crm_status(order, "complete")

    world.sync()

    assert both(world, order) == ("completed", "complete")
    assert attempts(flow="statuses") == {("statuses", "written"): 1}


def test_status_comes_back_by_trigger(world: World, order: str, mailbox: Mailbox) -> None:
    world.connect_doors()
    world.wait_for_senders()
    mailbox.take()
    world.set_crm_status(order, "complete")
    world.wait_for_senders()

    answers = mailbox.deliver()
    pump()

    assert answers == [200]
    assert both(world, order) == ("completed", "complete")


def test_trigger_and_poll_of_the_same_change_are_one_write(world: World, order: str, mailbox: Mailbox) -> None:
    world.connect_doors()
    world.wait_for_senders()
    mailbox.take()
    world.set_crm_status(order, "complete")
    world.wait_for_senders()

    mailbox.deliver()
    pump()
    world.sync()
    world.sync()

    assert len(world.status_writes()) == 1
    assert attempts(flow="statuses") == {("statuses", "written"): 1}


def test_our_write_into_the_shop_does_not_come_back_to_the_crm(world: World, order: str, mailbox: Mailbox) -> None:
    world.connect_doors()
    world.set_crm_status(order, "complete")
    world.wait_for_senders()
    mailbox.deliver()
    pump()
    before = world.writes(world.crm_box)
    statuses = both(world, order)
    world.wait_for_senders()

    mailbox.deliver()
    pump()
    world.sync()

    assert len(world.status_writes()) == 1
    assert both(world, order) == statuses
    crm_statuses = {row["status"] for row in call(f"{world.crm_box.url}/__sandbox__/writes") if row.get("status")}
    assert world.writes(world.crm_box) == before or crm_statuses == {"assembling", "complete"}


def test_our_write_into_the_crm_does_not_come_back_to_the_shop(world: World, order: str, mailbox: Mailbox) -> None:
    world.connect_doors()
    world.change(statuses=1, to="cancelled")
    world.wait_for_senders()
    mailbox.deliver()
    pump()
    world.wait_for_senders()

    mailbox.deliver()
    pump()
    world.sync()

    assert both(world, order) == ("cancelled", "cancel-other")
    assert world.status_writes() == []
    assert attempts(flow="statuses") == {}


def test_status_of_an_order_that_is_being_written_is_judged_when_the_writing_is_recorded(
    world: World, order: str, mailbox: Mailbox, clock: time_machine.Traveller
) -> None:
    world.connect_doors()
    world.wait_for_senders()
    mailbox.take()
    OutboxItem.objects.filter(flow="orders").update(state=OutboxItem.State.IN_FLIGHT)
    world.set_crm_status(order, "complete")
    world.wait_for_senders()

    mailbox.deliver()
    pump()

    assert events(topic="order.status") == {"new": 1}
    assert world.status_writes() == []

    OutboxItem.objects.filter(flow="orders").update(state=OutboxItem.State.DONE)
    clock.shift(2)
    pump()

    assert both(world, order) == ("completed", "complete")


def test_there_and_back_and_there_again_is_delivered_each_time(world: World, order: str) -> None:
    for crm_status in ("complete", "assembling", "complete"):
        world.set_crm_status(order, crm_status)
        world.sync()

    assert [write["to"] for write in world.status_writes()] == ["completed", "processing", "completed"]


def test_status_that_a_manager_took_back_before_it_was_read_changes_nothing(world: World, order: str) -> None:
    world.set_crm_status(order, "complete")
    world.set_crm_status(order, "assembling")

    world.sync()

    assert world.status_writes() == []
    assert events(connection=world.crm) == {"echo": 1}


def test_unmapped_crm_status_parks_and_saving_the_rule_releases_it(world: World, order: str, no_rule: None) -> None:
    world.set_crm_status(order, "no-product")
    world.sync()
    parked = OutboxItem.objects.get(flow="statuses")
    assert (parked.state, parked.blocked_on) == ("parked", "to_store:status:no-product")
    assert world.status_writes() == []

    world.map("status", "cancelled", "no-product", direction="to_store", is_way_back=True)
    pump()

    assert world.store_orders()[order]["status"] == "cancelled"


def test_status_ignored_on_purpose_is_skipped_with_the_reason(world: World, order: str, no_rule: None) -> None:
    world.map("status", "", "no-product", direction="to_store", action="ignore")
    world.set_crm_status(order, "no-product")

    world.sync()

    item = OutboxItem.objects.get(flow="statuses")
    assert (item.state, item.reason) == ("skipped", "This CRM status is ignored on purpose.")
    assert world.status_writes() == []


def test_status_that_the_shop_does_not_have_is_refused_in_words(world: World, order: str, no_rule: None) -> None:
    world.map("status", "no-such-status", "no-product", direction="to_store", is_way_back=True)
    world.set_crm_status(order, "no-product")

    world.sync()

    item = OutboxItem.objects.get(flow="statuses")
    assert item.state == "dead"
    assert "Order 1001" in item.reason
    assert "status is not one of" in item.reason
    assert world.store_orders()[order]["status"] == "processing"


def test_order_made_in_the_crm_is_ignored_with_the_reason(world: World) -> None:
    fields = {"site": "main", "fields": {"firstName": "Erika"}}
    made = call(f"{world.crm_box.url}/__sandbox__/create_order", fields)
    from connectors.contract.canonical import ObjectKind
    from connectors.contract.results import Hint
    from integration_hub.engine import inbox
    from integration_hub.flows.reading import LOOK, look_body

    inbox.keep([inbox.Arrival(world.crm.pk, LOOK, "x", look_body(Hint(ObjectKind.ORDER, str(made["id"]))))])
    pump()

    event = InboxEvent.objects.get()
    assert (event.state, event.reason) == ("ignored", "This order was made in the CRM and is in no connected store.")
    assert items() == {}


def test_order_that_bears_our_id_but_lost_its_link_is_linked_again(world: World, order: str) -> None:
    Link.objects.all().delete()
    world.set_crm_status(order, "complete")

    world.sync()

    assert both(world, order) == ("completed", "complete")
    assert Link.objects.filter(kind="order").count() == 2


def test_status_of_an_order_that_is_not_linked_yet_waits_and_is_given_up_visibly(
    world: World, order: str, clock: time_machine.Traveller
) -> None:
    Link.objects.all().delete()
    Record.objects.all().delete()
    world.set_crm_status(order, "complete")
    world.poll("changes")
    states = []

    for _ in range(8):
        pump()
        states.append(InboxEvent.objects.get(connection=world.crm).state)
        clock.shift(700)

    assert states == ["new"] * 7 + ["ignored"]
    assert "not linked yet" in InboxEvent.objects.get(connection=world.crm).reason


@pytest.mark.parametrize("flow", [Route.StatusFlow.TO_CRM, Route.StatusFlow.OFF])
def test_route_that_sends_no_statuses_back_notes_them_only(world: World, order: str, flow: str) -> None:
    world.set_route(status_flow=flow)
    world.set_crm_status(order, "complete")

    world.sync()

    event = InboxEvent.objects.get(connection=world.crm)
    assert (event.state, "does not send statuses back" in event.reason) == ("ignored", True)
    assert world.status_writes() == []


@pytest.mark.parametrize("flow", [Route.StatusFlow.TO_STORE, Route.StatusFlow.OFF])
def test_route_that_sends_no_statuses_out_leaves_the_crms_alone(world: World, order: str, flow: str) -> None:
    world.set_route(status_flow=flow)
    world.change(statuses=1, to="cancelled")

    world.sync()

    assert both(world, order) == ("cancelled", "assembling")


# --- conflicts --------------------------------------------------------------------------------------------------------


def both_change(world: World, order: str) -> None:
    world.set_crm_status(order, "complete")
    world.change(statuses=1, to="cancelled", ids=[int(order)])


def settle_down(world: World, clock: time_machine.Traveller) -> None:
    for _ in range(4):
        world.sync()
        clock.shift(40)


@pytest.mark.parametrize("first", ["orders", "changes"])
def test_crm_that_owns_statuses_wins_whoever_is_read_first(
    world: World, order: str, first: str, clock: time_machine.Traveller
) -> None:
    both_change(world, order)

    world.poll(first)
    pump()
    settle_down(world, clock)

    assert both(world, order) == ("completed", "complete")
    assert not items(state__in=["dead", "parked"])


@pytest.mark.parametrize("first", ["orders", "changes"])
def test_store_that_owns_statuses_wins_whoever_is_read_first(
    world: World, order: str, first: str, clock: time_machine.Traveller
) -> None:
    world.set_route(status_owner=Route.Side.STORE)
    both_change(world, order)

    world.poll(first)
    pump()
    settle_down(world, clock)

    assert both(world, order) == ("cancelled", "cancel-other")
    assert not items(state__in=["dead", "parked"])


def test_without_a_conflict_the_store_may_change_what_the_crm_owns(world: World, order: str) -> None:
    world.change(statuses=1, to="cancelled")

    world.sync()

    assert both(world, order) == ("cancelled", "cancel-other")


def test_crm_may_change_what_the_store_owns_without_a_conflict(world: World, order: str) -> None:
    world.set_route(status_owner=Route.Side.STORE)
    world.set_crm_status(order, "complete")

    world.sync()

    assert both(world, order) == ("completed", "complete")


def test_content_goes_on_while_the_owner_is_asked(world: World, order: str) -> None:
    """The store changed its status and the delivery address; the CRM's status stays, the address arrives."""
    both_change(world, order)
    world.change(touch=1)

    world.poll("orders")
    pump()

    assert world.crm_orders()[order]["status"] == "complete"
    assert attempts(flow="orders") == {("orders", "written"): 2}


def test_owner_that_cannot_be_asked_is_not_overruled(world: World, order: str) -> None:
    both_change(world, order)
    world.poll("orders")
    world.faults(world.crm_box, error_rate=1, error_status=500, only="orders/statuses|/orders$")

    pump()

    assert world.crm_orders()[order]["status"] == "complete"
    assert OutboxItem.objects.get(flow="orders", state="waiting").tries == 1
