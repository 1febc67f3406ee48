"""One store that feeds two CRMs."""

import pytest

from .world import World, attempts, second_crm


@pytest.fixture
def order(world: World) -> str:
    """One order that the store and the first CRM have, in status processing / assembling."""
    [placed] = world.shop(1)
    world.sync()
    return str(placed["id"])


def both(world: World, order: str) -> tuple[str, str]:
    """The order's status in the shop and in the CRM."""
    return world.store_orders()[order]["status"], world.crm_orders()[order]["status"]


def test_two_crms_both_learn_a_status(world: World, order: str) -> None:
    """What the first was told says nothing about the second."""
    with second_crm(world) as second:
        world.change(touch=1)
        world.sync()
        assert set(second.crm_orders()) == {order}
        world.change(statuses=1, to="cancelled")

        world.sync()

        assert both(world, order) == ("cancelled", "cancel-other")
        assert second.crm_orders()[order]["status"] == "cancel-other"


def test_status_that_one_crm_set_reaches_the_other_crm_of_the_store(world: World, order: str) -> None:
    with second_crm(world) as second:
        world.change(touch=1)
        world.sync()
        assert second.crm_orders()[order]["status"] == "assembling"
        world.set_crm_status(order, "complete")
        world.sync()
        assert world.store_orders()[order]["status"] == "completed"

        # The shop tells of the hub's own write.
        world.sync()

        assert second.crm_orders()[order]["status"] == "complete"
        assert both(world, order) == ("completed", "complete")
        assert len(world.status_writes()) == 1
        world.sync()
        assert attempts(flow="statuses") == {("statuses", "written"): 1}


def test_status_that_one_crm_set_brings_the_order_to_the_crm_that_waits_for_that_status(
    world: World, order: str
) -> None:
    with second_crm(world) as second:
        second.set_route(order_statuses=["completed"])
        world.change(touch=1)
        world.sync()
        assert second.crm_orders() == {}
        world.set_crm_status(order, "complete")
        world.sync()

        # The shop tells of the hub's own write.
        world.sync()

        assert second.crm_orders()[order]["status"] == "complete"
        assert both(world, order) == ("completed", "complete")


def test_second_crm_is_not_flooded_with_orders_that_the_first_has(world: World, order: str) -> None:
    with second_crm(world, starts_now=True) as second:
        world.change(touch=1)

        world.sync()

        assert second.crm_orders() == {}
