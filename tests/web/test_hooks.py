"""The door for webhooks: checks, keeps, answers; whatever is thrown at it."""

import base64
import hashlib
import hmac
import json
import logging
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client
from django.urls import reverse

from integration_hub.connections.models import Connection
from integration_hub.engine import lanes
from integration_hub.engine.models import InboxEvent
from integration_hub.flows import tasks
from integration_hub.web import hooks

SECRET = "ab" * 20
SITE = "http://127.0.0.1:9"
"""Nobody listens there: what has to be read anew ends in words, not in a call."""

HOSTILE = {
    "empty": b"",
    "truncated": b'{"id": 17, "status": "proc',
    "no object": b"[1, 2, 3]",
    "a number": b"17",
    "null": b"null",
    "deep": b'{"a":' * 20_000 + b"1" + b"}" * 20_000,
    "deep list": b"[" * 100_000,
    "not UTF-8": b'{"id": 17, "name": "\xff\xfe\x00"}',
    "UTF-16": '{"id": 17}'.encode("utf-16"),
    "NaN": b'{"id": 17, "total": NaN, "date_modified_gmt": Infinity}',
    "huge number": b'{"id": 17, "total": ' + b"9" * 5_000 + b"}",
    "huge exponent": b'{"id": 17, "total": "1e999999999", "status": "x", "currency": "EUR", "line_items": []}',
    "NUL": b'{"id": "1\\u0000", "status": "\\u0000"}',
    "lone surrogate": b'{"id": "\\ud800", "status": "\\udfff"}',
    "wrong types": b'{"id": {"a": 1}, "status": [], "currency": 5, "total": {}, "line_items": "x", "billing": 7}',
    "lists for texts": b'{"id": 17, "status": ["a"], "currency": null, "total": [], "line_items": {"a": 1}}',
    "duplicate keys": b'{"id": 1, "id": 2}',
    "markup": b'{"id": "<script>alert(1)</script>", "status": "=cmd()"}',
    "id of a thousand characters": b'{"id": "' + b"9" * 1000 + b'"}',
    "binary": bytes(range(256)),
}


@pytest.fixture
def shop(db: None) -> Connection:
    return Connection.objects.create(
        kind="woocommerce",
        role="store",
        name="Shop",
        settings={"site": SITE},
        secrets={"consumer_key": "ck_1", "consumer_secret": "cs_1", "webhook_secret": SECRET},
    )


@pytest.fixture
def crm(db: None) -> Connection:
    return Connection.objects.create(
        kind="retailcrm",
        role="crm",
        name="CRM",
        settings={"address": "https://crm.example", "site": "main"},
        secrets={"api_key": "key"},
    )


@pytest.fixture
def boutique(db: None) -> Connection:
    return Connection.objects.create(
        kind="custom_cms",
        role="store",
        name="Boutique",
        secrets={"signing_secret": "whsec_" + "YQ" * 20, "access_token": "t" * 40},
    )


def address(connection: Connection) -> str:
    return reverse("hook", args=[connection.hook_token])


def signed(body: bytes, *, secret: str = SECRET, topic: str = "order.updated", source: str = SITE) -> dict[str, str]:
    digest = hmac.new(secret.encode(), body, hashlib.sha256).digest()
    return {
        "X-WC-Webhook-Topic": topic,
        "X-WC-Webhook-Source": source,
        "X-WC-Webhook-Signature": base64.b64encode(digest).decode(),
        "X-WC-Webhook-Delivery-ID": "d1",
    }


def post(
    client: Client,
    connection: Connection,
    body: bytes,
    headers: dict[str, str] | None = None,
    content_type: str = "application/json",
) -> int:
    return client.post(address(connection), body, content_type=content_type, headers=headers or {}).status_code


BODY = json.dumps({"id": 17, "date_modified_gmt": "2026-03-01T12:00:00"}).encode()


def test_genuine_call_is_kept_and_answered_before_anything_is_read(client: Client, shop: Connection) -> None:
    assert post(client, shop, BODY, signed(BODY)) == 200

    event = InboxEvent.objects.get()
    assert (bytes(event.body), event.topic, event.state) == (BODY, "order.updated", "new")
    assert event.connection == shop


def test_replayed_call_is_answered_and_kept_once(client: Client, shop: Connection) -> None:
    assert {post(client, shop, BODY, signed(BODY)) for _ in range(5)} == {200}

    assert InboxEvent.objects.count() == 1


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {**signed(BODY), "X-WC-Webhook-Signature": ""},
        {**signed(BODY), "X-WC-Webhook-Signature": "AAAA"},
        {**signed(BODY), "X-WC-Webhook-Signature": "\xff not base64"},
        signed(BODY, secret="of another shop"),
        signed(BODY + b" "),
        signed(BODY, source="https://copy.example"),
    ],
    ids=["unsigned", "empty", "short", "no base64", "other secret", "other body", "a copy of the shop"],
)
def test_call_that_is_not_genuine_is_refused_and_not_kept(
    client: Client, shop: Connection, headers: dict[str, str]
) -> None:
    assert post(client, shop, BODY, headers) == 401

    assert InboxEvent.objects.count() == 0


