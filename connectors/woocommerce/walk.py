"""Walks a list in the order of its ids so that no row is missed while rows come and go.

The list is read by offset; each page overlaps the one before by one row. When rows before the place were deleted
meanwhile, the following ones moved up, and the page begins with an id we have not reached: then the walk steps back.
Rows that move down only repeat.
"""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """Where the walk stands: rows before ``offset`` were read, ``last_id`` is the highest id of them."""

    offset: int = 0
    last_id: int = 0


START = Place()


def has_gap(place: Place, ids: Sequence[int]) -> bool:
    """Whether rows between the last page and this one may have been missed."""
    return place.offset > 0 and (not ids or ids[0] > place.last_id)


def step_back(place: Place, per_page: int) -> Place:
    return Place(max(0, place.offset - per_page), place.last_id)


def step_on(place: Place, ids: Sequence[int], per_page: int) -> Place:
    """The next page's place; it reads the last row of this page again."""
    return Place(place.offset + per_page - 1, max(place.last_id, *ids, 0))


def has_more(row_count: int, offset: int, per_page: int, total: int | None) -> bool:
    """Whether a page is followed by another. A short page may be: the shop leaves out rows that the key may not see.

    A page past the end reports a total of 0; some proxies strip the total altogether.
    """
    return row_count > 0 and (row_count >= per_page or (total is not None and offset + per_page < total))
