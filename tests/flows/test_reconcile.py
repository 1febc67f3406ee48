"""Both sides of a route compared: what is found, what heals it, and how that ended."""

from typing import Any

import pytest

from connectors.contract.errors import ConnectorError
from integration_hub.engine import jobs
from integration_hub.engine.models import Lane, Link, OutboxItem, ReconcileRun
from integration_hub.flows import healing, reconcile
from integration_hub.flows.absorb import absorb
from integration_hub.records.models import Record

from .world import World, items, pump


def compare(world: World, **wanted: Any) -> ReconcileRun:
    """Walk, deliver what was queued, and follow it up."""
    row = reconcile.start(world.route, **wanted)
    return go_on(row)


def go_on(row: ReconcileRun) -> ReconcileRun:
    reconcile.run(row.pk)
    pump()
    reconcile.run(row.pk)
    row.refresh_from_db()
    return row


def drifts(row: ReconcileRun) -> list[tuple[str, str, str]]:
    return sorted(row.drifts.values_list("kind", "object_id", "result"))


def three_counts(row: ReconcileRun) -> tuple[int, int, int]:
    return row.in_store, row.in_hub, row.in_crm


def delete_in_crm(world: World, row: dict[str, Any]) -> None:
    with world.crm_box.lock:
        account = world.crm_box._hooks[0].__self__._account
        account.orders.pop(row["id"])
        account.order_ids.pop((row["site"], row["externalId"]))
        for key in [key for key in account.payment_ids if key[1].startswith(f"{row['externalId']}-")]:
            del account.payment_ids[key]


def test_both_sides_agree(world: World) -> None:
    world.shop(10)
    world.sync()

    row = compare(world)

    assert three_counts(row) == (10, 10, 10)
    assert (row.state, row.is_clean, row.sent, row.total) == ("done", True, 0, 10)
    assert row.finished_at is not None
    assert drifts(row) == []


def test_order_that_was_deleted_in_the_crm_is_found_and_brought_back(world: World) -> None:
    world.shop(10)
    world.sync()
    account_order = next(iter(world.crm_orders().values()))
    delete_in_crm(world, account_order)

    row = compare(world)

    assert drifts(row) == [("missing_crm", str(account_order["externalId"]), "healed")]
    assert (row.state, row.sent, row.healed) == ("done", 1, 1)
    assert three_counts(row) == (10, 10, 9)
    assert set(world.crm_orders()) == set(world.store_orders())
    assert compare(world).is_clean


def test_webhook_that_was_never_sent_is_healed_on_the_backfill_lane(world: World) -> None:
    world.shop(5)

    row = compare(world)

    assert {(kind, result) for kind, _id, result in drifts(row)} == {("missing_hub", "healed")}
    assert three_counts(row) == (5, 0, 0)
    assert len(world.crm_orders()) == 5
    assert {item.lane.is_backfill for item in OutboxItem.objects.select_related("lane")} == {True}


def test_listing_alone_heals_nothing(world: World) -> None:
    world.shop(5)

    row = compare(world, heals=False)

    assert {(kind, result) for kind, _id, result in drifts(row)} == {("missing_hub", "listed")}
    assert (row.drifts_found, row.sent, row.state) == (5, 0, "done")
    assert items() == {}
    assert world.crm_orders() == {}


def test_hub_that_was_restored_from_an_older_backup_learns_again_what_is_where(world: World) -> None:
    """Records and links are gone; the CRM has the orders. Nothing is made twice."""
    world.shop(4)
    world.sync()
    before = set(world.crm_orders())
    OutboxItem.objects.all().delete()
    Record.objects.all().delete()
    Link.objects.all().delete()

    row = compare(world)

    assert {(kind, result) for kind, _id, result in drifts(row)} == {("missing_hub", "healed")}
    assert three_counts(row) == (4, 0, 4)
    assert set(world.crm_orders()) == before
    assert compare(world).is_clean


def test_status_that_the_store_changed_unheard_is_sent(world: World) -> None:
    order, status = a_changed_order(world)

    row = compare(world)

    assert drifts(row) == [("status", order, "healed")]
    assert row.drifts.get().store_value == status
    assert compare(world).is_clean


def a_changed_order(world: World) -> tuple[str, str]:
    """An order that is in the CRM, and then gets another status in the store of which nobody tells the hub."""
    world.shop(3)
    world.sync()
    order = next(key for key, row in world.store_orders().items() if row["status"] == "processing")
    world.change(ids=[int(order)], statuses=1, to="completed")
    return order, "completed"


