"""A second worker for a lane on which much has gathered."""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import pytest
import time_machine

from connectors.contract.results import Outcome
from connectors.contract.spec import Limits
from integration_hub.engine import lanes, outbox
from integration_hub.engine.models import Lane, OutboxItem
from integration_hub.flows import helping, tasks

from .fake import Sink, write_all
from .world import World, items, pump

FAST = Limits(per_second=100, concurrency=2)
BATCH = 5
MUCH = 20

Allow = Callable[[Limits], None]


@pytest.fixture
def allow(fake_crm: Sink, monkeypatch: pytest.MonkeyPatch) -> Allow:
    """Sets what the CRM allows; twenty orders are much here."""
    fake_crm.max_batch = BATCH
    monkeypatch.setattr(helping, "HELP_FROM", MUCH)

    def set_limits(limits: Limits) -> None:
        monkeypatch.setattr(helping, "limits_of", lambda _connection: limits)

    return set_limits


def busy_lane(world: World) -> Lane:
    return lanes.outbound_lane(world.crm.pk, "orders")


def gather(world: World, orders: int) -> None:
    """Orders that wait to be sent."""
    world.crm.pause("By hand, to gather them.")
    world.shop(orders)
    world.poll("orders")
    pump()
    world.crm.resume()
    assert items() == {("orders", "waiting"): orders}


def helpers() -> list[Lane]:
    return list(Lane.objects.filter(helps__isnull=False))


def test_second_worker_takes_over_whole_batches_until_the_first_will_soon_be_through(
    world: World, fake_crm: Sink, allow: Allow, clock: time_machine.Traveller
) -> None:
    allow(FAST)
    gather(world, 40)
    helped: list[int] = []

    def meanwhile(drafts: Sequence[Any]) -> Sequence[Outcome]:
        """The second worker comes while the first one sends its second batch."""
        called = [lane for lane in helpers() if lane.is_nudged]
        if called and not helped:
            helped.append(called[0].pk)
            tasks.work(called[0].pk)
        return write_all(drafts)

    fake_crm.behaviour = meanwhile
    tasks.work(busy_lane(world).pk)
    clock.shift(2)  # whose buyer was just being made by the other worker waits for a second
    pump()

    sent = Counter(order for batch in fake_crm.batches for order in batch)
    by_lane = Counter(OutboxItem.objects.values_list("lane_id", flat=True))
    assert items() == {("orders", "done"): 40}
    assert (len(sent), set(sent.values())) == (40, {1})
    # 10 of 40 are in the hands of the first: 30, 25 and 20 are much, 15 are not.
    assert by_lane == {helped[0]: 15, busy_lane(world).pk: 25}


def test_nobody_is_called_for_what_one_worker_delivers_soon(world: World, fake_crm: Sink, allow: Allow) -> None:
    allow(FAST)
    gather(world, MUCH + BATCH - 1)

    tasks.work(busy_lane(world).pk)

    assert helpers() == []
    assert len(fake_crm.batches) == 5


@pytest.mark.parametrize(
    "limits", [Limits(per_second=100, concurrency=1), Limits(per_second=2, concurrency=4)], ids=["one call", "slow"]
)
def test_nobody_is_called_where_the_vendor_lets_no_more_through(world: World, allow: Allow, limits: Limits) -> None:
    allow(limits)
    gather(world, 40)

    tasks.work(busy_lane(world).pk)

    assert helpers() == []
    assert items() == {("orders", "done"): 40}


def test_pause_of_a_lane_holds_for_its_second_worker_too(world: World, fake_crm: Sink, allow: Allow) -> None:
    allow(FAST)
    gather(world, 40)
    helper = lanes.helper_of(busy_lane(world))
    outbox.claim(helper.pk, "dead", BATCH, from_lane=busy_lane(world).pk)
    lanes.pause([busy_lane(world).pk], "Paused by an operator.")

    tasks.work(helper.pk)
    paused = list(fake_crm.batches)
    lanes.resume([busy_lane(world).pk])
    pump()

    assert paused == []
    assert items() == {("orders", "done"): 40}


def test_what_a_killed_second_worker_held_is_looked_up_and_sent_once(
    world: World, fake_crm: Sink, allow: Allow
) -> None:
    allow(FAST)
    gather(world, 40)
    helper = lanes.helper_of(busy_lane(world))
    lost = {item.object_id for item in outbox.claim(helper.pk, "dead", BATCH, from_lane=busy_lane(world).pk)}

    tasks.work(busy_lane(world).pk)
    untouched = {item.object_id for item in OutboxItem.objects.exclude(state="done")}
    tasks.work(helper.pk)

    sent = Counter(order for batch in fake_crm.batches for order in batch)
    assert untouched == lost
    assert items() == {("orders", "done"): 40}
    assert set(sent.values()) == {1}
    assert {draft.order.id for draft in fake_crm.drafts if draft.must_look_up} == lost


def test_backfill_has_no_second_worker(world: World, allow: Allow) -> None:
    """It is in no hurry, and its batches are fuller with one."""
    allow(FAST)
    gather(world, 40)
    lane = lanes.outbound_lane(world.crm.pk, "orders", is_backfill=True)
    OutboxItem.objects.update(lane=lane)

    tasks.work(lane.pk)

    assert helpers() == []
    assert items() == {("orders", "done"): 40}
