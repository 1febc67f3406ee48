"""The portal's two limits: calls a second, and the time that a method may work."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from connectors.bitrix24.errors import OPERATION_TIME
from connectors.bitrix24.spec import SPEC
from connectors.contract.errors import MethodLimited, RateLimited
from connectors.contract.results import NotWritten, Written

from .world import World, buyer, draft, error_of, written


def test_full_bucket_slows_every_process_down(world: World) -> None:
    world.desk("options", {"bucket": 1, "drain_per_second": 0.01})
    world.faults(rate_limit="vendor")
    status = world.open().status_source
    assert status is not None
    status.statuses(["1"], [])

    with pytest.raises(RateLimited) as caught:
        status.statuses(["1"], [])

    assert caught.value.retry_after == timedelta(seconds=2)
    assert world.pauses == [(f"bitrix24:{world.box.url.partition('://')[2]}", timedelta(seconds=2))]


def test_method_that_used_up_its_time_waits_until_its_reset_and_others_go_on(world: World) -> None:
    [made] = written(world.put([draft(1)]))
    world.now = datetime.now(UTC)
    world.desk("options", {"spent": {"crm.item.update": 480.0}})
    world.faults(rate_limit="vendor")
    opened = world.open()
    assert opened.order_sink is not None
    edit = draft(1, target_id=made.id, status=None, deliveries=(), total=Decimal(20))

    first = [error_of(each) for each in opened.order_sink.put_orders([edit])]
    updates = len(world.calls)
    second = [error_of(each) for each in opened.order_sink.put_orders([edit])]
    new = opened.order_sink.put_orders([draft(2)])

    assert [error.code for error in first + second] == [OPERATION_TIME, OPERATION_TIME]
    assert timedelta(minutes=1) <= second[0].retry_after <= timedelta(minutes=15)
    assert len(world.calls) == updates + 1 + 2, "of the second edit only the search went out"
    assert isinstance(new[0], Written)
    assert world.pauses == [], "the portal as a whole is not slowed down"


def test_method_near_its_limit_is_held_for_a_minute_and_only_that_one(world: World) -> None:
    world.desk("options", {"spent": {"crm.item.add": 384.0}})
    world.now = datetime.now(UTC)
    opened = world.open()
    assert opened.order_sink is not None
    written(opened.order_sink.put_orders([draft(number) for number in range(1, 6)]))
    calls = len(world.calls)

    with pytest.raises(RateLimited) as caught:
        opened.order_sink.put_orders([draft(7)])

    assert (caught.value.code, caught.value.retry_after) == (OPERATION_TIME, timedelta(minutes=1))
    assert len(world.calls) == calls + 1, "the search went through, the write was not tried"
    world.now += timedelta(minutes=1)
    assert isinstance(opened.order_sink.put_orders([draft(7)])[0], Written)


def test_portal_that_tells_no_figures_is_not_held(world: World) -> None:
    world.desk("options", {"operating_cost": 900.0, "tells_operating": False})

    written(world.put([draft(1)]))
    written(world.put([draft(2)]))


def test_command_of_a_batch_that_is_blocked_holds_the_orders_behind_it(world: World) -> None:
    world.desk("options", {"operating_limit": 0.1, "operating_cost": 0.06})
    written(world.put([draft(9)]))
    world.faults(rate_limit="vendor", only="nothing")
    world.desk("options", {"operating_limit": 0.2})

    outcomes = world.put([draft(number, customer=buyer(9)) for number in range(1, 6)])

    kinds = [type(outcome) for outcome in outcomes]
    stopped = [outcome for outcome in outcomes if isinstance(outcome, NotWritten)]
    assert kinds == sorted(kinds, key=lambda kind: kind is NotWritten)
    assert stopped
    assert {error_of(outcome).code for outcome in stopped} == {OPERATION_TIME}
    assert all(isinstance(outcome.error, MethodLimited) for outcome in stopped)
    assert len(world.deals()) == 1 + len(outcomes) - len([each for each in stopped if not each.id])


def test_blocked_search_for_buyers_holds_only_orders_of_buyers_who_are_not_known(world: World) -> None:
    [known] = written(world.put([draft(1)]))[0].also
    world.desk("options", {"blocked": ["crm.duplicate.findbycomm"]})
    of_a_known_buyer = draft(2, customer=replace(buyer(1), target_id=known.id))

    outcomes = world.put([of_a_known_buyer, draft(3), draft(4), draft(1, status="C9:WON")])

    assert [type(outcome) for outcome in outcomes] == [Written, NotWritten, NotWritten, Written]
    assert {type(error_of(outcome)) for outcome in outcomes[1:3]} == {MethodLimited}
    assert sorted(world.deals()) == ["5001", "5002"]
    assert len(world.contacts()) == 1, "nobody is made who may be there already"


def test_blocked_edits_let_new_orders_of_the_same_batch_go_on(world: World) -> None:
    made = written(world.put([draft(1), draft(2)]))
    world.desk("options", {"blocked": ["crm.item.update"]})
    edits = [draft(place, target_id=each.id, status="C9:WON") for place, each in enumerate(made, start=1)]

    outcomes = world.put([edits[0], draft(3), edits[1], draft(4)])

    assert [type(outcome) for outcome in outcomes] == [NotWritten, Written, NotWritten, Written]
    assert {type(error_of(outcome)) for outcome in (outcomes[0], outcomes[2])} == {MethodLimited}
    assert {row["status"] for row in world.deals().values()} == {"C9:NEW"}


def test_what_one_worker_learnt_of_a_blocked_method_the_next_one_knows(world: World) -> None:
    [made] = written(world.put([draft(1)]))
    world.desk("options", {"blocked": ["crm.item.update"]})
    edit = draft(1, target_id=made.id, status="C9:WON")
    world.put([edit])
    world.desk("options", {"blocked": []})

    [held] = world.put([edit])

    assert isinstance(error_of(held), MethodLimited)
    assert world.deals()["5001"]["status"] == "C9:NEW", "the method was not asked again"
    world.now = datetime.now(UTC) + timedelta(minutes=1)
    written(world.put([edit]))


def test_batch_itself_without_time_stops_everything(world: World) -> None:
    world.desk("options", {"blocked": ["batch"]})

    with pytest.raises(RateLimited) as caught:
        world.put([draft(1), draft(2)])

    assert not isinstance(caught.value, MethodLimited)
    assert world.deals() == {}


def test_blocked_search_holds_only_customers_who_are_not_known(world: World) -> None:
    [there] = written(world.put_customers([buyer(1)]))
    world.desk("options", {"blocked": ["crm.duplicate.findbycomm"]})
    known = replace(buyer(1, first_name="Eva"), target_id=there.id)

    outcomes = world.put_customers([known, buyer(2)])

    assert [type(outcome) for outcome in outcomes] == [Written, NotWritten]
    assert [row["name"] for row in world.contacts()] == ["Eva"]


@pytest.mark.parametrize(
    ("settings", "rate", "burst"),
    [
        ({}, 2, 50),
        ({"plan": "standard"}, 2, 50),
        ({"plan": "enterprise"}, 5, 250),
        ({"plan": "own", "own_rate": 20}, 20, 20),
        ({"plan": "own"}, 10, 10),
    ],
)
def test_limit_follows_from_the_settings(settings: dict[str, object], rate: float, burst: int) -> None:
    assert SPEC.limits_for is not None

    limits = SPEC.limits_for(settings)

    assert (limits.per_second, limits.burst) == (rate, burst)