def test_status_that_the_crm_changed_unheard_is_set_in_the_store(world: World) -> None:
    world.shop(3)
    world.sync()
    order = next(key for key, row in world.store_orders().items() if row["status"] == "processing")
    world.set_crm_status(order, "complete")

    row = compare(world)

    assert drifts(row) == [("status", order, "healed")]
    assert world.store_orders()[order]["status"] == "completed"
    assert compare(world).is_clean


def test_status_flow_that_is_off_is_not_compared(world: World) -> None:
    a_changed_order(world)
    world.set_route(status_flow="off")

    assert compare(world).is_clean


def test_what_is_on_its_way_or_unwanted_is_no_drift(world: World) -> None:
    world.shop(6, unmapped_share=1)
    world.sync()
    parked = OutboxItem.objects.filter(state="parked").count()
    world.set_route(order_statuses=["none"])
    world.shop(3)

    row = compare(world, heals=False)

    assert parked > 0
    assert drifts(row) == []
    assert row.in_store == 9
    assert row.unwanted + row.in_crm + row.open_items >= 9 - parked


def test_order_that_the_crm_refuses_is_said_to_be_refused(world: World) -> None:
    world.shop(2)
    refused = str(min(int(key) for key in world.store_orders()))
    world.faults(world.crm_box, refuse=[refused])

    row = compare(world)

    found = row.drifts.get(object_id=refused)
    assert (found.result, bool(found.message)) == ("refused", True)
    assert (row.state, row.healed) == ("done", 1)


def test_side_that_cannot_be_read_puts_it_off_and_the_page_is_read_again(world: World) -> None:
    world.shop(2)
    world.faults(world.crm_box, error_rate=1)
    row = reconcile.start(world.route)

    reconcile.run(row.pk)
    row.refresh_from_db()
    assert (row.state, bool(row.error), row.in_store, drifts(row)) == ("running", True, 0, [])
    assert Link.objects.count() == 0

    world.faults(world.crm_box)
    assert go_on(row).healed == 2


def test_wrong_key_of_the_crm_pauses_the_crm_and_stops_the_comparison(world: World) -> None:
    world.shop(1)
    world.crm.secrets = {"api_key": "wrong"}
    world.crm.save()

    row = compare(world)

    world.crm.refresh_from_db()
    world.store.refresh_from_db()
    assert (row.state, row.error) == ("failed", world.crm.paused_reason)
    assert not world.store.is_paused


def test_comparison_goes_on_at_the_page_it_had_reached_when_its_worker_died(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.store.settings = {**world.store.settings, "page_size": 10}
    world.store.save()
    world.shop(35)
    row = reconcile.start(world.route)
    real, pages = absorb, []

    def dies_on_the_third(scope: Any, founds: Any) -> Any:
        pages.append(len(founds))
        if len(pages) == 3:
            raise KeyboardInterrupt
        return real(scope, founds)

    monkeypatch.setattr(healing, "absorb", dies_on_the_third)
    with pytest.raises(KeyboardInterrupt):
        reconcile.run(row.pk)
    row.refresh_from_db()
    assert (row.state, row.in_store, row.drifts.count()) == ("running", sum(pages[:2]), sum(pages[:2]))
    jobs.release_dead(ReconcileRun, lambda _pid: False)

    assert go_on(row).healed == 35
    assert row.in_store == 35
    assert set(world.crm_orders()) == set(world.store_orders())


def test_paused_comparison_reads_nothing_and_resumes(world: World) -> None:
    world.shop(3)
    row = reconcile.start(world.route)
    assert reconcile.pause(row) is True

    assert go_on(row).in_store == 0
    assert reconcile.resume(row) is True
    assert go_on(row).healed == 3


def test_live_lane_is_not_touched_by_a_comparison(world: World) -> None:
    world.shop(3)
    row = reconcile.start(world.route)

    reconcile.run(row.pk)

    queued = Lane.objects.filter(items__state="waiting").distinct()
    assert [lane.is_backfill for lane in queued] == [True]


def test_systems_that_cannot_be_compared_are_said_to_be_so(world: World, fake_crm: Any) -> None:
    row = reconcile.start(world.route)

    reconcile.run(row.pk)

    row.refresh_from_db()
    world.crm.refresh_from_db()
    assert (row.state, row.error) == ("failed", reconcile.NOT_COMPARABLE)
    assert not world.crm.is_paused


def test_comparison_in_this_process_raises_what_keeps_it(world: World) -> None:
    world.shop(1)
    world.faults(world.store_box, error_rate=1)

    with pytest.raises(ConnectorError):
        reconcile.compare_now(world.route)

    assert ReconcileRun.objects.get().state == "failed"
    assert items() == {}
