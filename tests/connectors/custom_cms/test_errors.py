"""Every row of the table of answers, and the shop's words in them."""

import json
from datetime import timedelta

import pytest

from connectors.contract.errors import Misconfigured, RateLimited, Rejected, Retryable
from connectors.custom_cms.errors import MAX_WORDS, PAUSE_WHEN_BUSY, TABLE, Row, error_for, is_taken, words
from connectors.toolkit.http import Answer

PAGE = b"<!DOCTYPE html><html><body>Welcome</body></html>"


def answer(status: int, body: bytes = b"{}", **headers: str) -> Answer:
    return Answer(status, {name.replace("_", "-"): value for name, value in headers.items()}, body, "")


REACHING = tuple(answer({200: 200, 400: 422}.get(row.first, row.first), PAGE) for row in TABLE)
"""An answer for each row, in the table's order; the shared suite tries them, too."""


@pytest.mark.parametrize(("row", "reaching"), list(zip(TABLE, REACHING, strict=True)), ids=lambda each: str(each)[:24])
def test_every_row_is_reached_and_gives_its_class_code_and_advice(row: Row, reaching: Answer) -> None:
    found = error_for(reaching)

    assert (type(found), found.code) == (row.error, row.code)
    assert found.message.endswith(row.advice)


@pytest.mark.parametrize(
    ("status", "expected"),
    [(301, Misconfigured), (401, Misconfigured), (404, Rejected), (409, Rejected), (422, Rejected), (503, Retryable)],
)
def test_class_of_common_answers(status: int, expected: type[Exception]) -> None:
    assert type(error_for(answer(status))) is expected


def test_pause_is_the_one_asked_for_else_half_a_minute() -> None:
    asked, silent = error_for(answer(429, retry_after="7")), error_for(answer(429))

    assert isinstance(asked, RateLimited)
    assert isinstance(silent, RateLimited)
    assert (asked.retry_after, silent.retry_after) == (timedelta(seconds=7), PAUSE_WHEN_BUSY)


def test_web_page_is_not_taken_for_an_answer() -> None:
    assert is_taken(answer(204, b""))
    assert not is_taken(answer(200, PAGE))
    assert words(answer(200, PAGE)) == ""


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"error": "locked"}, "locked"),
        ({"message": "locked"}, "locked"),
        ({"error": {"message": "locked"}}, "locked"),
        ("locked", "locked"),
        ({"error": " two\nlines "}, "two lines"),
        ({"error": "ask ana@example.com"}, "ask •••"),
        ({"other": "locked"}, ""),
        ([1], ""),
    ],
)
def test_words_of_the_shop(body: object, said: str) -> None:
    assert words(answer(409, json.dumps(body).encode())) == said


def test_long_words_are_cut() -> None:
    assert len(words(answer(409, json.dumps({"error": "x" * 5_000}).encode()))) == MAX_WORDS
