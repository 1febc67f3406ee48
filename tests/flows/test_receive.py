"""From the door to the outbox: repeats, old news, deletions, and what waits for its order."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from connectors.contract.canonical import ObjectKind, Order
from connectors.contract.push import PushType
from integration_hub.connections.models import Connection, Route
from integration_hub.engine import inbox
from integration_hub.engine.models import InboxEvent, OutboxItem
from integration_hub.flows import actions
from integration_hub.flows.absorb import Absorbed, Found, absorb
from integration_hub.flows.routing import scope_of
from integration_hub.records.models import Record

from .world import Mailbox, World, attempts, events, items, pump

T0 = datetime.now(UTC).replace(microsecond=0)


def found(status: str = "new", *, at: int | None = 0, total: int = 1, **fields: Any) -> Found:
    version = None if at is None else T0 + timedelta(seconds=at)
    order = Order.model_validate(
        {"id": "17", "status": status, "created_at": T0, "updated_at": version, "currency": "EUR", "total": total}
    )
    return Found(ObjectKind.ORDER, "17", order, version, accepted_at=timezone.now(), **fields)


def take(world: World, *founds: Found) -> list[str]:
    taken: Absorbed = absorb(scope_of(world.store), founds)
    return [verdict.state + ("!" if verdict.must_fetch else "") for verdict in taken.verdicts]


def total() -> Decimal:
    return Decimal(str(Record.objects.get().content["total"]))


# --- absorb -----------------------------------------------------------------------------------------------------------


def test_first_state_is_passed_on_and_its_repeat_is_not(world: World) -> None:
    assert take(world, found()) == ["done"]
    assert take(world, found()) == ["ignored"]
    assert take(world, found(at=5)) == ["ignored"]
    assert items() == {("orders", "waiting"): 1}


@pytest.mark.parametrize("together", [True, False])
def test_older_version_is_superseded(world: World, together: bool) -> None:
    new, old = found(at=10, total=2), found(at=5, total=1)

    states = take(world, new, old) if together else take(world, new) + take(world, old)

    assert states == ["done", "superseded"]
    assert total() == 2


def test_versions_in_any_order_leave_the_newest(world: World) -> None:
    take(world, *(found(at=at, total=at) for at in (3, 1, 4, 2, 5, 0)))

    assert total() == 5
    assert items() == {("orders", "waiting"): 1}


def test_two_states_with_one_time_lead_to_a_look(world: World) -> None:
    assert take(world, found(total=1), found(total=2)) == ["done", "new!"]
    assert take(world, found(total=2, is_present=True)) == ["done"]
    assert total() == 2


def test_state_that_was_said_again_later_is_not_overtaken_by_one_from_in_between(world: World) -> None:
    take(world, found("new", at=0))
    take(world, found("new", at=10))

    states = take(world, found("cancelled", at=5))

    assert states == ["superseded"]
    assert Record.objects.get().status == "new"


def test_backfill_does_not_overwrite_a_newer_state_but_sends_it(world: World) -> None:
    take(world, found(at=10, total=2))
    OutboxItem.objects.update(state="done")

    states = take(world, found(at=5, total=1, is_present=True, by_hand=True))

    assert states == ["done"]
    assert total() == 2
    assert items(state="waiting") == {("orders", "waiting"): 1}


def test_state_without_a_time_counts_by_its_arrival(world: World) -> None:
    assert take(world, found(at=None, total=1), found(at=None, total=2)) == ["done", "done"]
    assert total() == 2


def test_deleted_order_that_is_seen_again_is_news(world: World) -> None:
    take(world, found())
    Record.objects.update(is_gone=True)

    assert take(world, found(at=1)) == ["done"]
    assert Record.objects.get().is_gone is False


def test_order_number_of_any_length_is_taken_in(world: World) -> None:
    order = found().record.model_copy(update={"number": "9" * 1000})

    take(world, Found(ObjectKind.ORDER, "17", order, None, accepted_at=timezone.now()))

    assert OutboxItem.objects.get().label == "9" * 200


# --- webhooks ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def doors(world: World, mailbox: Mailbox) -> Mailbox:
    """Webhooks are set up and their pings answered."""
    world.connect_doors()
    world.wait_for_senders()
    assert set(mailbox.deliver()) == {200}
    assert events() == {}
    return mailbox


def test_order_arrives_by_webhook(world: World, doors: Mailbox) -> None:
    world.shop(5)
    world.wait_for_senders()

    answers = doors.deliver()
    pump()

    assert set(answers) == {200}
    assert set(world.crm_orders()) == set(world.store_orders())
    assert attempts(outcome="written", trigger__startswith="webhook: order.") == {("orders", "written"): 5}


def test_each_webhook_one_to_five_times_and_then_the_poll_has_one_effect(world: World, doors: Mailbox) -> None:
    world.shop(6)
    world.wait_for_senders()
    calls = doors.take()

    answers = [doors.deliver([each] * (1 + place % 5)) for place, each in enumerate(calls)]
    pump()
    world.sync()

    assert {status for each in answers for status in each} == {200}
    told_apart = {(each.body, each.headers["x-wc-webhook-topic"]) for each in calls}
    assert InboxEvent.objects.filter(source="webhook").count() == len(told_apart)
    assert attempts(flow="orders") == {("orders", "written"): 6}
    assert len(world.crm_orders()) == 6


def test_webhooks_in_reverse_order_leave_the_newest_state(
    world: World, doors: Mailbox, clock: time_machine.Traveller
) -> None:
    [placed] = world.shop(1)
    for status in ("on-hold", "completed", "cancelled"):
        clock.shift(2)
        world.change(statuses=1, to=status)
        world.wait_for_senders()
    calls = doors.take()

    for each in reversed(calls):
        doors.deliver([each])
        pump()

    assert world.crm_orders()[str(placed["id"])]["status"] == "cancel-other"
    assert events(source="webhook")["superseded"] >= 2


def test_deleted_order_is_noted_by_webhook_and_nothing_is_deleted_in_the_crm(world: World, doors: Mailbox) -> None:
    [placed] = world.shop(1)
    world.wait_for_senders()
    doors.deliver()
    pump()
    with world.store_box.lock:
        world.store_box.shop.orders[placed["id"]].trashed = True
        world.store_box.shop.emit("order", "deleted", placed["id"])
    world.wait_for_senders()

    doors.deliver()
    pump()

    assert Record.objects.get(kind="order").is_gone is True
    event = InboxEvent.objects.get(topic="order.deleted")
    assert event.reason == "Deleted there. Nothing is deleted on the other side."
    assert len(world.crm_orders()) == 1


# --- a shop that pushes -----------------------------------------------------------------------------------------------


@pytest.fixture
def boutique(world: World) -> Connection:
    """A shop without a platform, joined to the same CRM."""
    connection = Connection.objects.create(
        kind="custom_cms",
        role="store",
        name="Boutique",
        settings={"status_address": "http://127.0.0.1:9/hub-status"},
        secrets={"signing_secret": "whsec_" + "YQ" * 20},
    )
    route = Route.objects.create(
        name="Boutique", store=connection, crm=world.crm, mode="live", id_prefix="b-", start_at=T0 - timedelta(days=1)
    )
    from integration_hub.demo.mapping import map_cms

    map_cms(route)
    return connection


def push(connection: Connection, type_: str, data: dict[str, Any], key: str) -> None:
    body = json.dumps({"type": type_, "timestamp": T0.isoformat(), "data": data}).encode()
    inbox.keep([inbox.Arrival(connection.pk, type_, key, body, source="push")])


def test_status_of_an_order_that_has_not_come_yet_waits_for_it(
    world: World, boutique: Connection, clock: time_machine.Traveller
) -> None:
    push(boutique, PushType.STATUS, {"order_id": "7", "status": "packed"}, "status")
    pump()
    event = InboxEvent.objects.get()
    assert (event.state, event.reason) == ("new", "The order itself has not arrived yet.")

    order = {"id": "7", "status": "new", "created_at": T0.isoformat(), "currency": "EUR", "total": "5.00"}
    push(boutique, PushType.ORDER, order, "order")
    pump()
    clock.shift(7)
    pump()

    assert events() == {"done": 2}
    assert world.crm_orders()["b-7"]["status"] == "assembling-complete"


def test_status_of_an_order_that_never_comes_fails_visibly(
    world: World, boutique: Connection, clock: time_machine.Traveller
) -> None:
    push(boutique, PushType.STATUS, {"order_id": "7", "status": "packed"}, "status")

    for _ in range(16):
        pump()
        clock.shift(13 * 3600)

    event = InboxEvent.objects.get()
    assert (event.state, event.reason) == ("failed", "The order itself has not arrived yet.")
    assert (event.object_kind, event.object_id) == ("order", "7")


# --- buttons ----------------------------------------------------------------------------------------------------------


def test_resync_sends_the_newest_known_state_whatever_the_filters(world: World) -> None:
    world.shop(2)
    world.sync()
    world.set_route(order_statuses=["nothing"], start_at=timezone.now() + timedelta(days=1))

    count = actions.resync(Record.objects.filter(kind="order"), "Erika")
    pump()

    assert count == 2
    assert attempts(trigger="by hand: Erika") == {("orders", "written"): 2}


def test_look_again_reads_the_shop_and_sends_even_what_is_unchanged(world: World) -> None:
    world.shop(2)
    world.sync()

    count = actions.look_again(Record.objects.filter(kind="order"))
    pump()

    assert count == 2
    assert attempts(trigger="hand") == {("orders", "written"): 2}
