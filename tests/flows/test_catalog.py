"""Products from the shop to the CRM: read whole, kept up to date, and sent on where a route wants prices and stock."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from connectors.contract.canonical import ObjectKind
from connectors.contract.results import Hint
from integration_hub.catalog.models import CatalogFeed, CatalogReading
from integration_hub.catalog.schedule import BUILD_DELAY
from integration_hub.engine import jobs, lanes
from integration_hub.engine.inbox import Arrival
from integration_hub.engine.models import InboxEvent, OutboxItem
from integration_hub.flows import catalog, feeds, poll, sweep
from integration_hub.flows.doors import keep_and_nudge
from integration_hub.flows.poll import PRODUCTS
from integration_hub.flows.reading import LOOK, look_body
from integration_hub.records.models import Record

from .world import World, call, events, items, pump

GOODS = 9
"""Products of the stand-in's shop; one of them has nine variations."""


def products(**filters: Any) -> dict[str, Record]:
    rows = Record.objects.filter(kind=ObjectKind.PRODUCT.value, **filters)
    return {row.object_id: row for row in rows}


def staff(world: World, **body: Any) -> None:
    call(f"{world.store_box.url}/__sandbox__/goods", body)


def read_all(world: World) -> CatalogReading:
    """The walk that the sweep would start."""
    catalog.send_due()
    reading = CatalogReading.objects.get(connection=world.store)
    catalog.read_catalog(reading.pk)
    reading.refresh_from_db()
    return reading


def offers(world: World) -> dict[str, Any]:
    return {row["externalId"]: row for row in call(f"{world.crm_box.url}/__sandbox__/offers")}


def test_nothing_is_read_for_routes_that_do_not_carry_the_catalog(world: World) -> None:
    before = world.calls(world.store_box)

    sweep.sweep()
    poll.poll(world.poll(PRODUCTS).pk)

    assert not CatalogReading.objects.exists()
    assert not CatalogFeed.objects.exists()
    assert world.calls(world.store_box) == before


def test_sweep_gives_a_route_its_feed_and_its_store_a_reading(world: World) -> None:
    world.set_route(sync_catalog=True)

    sweep.sweep()
    sweep.sweep()

    feed = CatalogFeed.objects.get()
    reading = CatalogReading.objects.get()
    assert (feed.route, len(feed.token), feed.nudged_at is not None) == (world.route, 43, True)
    assert (reading.connection, reading.nudged_at is not None) == (world.store, True)


def test_walk_whose_worker_was_killed_is_taken_up_by_another_at_once(world: World) -> None:
    world.set_route(sync_catalog=True)
    sweep.sweep()
    reading = CatalogReading.objects.get()
    jobs.take(CatalogReading, reading.pk, lanes.new_owner())
    while_it_lives = catalog.send_due(), jobs.release_dead(CatalogReading, lambda _pid: True)
    catalog.read_catalog(reading.pk)
    by_a_second = len(products())

    released = jobs.release_dead(CatalogReading, lambda _pid: False)
    asked = catalog.send_due()
    catalog.read_catalog(reading.pk)

    assert (while_it_lives, by_a_second) == ((0, 0), 0)
    assert (released, asked, len(products())) == (1, 1, GOODS)


def test_second_task_for_one_nudge_reads_nothing_again(world: World) -> None:
    world.set_route(sync_catalog=True)
    reading = read_all(world)
    before = world.calls(world.store_box)

    catalog.read_catalog(reading.pk)

    assert world.calls(world.store_box) == before


def test_file_whose_worker_was_killed_is_built_again_within_the_hour(world: World) -> None:
    world.set_route(sync_catalog=True)
    sweep.sweep()
    feed = CatalogFeed.objects.get()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(feeds, "replace_file", killed)
        with pytest.raises(SystemExit):
            feeds.build_feed(feed.pk)

    jobs.release_dead(CatalogFeed, lambda _pid: False)

    feed.refresh_from_db()
    assert (feed.built_at, feed.lease_owner) == (None, "")
    assert feed.due_at <= timezone.now() + feeds.AFTER_A_LOSS


def killed(*_args: object) -> None:
    raise SystemExit


def test_route_that_is_switched_off_has_neither(world: World) -> None:
    world.set_route(sync_catalog=True, mode="off")

    sweep.sweep()

    assert not CatalogReading.objects.exists()
    assert not CatalogFeed.objects.exists()


def test_walk_keeps_every_product_and_says_when_the_next_is(world: World) -> None:
    world.set_route(sync_catalog=True)
    staff(world, more=150)

    reading = read_all(world)

    found = products()
    assert len(found) == GOODS + 150
    assert (found["21"].number, found["21"].name, found["21"].total) == ("CUENCO-2", "Cuenco esmaltado", "9.90 EUR")
    assert len(found["30"].content["variants"]) == 9
    assert (reading.begun_at, reading.position, reading.unreadable, reading.error) == (None, "", 0, "")
    assert reading.finished_at is not None
    assert timedelta(0) < reading.due_at - timezone.now() <= timedelta(days=1)
    assert items() == {}


