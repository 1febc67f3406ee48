"""Ranges of order numbers, as people mean them."""

import pytest

from integration_hub.flows.numbers import is_between, prefix_of


@pytest.mark.parametrize(
    ("number", "first", "last", "inside"),
    [
        ("1001", "1001", "1003", True),
        ("1003", "1001", "1003", True),
        ("1004", "1001", "1003", False),
        ("999", "1000", "2000", False),
        ("10000", "1000", "2000", False),
        ("#1002", "1001", "1003", True),
        ("1002", "#1001", "#1003", False),
        ("#1002", "#1001", "#1003", True),
        ("SO-000123", "SO-100", "SO-200", True),
        ("so-123", "SO-100", "SO-200", True),
        ("PO-123", "SO-100", "SO-200", False),
        ("000000012", "5", "20", True),
        ("1003-1", "1001", "1003", True),
        ("1004-1", "1001", "1003", False),
        ("1002", "1001", "", True),
        ("1000", "1001", "", False),
        ("1000", "", "1001", True),
        ("2026-11-0003", "2026-11-0001", "2026-11-0009", True),
        ("2026-12-0003", "2026-11-0001", "2026-11-0009", False),
        ("", "1001", "1003", False),
        ("draft", "1001", "1003", False),
        ("١٠٠٢", "1001", "1003", True),
    ],
)
def test_number_is_in_a_range_when_people_say_so(number: str, first: str, last: str, inside: bool) -> None:
    assert is_between(number, first, last) is inside


def test_prefix_is_what_stands_before_the_first_digit() -> None:
    assert [prefix_of(each) for each in ("SO-12", "12", " #7", "")] == ["so-", "", "#", ""]
