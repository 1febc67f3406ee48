"""A README that answers what an integrator asks, under the same headings for every system."""

import re

import pytest

from connectors.registry import spec_for

from .kinds import KINDS, folder

HEADINGS = ("Set-up", "Rights", "Endpoints", "Limits", "Known gaps", "Versions tried")

pytestmark = pytest.mark.parametrize("kind", KINDS)


def sections(kind: str) -> dict[str, str]:
    """The text under each heading of the second level."""
    parts = re.split(r"^## +(.+)$", (folder(kind) / "README.md").read_text("utf-8"), flags=re.MULTILINE)
    return dict(zip((heading.strip() for heading in parts[1::2]), parts[2::2], strict=True))


def test_all_headings_are_there_with_something_under_them(kind: str) -> None:
    found = sections(kind)

    assert [heading for heading in HEADINGS if not found.get(heading, "").strip()] == []


def test_title_is_the_name_of_the_system(kind: str) -> None:
    first = (folder(kind) / "README.md").read_text("utf-8").splitlines()[0]

    assert first.startswith(f"# {spec_for(kind).title.partition(' (')[0]}")


def test_rate_limit_of_the_spec_stands_under_limits(kind: str) -> None:
    limits = spec_for(kind).limits

    assert limits.per_second is None or f"{limits.per_second:g}" in sections(kind)["Limits"]
