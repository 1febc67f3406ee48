"""The shop's calls: genuine or not, and what they say."""

import json
from datetime import timedelta
from typing import Any

import pytest
import time_machine

from connectors.contract.canonical import Customer, Lead, ObjectKind, Order
from connectors.contract.errors import Forged, Unreadable
from connectors.contract.results import Accepted, Acknowledged, Change, Gone, Hint, NotRelevant, Seen, UnreadableObject
from connectors.minishop2.hooks import TOPICS, WebhookReceiver

from .world import NOW, OLD_SECRET, OTHER_SECRET, SECRET, World, bent, body, call, event, sample

pytestmark = pytest.mark.usefixtures("at_now")


@pytest.fixture
def door(world: World) -> WebhookReceiver:
    found = world.opened(currency="RUB").webhooks
    assert isinstance(found, WebhookReceiver)
    return found


def one(door: WebhookReceiver, payload: bytes) -> Change:
    (change,) = door.read(event(payload))
    return change


# --- accept -----------------------------------------------------------------------------------------------------------


def test_signed_event_is_kept_under_its_name(door: WebhookReceiver) -> None:
    found = door.accept(call(body("order_created")))

    assert isinstance(found, Accepted)
    assert found.topic == "order.created"
    assert found.headers == {"webhook-id": "uid-1"}


def test_repeat_is_one_event_and_another_uid_another(door: WebhookReceiver) -> None:
    first, again, other = (door.accept(call(body("order_created"), id=id)) for id in ("uid-1", "uid-1", "uid-2"))

    assert isinstance(first, Accepted)
    assert isinstance(other, Accepted)
    assert first == again
    assert first.dedup_key != other.dedup_key


def test_body_that_was_built_anew_under_the_same_uid_is_not_dropped(door: WebhookReceiver) -> None:
    """A promo code's row appears after the order: the second try of an event may know more than the first."""
    first, second = (door.accept(call(body("order_created", occurred_at=at))) for at in ("1", "2"))

    assert isinstance(first, Accepted)
    assert isinstance(second, Accepted)
    assert first.dedup_key != second.dedup_key


def test_repeat_that_is_signed_anew_later_is_still_the_same_event(
    door: WebhookReceiver, at_now: time_machine.Traveller
) -> None:
    first = door.accept(call(body("order_created")))
    at_now.shift(timedelta(hours=9))

    later = door.accept(call(body("order_created"), at=NOW + timedelta(hours=9)))

    assert later == first


def test_ping_is_answered_and_not_kept(door: WebhookReceiver) -> None:
    assert isinstance(door.accept(call(json.dumps({"version": 1, "event": "ping"}).encode())), Acknowledged)


@pytest.mark.parametrize("minutes", [-6, 6])
def test_clock_that_is_minutes_off_is_refused(door: WebhookReceiver, minutes: int) -> None:
    with pytest.raises(Forged):
        door.accept(call(body("order_created"), at=NOW + timedelta(minutes=minutes)))


def test_secret_that_is_being_changed_is_taken_old_and_new(world: World) -> None:
    door = world.opened(signing_secret=SECRET, previous_signing_secret=OLD_SECRET).webhooks
    assert door is not None

    for secrets in ((SECRET,), (OLD_SECRET,), (OTHER_SECRET, OLD_SECRET)):
        assert isinstance(door.accept(call(body("order_created"), secrets=secrets)), Accepted)
    with pytest.raises(Forged):
        door.accept(call(body("order_created"), secrets=(OTHER_SECRET,)))


def test_old_secret_is_refused_when_the_change_is_over(door: WebhookReceiver) -> None:
    with pytest.raises(Forged):
        door.accept(call(body("order_created"), secrets=(OLD_SECRET,)))


# --- read -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("happened", ["order.created", "order.status", "order.updated"])
def test_order_comes_whole(door: WebhookReceiver, happened: str) -> None:
    found = one(door, body("order_created", event=happened))

    assert isinstance(found, Seen)
    assert isinstance(found.record, Order)
    assert (found.kind, found.id, found.version) == (ObjectKind.ORDER, "15", found.record.updated_at)


