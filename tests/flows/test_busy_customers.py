"""Two lanes that have objects of one person: the person is made once, by the first, and the other waits a second."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest
import time_machine

from connectors.woocommerce.sandbox.shoppers import KINDS
from integration_hub.engine import claims, lanes
from integration_hub.engine.models import Attempt, Claim, OutboxItem
from integration_hub.flows import deliver, tasks

from .test_faults import settle_down
from .world import World, items

ONE_GUEST = {"customers": 0, "guests": 1, "guest_share": 1.0}
ONE_BUYER = {"customers": 1, "guest_share": 0.0, "everyone_has_email": True}


def two_lanes(world: World) -> tuple[OutboxItem, OutboxItem]:
    """An order on the live lane and another one of the same buyer on the lane of a backfill."""
    world.shop(2, **ONE_BUYER)
    world.poll("orders")
    first, second = OutboxItem.objects.filter(flow="orders").order_by("pk")
    second.lane = lanes.outbound_lane(world.crm.pk, "orders", is_backfill=True)
    second.save()
    return first, second


def between(monkeypatch: pytest.MonkeyPatch, meanwhile: Callable[[], None]) -> None:
    """``meanwhile`` happens once, while the first batch is on its way."""
    send: Callable[..., Any] = deliver.send
    done: list[bool] = []

    def interrupted(put: Any, prepared: Sequence[Any]) -> Any:
        if not done:
            done.append(True)
            meanwhile()
        return send(put, prepared)

    monkeypatch.setattr(deliver, "send", interrupted)


def test_buyer_who_is_just_being_made_is_not_made_by_another_lane(
    world: World, monkeypatch: pytest.MonkeyPatch, clock: time_machine.Traveller
) -> None:
    first, second = two_lanes(world)
    between(monkeypatch, lambda: tasks.work(second.lane_id))

    tasks.work(first.lane_id)

    second.refresh_from_db()
    assert (second.state, second.reason_code, second.tries) == ("waiting", "customer_busy", 0)
    assert Claim.objects.count() == 0
    assert list(world.crm_orders()) == [first.object_id]
    settle_down(clock)
    assert items(flow="orders").keys() == {("orders", "done")}
    assert len(world.crm_customers()) == 1
    assert "just being made" in Attempt.objects.get(item=second, code="customer_busy").message


def test_buyer_whom_the_crm_knows_holds_nobody_up(
    world: World, monkeypatch: pytest.MonkeyPatch, clock: time_machine.Traveller
) -> None:
    world.shop(1, **ONE_BUYER)
    world.poll("orders")
    settle_down(clock)
    known = OutboxItem.objects.get(flow="orders")
    world.shop(2, **ONE_BUYER)
    world.poll("orders")
    first, second = OutboxItem.objects.filter(flow="orders").exclude(pk=known.pk).order_by("pk")
    second.lane = lanes.outbound_lane(world.crm.pk, "orders", is_backfill=True)
    second.save()
    between(monkeypatch, lambda: tasks.work(second.lane_id))

    tasks.work(first.lane_id)

    second.refresh_from_db()
    assert second.state == "done"


def test_guest_who_was_made_since_the_links_were_read_is_not_made_again(
    world: World, monkeypatch: pytest.MonkeyPatch, clock: time_machine.Traveller
) -> None:
    for place in range(2):
        world.shop(1, seed=KINDS.index("no_email") - place, **ONE_GUEST)
    world.poll("orders")
    first, second = OutboxItem.objects.filter(flow="orders").order_by("pk")
    second.lane = lanes.outbound_lane(world.crm.pk, "orders", is_backfill=True)
    second.save()
    take = claims.take

    def taken_late(*args: Any) -> set[str]:
        monkeypatch.setattr(claims, "take", take)
        tasks.work(second.lane_id)
        return take(*args)

    monkeypatch.setattr(claims, "take", taken_late)

    tasks.work(first.lane_id)

    settle_down(clock)
    assert items(flow="orders").keys() == {("orders", "done")}
    assert len(world.crm_customers()) == 1
