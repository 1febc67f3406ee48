"""JSON from strangers."""

import json
from typing import Any

import pytest

from connectors.contract.strict_json import MAX_DEPTH, NotJson, parse


def nested(depth: int) -> bytes:
    return b"[" * depth + b"]" * depth


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (b'{"a": [1, 2.5, "x", null, true]}', {"a": [1, 2.5, "x", None, True]}),
        ("\ufeff{}".encode(), {}),
        (b'"\\ud83d\\ude00"', "😀"),
        (b'{"a\\u0000b": "c\\u0000d", "l": ["\\u0000"]}', {"ab": "cd", "l": [""]}),
        (b'"\\u0000"', ""),
        (b"0.30000000000000004", 0.3),
        (b"19.989999999999998", 19.99),
        (nested(MAX_DEPTH), json.loads(nested(MAX_DEPTH))),
    ],
)
def test_what_the_standard_allows_is_read(body: bytes, value: Any) -> None:
    assert parse(body) == value


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "Expecting value at line 1, column 1"),
        (b'{"a": 1', "Expecting ',' delimiter at line 1, column 8"),
        (b'{"a":\n  oops}', "Expecting value at line 2, column 3"),
        (b'{"a": NaN}', "NaN is not a number in JSON"),
        (b"[-Infinity]", "-Infinity is not a number in JSON"),
        (b"1e400", "A number is too large or too long"),
        (b"-1e999999999999", "A number is too large or too long"),
        (b"9" * 5_000, "A number is too large or too long"),
        (b"0." + b"1" * 5_000, "A number is too large or too long"),
        (b'"\\ud800"', "A text holds half of a character (an unpaired \\ud800 to \\udfff)"),
        (b'{"\\udfff": 1}', "A text holds half of a character (an unpaired \\ud800 to \\udfff)"),
        (b'"\xff"', "The body is not UTF-8: byte 2 cannot be read"),
        ("заказ".encode("cp1251"), "The body is not UTF-8: byte 1 cannot be read"),
        ("{}".encode("utf-16"), "The body is not UTF-8: byte 1 cannot be read"),
        (nested(MAX_DEPTH + 1), "The body is nested deeper than 32 levels"),
        (b'{"a":' * 40 + b"1" + b"}" * 40, "The body is nested deeper than 32 levels"),
        (nested(100_000), "The body is nested deeper than 32 levels"),
        (b"[" * 100_000, "The body is nested deeper than 32 levels"),
        (b'{"a":' * 100_000, "The body is nested deeper than 32 levels"),
    ],
    ids=range(19),
)
def test_what_it_does_not_allow_is_refused_with_the_place(body: bytes, words: str) -> None:
    with pytest.raises(NotJson) as caught:
        parse(body)

    assert str(caught.value) == words


def test_the_reason_quotes_nothing_of_the_body() -> None:
    with pytest.raises(NotJson) as caught:
        parse(b'{"email": buyer@shop.example}')

    assert "buyer" not in str(caught.value)
