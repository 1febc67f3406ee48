"""Times at the border."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from connectors.toolkit.dates import (
    ceil_second,
    floor_second,
    format_gmt,
    format_utc,
    parse_gmt,
    parse_http_date,
    parse_utc,
)

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize("text", ["2026-03-01T12:00:00Z", "2026-03-01T15:00:00+03:00", " 2026-03-01T12:00:00+00:00 "])
def test_time_with_zone_becomes_utc(text: str) -> None:
    assert parse_utc(text) == NOON
    assert parse_utc(text).tzinfo is UTC


def test_time_without_zone_is_never_guessed() -> None:
    with pytest.raises(ValueError, match="has no time zone"):
        parse_utc("2026-03-01T12:00:00")


@pytest.mark.parametrize("text", ["2026-03-01T12:00:00", "2026-03-01 12:00:00", "2026-03-01T14:00:00+02:00"])
def test_field_documented_as_gmt_is_gmt_unless_it_says_otherwise(text: str) -> None:
    assert parse_gmt(text) == NOON


@pytest.mark.parametrize(
    "text", ["", "yesterday", "2026-02-30T00:00:00", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"]
)
def test_what_is_no_time_raises_value_error(text: str) -> None:
    for parse in (parse_utc, parse_gmt):
        with pytest.raises(ValueError, match=r".+"):
            parse(text)


def test_times_are_written_in_gmt_without_fractions() -> None:
    moment = datetime(2026, 3, 1, 15, 0, 0, 999_999, tzinfo=timezone(timedelta(hours=3)))

    assert format_gmt(moment) == "2026-03-01T12:00:00"
    assert format_utc(moment) == "2026-03-01T12:00:00Z"


def test_whole_seconds_around_a_moment() -> None:
    moment = NOON + timedelta(microseconds=1)

    assert floor_second(moment) == NOON
    assert ceil_second(moment) == NOON + timedelta(seconds=1)
    assert ceil_second(NOON) == NOON


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("Sun, 01 Mar 2026 12:00:00 GMT", NOON),
        ("Sun, 01 Mar 2026 15:00:00 +0300", NOON),
        ("Sun, 01 Mar 2026 12:00:00 -0000", NOON),
        ("", None),
        ("soon", None),
        ("Sun, 99 Mar 2026 12:00:00 GMT", None),
    ],
)
def test_date_header(text: str, moment: datetime | None) -> None:
    assert parse_http_date(text) == moment
