"""Walks a list in the order of its ids so that no row is missed while rows come and go.

The list is read by offset; each page overlaps the one before by one row. When rows before the place were deleted
meanwhile, the following ones moved up, and the page begins with an id we have not reached: then the walk steps back,
and from then on its pages overlap more, because a shop that deletes a few rows per page would else send it back each
time. Rows that move down only repeat.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Place:
    """Where the walk stands: rows before ``offset`` were read, ``last_id`` is the highest id of them. ``overlap`` is
    how many rows of a page are read again with the next one."""

    offset: int = 0
    last_id: int = 0
    overlap: int = 1


START = Place()


def place_from(wire: Mapping[str, Any]) -> Place:
    """The place that a cursor holds. Raises ValueError or TypeError for what is none."""
    return Place(int(wire.get("offset", 0)), int(wire.get("last_id", 0)), max(int(wire.get("overlap", 1)), 1))


def has_gap(place: Place, ids: Sequence[int]) -> bool:
    """Whether rows between the last page and this one may have been missed."""
    return place.offset > 0 and (not ids or ids[0] > place.last_id)


def step_back(place: Place, per_page: int) -> Place:
    wider = min(max(place.overlap * 4, 8), max(per_page // 2, 1))
    return Place(max(0, place.offset - per_page), place.last_id, wider)


def step_on(place: Place, ids: Sequence[int], per_page: int) -> Place:
    """The next page's place; it reads the last rows of this page again."""
    return Place(place.offset + per_page - place.overlap, max(place.last_id, *ids, 0), place.overlap)


def has_more(row_count: int, offset: int, per_page: int, total: int | None) -> bool:
    """Whether a page is followed by another. A short page may be: the shop leaves out rows that the key may not see.

    A page past the end reports a total of 0; some proxies strip the total altogether.
    """
    return row_count > 0 and (row_count >= per_page or (total is not None and offset + per_page < total))
