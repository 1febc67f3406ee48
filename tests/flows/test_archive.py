"""The past of a shop into an empty CRM: customers first, then orders, guests among them, in fifties."""

from datetime import timedelta

import time_machine
from django.utils import timezone

from integration_hub.engine.models import Backfill, Lane
from integration_hub.flows import actions, backfill, tasks

from .world import World, call, items, pump, run_backfill

ACCOUNTS = 61
"""Sixty shoppers and the shop's own manager."""


def past(world: World, orders: int, **wanted: object) -> None:
    body = {"orders": orders, "customers": 60, "guests": 6, "guest_share": 0.2, "everyone_has_email": True, "seed": 1}
    call(f"{world.store_box.url}/__sandbox__/history", {**body, **wanted})


def finish(*rows: Backfill) -> None:
    """Work until all of them are through."""
    for _ in range(30):
        for row in rows:
            Backfill.objects.filter(pk=row.pk, state=Backfill.State.RUNNING).update(lease_until=None)
            run_backfill(row)
        if all(row.state == Backfill.State.DONE for row in rows):
            return
    raise AssertionError([row.state for row in rows])


def set_crm(world: World, **settings: object) -> None:
    world.crm.settings = {**world.crm.settings, **settings}
    world.crm.save()


def test_orders_wait_until_the_customers_that_were_started_before_are_read(world: World) -> None:
    past(world, 20)
    customers = actions.start_backfill(world.route, "customers")
    orders = actions.start_backfill(world.route, "orders")

    run_backfill(orders)

    assert (orders.state, orders.read) == ("running", 0)
    assert orders.error == "Waits until the customers that were started before are read."
    finish(customers, orders)
    assert (customers.read, orders.read, orders.error) == (ACCOUNTS, 20, "")


def test_orders_do_not_wait_for_customers_that_are_started_later(world: World) -> None:
    past(world, 20)
    orders = actions.start_backfill(world.route, "orders")
    actions.start_backfill(world.route, "customers")

    finish(orders)

    assert len(world.crm_orders()) == 20


def test_paused_customers_do_not_hold_up_orders(world: World) -> None:
    past(world, 20)
    customers = actions.start_backfill(world.route, "customers")
    backfill.pause(customers)
    orders = actions.start_backfill(world.route, "orders")

    finish(orders)

    assert len(world.crm_orders()) == 20


def test_archive_brings_everybody_once_and_progress_ends_at_the_whole(world: World) -> None:
    set_crm(world, find_guests=False)
    past(world, 200)
    customers = actions.start_backfill(world.route, "customers")
    orders = actions.start_backfill(world.route, "orders")

    finish(customers, orders)
    pump()

    people = world.crm_customers()
    assert len(world.crm_orders()) == 200
    assert sum(bool(row["externalId"]) for row in people) == ACCOUNTS
    assert len({row["email"] for row in people}) == len(people)
    assert (orders.read, orders.total, orders.unreadable) == (200, 200, 0)
    assert items(state="dead") == {}


def test_guests_that_are_not_looked_for_cost_no_call_of_their_own(world: World) -> None:
    set_crm(world, find_guests=False)
    past(world, 100, guests=12)
    customers = actions.start_backfill(world.route, "customers")
    finish(customers)
    before = world.calls(world.crm_box)

    finish(actions.start_backfill(world.route, "orders"))

    calls = world.calls(world.crm_box) - before
    guests = [row for row in world.crm_customers() if not row["externalId"]]
    assert len(guests) >= 8
    assert calls <= 2 + 2 * 2, "two uploads of orders; guests of each batch made and told apart"


def test_part_of_a_call_waits_while_the_backfill_reads_on_and_goes_out_when_it_has_read_all(
    world: World, clock: time_machine.Traveller
) -> None:
    past(world, 20)
    row = actions.start_backfill(world.route, "orders")
    backfill.run(row.pk)
    reading = Backfill.objects.filter(pk=row.pk)
    reading.update(state=Backfill.State.RUNNING, lease_until=timezone.now() + timedelta(minutes=1))

    work_on_backfills()
    work_on_backfills()

    assert world.crm_orders() == {}
    assert items() == {("orders", "waiting"): 20}
    reading.update(state=Backfill.State.DONE, lease_until=None)
    clock.shift(2)
    work_on_backfills()
    assert len(world.crm_orders()) == 20


def test_part_of_a_call_is_not_held_for_ever_by_a_slow_store(world: World, clock: time_machine.Traveller) -> None:
    past(world, 20)
    row = actions.start_backfill(world.route, "orders")
    backfill.run(row.pk)
    clock.shift(11)
    Backfill.objects.filter(pk=row.pk).update(
        state=Backfill.State.RUNNING, lease_until=timezone.now() + timedelta(minutes=1)
    )

    work_on_backfills()

    assert len(world.crm_orders()) == 20


def work_on_backfills() -> None:
    """One task on the lane that uploads orders of backfills."""
    tasks.work(Lane.objects.get(flow="orders", is_backfill=True).pk)
