"""A list by offset that changes while it is read."""

import pytest

from connectors.woocommerce.walk import START, has_gap, has_more, place_from, step_back, step_on


def walk(rows: list[int], *, per_page: int, deleted_per_page: int) -> tuple[set[int], int]:
    """What is seen, and how many pages that took, while rows at the front are deleted before every page."""
    rows, seen, place, pages = list(rows), set[int](), START, 0
    while True:
        pages += 1
        assert pages < 500, "the walk does not come to an end"
        page = rows[place.offset : place.offset + per_page]
        if has_gap(place, page):
            place = step_back(place, per_page)
        else:
            seen.update(page)
            if not has_more(len(page), place.offset, per_page, len(rows)):
                return seen, pages
            place = step_on(place, page, per_page)
        del rows[:deleted_per_page]


@pytest.mark.parametrize("deleted", [0, 1, 2, 3, 10, 30])
def test_every_row_that_stays_is_seen_however_many_go(deleted: int) -> None:
    rows = list(range(1, 2001))

    seen, pages = walk(rows, per_page=100, deleted_per_page=deleted)

    assert set(rows[deleted * pages :]) <= seen
    assert pages <= 60


def test_quiet_list_is_read_with_one_row_of_overlap() -> None:
    _seen, pages = walk(list(range(1, 991)), per_page=100, deleted_per_page=0)

    assert pages == 10


def test_place_of_an_older_cursor_has_the_usual_overlap() -> None:
    assert place_from({"offset": 99, "last_id": 7}).overlap == 1