def test_one_changed_byte_is_noticed(client: Client, shop: Connection) -> None:
    headers = signed(BODY)

    for place in range(0, len(BODY), 7):
        changed = BODY[:place] + bytes([BODY[place] ^ 1]) + BODY[place + 1 :]
        assert post(client, shop, changed, headers) == 401

    assert InboxEvent.objects.count() == 0


def test_both_secrets_hold_while_the_secret_is_changed(client: Client, shop: Connection) -> None:
    shop.secrets = {**shop.secrets, "webhook_secret": "new", "previous_webhook_secret": SECRET}
    shop.save()

    assert post(client, shop, BODY, signed(BODY)) == 200
    assert post(client, shop, BODY, signed(BODY, secret="new")) == 200


def test_changed_secret_counts_at_once(client: Client, shop: Connection) -> None:
    assert post(client, shop, BODY, signed(BODY)) == 200
    shop.secrets = {**shop.secrets, "webhook_secret": "new"}
    shop.save()

    assert post(client, shop, BODY, signed(BODY)) == 401


@pytest.mark.django_db
@pytest.mark.parametrize("token", ["x", "a" * 43, "../admin", "%00", "a" * 5000, "ж" * 43])
def test_unknown_address_is_refused_like_a_forged_call(client: Client, shop: Connection, token: str) -> None:
    unknown = client.post(f"/hooks/{token}/", BODY, content_type="application/json", headers=signed(BODY))
    forged = client.post(address(shop), BODY, content_type="application/json")

    assert unknown.status_code in {401, 404}
    if unknown.status_code == 401:
        assert unknown.content == forged.content
    assert InboxEvent.objects.count() == 0


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "OPTIONS", "HEAD", "TRACE"])
def test_method_that_no_system_uses_is_refused(client: Client, shop: Connection, method: str) -> None:
    assert client.generic(method, address(shop), BODY, headers=signed(BODY)).status_code == 405
    assert InboxEvent.objects.count() == 0


def test_ping_is_answered_and_not_kept(client: Client, shop: Connection) -> None:
    assert post(client, shop, b"webhook_id=7", content_type="application/x-www-form-urlencoded") == 200
    assert InboxEvent.objects.count() == 0


def test_body_above_the_limit_is_refused_whatever_it_announces(client: Client, shop: Connection, settings: Any) -> None:
    settings.HUB_MAX_BODY_BYTES = 1000
    large = b"x" * 1001

    announced = post(client, shop, large, signed(large))
    lying = client.generic("POST", address(shop), large, headers=signed(large), CONTENT_LENGTH="nonsense")
    chunked = client.generic("POST", address(shop), large, headers={**signed(large), "Transfer-Encoding": "chunked"})
    allowed = post(client, shop, b"x" * 1000, signed(b"x" * 1000))

    assert (announced, allowed) == (413, 200)
    assert lying.status_code in {401, 413}
    assert chunked.status_code in {411, 413}
    assert InboxEvent.objects.count() == 1


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_body_that_is_signed_ends_as_a_visible_event(
    client: Client, shop: Connection, name: str, caplog: pytest.LogCaptureFixture, settings: Any
) -> None:
    settings.HUB_ALLOWED_PRIVATE_NETWORKS = ["127.0.0.0/8"]
    body = HOSTILE[name]

    status = post(client, shop, body, signed(body))
    if InboxEvent.objects.exists():
        tasks.work(lanes.inbound_lane(shop.pk).pk)

    assert status in {200, 401, 413}
    if status == 200:
        event = InboxEvent.objects.get()
        assert event.state in {"failed", "ignored"} or "cannot be reached" in event.reason
        assert event.reason
    assert "Traceback" not in caplog.text


@pytest.mark.parametrize("kind", ["crm", "boutique"])
@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_body_at_other_doors_is_never_a_server_error(
    client: Client, request: pytest.FixtureRequest, kind: str, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    connection = request.getfixturevalue(kind)

    statuses = {
        post(client, connection, HOSTILE[name], headers, content_type=content_type)
        for headers in ({}, {"Authorization": "Bearer " + "t" * 40}, {"webhook-signature": "v1,\xff"})
        for content_type in ("application/json", "application/x-www-form-urlencoded", "multipart/form-data", "")
    }

    assert statuses <= {200, 401, 413}
    assert "Traceback" not in caplog.text


def test_connection_that_was_never_filled_in_accepts_nothing(client: Client, db: None) -> None:
    empty = Connection.objects.create(kind="woocommerce", role="store", name="Empty")

    assert post(client, empty, BODY, signed(BODY, secret="")) == 401


def test_without_a_database_the_sender_is_asked_to_come_again(
    client: Client, shop: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_arguments: Any) -> Any:
        raise OperationalError

    monkeypatch.setattr(hooks, "keep_and_nudge", away)
    monkeypatch.setattr("integration_hub.web.hooks.connection.close", lambda: None)

    answer = client.post(address(shop), BODY, content_type="application/json", headers=signed(BODY))

    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert InboxEvent.objects.count() == 0


def test_neither_token_nor_secret_reaches_the_log(
    client: Client, shop: Connection, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)

    post(client, shop, BODY, signed(BODY, secret="other"))
    post(client, shop, BODY)

    assert shop.hook_token not in caplog.text
    assert SECRET not in caplog.text
