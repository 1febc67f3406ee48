"""Who may push, what counts as a repeat, and what an envelope says."""

import hashlib
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine

from connectors.contract.canonical import Customer, Lead, ObjectKind, Order
from connectors.contract.errors import Forged, Unreadable
from connectors.contract.results import Accepted, Acknowledged, HookEvent, HookRequest, NotRelevant, Seen, StatusSeen

from .world import NOW, OLD_SECRET, OTHER_SECRET, SECRET, TOKEN, World, signed, with_token

BODY = b'{"type":"order.upserted","data":{}}'


def key_of(accepted: Accepted | Acknowledged) -> str:
    assert isinstance(accepted, Accepted)
    return accepted.dedup_key


# --- genuine or not ---------------------------------------------------------------------------------------------------


def test_a_signed_call_is_kept_under_its_id_and_body(world: World) -> None:
    accepted = world.receiver().accept(signed(BODY))

    digest = hashlib.sha256(BODY).hexdigest()[:32]
    assert accepted == Accepted("order.upserted", f"id:msg_1:{digest}", {"webhook-id": "msg_1"})


def test_during_a_rotation_both_secrets_open(world: World) -> None:
    receiver = world.receiver(previous_signing_secret=OLD_SECRET)

    assert key_of(receiver.accept(signed(BODY, secret=SECRET))) == key_of(
        receiver.accept(signed(BODY, secret=OLD_SECRET))
    )


def test_after_a_rotation_the_old_secret_opens_nothing(world: World) -> None:
    with pytest.raises(Forged):
        world.receiver().accept(signed(BODY, secret=OLD_SECRET))


@pytest.mark.parametrize(
    "request_",
    [
        HookRequest("POST", {}, BODY),
        signed(BODY, secret=OTHER_SECRET),
        signed(BODY, at=NOW - timedelta(minutes=6)),
        signed(BODY, at=NOW + timedelta(minutes=6)),
        HookRequest("POST", signed(BODY).headers, BODY + b" "),
        HookRequest("POST", {"authorization": "Basic dXNlcjpwYXNz"}, BODY),
        HookRequest("POST", {"authorization": "Bearer"}, BODY),
        with_token(BODY, ""),
        with_token(BODY, "another-token-0123456789"),
        with_token(BODY, "жетон"),
    ],
    ids=[
        "bare",
        "other secret",
        "old",
        "new",
        "one byte",
        "basic",
        "no token",
        "empty token",
        "wrong token",
        "not ascii",
    ],
)
def test_a_call_that_is_not_genuine_is_refused(world: World, request_: HookRequest) -> None:
    with pytest.raises(Forged):
        world.receiver(access_token=TOKEN).accept(request_)


@pytest.mark.parametrize("ours", ["", "short", None])
def test_a_missing_or_short_access_token_opens_nothing(world: World, ours: str | None) -> None:
    with pytest.raises(Forged) as caught:
        world.receiver(access_token=ours).accept(with_token(BODY, ours or ""))

    assert caught.value.code == "no_token"


def test_the_right_token_does_not_heal_a_wrong_signature(world: World) -> None:
    wrong = signed(BODY, secret=OTHER_SECRET)
    request = HookRequest("POST", {**wrong.headers, "authorization": f"Bearer {TOKEN}"}, BODY)

    with pytest.raises(Forged):
        world.receiver(access_token=TOKEN).accept(request)


def test_a_connection_without_any_secret_accepts_nothing(world: World) -> None:
    with pytest.raises(Forged) as caught:
        world.receiver(signing_secret="").accept(signed(BODY))

    assert caught.value.code == "no_secret"


def test_a_test_message_is_acknowledged_and_not_kept(world: World) -> None:
    assert isinstance(world.receiver().accept(signed(b'{"type":"ping"}')), Acknowledged)


def test_an_unsigned_test_message_is_refused(world: World) -> None:
    with pytest.raises(Forged):
        world.receiver().accept(HookRequest("GET", {}, b""))


# --- repeats ----------------------------------------------------------------------------------------------------------


def test_a_repeat_at_a_later_time_is_the_same_event(world: World, clock: time_machine.Traveller) -> None:
    receiver = world.receiver()
    first = key_of(receiver.accept(signed(BODY)))

    later = NOW + timedelta(hours=5)
    clock.move_to(later)
    world.now = later

    assert key_of(receiver.accept(signed(BODY, at=later))) == first


def test_another_state_under_a_used_id_is_another_event(world: World) -> None:
    receiver = world.receiver()

    assert key_of(receiver.accept(signed(BODY))) != key_of(receiver.accept(signed(BODY + b" ")))