def test_walk_goes_on_where_it_stopped(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.set_route(sync_catalog=True)
    world.store.settings = {**world.store.settings, "page_size": 10}
    world.store.save()
    staff(world, more=30)
    catalog.send_due()
    reading = CatalogReading.objects.get()

    class OnePage:
        """A slice that is over after one page."""

        asked = 0

        @property
        def has_passed(self) -> bool:
            self.asked += 1
            return self.asked > 1

    rounds = 0
    while reading.finished_at is None and rounds < 20:
        rounds += 1
        catalog.read_catalog(reading.pk, OnePage())  # type: ignore[arg-type]  # the part of it that is used
        reading.refresh_from_db()

    assert rounds == 5
    assert len(products()) == GOODS + 30
    assert not any(row.is_gone for row in products().values())


def test_product_that_the_walk_does_not_meet_is_gone_and_the_others_stay(world: World) -> None:
    world.set_route(sync_catalog=True)
    read_all(world)
    feeds.send_due()
    CatalogFeed.objects.update(due_at=timezone.now() + timedelta(days=1), offers=1)
    staff(world, id=22, gone=True)

    catalog.read_now(world.store)
    read_all(world)

    assert set(products(is_gone=True)) == {"22"}
    assert CatalogFeed.objects.get().due_at <= timezone.now() + BUILD_DELAY


def test_walk_that_breaks_off_marks_nothing_as_gone(world: World) -> None:
    world.set_route(sync_catalog=True)
    read_all(world)
    world.faults(world.store_box, error_rate=1)

    catalog.read_now(world.store)
    reading = read_all(world)

    assert products(is_gone=True) == {}
    assert reading.error
    assert reading.lease_until is None


def test_poll_brings_a_changed_product_and_makes_the_file_due(world: World) -> None:
    world.set_route(sync_catalog=True)
    world.poll(PRODUCTS)
    read_all(world)
    feeds.send_due()
    CatalogFeed.objects.update(due_at=timezone.now() + timedelta(days=1))
    staff(world, id=21, price=1234)

    world.poll(PRODUCTS)

    assert products()["21"].total == "12.34 EUR"
    assert CatalogFeed.objects.get().due_at <= timezone.now() + BUILD_DELAY


def test_many_changes_do_not_put_the_file_off(world: World) -> None:
    world.set_route(sync_catalog=True)
    read_all(world)
    feeds.send_due()
    soon = timezone.now() + timedelta(minutes=2)
    CatalogFeed.objects.update(due_at=soon)
    staff(world, id=21, price=1234)

    world.poll(PRODUCTS)

    assert CatalogFeed.objects.get().due_at == soon


def test_prices_and_stock_go_to_the_crm_as_they_change(world: World) -> None:
    call(f"{world.crm_box.url}/__sandbox__/offers", [{"id": 1, "externalId": "21", "name": "Bowl"}])
    world.set_route(sync_prices=True)
    world.crm.settings = {**world.crm.settings, "warehouse": "main-warehouse"}
    world.crm.save()
    read_all(world)
    pump()
    assert items() == {("catalog", "done"): GOODS}
    staff(world, id=21, price=1234, stock=5)

    world.poll(PRODUCTS)
    pump()

    assert items() == {("catalog", "done"): GOODS + 1}
    found = offers(world)["21"]
    assert found["prices"] == {"base": 12.34}
    assert found["stores"] == {"main-warehouse": {"quantity": 5.0, "purchasePrice": 0.0}}
    assert not CatalogFeed.objects.exists()


def test_walk_sends_only_what_changed(world: World) -> None:
    world.set_route(sync_prices=True)
    read_all(world)
    pump()
    staff(world, id=21, price=777)

    catalog.read_now(world.store)
    read_all(world)
    pump()

    assert items() == {("catalog", "done"): GOODS + 1}
    assert OutboxItem.objects.filter(object_id="21").count() == 2


def look(world: World, product: str) -> None:
    body = look_body(Hint(ObjectKind.PRODUCT, product))
    keep_and_nudge(world.store.pk, [Arrival(world.store.pk, LOOK, f"test:{product}", body)])
    pump()


def test_event_of_a_product_reads_it(world: World) -> None:
    world.set_route(sync_catalog=True)

    look(world, "30")

    assert set(products()) == {"30"}
    assert events(state="done") == {"done": 1}


def test_event_of_a_product_costs_no_call_when_nobody_wants_it(world: World) -> None:
    before = world.calls(world.store_box)

    look(world, "30")

    event = InboxEvent.objects.get()
    assert (event.state, event.reason) == ("ignored", "No route needs the products of this store.")
    assert world.calls(world.store_box) == before
    assert products() == {}


def test_store_that_cannot_be_read_says_so_and_is_left_alone(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.set_route(sync_catalog=True)
    world.store.kind, world.store.settings = "custom_cms", {}
    world.store.save()

    reading = read_all(world)

    assert "does not let the hub read products" in reading.error
    assert reading.due_at > timezone.now() + timedelta(hours=23)
