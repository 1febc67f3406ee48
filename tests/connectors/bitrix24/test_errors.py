"""The table of errors, row by row, and the answers that are not in it."""

import json
from datetime import timedelta
from typing import Any

import pytest

from connectors.bitrix24.errors import OPERATION_PAUSE, RATE_LIMIT_PAUSE, TABLE, error_for, error_in
from connectors.contract.errors import Misconfigured, OutcomeUnknown, RateLimited, Rejected, Retryable
from connectors.toolkit.http import Answer

HTML = b"<html><body><h1>Not here</h1></body></html>"


def answer(status: int, code: str = "", text: str = "", *, body: bytes | None = None, **headers: str) -> Answer:
    if body is None:
        body = json.dumps({"error": code, "error_description": text}).encode()
    return Answer(status, {name.replace("_", "-"): value for name, value in headers.items()}, body, "")


REACHING = [
    answer(503, "QUERY_LIMIT_EXCEEDED", "Too many requests"),
    answer(429, "OPERATION_TIME_LIMIT", "Method is blocked due to operation time limit."),
    answer(503, "OVERLOAD_LIMIT", "REST API is blocked due to overload."),
    answer(500, "PORTAL_DELETED", "Portal deleted"),
    answer(401, "expired_token", "The access token provided has expired"),
    answer(401, "NO_AUTH_FOUND", "Wrong authorization data"),
    answer(403, "PAYMENT_REQUIRED", "Payment required"),
    answer(403, "insufficient_scope", "The request requires higher privileges"),
    answer(403, "ACCESS_DENIED", "REST API is available only on commercial plans"),
    answer(400, "INVALID_REQUEST", "Https required"),
    answer(404, "ERROR_METHOD_NOT_FOUND", "Method not found!"),
    answer(400, "ERROR_BATCH_LENGTH_EXCEEDED", "Max batch length exceeded"),
    answer(400, "NOT_FOUND", "Item is away"),
    answer(400, "CRM_FIELD_ERROR_REQUIRED", "Field 'UF_CRM_X' is required"),
    answer(400, "CRM_FIELD_ERROR_VALUE_NOT_VALID", "Invalid value"),
    answer(500, "INTERNAL_SERVER_ERROR", "Internal server error"),
    answer(400, "", "Access denied."),
    answer(400, "", "Not found"),
    answer(429),
    answer(200, body=HTML, content_type="text/html"),
    answer(403, body=HTML, content_type="text/html"),
    answer(404, body=HTML, content_type="text/html"),
    answer(401),
    answer(403),
    answer(400, "", "ID is not defined or invalid."),
    answer(500),
    answer(502, body=HTML, content_type="text/html"),
    answer(503, body=HTML, content_type="text/html"),
    answer(504),
]


@pytest.mark.parametrize(("row", "given"), list(zip(TABLE, REACHING, strict=True)), ids=lambda each: "")
def test_each_row_is_reached(row: Any, given: Answer) -> None:
    found = error_for(given)

    assert (type(found), found.code) == (row.error, row.code)


@pytest.mark.parametrize("code", ["query_limit_exceeded", "Query_Limit_Exceeded", "QUERY_LIMIT_EXCEEDED"])
def test_codes_are_compared_in_any_case(code: str) -> None:
    found = error_for(answer(503, code))

    assert isinstance(found, RateLimited)
    assert found.retry_after == RATE_LIMIT_PAUSE


def test_time_limit_of_a_method_without_figures_waits_a_minute() -> None:
    found = error_for(answer(429, "OPERATION_TIME_LIMIT"))

    assert isinstance(found, RateLimited)
    assert found.retry_after == OPERATION_PAUSE


def test_pause_that_is_asked_for_is_kept() -> None:
    found = error_for(answer(429, retry_after="7"))

    assert isinstance(found, RateLimited)
    assert found.retry_after == timedelta(seconds=7)


@pytest.mark.parametrize("status", [500, 502, 504])
def test_server_that_breaks_during_a_write_leaves_us_not_knowing(status: int) -> None:
    assert isinstance(error_for(answer(status), is_write=True), OutcomeUnknown)
    assert type(error_for(answer(status), is_write=False)) is Retryable


def test_code_of_a_catalog_method_is_a_number_and_its_words_are_told() -> None:
    found = error_for(answer(400, body=b'{"error": 200040300010, "error_description": "Product is locked"}'))

    assert isinstance(found, Rejected)
    assert found.message == (
        "Bitrix24: 200040300010: Product is locked. Correct what Bitrix24 names, then send the object again."
    )


def test_error_of_a_command_has_no_status() -> None:
    assert isinstance(error_in({"error": "QUERY_LIMIT_EXCEEDED", "error_description": ""}), RateLimited)
    assert isinstance(error_in({"error": "insufficient_scope", "error_description": ""}), Misconfigured)
    assert isinstance(error_in({"error": "", "error_description": "Something odd"}), Rejected)
    assert isinstance(error_in("only words"), Rejected)
    assert isinstance(error_in({"error": "INTERNAL_SERVER_ERROR"}, is_write=True), OutcomeUnknown)
