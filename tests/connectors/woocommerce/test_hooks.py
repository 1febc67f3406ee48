"""Calls at the door: who is let in, what is kept, what it says."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from connectors.contract.canonical import Customer, ObjectKind, Order
from connectors.contract.errors import Forged, Unreadable
from connectors.contract.results import (
    Accepted,
    Acknowledged,
    Change,
    Gone,
    Hint,
    HookEvent,
    HookRequest,
    NotRelevant,
    Seen,
    UnreadableObject,
)
from connectors.toolkit.signing import hmac_sha256_base64
from connectors.woocommerce.hooks import HookReceiver
from connectors.woocommerce.links import shop_name
from tests.connectors.woocommerce.shop import NOW, SECRET, SITE, order, sample

BODY = json.dumps(order()).encode()


def receiver(*others: str, previous: str = "") -> HookReceiver:
    return HookReceiver(SITE, others, [SECRET, previous])


def call(body: bytes = BODY, secret: str = SECRET, **changes: str) -> HookRequest:
    headers = {
        "content-type": "application/json",
        "user-agent": "WooCommerce/10.1.0 Hookshot (WordPress/6.8)",
        "x-wc-webhook-source": f"{SITE}/",
        "x-wc-webhook-topic": "order.updated",
        "x-wc-webhook-resource": "order",
        "x-wc-webhook-event": "updated",
        "x-wc-webhook-signature": hmac_sha256_base64(secret, body),
        "x-wc-webhook-id": "3",
        "x-wc-webhook-delivery-id": "d1",
    }
    headers |= {f"x-wc-webhook-{name.replace('_', '-')}": value for name, value in changes.items()}
    return HookRequest("POST", headers, body)


def accepted(request: HookRequest) -> Accepted:
    answer = receiver().accept(request)
    assert isinstance(answer, Accepted)
    return answer


def read(topic: str, payload: Any) -> Change:
    body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    (change,) = receiver().read(HookEvent(topic, {}, body, NOW))
    return change


# --- the door ---------------------------------------------------------------------------------------------------------


def test_signed_call_of_the_shop_is_kept_with_few_headers() -> None:
    answer = accepted(call())

    assert answer.topic == "order.updated"
    assert answer.headers == {
        "x-wc-webhook-topic": "order.updated",
        "x-wc-webhook-source": f"{SITE}/",
        "x-wc-webhook-id": "3",
        "x-wc-webhook-delivery-id": "d1",
    }


def test_ping_is_answered_and_not_kept() -> None:
    headers = {"content-type": "application/x-www-form-urlencoded"}

    assert isinstance(receiver().accept(HookRequest("POST", headers, b"webhook_id=12")), Acknowledged)


@pytest.mark.parametrize(
    ("method", "kind", "body"),
    [
        ("POST", "application/x-www-form-urlencoded", b"webhook_id=1&order=5"),
        ("POST", "application/x-www-form-urlencoded", b"webhook_id=x"),
        ("POST", "application/json", b"webhook_id=1"),
        ("POST", "application/json", BODY),
        ("GET", "", b""),
        ("POST", "application/json", b""),
    ],
)
def test_unsigned_call_is_refused(method: str, kind: str, body: bytes) -> None:
    with pytest.raises(Forged):
        receiver().accept(HookRequest(method, {"content-type": kind}, body))


@pytest.mark.parametrize("signature", ["", " ", "AAAA", "é", "\udcff", "0" * 10_000])
def test_wrong_signature_is_refused(signature: str) -> None:
    with pytest.raises(Forged):
        receiver().accept(call(signature=signature))


def test_one_changed_byte_is_refused() -> None:
    request = call()

    with pytest.raises(Forged, match="Repair webhooks"):
        receiver().accept(HookRequest("POST", request.headers, request.body.replace(b"62.40", b"62.41")))


def test_secret_of_another_shop_is_refused() -> None:
    with pytest.raises(Forged):
        receiver().accept(call(secret="another"))


def test_connection_without_secret_lets_nobody_in() -> None:
    with pytest.raises(Forged):
        HookReceiver(SITE, [], ["", ""]).accept(call(secret=""))


def test_previous_secret_holds_while_it_is_changed() -> None:
    assert isinstance(receiver(previous="old").accept(call(secret="old")), Accepted)


@pytest.mark.parametrize("source", ["https://staging.example.com/store/", "https://shop.example.com/", "", "https://"])
def test_copy_of_the_shop_is_refused_although_it_signs_rightly(source: str) -> None:
    with pytest.raises(Forged, match="copy of the shop") as caught:
        receiver().accept(call(source=source))

    assert caught.value.code == "source"


@pytest.mark.parametrize(
    "source", [f"{SITE}/", SITE, "http://shop.example.com/store/", "https://SHOP.example.com:443/store"]
)
def test_spelling_of_the_source_does_not_matter(source: str) -> None:
    assert isinstance(receiver().accept(call(source=source)), Accepted)


def test_further_source_can_be_accepted() -> None:
    assert isinstance(
        receiver("https://www.example.com/store").accept(call(source="http://www.example.com/store/")), Accepted
    )


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("https://Магазин.рф/", "xn--80aairftm.xn--p1ai"),
        ("shop.example.com", "shop.example.com"),
        ("http://127.0.0.1:8098/", "127.0.0.1:8098"),
        ("https://[broken", ""),
        ("https://x:notaport/", ""),
        ("", ""),
    ],
)
def test_shop_is_named_by_host_port_and_path(address: str, name: str) -> None:
    assert shop_name(address) == name


def test_same_state_delivered_twice_is_one_event() -> None:
    assert accepted(call()).dedup_key == accepted(call(delivery_id="d2", id="9")).dedup_key


def test_other_topic_or_state_is_another_event() -> None:
    keys = {
        accepted(call()).dedup_key,
        accepted(call(topic="order.created")).dedup_key,
        accepted(call(json.dumps(order(status="completed")).encode())).dedup_key,
    }

    assert len(keys) == 3


def test_several_orders_of_one_second_share_a_delivery_id_and_are_several_events() -> None:
    assert accepted(call(b'{"id":1}')).dedup_key != accepted(call(b'{"id":2}')).dedup_key


def test_order_trashed_twice_is_two_events() -> None:
    first = accepted(call(b'{"id":1}', topic="order.deleted"))
    second = accepted(call(b'{"id":1}', topic="order.deleted", delivery_id="d2"))

    assert first.dedup_key != second.dedup_key


# --- what it says -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("topic", ["order.created", "order.updated"])
def test_whole_order_is_seen_in_its_version(topic: str) -> None:
    change = read(topic, order())

    assert isinstance(change, Seen)
    assert isinstance(change.record, Order)
    assert (change.kind, change.id) == (ObjectKind.ORDER, "501")
    assert change.version == datetime(2026, 2, 27, 10, 31, 5, tzinfo=UTC)


def test_account_without_change_time_has_the_version_of_its_creation() -> None:
    change = read("customer.created", sample("customer.json"))

    assert isinstance(change, Seen)
    assert isinstance(change.record, Customer)
    assert change.version == datetime(2025, 12, 1, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("topic", "payload", "expected"),
    [
        ("order.deleted", {"id": 21}, Gone(ObjectKind.ORDER, "21")),
        ("customer.deleted", {"id": 7}, Gone(ObjectKind.CUSTOMER, "7")),
        ("order.updated", order(21, status="trash"), Gone(ObjectKind.ORDER, "21")),
        ("order.restored", order(21), Hint(ObjectKind.ORDER, "21")),
        ("order.updated", {"id": 21}, Hint(ObjectKind.ORDER, "21")),
        ("order.updated", {"id": 21, "status": "completed"}, Hint(ObjectKind.ORDER, "21")),
        ("customer.updated", {"id": 7, "email": "a@example.com"}, Hint(ObjectKind.CUSTOMER, "7")),
        (
            "action.woocommerce_order_status_completed",
            {"action": "woocommerce_order_status_completed", "arg": 20},
            Hint(ObjectKind.ORDER, "20"),
        ),
        (
            "action.woocommerce_created_customer",
            {"action": "woocommerce_created_customer", "arg": "4"},
            Hint(ObjectKind.CUSTOMER, "4"),
        ),
        ("product.updated", {"id": 10, "type": "simple", "parent_id": 0}, Hint(ObjectKind.PRODUCT, "10")),
        ("product.created", {"id": 31, "type": "variation", "parent_id": 30}, Hint(ObjectKind.PRODUCT, "30")),
        ("product.restored", {"id": 10}, Hint(ObjectKind.PRODUCT, "10")),
        ("product.deleted", {"id": 10}, Gone(ObjectKind.PRODUCT, "10")),
        ("product.updated", {"id": 10, "status": "trash"}, Gone(ObjectKind.PRODUCT, "10")),
    ],
)
def test_thin_events_name_the_object(topic: str, payload: dict[str, Any], expected: Change) -> None:
    assert read(topic, payload) == expected


@pytest.mark.parametrize(
    ("topic", "payload"),
    [
        ("order.created", {"code": "woocommerce_rest_shop_order_invalid_id", "message": "x", "data": {"status": 404}}),
        ("order.created", {"code": "woocommerce_rest_cannot_view", "data": 401}),
        ("order.updated", {}),
        ("order.updated", {"id": 0}),
        ("order.created", order(21, status="checkout-draft")),
        ("product.updated", {"id": 0}),
        ("coupon.created", {"id": 16}),
        ("subscription.created", {"id": 16}),
        ("", {"id": 16}),
        ("action.woocommerce_add_to_cart", {"action": "woocommerce_add_to_cart", "arg": "a1b2"}),
        ("action.woocommerce_order_x", {"action": "woocommerce_order_x", "arg": {"id": 5}}),
    ],
)
def test_events_without_work_say_why(topic: str, payload: dict[str, Any]) -> None:
    change = read(topic, payload)

    assert isinstance(change, NotRelevant)
    assert change.reason


def test_whole_order_that_cannot_be_read_keeps_its_id_and_faults() -> None:
    change = read("order.updated", order(total="?"))

    assert isinstance(change, UnreadableObject)
    assert (change.id, [fault.path for fault in change.faults]) == ("501", ["total"])


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b"\xff\xfe", b"{", b"[" * 100_000, b"<html>"])
def test_body_that_is_no_object_is_unreadable(body: bytes) -> None:
    with pytest.raises(Unreadable):
        read("order.updated", body)
