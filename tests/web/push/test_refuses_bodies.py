"""Bodies that are no push, and days on which nothing can be stored."""

import json
from typing import Any

import pytest
from django.db import InterfaceError, OperationalError
from django.test import Client

from integration_hub.connections.models import Connection
from integration_hub.web import push_api
from integration_hub.web.push_examples import CUSTOMER, ORDER

from .pushing import bearer, post, stored

pytestmark = pytest.mark.django_db

# --- malformed --------------------------------------------------------------------------------------------------------

GOOD = json.dumps({"order": ORDER})


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b" ", "Expecting value at line 1, column 2"),
        (GOOD[:-1].encode(), f"Expecting ',' delimiter at line 1, column {len(GOOD)}"),
        (GOOD.replace('"54.00"', "NaN").encode(), "NaN is not a number in JSON"),
        (GOOD.replace('"54.00"', "-Infinity").encode(), "-Infinity is not a number in JSON"),
        (GOOD.replace('"54.00"', "1e400").encode(), "A number is too large or too long"),
        (GOOD.replace('"54.00"', "9" * 10_000).encode(), "A number is too large or too long"),
        (GOOD.replace("Please", "\\ud800").encode(), "A text holds half of a character"),
        (b"[" * 100_000, "nested deeper than 32 levels"),
        (b'{"order":' * 100_000, "nested deeper than 32 levels"),
        (b'{"order":' + b"[" * 50 + b"]" * 50 + b"}", "nested deeper than 32 levels"),
        (b"[]", "must be a JSON object"),
        (b"null", "must be a JSON object"),
        (b'"order"', "must be a JSON object"),
        (GOOD.encode("utf-16"), "not UTF-8: byte 1"),
        (GOOD.replace("Please", "Звоните").encode("cp1251"), "not UTF-8: byte"),
    ],
    ids=range(15),
)
@pytest.mark.parametrize("signs", [True, False], ids=["signed", "token"])
def test_a_malformed_body_is_refused_with_the_place(
    hub: Client, shop: Connection, raw: bytes, words: str, signs: bool
) -> None:
    headers = bearer() if not signs or b"\xff" in raw or not _is_utf8(raw) else None

    answer = post(hub, shop, raw, headers=headers)

    assert (answer.status_code, answer.json()["error"]) == (400, "malformed")
    assert words in answer.json()["message"]
    assert stored() == []


def _is_utf8(raw: bytes) -> bool:
    return raw.decode("utf-8", "replace").encode() == raw


def test_the_place_of_a_fault_comes_as_numbers_too(hub: Client, shop: Connection) -> None:
    answer = post(hub, shop, b'{"order":\n  oops}').json()

    assert (answer["line"], answer["column"]) == (2, 3)


@pytest.mark.parametrize(
    "content_type",
    [
        "",
        "text/plain",
        "application/x-www-form-urlencoded",
        "application/json; charset=windows-1251",
        "application/xml",
    ],
)
def test_another_content_type_is_refused(hub: Client, shop: Connection, content_type: str) -> None:
    answer = post(hub, shop, {"order": ORDER}, content_type=content_type)

    assert (answer.status_code, answer.json()["error"]) == (415, "unsupported_media_type")
    assert stored() == []


@pytest.mark.parametrize("size", [2 * 1024 * 1024 + 1, 10 * 1024 * 1024])
def test_a_body_above_the_limit_is_refused(hub: Client, shop: Connection, size: int) -> None:
    answer = post(hub, shop, b" " * size)

    assert (answer.status_code, answer.json()["error"]) == (413, "too_large")


def test_a_body_of_exactly_the_limit_is_read(hub: Client, shop: Connection, settings: Any) -> None:
    raw = GOOD.encode()
    settings.HUB_MAX_BODY_BYTES = len(raw)

    assert post(hub, shop, raw).status_code == 202
    assert post(hub, shop, raw + b" ").status_code == 413


def test_a_large_body_below_the_limit_is_taken(hub: Client, shop: Connection, settings: Any) -> None:
    settings.HUB_MAX_BODY_BYTES = 8 * 1024 * 1024  # above Django's own limit for forms
    line = ORDER["lines"][0]

    answer = post(hub, shop, {"order": ORDER | {"lines": [line | {"name": "x" * 900} for _ in range(4_000)]}})

    assert answer.status_code == 202


def test_a_body_without_length_is_refused(hub: Client, shop: Connection) -> None:
    answer = post(hub, shop, {"order": ORDER}, CONTENT_LENGTH="", HTTP_TRANSFER_ENCODING="chunked")

    assert (answer.status_code, answer.json()["error"]) == (411, "length_required")


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD", "TRACE"])
def test_another_method_is_refused(hub: Client, shop: Connection, method: str) -> None:
    answer = hub.generic(method, f"/api/v1/push/{shop.hook_token}/orders")

    assert answer.status_code == 405
    assert answer["Allow"] == "POST"


