"""The page for shops that come from modRetailCRM names a test for each of its features: that test must be there."""

import re
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[3]
PAGE = (TOP / "docs" / "modretailcrm.md").read_text("utf-8")
NAMED = sorted(set(re.findall(r"\]\(\.\./(tests/[\w/]+\.py)\)`::(\w+)`", PAGE)))


@pytest.mark.parametrize(("path", "name"), NAMED)
def test_named_test_is_there(path: str, name: str) -> None:
    assert f"\ndef {name}(" in (TOP / path).read_text("utf-8")


def test_every_feature_has_a_test() -> None:
    tables = PAGE.partition("## The way over")[0]
    rows = [
        line for line in tables.splitlines() if line.startswith("|") and not line.startswith(("| modRetailCRM", "|---"))
    ]

    assert len(rows) > 30
    assert [row for row in rows if "`::test_" not in row] == []
