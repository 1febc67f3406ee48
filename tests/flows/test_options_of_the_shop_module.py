"""What shops set in their module for this CRM before, and where the hub keeps it: statuses that are not sent, order
numbers, ways of a status, and the log of calls."""

import pytest

from integration_hub.engine.models import Exchange
from mappings.models import CodeRule

from .world import Mailbox, World, attempts, call, pump


@pytest.fixture
def order(world: World) -> str:
    """One order that both sides have, in status processing / assembling."""
    [placed] = world.shop(1)
    world.sync()
    return str(placed["id"])


def ignore_outward(world: World, status: str) -> None:
    CodeRule.objects.filter(route=world.route, kind="status", store_code=status).delete()
    CodeRule.objects.create(
        route=world.route, kind="status", store_code=status, action="ignore", direction="to_crm", crm_code=""
    )


def test_status_that_is_not_on_the_list_is_not_sent_to_the_crm(world: World, order: str) -> None:
    ignore_outward(world, "completed")

    world.change(statuses=1, to="completed")
    world.sync()

    assert world.store_orders()[order]["status"] == "completed"
    assert world.crm_orders()[order]["status"] == "assembling"
    assert attempts(flow="orders", outcome="refused") == {}


def test_status_that_is_on_the_list_goes_on_being_sent(world: World, order: str) -> None:
    ignore_outward(world, "completed")

    world.change(statuses=1, to="cancelled")
    world.sync()

    assert world.crm_orders()[order]["status"] == "cancel-other"


def test_crm_status_that_is_not_on_the_list_is_not_set_in_the_shop(world: World, order: str) -> None:
    CodeRule.objects.filter(route=world.route, kind="status", crm_code="delivering").delete()
    CodeRule.objects.create(
        route=world.route, kind="status", crm_code="delivering", action="ignore", direction="to_store", store_code=""
    )

    world.set_crm_status(order, "delivering")
    world.sync()

    assert world.store_orders()[order]["status"] == "processing"
    assert attempts(flow="statuses") == {("statuses", "skipped"): 1}


@pytest.mark.parametrize("transfer", [True, False])
def test_order_number_in_the_crm_is_the_shops_or_the_crms_own(world: World, transfer: bool) -> None:
    world.crm.settings["transfer_number"] = transfer
    world.crm.save()

    [placed] = world.shop(1)
    world.sync()

    number = world.crm_orders()[str(placed["id"])]["number"]
    assert (number == str(placed["number"])) is transfer


def test_status_goes_from_the_shop_to_the_crm_by_webhook(world: World, order: str, mailbox: Mailbox) -> None:
    world.connect_doors()
    world.wait_for_senders()
    mailbox.take()

    world.change(statuses=1, to="cancelled")
    world.wait_for_senders()
    mailbox.deliver()
    pump()

    assert world.crm_orders()[order]["status"] == "cancel-other"


@pytest.mark.parametrize("way", ["trigger", "history"])
def test_status_comes_from_the_crm_to_the_shop_by_trigger_or_by_history(
    world: World, order: str, mailbox: Mailbox, way: str
) -> None:
    if way == "trigger":
        world.connect_doors()
        world.wait_for_senders()
        mailbox.take()

    world.set_crm_status(order, "complete")
    world.wait_for_senders()
    if way == "trigger":
        mailbox.deliver()
        pump()
    else:
        world.sync()

    assert world.store_orders()[order]["status"] == "completed"
    assert attempts(flow="statuses") == {("statuses", "written"): 1}


def test_log_of_calls_shows_each_request_without_its_key_and_without_the_buyer(world: World, order: str) -> None:
    rows = Exchange.objects.filter(connection=world.crm)
    person = next(row for row in world.crm_customers())
    log = "\n".join(f"{row.url} {row.request_body} {row.response_body}" for row in rows)

    assert "orders/create" in log
    assert "sandbox-key" not in log
    assert person["email"] not in log
    assert person["lastName"] not in log


def test_old_trigger_of_the_shop_module_is_understood(world: World, order: str, mailbox: Mailbox) -> None:
    """The three rows of the module's guide: ``retailCRM_action``, ``status`` and ``order_id`` with the shop's id."""
    world.connect_doors()
    world.wait_for_senders()
    mailbox.take()
    world.set_crm_status(order, "complete")
    world.wait_for_senders()

    [told] = [each for each in mailbox.take() if b"retailCRM_action=change_status" in each.body]

    assert f"order_id={order}".encode() in told.body
    assert mailbox.deliver([told]) == [200]
    pump()
    assert world.store_orders()[order]["status"] == "completed"
    assert call(f"{world.crm_box.url}/__sandbox__/state")["created_twice"] == 0
