"""Faults of a connector or of the hub itself."""

from collections.abc import Sequence
from typing import Any

import pytest
import time_machine

from connectors.contract.errors import AGAIN, Misconfigured, OutcomeUnknown, Rejected
from connectors.contract.results import Outcome
from integration_hub.engine import lanes, outbox
from integration_hub.engine.models import Attempt, InboxEvent, Lane, OutboxItem
from integration_hub.records.models import Record

from .fake import Sink, breaks_on, write_all
from .world import World, attempts, events, items, pump


def test_batch_that_is_refused_as_a_whole_is_halved_until_the_bad_one_is_found(world: World, fake_crm: Sink) -> None:
    bad = str(world.shop(20)[13]["id"])
    fake_crm.behaviour = breaks_on(bad, Rejected("Order 14 is bad.", code="bad"))

    world.poll("orders")
    pump()

    dead = OutboxItem.objects.get(state="dead")
    assert (dead.object_id, dead.reason, dead.reason_code) == (bad, "Order 14 is bad.", "bad")
    assert items() == {("orders", "done"): 19, ("orders", "dead"): 1}
    assert len(fake_crm.batches) <= 11


def test_connector_that_breaks_on_one_order_makes_it_a_dead_letter_and_delivers_the_others(
    world: World, fake_crm: Sink
) -> None:
    bad = str(world.shop(20)[13]["id"])
    fake_crm.behaviour = breaks_on(bad, ZeroDivisionError("secret words"))

    world.poll("orders")
    pump()

    dead = OutboxItem.objects.get(state="dead")
    attempt = Attempt.objects.get(outcome="internal")
    assert (dead.object_id, dead.reason_code, dead.is_outcome_unknown) == (bad, "internal", True)
    assert "ZeroDivisionError" in dead.reason
    assert "Traceback" not in dead.reason
    assert "secret words" not in dead.reason
    assert "ZeroDivisionError" in attempt.traceback
    assert items() == {("orders", "done"): 19, ("orders", "dead"): 1}


def test_dead_letter_after_an_internal_error_is_looked_up_when_it_is_sent_again(world: World, fake_crm: Sink) -> None:
    bad = str(world.shop(1)[0]["id"])
    fake_crm.behaviour = breaks_on(bad, ZeroDivisionError())
    world.poll("orders")
    pump()
    fake_crm.behaviour, fake_crm.drafts = write_all, []

    outbox.send_again(OutboxItem.objects.all(), "by hand")
    pump()

    assert [draft.must_look_up for draft in fake_crm.drafts] == [True]
    assert items() == {("orders", "done"): 1}


def test_internal_errors_again_and_again_pause_the_lane_until_staff_resume_it(world: World, fake_crm: Sink) -> None:
    def broken(_drafts: Sequence[Any]) -> Sequence[Outcome]:
        raise ZeroDivisionError

    fake_crm.max_batch = 1
    fake_crm.behaviour = broken
    world.shop(12)
    world.poll("orders")

    pump()

    lane = Lane.objects.get(direction="out", flow="orders")
    assert (lane.paused_at is not None, "internal error" in lane.paused_reason) == (True, True)
    assert items() == {("orders", "dead"): 5, ("orders", "waiting"): 7}

    fake_crm.behaviour = write_all
    lanes.resume([lane.pk])
    pump()

    assert items() == {("orders", "dead"): 5, ("orders", "done"): 7}


def test_answer_for_another_number_of_orders_is_no_answer(
    world: World, fake_crm: Sink, clock: time_machine.Traveller
) -> None:
    world.shop(3)
    world.poll("orders")
    fake_crm.behaviour = lambda drafts: write_all(drafts)[:-1]
    pump()
    assert set(OutboxItem.objects.values_list("state", "is_outcome_unknown")) == {("waiting", True)}

    fake_crm.behaviour = write_all
    clock.shift(10)
    pump()

    assert items() == {("orders", "done"): 3}


