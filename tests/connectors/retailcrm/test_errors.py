"""Every row of the error table, and what no row knows."""

import json
from datetime import timedelta
from typing import Any

import pytest

from connectors.contract.errors import (
    ConnectorError,
    Misconfigured,
    OutcomeUnknown,
    RateLimited,
    Rejected,
    Retryable,
)
from connectors.retailcrm.errors import TABLE, detail_words, error_for
from connectors.toolkit.http import Answer

HTML = "<html><body>nginx</body></html>"


def answer(status: int, body: Any, headers: dict[str, str] | None = None) -> Answer:
    text = body if isinstance(body, str) else json.dumps(body)
    return Answer(status, headers or {}, text.encode(), "https://shop.retailcrm.ru/api/v5/orders")


def said(message: str) -> dict[str, Any]:
    return {"success": False, "errorMsg": message}


ROWS: list[tuple[int, Any, type[ConnectorError], type[ConnectorError], str]] = [
    (403, said('"apiKey" is missing.'), Misconfigured, Misconfigured, "api_key_missing"),
    (200, said('Wrong "apiKey" value.'), Misconfigured, Misconfigured, "api_key_wrong"),
    (403, said("Access denied."), Misconfigured, Misconfigured, "access_denied"),
    (404, said("Account does not exist."), Misconfigured, Misconfigured, "no_account"),
    (404, said("API method not found"), Misconfigured, Misconfigured, "no_method"),
    (503, HTML, RateLimited, RateLimited, "rate_limited"),
    (429, said("Too many requests"), RateLimited, RateLimited, "rate_limited"),
    (400, said("Rate limit exceeded"), RateLimited, RateLimited, "rate_limited"),
    (405, HTML, Misconfigured, Misconfigured, "no_account"),
    (404, HTML, Misconfigured, Misconfigured, "web_page"),
    (200, HTML, Misconfigured, Misconfigured, "web_page"),
    (401, said("No"), Misconfigured, Misconfigured, "unauthorized"),
    (403, said("No"), Misconfigured, Misconfigured, "forbidden"),
    (413, HTML, Rejected, Rejected, "too_large"),
    (400, said("Order already exists."), Rejected, Rejected, "already_exists"),
    (404, said("Not found"), Rejected, Rejected, "not_found"),
    (400, said("Order is not loaded"), Rejected, Rejected, "refused"),
    (460, said("Orders are loaded with errors"), Rejected, Rejected, "partly_refused"),
    (500, said("Internal error"), Retryable, OutcomeUnknown, "server_error"),
    (502, HTML, Retryable, OutcomeUnknown, "server_error"),
    (504, HTML, Retryable, OutcomeUnknown, "server_error"),
]

REACHING = tuple(answer(status, body) for status, body, *_rest in ROWS)
"""An answer for each row, in the table's order; the shared suite tries them, too."""


@pytest.mark.parametrize(("position", "row"), list(enumerate(ROWS)), ids=[f"{row[0]}-{row[4]}" for row in ROWS])
def test_row_of_the_table(position: int, row: tuple[int, Any, type, type, str]) -> None:
    status, body, read, written, code = row

    reading, writing = error_for(answer(status, body)), error_for(answer(status, body), is_write=True)

    assert (type(reading), type(writing)) == (read, written)
    assert reading.code == writing.code == code == TABLE[position].code


def test_every_row_is_tried() -> None:
    assert len(ROWS) == len(TABLE)


@pytest.mark.parametrize(
    ("status", "body", "read", "written"),
    [
        (521, "half an ans", Retryable, OutcomeUnknown),
        (200, '{"success": tr', Retryable, OutcomeUnknown),
        (418, HTML, Misconfigured, Misconfigured),
        (422, said("Odd"), Rejected, Rejected),
        (200, said("Odd"), Rejected, Rejected),
    ],
)
def test_what_no_row_knows(status: int, body: Any, read: type, written: type) -> None:
    assert type(error_for(answer(status, body))) is read
    assert type(error_for(answer(status, body), is_write=True)) is written


def test_rate_limit_waits_as_asked_or_a_second() -> None:
    asked = error_for(answer(503, HTML, {"retry-after": "12"}))
    silent = error_for(answer(503, HTML))

    assert isinstance(asked, RateLimited)
    assert asked.retry_after == timedelta(seconds=12)
    assert isinstance(silent, RateLimited)
    assert silent.retry_after == timedelta(seconds=1)


@pytest.mark.parametrize(
    ("errors", "words"),
    [
        (None, ""),
        ([], ""),
        ({}, ""),
        ("plain", "plain"),
        (["a", "b"], "a; b"),
        ({"customer.externalId": "unknown", "0": "first"}, "customer.externalId: unknown; first"),
        ({"items": {"0": {"offer": ["gone"]}}}, "items: offer: gone"),
        ([{"orderProduct": "bad"}], "orderProduct: bad"),
    ],
)
def test_errors_are_read_in_every_shape(errors: Any, words: str) -> None:
    assert detail_words(errors) == words


def test_message_holds_the_systems_words_and_what_to_do() -> None:
    body = said("Errors in the input parameters") | {"errors": {"children[startDate]": "Value is not valid."}}

    error = error_for(answer(400, body))

    assert error.message == (
        "RetailCRM: Errors in the input parameters: children[startDate]: Value is not valid. "
        "Correct what RetailCRM names, then send the object again."
    )
