"""The table of answers, row by row."""

import json
from datetime import timedelta
from typing import Any

import pytest

from connectors.contract.errors import Misconfigured, RateLimited, Rejected, Retryable
from connectors.toolkit.http import Answer
from connectors.woocommerce.errors import (
    HTML,
    PAUSE_WITHOUT_RETRY_AFTER,
    TABLE,
    Row,
    error_for,
    error_of_item,
    row_for,
)
from tests.connectors.woocommerce.shop import error

PAGE = "<!DOCTYPE html><html><body>Access denied for ana@example.com</body></html>"


def _status(pattern: str) -> int:
    """A status that the row is meant for and that no special row takes away."""
    return {"5??": 520, "4??": 422, "3??": 302, "*": 200}.get(pattern) or int(pattern)


def _code(pattern: str) -> str:
    return {"*": "some_code"}.get(pattern, pattern.replace("*", "edit"))


def _answer(status: int, body: str, **headers: str) -> Answer:
    return Answer(status, {name.replace("_", "-"): value for name, value in headers.items()}, body.encode(), "")


def _reaching(row: Row) -> Answer:
    status, code = _status(row.status), _code(row.code)
    return _answer(status, PAGE if code == HTML else json.dumps(error(code, status)))


REACHING = tuple(_reaching(row) for row in TABLE)
"""An answer for each row, in the table's order; the shared suite tries them, too."""


@pytest.mark.parametrize("row", TABLE, ids=lambda row: f"{row.status} {row.code}")
def test_every_row_is_reached_and_raises_its_class(row: Row) -> None:
    found = error_for(_reaching(row))

    assert row_for(_status(row.status), _code(row.code)) is row
    assert type(found) is row.error
    assert found.message.startswith(row.says)
    assert row.cure in found.message
    assert found.code


@pytest.mark.parametrize(
    ("status", "code", "expected"),
    [
        (401, "woocommerce_rest_cannot_view", Misconfigured),
        (401, "woocommerce_rest_authentication_error", Misconfigured),
        (401, "woocommerce_rest_cannot_batch", Misconfigured),
        (404, "rest_no_route", Misconfigured),
        (400, "woocommerce_rest_shop_order_invalid_id", Rejected),
        (404, "woocommerce_rest_shop_order_invalid_id", Rejected),
        (400, "rest_invalid_param", Rejected),
        (410, "woocommerce_rest_already_trashed", Rejected),
        (413, "woocommerce_rest_request_entity_too_large", Rejected),
        (500, "internal_server_error", Retryable),
        (503, "wp_maintenance", Retryable),
        (429, "too_many", RateLimited),
    ],
)
def test_known_codes_have_their_class(status: int, code: str, expected: type[Exception]) -> None:
    assert type(error_for(_answer(status, json.dumps(error(code, status))))) is expected


@pytest.mark.parametrize(("status", "expected"), [(403, Misconfigured), (406, Misconfigured), (404, Misconfigured)])
def test_page_of_a_firewall_is_a_matter_of_the_connection(status: int, expected: type[Exception]) -> None:
    assert type(error_for(_answer(status, PAGE))) is expected


def test_maintenance_page_passes_and_retry_after_is_honoured() -> None:
    found = error_for(_answer(503, PAGE, retry_after="120"))

    assert type(found) is Retryable
    assert found.retry_after == timedelta(minutes=2)


def test_too_many_calls_without_retry_after_pause_half_a_minute() -> None:
    found = error_for(_answer(429, "{}"))

    assert isinstance(found, RateLimited)
    assert found.retry_after == PAUSE_WITHOUT_RETRY_AFTER


@pytest.mark.parametrize("data", [500, {"status": 500}, {"status": 500, "params": None}])
def test_data_may_be_an_object_or_a_number(data: Any) -> None:
    assert type(error_of_item({"code": "any", "message": "x", "data": data})) is Retryable


@pytest.mark.parametrize("item", [None, {}, {"data": None}, {"data": True}, {"data": "x", "code": 5}])
def test_item_error_without_status_is_a_refusal(item: object) -> None:
    assert type(error_of_item(item)) is Rejected


def test_message_never_holds_personal_data_or_markup() -> None:
    words = "<p>Account ana@example.com exists, call +34 600 111 222</p>"

    message = error_for(_answer(400, json.dumps(error("any", 400, words)))).message

    assert "ana@" not in message
    assert "600 111" not in message
    assert "<p>" not in message


def test_page_never_reaches_the_message() -> None:
    assert "ana@" not in error_for(_answer(403, PAGE)).message


def test_reasons_of_wrong_values_are_told() -> None:
    body = {
        "code": "rest_invalid_param",
        "message": "Bad",
        "data": {"status": 400, "params": {"status": "not one of a, b"}},
    }

    assert "not one of a, b" in error_for(_answer(400, json.dumps(body))).message


def test_class_is_decided_by_code_and_not_by_the_shops_language() -> None:
    body = json.dumps(error("woocommerce_rest_cannot_view", 401, "Lo siento, no puedes listar recursos."))

    assert error_for(_answer(401, body)).code == "woocommerce_rest_cannot_view"


def test_warnings_of_php_before_the_error_do_not_hide_it() -> None:
    body = "<br />\n<b>Warning</b>: array [0] in <b>/x.php</b> on line <b>3</b><br />\n" + json.dumps(
        error("woocommerce_rest_shop_order_invalid_id", 404)
    )

    assert type(error_for(_answer(404, body))) is Rejected
