"""Every row of the table of answers, and the shop's words in them."""

import json
from datetime import timedelta
from typing import Any

import pytest

from connectors.contract.errors import Misconfigured, RateLimited, Rejected, Retryable
from connectors.minishop2.errors import MAX_WORDS, PAUSE_WHEN_BUSY, TABLE, Row, error_for, is_answer
from connectors.toolkit.http import Answer

PAGE = b"<!DOCTYPE html><html><body>Welcome</body></html>"


def answer(status: int, body: bytes = PAGE, **headers: str) -> Answer:
    return Answer(status, {name.replace("_", "-"): value for name, value in headers.items()}, body, "")


def refused(http: int, code: str, message: str = "", **more: Any) -> Answer:
    return answer(http, json.dumps({"ok": False, "error": {"code": code, "message": message, **more}}).encode())


REACHING = (
    answer(200),
    refused(200, "whatever"),
    answer(301),
    refused(401, "clock"),
    refused(401, "bad_signature"),
    answer(402),
    refused(403, "ip"),
    refused(403, "https"),
    answer(403),
    refused(404, "unknown_action"),
    answer(404),
    refused(404, "not_found"),
    answer(405),
    answer(408),
    refused(409, "conflict"),
    answer(410),
    refused(422, "inactive"),
    refused(422, "refused"),
    refused(425, "replay"),
    answer(429),
    answer(418),
    answer(503),
)
"""An answer for each row, in the table's order; the shared suite tries them, too."""


@pytest.mark.parametrize(("row", "reaching"), list(zip(TABLE, REACHING, strict=True)), ids=lambda each: str(each)[:24])
def test_every_row_is_reached_and_gives_its_class_code_and_advice(row: Row, reaching: Answer) -> None:
    found = error_for(reaching)

    assert (type(found), found.code) == (row.error, row.code)
    assert found.message.endswith(row.advice)


@pytest.mark.parametrize(
    ("given", "expected", "code"),
    [
        (refused(401, "bad_signature"), Misconfigured, "bad_signature"),
        (refused(401, "clock"), Misconfigured, "clock"),
        (answer(404), Misconfigured, "no_plugin"),
        (refused(404, "not_found"), Rejected, "not_found"),
        (refused(404, "unknown_action"), Misconfigured, "unknown_action"),
        (refused(409, "conflict"), Rejected, "conflict"),
        (refused(422, "refused"), Rejected, "refused"),
        (refused(422, "inactive"), Rejected, "inactive"),
        (refused(503, "busy"), Retryable, "server_error"),
        (refused(500, "internal"), Retryable, "server_error"),
    ],
)
def test_who_acts_next(given: Answer, expected: type[Exception], code: str) -> None:
    found = error_for(given)

    assert (type(found), found.code) == (expected, code)


def test_pause_is_the_one_asked_for_else_half_a_minute() -> None:
    asked, silent = error_for(answer(429, retry_after="7")), error_for(answer(429))

    assert isinstance(asked, RateLimited)
    assert isinstance(silent, RateLimited)
    assert (asked.retry_after, silent.retry_after) == (timedelta(seconds=7), PAUSE_WHEN_BUSY)


def test_web_page_is_not_taken_for_an_answer() -> None:
    assert is_answer(answer(200, b'{"ok": true}'))
    assert not is_answer(answer(200))
    assert not is_answer(refused(200, "odd"))
    assert not is_answer(answer(200, b'{"ok": 1}'))


def test_shop_speaks_in_its_own_words_without_markup_or_personal_data() -> None:
    found = error_for(refused(422, "refused", "The status <b>Sent</b> is final.\nAsk ann@example.com"))

    assert found.message.startswith("The shop: The status Sent is final. Ask •••. The shop's own rules forbid it.")


def test_conflict_names_the_status_that_the_order_has_by_now() -> None:
    found = error_for(refused(409, "conflict", "no", status={"id": 2, "name": "Paid"}))

    assert found.message.startswith("The shop: the order is “Paid” by now.")


def test_long_words_are_cut() -> None:
    assert len(error_for(refused(422, "refused", "x" * 5_000)).message) < MAX_WORDS + 200
