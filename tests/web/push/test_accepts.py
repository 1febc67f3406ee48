"""What a well-behaved shop may push, and what becomes of repeats."""

import json
import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from connectors.contract.push import PushType
from connectors.contract.results import Seen, StatusSeen
from connectors.toolkit.standard_webhooks import new_secret
from integration_hub.connections.adapters import spec_of
from integration_hub.connections.models import Connection
from integration_hub.engine.models import InboxEvent
from integration_hub.flows.doors import receiver_for
from integration_hub.web.push_examples import CUSTOMER, LEAD, ORDER, PRODUCT, STATUS_CHANGE

from .pushing import assert_refused, bearer, post, signature, stored

pytestmark = pytest.mark.django_db

# --- what is accepted -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "name", "data", "type"),
    [
        ("orders", "order", ORDER, "order.upserted"),
        ("customers", "customer", CUSTOMER, "customer.upserted"),
        ("leads", "lead", LEAD, "lead.created"),
        ("products", "product", PRODUCT, "product.upserted"),
        ("status-changes", "status_change", STATUS_CHANGE, "order.status_changed"),
    ],
)
def test_one_object_is_kept_as_it_was_sent(
    hub: Client, shop: Connection, path: str, name: str, data: dict[str, Any], type: str
) -> None:
    answer = post(hub, shop, {name: data}, path)

    [event] = stored()
    assert (answer.status_code, answer.json()) == (
        202,
        {"accepted": 1, "event_ids": [str(event.pk)], "duplicate": False},
    )
    assert (event.connection_id, event.topic, event.source, event.state) == (shop.pk, type, "push", "new")
    assert json.loads(bytes(event.body)) == {"type": type, "data": data}


def test_many_objects_become_one_event_each_in_their_order(hub: Client, shop: Connection) -> None:
    orders = [ORDER | {"id": str(number)} for number in range(500)]

    answer = post(hub, shop, {"orders": orders})

    events = stored()
    assert answer.json() == {"accepted": 500, "event_ids": [str(event.pk) for event in events], "duplicate": False}
    assert [json.loads(bytes(event.body))["data"]["id"] for event in events] == [str(number) for number in range(500)]


@pytest.mark.parametrize(
    ("path", "name", "data"),
    [
        ("orders", "orders", ORDER),
        ("customers", "customers", CUSTOMER),
        ("leads", "leads", LEAD),
        ("products", "products", PRODUCT),
        ("status-changes", "status_changes", STATUS_CHANGE),
    ],
)
def test_what_is_kept_can_be_read_back(
    hub: Client, shop: Connection, path: str, name: str, data: dict[str, Any]
) -> None:
    post(hub, shop, {name: [data]}, path)

    [event] = stored()
    receiver = receiver_for(shop)
    assert receiver is not None
    [change] = receiver.read(event_of(event))
    assert isinstance(change, Seen | StatusSeen)
    assert change.id == str(data.get("id") or data["order_id"])


def event_of(event: InboxEvent) -> Any:
    from connectors.contract.results import HookEvent

    return HookEvent(event.topic, event.headers, bytes(event.body), event.received_at)


@pytest.mark.parametrize("content_type", ["application/json; charset=utf-8", 'application/json; charset="UTF-8"'])
def test_the_usual_content_types_are_taken(hub: Client, shop: Connection, content_type: str) -> None:
    assert post(hub, shop, {"order": ORDER}, content_type=content_type).status_code == 202


@pytest.mark.parametrize("accept", ["text/html", "application/xml", "*/*", "nonsense"])
def test_answers_are_json_whatever_the_client_wishes_for(hub: Client, shop: Connection, accept: str) -> None:
    answer = post(hub, shop, {"order": ORDER}, HTTP_ACCEPT=accept)

    assert (answer.status_code, answer["content-type"]) == (202, "application/json")


def test_a_paused_connection_still_accepts(hub: Client, shop: Connection) -> None:
    shop.pause("by hand")

    assert post(hub, shop, {"order": ORDER}).status_code == 202
    assert len(stored()) == 1


def test_nul_characters_are_taken_out_before_anything_is_stored(hub: Client, shop: Connection) -> None:
    order = ORDER | {"customer_comment": "a\x00b", "extra": {"k\x00": ["\x00"]}}

    post(hub, shop, {"order": order})

    [event] = stored()
    assert "\\u0000" not in bytes(event.body).decode()
    assert json.loads(bytes(event.body))["data"]["extra"] == {"k": [""]}


def test_markup_is_kept_as_text(hub: Client, shop: Connection) -> None:
    order = ORDER | {"customer_comment": "<script>alert(1)</script>", "number": "=cmd|' /C calc'!A0"}

    assert post(hub, shop, {"order": order}).status_code == 202
    assert json.loads(bytes(stored()[0].body))["data"]["customer_comment"] == "<script>alert(1)</script>"


