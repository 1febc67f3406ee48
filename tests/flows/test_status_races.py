"""What happens on one side while the hub is in the middle of the other: the moments that only a busy hub shows."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from integration_hub.connections.models import Route
from integration_hub.engine import lanes, links
from integration_hub.engine.models import Lane, OutboxItem
from integration_hub.flows import absorb_statuses, deliver, tasks

from .world import World, attempts, pump


@pytest.fixture
def order(world: World) -> str:
    """One order that both sides have, in status processing / assembling."""
    [placed] = world.shop(1)
    world.sync()
    assert world.crm_orders()[str(placed["id"])]["status"] == "assembling"
    return str(placed["id"])


def work(flow: str) -> None:
    """What another worker does with the lane of that flow."""
    Lane.objects.update(is_nudged=False)
    tasks.work(Lane.objects.get(flow=flow, is_backfill=False).pk)


def take_in(world: World, side: Any) -> None:
    """Read what a side has told, and deliver nothing yet."""
    Lane.objects.update(is_nudged=False)
    tasks._work_once(lanes.inbound_lane(side.pk).pk)


def once(monkeypatch: pytest.MonkeyPatch, owner: Any, name: str, meanwhile: Callable[[], None]) -> None:
    """Do that before the first call of the function."""
    real = getattr(owner, name)

    def with_interruption(*args: Any, **kwargs: Any) -> Any:
        monkeypatch.setattr(owner, name, real)
        meanwhile()
        return real(*args, **kwargs)

    monkeypatch.setattr(owner, name, with_interruption)


def both(world: World, order: str) -> tuple[str, str]:
    return world.store_orders()[order]["status"], world.crm_orders()[order]["status"]


def crm_status_waits(world: World, order: str) -> None:
    """A manager's status has been taken in and is not in the shop yet."""
    world.set_crm_status(order, "send-to-delivery")
    world.poll("changes")
    take_in(world, world.crm)
    assert OutboxItem.objects.filter(flow="statuses", state="waiting").count() == 1


def content_waits(world: World, order: str) -> None:
    """The order was edited in the shop, and is to be sent again."""
    world.change(touch=1, ids=[int(order)])
    world.poll("orders")
    assert OutboxItem.objects.filter(flow="orders", state="waiting").count() == 1


@pytest.mark.parametrize("owner", [Route.Side.CRM, Route.Side.STORE])
def test_status_that_is_recorded_while_the_order_is_translated_does_not_go_back(
    world: World, order: str, owner: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.set_route(status_owner=owner)
    content_waits(world, order)
    crm_status_waits(world, order)
    once(monkeypatch, links, "sides", lambda: work("statuses"))

    work("orders")
    pump()
    world.sync()

    assert both(world, order) == ("en-camino", "send-to-delivery")
    assert attempts() == {("orders", "written"): 2, ("statuses", "written"): 1}


@pytest.mark.parametrize("owner", [Route.Side.CRM, Route.Side.STORE])
def test_status_that_the_shop_tells_before_its_writing_is_recorded_does_not_go_back(
    world: World, order: str, owner: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.set_route(status_owner=owner)
    crm_status_waits(world, order)

    def shop_is_quicker() -> None:
        world.poll("orders")
        work("orders")

    once(monkeypatch, deliver, "remember_written", shop_is_quicker)

    pump()
    world.sync()

    assert both(world, order) == ("en-camino", "send-to-delivery")
    assert attempts() == {("orders", "written"): 1, ("statuses", "written"): 1}


def test_shops_own_change_is_sent_while_another_status_is_being_set_where_the_store_owns_it(
    world: World, order: str
) -> None:
    world.set_route(status_owner=Route.Side.STORE)
    crm_status_waits(world, order)
    OutboxItem.objects.filter(flow="statuses").update(
        state=OutboxItem.State.IN_FLIGHT, lease_until=timezone.now() + timedelta(seconds=90)
    )
    world.change(statuses=1, to="cancelled", ids=[int(order)])
    world.poll("orders")

    work("orders")

    assert both(world, order) == ("cancelled", "cancel-other")


def test_owners_change_that_is_heard_of_after_the_translation_is_not_overwritten(
    world: World, order: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.change(statuses=1, to="completed", ids=[int(order)])
    world.poll("orders")
    # The order was not being sent yet when its status was looked at, and is by the time that this is stored.
    monkeypatch.setattr(absorb_statuses, "_being_written", lambda *_args: frozenset())
    once(monkeypatch, deliver, "yield_to_owner", lambda: crm_status_waits(world, order))

    work("orders")

    assert both(world, order) == ("completed", "send-to-delivery")

    pump()
    world.sync()

    assert both(world, order) == ("en-camino", "send-to-delivery")