@pytest.mark.parametrize("path", ["orders/", "order", "prices", "", "orders/1001"])
def test_a_mistyped_address_is_answered_in_json(hub: Client, shop: Connection, path: str) -> None:
    answer = post(hub, shop, {"order": ORDER}, path)

    assert (answer.status_code, answer.json()["error"]) == (404, "not_found")


# --- invalid ----------------------------------------------------------------------------------------------------------


def faults(answer: Any) -> list[str]:
    assert (answer.status_code, answer.json()["error"]) == (422, "invalid")
    assert stored() == []
    return [fault["path"] for fault in answer.json()["faults"]]


def test_one_invalid_object_keeps_all_of_them_out(hub: Client, shop: Connection) -> None:
    broken = ORDER | {"lines": [ORDER["lines"][0] | {"quantity": "two"}]}

    answer = post(hub, shop, {"orders": [ORDER, ORDER, ORDER, broken]})

    assert faults(answer) == ["orders.3.lines.0.quantity"]
    assert answer.json()["faults"][0]["message"] == "Input should be a valid decimal"


@pytest.mark.parametrize(
    ("path", "body", "paths"),
    [
        ("orders", {}, ["orders"]),
        ("orders", {"order": ORDER, "orders": [ORDER]}, ["orders"]),
        ("orders", {"customer": CUSTOMER}, ["customer"]),
        ("orders", {"order": ORDER, "note": "x"}, ["note"]),
        ("orders", {"orders": []}, ["orders"]),
        ("orders", {"orders": [ORDER] * 501}, ["orders"]),
        ("orders", {"orders": ORDER}, ["orders"]),
        ("orders", {"orders": None}, ["orders"]),
        ("orders", {"order": None}, ["order"]),
        ("orders", {"order": [ORDER]}, ["order"]),
        ("orders", {"orders": [1, "x", None]}, ["orders.0", "orders.1", "orders.2"]),
        ("orders", {"order": ORDER | {"colour": "blue"}}, ["order.colour"]),
        ("orders", {"order": ORDER | {"total": True}}, ["order.total"]),
        ("orders", {"order": ORDER | {"total": 10**30}}, ["order.total"]),
        ("orders", {"order": ORDER | {"created_at": "2025-03-01T10:00:00"}}, ["order.created_at"]),
        ("orders", {"order": ORDER | {"id": ""}}, ["order.id"]),
        ("orders", {"order": ORDER | {"id": ["1001"]}}, ["order.id"]),
        ("customers", {"customer": {"email": "buyer@shop.example"}}, ["customer.id"]),
        ("customers", {"customers": [CUSTOMER, {}]}, ["customers.1.id"]),
        ("leads", {"lead": {"id": "1"}}, ["lead.created_at", "lead.customer"]),
        ("status-changes", {"status_change": {"order_id": "1"}}, ["status_change.status"]),
        ("status-changes", {"type": "ping"}, []),
    ],
    ids=range(22),
)
def test_every_fault_is_told_with_its_path(
    hub: Client, shop: Connection, path: str, body: dict[str, Any], paths: list[str]
) -> None:
    assert faults(post(hub, shop, body, path)) == paths


def test_faults_quote_nothing_of_the_body(hub: Client, shop: Connection) -> None:
    order = ORDER | {"currency": "secret word", "customer": {"birthday": "secret word", "email": ["secret word"]}}

    assert b"secret word" not in post(hub, shop, {"order": order}).content


def test_thousands_of_faults_are_told_in_short(hub: Client, shop: Connection) -> None:
    answer = post(hub, shop, {"orders": [ORDER | {f"k{number}": 1 for number in range(300)} for _ in range(100)]})

    assert len(faults(answer)) == 101
    assert len(answer.content) < 20_000


def test_a_field_whose_name_is_very_long_does_not_swell_the_answer(hub: Client, shop: Connection) -> None:
    answer = post(hub, shop, {"order": ORDER | {"x" * 100_000: 1}, "y" * 100_000: 1})

    assert len(answer.content) < 1_000


# --- when the database is away ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", [OperationalError("the database is gone"), InterfaceError("connection closed")])
@pytest.mark.parametrize("place", ["_connection", "_events", "keep_and_nudge"])
def test_without_database_the_shop_is_asked_to_come_again(
    hub: Client, shop: Connection, monkeypatch: pytest.MonkeyPatch, place: str, fault: Exception
) -> None:
    def fail(*args: object) -> None:
        raise fault

    monkeypatch.setattr(push_api, place, fail)

    answer = post(hub, shop, {"order": ORDER})

    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert answer.json()["error"] == "unavailable"
    assert stored() == []


def test_a_fault_of_ours_is_answered_in_json_and_logged_without_the_address(
    hub: Client, shop: Connection, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*args: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(push_api, "keep_and_nudge", fail)

    answer = post(hub, shop, {"order": ORDER})

    assert (answer.status_code, answer.json()["error"]) == (500, "internal")
    assert "ZeroDivisionError" in caplog.text
    assert shop.hook_token not in caplog.text
