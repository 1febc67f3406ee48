"""What was found of customers before an order could not be written is known at its next try."""

from typing import Any

import time_machine

from connectors.contract.canonical import ObjectKind
from integration_hub.engine.models import Link

from .test_faults import settle_down
from .world import World, call, items, pump


def searches(world: World) -> int:
    """How often the CRM was asked for customers."""
    calls: dict[str, Any] = call(f"{world.crm_box.url}/__sandbox__/state")["calls"]
    return sum(count for name, count in calls.items() if name.startswith("GET") and name.endswith("customers"))


def test_customers_are_not_looked_for_again_after_a_limit(world: World, clock: time_machine.Traveller) -> None:
    world.shop(21)
    world.poll("orders")
    world.faults(world.crm_box, too_many_rate=1, retry_after_seconds=5, only="orders/")
    pump()
    asked, waiting = searches(world), items(flow="orders")
    linked = Link.objects.filter(connection=world.crm, kind=ObjectKind.CUSTOMER.value).exists()

    world.faults(world.crm_box)
    settle_down(clock)

    assert waiting.keys() == {("orders", "waiting")}
    assert (asked > 0, linked) == (True, True)
    assert searches(world) == asked
    assert items(flow="orders").keys() == {("orders", "done")}