def test_order_is_given_up_after_the_last_repeat_with_the_last_answer(
    world: World, fake_crm: Sink, clock: time_machine.Traveller
) -> None:
    number = str(world.shop(1)[0]["id"])
    fake_crm.behaviour = breaks_on(number, OutcomeUnknown(f"No answer. {AGAIN}", code="no_answer"))
    world.poll("orders")

    for _ in range(20):
        pump()
        clock.shift(13 * 3600)

    dead = OutboxItem.objects.get()
    assert (dead.state, dead.tries, dead.is_outcome_unknown) == ("dead", 16, True)
    assert dead.reason == "Given up after 15 repeats. Last answer: No answer."
    assert attempts() == {("orders", "unknown"): 16}


def test_connection_that_cannot_be_opened_is_paused(world: World, fake_crm: Sink) -> None:
    world.shop(2)
    world.poll("orders")
    fake_crm.opening = Misconfigured("The address is no address.", code="address")

    pump()

    world.crm.refresh_from_db()
    assert world.crm.paused_reason == "The address is no address."
    assert items() == {("orders", "waiting"): 2}


def test_order_that_cannot_be_translated_by_a_fault_of_ours_holds_up_nobody(world: World, fake_crm: Sink) -> None:
    bad = str(world.shop(5)[2]["id"])
    world.poll("orders")
    Record.objects.filter(object_id=bad).update(content={"broken": True})

    pump()

    dead = OutboxItem.objects.get(state="dead")
    assert (dead.object_id, dead.reason_code, dead.is_outcome_unknown) == (bad, "internal", False)
    assert items() == {("orders", "done"): 4, ("orders", "dead"): 1}


def test_record_that_was_pruned_is_said_so(world: World, fake_crm: Sink) -> None:
    world.shop(1)
    world.poll("orders")
    Record.objects.all().delete()

    pump()

    item = OutboxItem.objects.get()
    assert (item.state, item.reason_code) == ("dead", "record_pruned")


def test_flow_that_the_target_cannot_take_is_refused_in_words(world: World, fake_crm: Sink) -> None:
    world.shop(1)
    world.poll("orders")
    lane = lanes.outbound_lane(world.crm.pk, "leads")
    Record.objects.update(kind="lead", content={
        "id": "1", "created_at": "2026-01-01T00:00:00Z", "customer": {"email": "a@example.com"},
    })  # fmt: skip
    OutboxItem.objects.update(flow="leads", object_kind="lead", lane=lane)

    pump()

    item = OutboxItem.objects.get()
    assert (item.state, item.reason) == ("dead", "“CRM” cannot take leads.")


@pytest.mark.parametrize("poison", ["\\ud800", "\\u0000"])
def test_event_that_breaks_its_batch_fails_alone(world: World, poison: str) -> None:
    """The CRM's trigger carries any text as id; its neighbours are read all the same."""
    from integration_hub.engine import inbox

    bodies = [b'{"id": "1"}', b'{"external_id": "x' + poison.encode() + b'"}', b'{"id": "2"}']
    inbox.keep(
        [
            inbox.Arrival(world.crm.pk, "order.status", str(number), body, {"content-type": "application/json"})
            for number, body in enumerate(bodies)
        ]
    )

    pump()

    assert events(state="new") == {}
    assert InboxEvent.objects.filter(state="ignored", reason="The CRM does not know this order.").count() >= 2


def test_events_of_a_paused_connection_wait(world: World) -> None:
    from integration_hub.engine import inbox

    world.crm.pause("By hand.")
    inbox.keep([inbox.Arrival(world.crm.pk, "order.status", "1", b'{"id": "1"}')])
    calls = world.calls(world.crm_box)
    from integration_hub.flows import tasks

    tasks.work(lanes.inbound_lane(world.crm.pk).pk)

    assert events() == {"new": 1}
    assert world.calls(world.crm_box) == calls
    assert not Lane.objects.filter(is_nudged=True).exists()
    world.crm.resume()
    pump()
    assert events() == {"ignored": 1}
