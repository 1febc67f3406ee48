"""What is taken out of payloads that plug-ins may have bent."""

from datetime import UTC, datetime

import pytest

from connectors.contract.errors import Fault
from connectors.toolkit.lenient import Reading, identifier, plain, plain_lines, simple, text


@pytest.mark.parametrize(
    ("given", "read"),
    [
        ("Call <b>me</b><br>after six", "Call me\nafter six"),
        ("<p>one</p>\n\n\n<p>two &amp; three</p>", "one\n\ntwo & three"),
        ("a\r\nb\rc", "a\nb\nc"),
        ("5 < 6 and 7 > 3", "5 < 6 and 7 > 3"),
        ("<script>alert(1)</script>", "alert(1)"),
        (None, ""),
        (17, "17"),
        ([1], ""),
        ("\x00half \ud800", "half ?"),
    ],
)
def test_words_with_line_breaks_lose_their_markup_and_keep_their_lines(given: object, read: str) -> None:
    assert plain_lines(given) == read


def test_long_words_are_cut() -> None:
    assert (len(plain_lines("<b>x</b>" + "y" * 30_000)), len(plain("y" * 9_000)), len(text("z" * 9_000))) == (
        20_000,
        1_000,
        1_000,
    )


@pytest.mark.parametrize(("given", "read"), [(0, ""), ("0", ""), (None, ""), (False, ""), (7, "7"), ("a7", "a7")])
def test_nought_is_no_id(given: object, read: str) -> None:
    assert identifier(given) == read


def test_time_with_an_offset_is_read_and_one_without_is_a_fault() -> None:
    reading = Reading()
    wire = {"good": "2026-01-15T10:00:00.5+03:00", "bare": "2026-01-15 10:00:00", "wrong": "soon", "zero": "0000-00-00"}

    found = [reading.zoned(wire, key, "order") for key in ("good", "bare", "wrong", "zero", "absent")]

    assert found == [datetime(2026, 1, 15, 7, 0, 0, 500_000, tzinfo=UTC), None, None, None, None]
    assert reading.faults == [Fault("order.bare", "has no time zone"), Fault("order.wrong", "is not a time")]


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("a", "a"),
        (["a", 1], ["a", 1]),
        ([], None),
        ([["a"]], None),
        ({"a": 1}, None),
        (float("nan"), None),
        (True, True),
    ],
)
def test_only_scalars_and_short_lists_are_kept(given: object, kept: object) -> None:
    assert simple(given) == kept