def test_removed_order_is_gone(door: WebhookReceiver) -> None:
    assert one(door, body("order_removed")) == Gone(ObjectKind.ORDER, "15")


def test_customer_without_a_change_time_is_put_in_order_by_the_moment_of_reading(door: WebhookReceiver) -> None:
    found = one(door, body("customer_saved"))

    assert isinstance(found, Seen)
    assert isinstance(found.record, Customer)
    assert found.record.updated_at is None
    assert found.version is not None
    assert found.version.isoformat() == "2026-01-15T07:00:00.350000+00:00"


def test_lead_becomes_a_lead_of_a_guest(door: WebhookReceiver) -> None:
    found = one(door, body("lead_created"))

    assert isinstance(found, Seen)
    assert isinstance(found.record, Lead)
    lead = found.record
    assert (lead.form, lead.title, lead.message, lead.page_url) == (
        "callback", "Call me back", "after six", "https://shop.example/contacts",
    )  # fmt: skip
    assert (lead.customer.first_name, lead.customer.phone, lead.customer.is_guest) == ("Ann", "+79005550011", True)
    assert lead.source is not None
    assert (lead.source.source, lead.fields) == ("search", {"size": "M"})


def test_product_is_looked_at_because_only_the_shop_knows_its_categories(door: WebhookReceiver) -> None:
    assert one(door, body("product_saved")) == Hint(ObjectKind.PRODUCT, "137")
    assert one(door, body("product_saved", event="product.removed")) == Gone(ObjectKind.PRODUCT, "137")


@pytest.mark.parametrize("changes", [{"is_draft": True}, {"status": {"id": 0, "name": ""}}])
def test_draft_is_not_an_order(door: WebhookReceiver, changes: dict[str, Any]) -> None:
    whole = sample("order_created")
    whole["order"] = bent(whole["order"], changes)

    assert isinstance(one(door, json.dumps(whole).encode()), NotRelevant)


def test_order_that_cannot_be_read_is_named_with_its_faults(door: WebhookReceiver) -> None:
    whole = sample("order_created")
    whole["order"]["totals"]["total"] = "plenty"

    found = one(door, json.dumps(whole).encode())

    assert isinstance(found, UnreadableObject)
    assert (found.kind, found.id) == (ObjectKind.ORDER, "15")
    assert [(fault.path, fault.message) for fault in found.faults] == [("totals.total", "is not an amount")]


@pytest.mark.parametrize(
    ("version", "reason"),
    [
        (2, "is newer than this hub understands: update the hub"),
        (0, "must be 1"),
        ("1", "must be 1"),
        (None, "must be 1"),
    ],
)
def test_plug_in_of_another_version_is_refused_in_words(door: WebhookReceiver, version: Any, reason: str) -> None:
    with pytest.raises(Unreadable) as caught:
        one(door, body("order_created", version=version))

    assert [(fault.path, fault.message) for fault in caught.value.faults] == [("version", reason)]


def test_event_that_nobody_knows_is_told_and_dropped(door: WebhookReceiver) -> None:
    found = one(door, body("order_created", event="order.exploded"))

    assert found == NotRelevant("The hub does not use “order.exploded”.")


def test_our_own_change_comes_back_as_any_other_and_the_engine_knows_it(door: WebhookReceiver) -> None:
    """``cause`` names the change, but the snapshot may hold more than that change: it is read all the same."""
    assert isinstance(one(door, body("order_created", event="order.status", cause="17-1.0")), Seen)


def test_every_topic_is_read_in_one_way_or_the_other(door: WebhookReceiver) -> None:
    names = {"order": "order_created", "customer": "customer_saved", "product": "product_saved", "lead": "lead_created"}
    for topic in TOPICS:
        payload = body(names.get(topic.split(".")[0], "order_created"), event=topic)
        kind = type(one(door, payload))
        assert (kind is NotRelevant) == (topic == "ping"), topic