@pytest.mark.parametrize(
    ("request_", "id"),
    [
        (with_token(BODY, **{"idempotency-key": "event-1"}), "event-1"),
        (with_token(BODY, **{"webhook-id": "event-2"}), "event-2"),
        (with_token(b'{"type":"order.upserted","event_id":"event-3","data":{}}'), "event-3"),
        (with_token(b'{"type":"order.upserted","event_id":4,"data":{}}'), "4"),
        (with_token(BODY, **{"idempotency-key": "x" * 500}), hashlib.sha256(b"x" * 500).hexdigest()),
        (with_token(BODY, **{"idempotency-key": "ключ"}), hashlib.sha256("ключ".encode()).hexdigest()),
    ],
)
def test_a_token_push_names_its_event_in_header_or_body(world: World, request_: HookRequest, id: str) -> None:
    key = key_of(world.receiver(access_token=TOKEN).accept(request_))

    assert key.startswith(f"id:{id}:")
    assert len(key) <= 150


@pytest.mark.parametrize("body", [BODY, b"[" * 100_000, b"\xff", b"[]", b'{"event_id":true}', b'{"event_id":{}}'])
def test_a_token_push_without_id_is_known_by_its_words_for_ten_minutes(world: World, body: bytes) -> None:
    receiver = world.receiver(access_token=TOKEN)
    first = key_of(receiver.accept(with_token(body)))

    world.now = NOW + timedelta(minutes=4)
    soon = key_of(receiver.accept(with_token(body)))
    world.now = NOW + timedelta(minutes=11)
    later = key_of(receiver.accept(with_token(body)))

    assert first.startswith("body:")
    assert soon == first
    assert later != first


# --- what it says -----------------------------------------------------------------------------------------------------

ORDER = {"id": 1001, "status": "new", "created_at": "2025-03-01T10:00:00Z", "currency": "EUR", "total": "5.00"}


def event(type: Any, data: Any) -> HookEvent:
    return HookEvent("", {}, json.dumps({"type": type, "data": data}).encode(), NOW)


def test_an_order_is_seen_whole_with_its_change_time_as_version(world: World) -> None:
    changes = world.receiver().read(event("order.upserted", ORDER | {"updated_at": "2025-03-01T12:00:00+02:00"}))

    [seen] = changes
    assert isinstance(seen, Seen)
    assert isinstance(seen.record, Order)
    assert (seen.kind, seen.id, seen.version) == (ObjectKind.ORDER, "1001", datetime(2025, 3, 1, 10, tzinfo=UTC))


def test_an_order_without_change_time_has_no_version(world: World) -> None:
    [seen] = world.receiver().read(event("order.upserted", ORDER))

    assert isinstance(seen, Seen)
    assert seen.version is None


def test_a_customer_is_seen(world: World) -> None:
    data = {"id": "77", "email": "buyer@shop.example", "updated_at": "2025-03-01T10:00:00Z"}

    [seen] = world.receiver().read(event("customer.upserted", data))

    customer = Customer(id="77", email="buyer@shop.example", updated_at=NOW.replace(minute=0))
    assert seen == Seen(ObjectKind.CUSTOMER, "77", customer, NOW.replace(minute=0))


def test_a_lead_is_seen(world: World) -> None:
    data = {"id": "f1", "created_at": "2025-03-01T10:15:00Z", "customer": {"is_guest": True, "phone": "+37360123456"}}

    [seen] = world.receiver().read(event("lead.created", data))

    lead = Lead(id="f1", created_at=NOW, customer=Customer(is_guest=True, phone="+37360123456"))
    assert seen == Seen(ObjectKind.LEAD, "f1", lead, NOW)


def test_a_status_change_names_the_order(world: World) -> None:
    data = {"order_id": "1001", "status": "paid", "changed_at": "2025-03-01T10:15:00Z", "comment": "by hand"}

    changes = world.receiver().read(event("order.status_changed", data))

    assert changes == [StatusSeen("1001", "paid", changed_at=NOW, comment="by hand")]


def test_a_test_message_says_nothing(world: World) -> None:
    assert world.receiver().read(event("ping", {})) == [NotRelevant("A test message of the shop.")]


@pytest.mark.parametrize(
    ("body", "paths"),
    [
        (b"", ["body"]),
        (b"[]", ["body"]),
        (b'{"type":"order.upserted","data":', ["body"]),
        (b"[" * 100_000, ["body"]),
        (b"\xff\xfe", ["body"]),
        (b'{"type":"order.upserted","data":{"total":NaN}}', ["body"]),
        (b'{"data":{}}', ["type"]),
        (b'{"type":"order.upsert","data":{}}', ["type"]),
        (b'{"type":["order.upserted"],"data":{}}', ["type"]),
        (b'{"type":"order.upserted"}', ["data"]),
        (b'{"type":"customer.upserted","data":{"email":"buyer@shop.example"}}', ["data.id"]),
        (
            json.dumps({"type": "order.upserted", "data": ORDER | {"lines": [{"quantity": "two"}]}}).encode(),
            ["data.lines.0.quantity", "data.lines.0.subtotal", "data.lines.0.total"],
        ),
    ],
)
def test_what_cannot_be_read_is_told_with_its_path(world: World, body: bytes, paths: list[str]) -> None:
    with pytest.raises(Unreadable) as caught:
        world.receiver().read(HookEvent("", {}, body, NOW))

    assert [fault.path for fault in caught.value.faults] == paths
    assert "buyer" not in caught.value.message
