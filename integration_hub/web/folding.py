"""Lines of a story that say the same: an order that is polled often is found unchanged again and again."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import groupby
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .timeline import Entry

FEWEST = 3
"""Two lines are read faster than a fold is opened."""


def folded(entries: "Iterable[Entry]") -> "list[Entry]":
    """The entries, newest first, with quiet ones that say the same made one that holds all of them as ``repeats``.

    Quiet lines of several kinds may take turns; between two lines that matter nothing is folded together.
    """
    story: list[Entry] = []
    for is_quiet, stretch in groupby(entries, key=lambda entry: entry.tone == "quiet"):
        if is_quiet:
            story.extend(sorted(_fold(stretch), key=lambda entry: entry.at, reverse=True))
        else:
            story.extend(stretch)
    return story


def _fold(stretch: "Iterable[Entry]") -> "Iterator[Entry]":
    alike: dict[object, list[Entry]] = {}
    for entry in stretch:
        said = (entry.title, entry.state, entry.direction, entry.message, tuple(entry.translated))
        alike.setdefault(tuple(map(str, said)), []).append(entry)
    for same in alike.values():
        if len(same) < FEWEST:
            yield from same
        else:
            yield replace(same[0], meta=(), translated=(), exchanges=(), repeats=tuple(same))
