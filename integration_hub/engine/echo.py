"""Recognises our own write when it comes back. Pure.

Each side of a link keeps a mark per aspect: what we last wrote there, and what we saw there since. A state that equals
what we wrote, with nothing else seen since, is an echo; seeing something else clears what was written. So A (ours) ->
B (theirs) -> A (theirs) is delivered, minutes later or on another worker just the same.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Verdict(StrEnum):
    NEWS = "news"
    ECHO = "echo"
    KNOWN = "known"


@dataclass(frozen=True, slots=True)
class Mark:
    written: str | None = None
    seen: str | None = None


def fingerprint(value: Any) -> str:
    """A short hash over a normalised JSON value; key order and number formatting of the sender do not matter."""
    text = value if isinstance(value, str) else json.dumps(value, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=12).hexdigest()


def judge(mark: Mark, print_: str) -> Verdict:
    """What an incoming state means, given what is known of that side."""
    if mark.seen is not None:
        return Verdict.KNOWN if mark.seen == print_ else Verdict.NEWS
    return Verdict.ECHO if mark.written == print_ else Verdict.NEWS


def after_seeing(mark: Mark, print_: str) -> Mark:
    """The mark once that state was seen and passed on."""
    return Mark(written=None, seen=print_) if judge(mark, print_) is Verdict.NEWS else mark


def after_writing(print_: str) -> Mark:
    """The mark once we wrote that state."""
    return Mark(written=print_, seen=None)


def mark_of(aspects: Mapping[str, Any], aspect: str) -> Mark:
    """Reads a mark from a link's ``aspects`` column."""
    stored = aspects.get(aspect) or {}
    return Mark(written=stored.get("written"), seen=stored.get("seen"))


def with_mark(aspects: Mapping[str, Any], aspect: str, mark: Mark) -> dict[str, Any]:
    """A copy of ``aspects`` that holds the mark."""
    return {**aspects, aspect: {"written": mark.written, "seen": mark.seen}}
