"""The daily window holds at the moment of sending too: for retries, released items, and what was queued before."""

from datetime import UTC, datetime, time, timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from integration_hub.engine import outbox
from integration_hub.engine.models import OutboxItem
from integration_hub.flows import sweep, windows
from mappings.models import CodeRule

from .world import World, items, pump

DAY = datetime.now(UTC).date() + timedelta(days=2)
NOON = datetime.combine(DAY, time(12), UTC)
NIGHT = datetime.combine(DAY, time(22), UTC)
MORNING = datetime.combine(DAY + timedelta(days=1), time(9), UTC)


@pytest.fixture
def by_day(world: World) -> World:
    """The route sends from nine to six."""
    world.set_route(window_from=time(9), window_to=time(18), start_at=NOON - timedelta(days=400))
    return world


def at(moment: datetime) -> time_machine.travel:
    return time_machine.travel(moment, tick=True)


def an_order(world: World) -> OutboxItem:
    world.shop(1)
    world.poll("orders")
    return OutboxItem.objects.get()


def test_retry_that_falls_due_at_night_waits_for_the_morning(by_day: World) -> None:
    with at(NOON):
        item = an_order(by_day)
        by_day.faults(by_day.crm_box, error_rate=1)
        pump()
        by_day.faults(by_day.crm_box)
        calls = by_day.calls(by_day.crm_box)
    OutboxItem.objects.update(due_at=NIGHT - timedelta(minutes=1))

    with at(NIGHT):
        pump()

    item.refresh_from_db()
    assert (item.state, item.due_at) == ("waiting", MORNING)
    assert by_day.calls(by_day.crm_box) == calls
    with at(MORNING):
        pump()
    assert items() == {("orders", "done"): 1}


def test_parked_order_that_is_released_at_night_waits_for_the_morning(by_day: World) -> None:
    rules = list(CodeRule.objects.filter(kind="payment"))
    CodeRule.objects.filter(kind="payment").delete()
    with at(NOON):
        item = an_order(by_day)
        pump()
    assert items() == {("orders", "parked"): 1}
    CodeRule.objects.bulk_create(rules)

    with at(NIGHT):
        sweep.release_parked()
        pump()

    item.refresh_from_db()
    assert (item.state, item.due_at) == ("waiting", MORNING)
    assert by_day.crm_orders() == {}


def test_what_staff_send_by_hand_goes_at_once(by_day: World) -> None:
    with at(NIGHT):
        item = an_order(by_day)
        pump()
        assert items() == {("orders", "waiting"): 1}

        outbox.send_again([item], "by hand: ann")
        pump()

    assert items() == {("orders", "done"): 1}


def test_window_costs_one_question_a_drain_and_nothing_when_no_route_has_one(world: World) -> None:
    with CaptureQueriesContext(connection) as asked:
        held = windows.windows_of(world.crm.pk).hold_back(1, timezone.now())
    assert (held, len(asked)) == (0, 1)

    world.set_route(window_from=time(9), window_to=time(18))
    with at(NIGHT):
        world.shop(20)
        world.poll("orders")
        OutboxItem.objects.update(due_at=NIGHT)
        lane = OutboxItem.objects.values_list("lane_id", flat=True)[0]
        found = windows.windows_of(world.crm.pk)
        with CaptureQueriesContext(connection) as asked:
            held = found.hold_back(lane, timezone.now())

    assert (held, len(asked)) == (20, 1)