# --- repeats ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("body", [{"order": ORDER}, {"orders": [ORDER, ORDER | {"id": "1002"}]}])
def test_a_repeat_is_told_and_stores_nothing(hub: Client, shop: Connection, body: dict[str, Any]) -> None:
    first = post(hub, shop, body, id="msg_1").json()
    count = len(stored())

    again = post(hub, shop, body, id="msg_1", at=datetime.now(UTC) - timedelta(seconds=30))

    assert (again.status_code, again.json()) == (202, first | {"duplicate": True})
    assert len(stored()) == count


def test_a_replayed_request_stores_nothing(hub: Client, shop: Connection) -> None:
    raw = json.dumps({"order": ORDER}).encode()
    headers = signature(shop, raw)

    answers = [post(hub, shop, raw, headers=headers).json()["duplicate"] for _ in range(20)]

    assert answers == [False, *[True] * 19]
    assert len(stored()) == 1


def test_a_new_state_under_an_old_id_is_taken(hub: Client, shop: Connection) -> None:
    post(hub, shop, {"order": ORDER}, id="order-1001")

    answer = post(hub, shop, {"order": ORDER | {"status": "shipped"}}, id="order-1001")

    assert answer.json()["duplicate"] is False
    assert len(stored()) == 2


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        (bearer(**{"Idempotency-Key": "event-1"}), {"order": ORDER}),
        (bearer(), {"order": ORDER, "event_id": "event-1"}),
    ],
)
def test_token_pushes_name_their_event_in_header_or_body(
    hub: Client, shop: Connection, headers: dict[str, str], body: dict[str, Any]
) -> None:
    answers = [post(hub, shop, body, headers=headers).json()["duplicate"] for _ in range(2)]

    assert answers == [False, True]
    assert len(stored()) == 1


def test_the_same_id_from_two_shops_is_two_events(hub: Client, shop: Connection) -> None:
    other = Connection.objects.create(
        kind="custom_cms", role="store", name="Other", secrets={"signing_secret": new_secret()}
    )

    post(hub, shop, {"order": ORDER}, id="msg_1")
    answer = post(hub, other, {"order": ORDER}, id="msg_1")

    assert answer.json()["duplicate"] is False
    assert len(stored()) == 2


def test_a_corrected_push_may_keep_its_id(hub: Client, shop: Connection) -> None:
    assert post(hub, shop, {"order": ORDER | {"total": "much"}}, id="msg_1").status_code == 422

    assert post(hub, shop, {"order": ORDER}, id="msg_1").json()["duplicate"] is False


# --- ping, logs, cost -------------------------------------------------------------------------------------------------


def ping(hub: Client, shop: Connection, headers: dict[str, str]) -> Any:
    return hub.get(f"/api/v1/push/{shop.hook_token}/ping", headers=headers)


def test_a_signed_ping_is_answered_with_our_time(hub: Client, shop: Connection) -> None:
    answer = ping(hub, shop, signature(shop, b""))

    assert answer.status_code == 200
    assert answer.json()["ok"] is True
    assert abs(datetime.fromisoformat(answer.json()["time"]) - datetime.now(UTC)) < timedelta(minutes=1)
    assert stored() == []


def test_an_unsigned_ping_is_refused(hub: Client, shop: Connection) -> None:
    assert_refused(ping(hub, shop, {}))


def test_refusals_are_logged_without_token_signature_or_personal_data(
    hub: Client, shop: Connection, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)

    post(hub, shop, {"order": ORDER}, at=datetime.now(UTC) - timedelta(hours=1))
    post(hub, shop, {"order": ORDER | {"total": "much"}})
    post(hub, shop, {"order": ORDER}, "mistyped")
    post(hub, shop, b"{")

    messages = [record.getMessage() for record in caplog.records if record.name != "django.db.backends"]
    assert f"a push to connection {shop.pk} was refused: Message timestamp too old." in messages
    secrets = (shop.hook_token, "whsec_", "v1,", "buyer@", "Ion", "+373")
    assert [message for message in messages if any(secret in message for secret in secrets)] == []


def test_a_refused_push_costs_one_query(
    hub: Client, shop: Connection, django_assert_num_queries: Callable[[int], Any]
) -> None:
    with django_assert_num_queries(1):
        assert post(hub, shop, {"order": ORDER}, headers={}).status_code == 401


def test_five_hundred_orders_are_answered_at_once(hub: Client, shop: Connection) -> None:
    orders = [ORDER | {"id": str(number)} for number in range(500)]

    start = time.perf_counter()
    answer = post(hub, shop, {"orders": orders})

    assert answer.status_code == 202
    assert time.perf_counter() - start < 5  # measured: 0.15 s; a busy machine may take longer


def test_every_type_of_push_is_read_by_the_connector() -> None:
    assert set(spec_of(Connection(kind="custom_cms")).wire_topics) == set(PushType)
