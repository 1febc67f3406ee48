"""Orders by id, by range, and changed since: nothing is left out, whatever happens while we read."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import responses
from requests import PreparedRequest
from responses import matchers

from connectors.contract.canonical import Order
from connectors.contract.errors import Unreadable
from connectors.contract.results import Page, UnreadableObject
from connectors.woocommerce.orders import ChangedRows, OrderSource, changed_orders, poll_of
from tests.connectors.woocommerce.shop import API, NOW, Hub, order, transport

T0 = datetime(2026, 3, 1, 11, 0, tzinfo=UTC)


@dataclass
class Shop:
    """Answers ``GET /orders`` as the API does: exclusive bounds, one-second resolution, ties in no fixed order."""

    modified: dict[int, datetime] = field(default_factory=dict)
    created: dict[int, datetime] = field(default_factory=dict)
    after_call: Callable[[int], None] = lambda _count: None
    with_totals: bool = True
    calls: list[dict[str, str]] = field(default_factory=list)

    def answer(self, request: PreparedRequest) -> tuple[int, dict[str, str], str]:
        asked = dict(parse_qsl(urlsplit(request.url or "").query))
        self.calls.append(asked)
        rows = [number for number in self.modified if self._is_asked(number, asked)]
        if asked["orderby"] == "modified":
            # ties come in an order that changes from call to call
            rows.sort(key=lambda number: (self.modified[number], hash((number, len(self.calls)))))
        else:
            rows.sort()
        offset, count = int(asked.get("offset", 0)), int(asked["per_page"])
        page = rows[offset : offset + count]
        headers = {"Date": format_datetime(NOW, usegmt=True)}
        if self.with_totals:
            headers["X-WP-Total"] = str(len(rows)) if page else "0"
        body = json.dumps([self._row(number) for number in page])
        self.after_call(len(self.calls))
        return 200, headers, body

    def _is_asked(self, number: int, asked: dict[str, str]) -> bool:
        assert asked.get("dates_are_gmt", "true") == "true"
        for prefix, times in (("modified_", self.modified), ("", self.created)):
            moment = times.get(number, T0)
            if f"{prefix}after" in asked and not moment > _gmt(asked[f"{prefix}after"]):
                return False
            if f"{prefix}before" in asked and not moment < _gmt(asked[f"{prefix}before"]):
                return False
        return True

    def _row(self, number: int) -> dict[str, Any]:
        return {
            "id": number,
            "status": "processing",
            "currency": "EUR",
            "total": "1.00",
            "date_created_gmt": _wire(self.created.get(number, T0)),
            "date_modified_gmt": _wire(self.modified[number]),
        }


def _gmt(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def _wire(moment: datetime) -> str:
    return moment.replace(tzinfo=None).isoformat()


@contextmanager
def serving(shop: Shop) -> Iterator[None]:
    with responses.RequestsMock() as web:
        web.add_callback("GET", f"{API}/orders", shop.answer)
        yield


def poll(source: ChangedRows[Order], cursor: str = "", most_calls: int = 500) -> tuple[set[str], str]:
    """A whole poll: the ids it gave, and the cursor for the next one."""
    seen: set[str] = set()
    for _ in range(most_calls):
        page: Page[Order | UnreadableObject] = source.changed(cursor, T0)
        seen |= {item.id for item in page.items}
        cursor = page.cursor
        if not page.has_more:
            return seen, cursor
    pytest.fail("the poll does not come to an end")


# --- fetch ------------------------------------------------------------------------------------------------------------


def test_many_orders_are_fetched_in_one_call() -> None:
    query = {"include": "5,6,7", "per_page": "3"}
    with responses.RequestsMock() as web:
        web.get(f"{API}/orders", json=[order(6), order(5)], match=[matchers.query_param_matcher(query)])

        found = OrderSource(transport(Hub()), 100).fetch(["5", "6", "7", "6"])

    assert sorted(found) == ["5", "6"]


@pytest.mark.parametrize("status", ["trash", "checkout-draft", "auto-draft"])
def test_trashed_and_unfinished_orders_do_not_exist(status: str) -> None:
    with responses.RequestsMock() as web:
        web.get(f"{API}/orders", json=[order(5, status=status)])

        assert OrderSource(transport(Hub()), 100).fetch(["5"]) == {}


def test_ids_that_wordpress_cannot_have_are_not_asked_for() -> None:
    with responses.RequestsMock():
        assert OrderSource(transport(Hub()), 100).fetch(["W-1", "", "٣", "-4"]) == {}


def test_unreadable_order_does_not_hold_up_the_others() -> None:
    with responses.RequestsMock() as web:
        web.get(f"{API}/orders", json=[order(5, total="x"), order(6)])

        found = OrderSource(transport(Hub()), 100).fetch(["5", "6"])

    assert isinstance(found["5"], UnreadableObject)
    assert [fault.path for fault in found["5"].faults] == ["total"]
    assert isinstance(found["6"], Order)


# --- scan -------------------------------------------------------------------------------------------------------------


def _scan(source: OrderSource, since: datetime | None = None, until: datetime | None = None) -> list[str]:
    ids: list[str] = []
    cursor = ""
    for _ in range(100):
        page = source.scan(since, until, cursor)
        ids += [item.id for item in page.items]
        cursor = page.cursor
        if not page.has_more:
            return ids
    pytest.fail("the scan does not come to an end")


@pytest.mark.parametrize("with_totals", [True, False])
@pytest.mark.parametrize("count", [0, 9, 10, 11, 19, 25, 100])
def test_scan_reads_every_order_and_ends(count: int, with_totals: bool) -> None:
    shop = Shop(modified=dict.fromkeys(range(1, count + 1), T0), with_totals=with_totals)

    with serving(shop):
        ids = _scan(OrderSource(transport(Hub()), 10))

    assert set(ids) == {str(number) for number in range(1, count + 1)}


def test_scan_takes_the_start_and_leaves_the_end_out() -> None:
    shop = Shop(created={number: T0 + timedelta(seconds=number) for number in range(1, 6)})
    shop.modified = dict(shop.created)

    with serving(shop):
        ids = _scan(OrderSource(transport(Hub()), 10), T0 + timedelta(seconds=2), T0 + timedelta(seconds=4))

    assert ids == ["2", "3"]
    assert (shop.calls[0]["after"], shop.calls[0]["before"]) == ("2026-03-01T11:00:01", "2026-03-01T11:00:04")


def test_scan_misses_nothing_when_orders_before_it_are_deleted() -> None:
    shop = Shop(modified=dict.fromkeys(range(1, 61), T0))

    def delete(count: int) -> None:
        if count == 2:
            for number in range(1, 16):
                shop.modified.pop(number)

    shop.after_call = delete

    with serving(shop):
        ids = _scan(OrderSource(transport(Hub()), 10))

    assert set(ids) == {str(number) for number in range(1, 61)}


def test_scan_misses_nothing_when_orders_come_in_before_and_behind_it() -> None:
    shop = Shop(modified=dict.fromkeys(range(100, 141), T0))

    def place(count: int) -> None:
        if count < 5:
            shop.modified[200 + count] = T0

    shop.after_call = place

    with serving(shop):
        ids = _scan(OrderSource(transport(Hub()), 10))

    assert set(ids) == {str(number) for number in (*range(100, 141), 201, 202, 203, 204)}


def test_total_of_an_empty_page_is_not_believed() -> None:
    with serving(Shop()):
        assert OrderSource(transport(Hub()), 10).scan(None, None).total is None


# --- changed ----------------------------------------------------------------------------------------------------------


def test_first_poll_begins_at_the_start_itself() -> None:
    shop = Shop(modified={1: T0 - timedelta(seconds=1), 2: T0, 3: T0 + timedelta(seconds=1)})

    with serving(shop):
        seen, _ = poll(changed_orders(transport(Hub()), 10))

    assert seen == {"2", "3"}


def test_more_than_a_page_is_read_by_going_on_from_the_last_time() -> None:
    shop = Shop(modified={number: T0 + timedelta(seconds=number) for number in range(100)})

    with serving(shop):
        seen, _ = poll(changed_orders(transport(Hub()), 10))

    assert len(seen) == 100
    assert {call["orderby"] for call in shop.calls} == {"modified"}
    assert all("offset" not in call for call in shop.calls)


@pytest.mark.parametrize(("count", "with_totals"), [(5000, True), (600, False)])
def test_thousands_of_orders_of_one_second_are_all_read(count: int, with_totals: bool) -> None:
    shop = Shop(modified=dict.fromkeys(range(1, count + 1), T0), with_totals=with_totals)
    shop.modified |= {6000: T0 - timedelta(seconds=30), 6001: T0 + timedelta(seconds=30)}

    with serving(shop):
        seen, _ = poll(changed_orders(transport(Hub()), 100))

    assert seen == {str(number) for number in (*range(1, count + 1), 6001)}
    assert len(shop.calls) <= count // 99 + 5


def test_orders_that_move_out_of_a_crowded_second_leave_no_gap() -> None:
    shop = Shop(modified=dict.fromkeys(range(1, 101), T0))

    def move(count: int) -> None:
        for number in range(count * 3, count * 3 + 3):
            if shop.modified.get(number) == T0:
                shop.modified[number] = T0 + timedelta(seconds=100 + count)

    shop.after_call = move

    with serving(shop):
        seen, _ = poll(changed_orders(transport(Hub()), 10))

    assert seen == {str(number) for number in range(1, 101)}


def test_order_that_changes_again_while_we_page_is_read_again_and_hides_none() -> None:
    shop = Shop(modified={number: T0 + timedelta(seconds=number // 4) for number in range(1, 61)})

    def move(count: int) -> None:
        shop.modified[count] = T0 + timedelta(seconds=500 + count)

    shop.after_call = move

    with serving(shop):
        seen, _ = poll(changed_orders(transport(Hub()), 10))

    assert seen == {str(number) for number in range(1, 61)}


def test_change_that_becomes_visible_late_is_found_by_the_next_poll() -> None:
    shop = Shop(modified={1: T0 + timedelta(seconds=60)})
    source = changed_orders(transport(Hub()), 10)

    with serving(shop):
        _, cursor = poll(source)
        shop.modified[2] = T0 + timedelta(seconds=55)
        seen, _ = poll(source, cursor)

    assert seen == {"1", "2"}


def test_change_of_the_same_second_is_found_by_the_next_poll() -> None:
    shop = Shop(modified={1: T0 + timedelta(seconds=60)})
    source = changed_orders(transport(Hub()), 10)

    with serving(shop):
        _, cursor = poll(source)
        shop.modified[2] = T0 + timedelta(seconds=60)
        seen, _ = poll(source, cursor)

    assert "2" in seen


def test_quiet_shop_is_not_read_again_and_again() -> None:
    shop = Shop(modified=dict.fromkeys(range(1, 51), T0 + timedelta(seconds=60)))
    hub = Hub()
    source = changed_orders(transport(hub), 10)

    with serving(shop):
        first, cursor = poll(source)
        hub.now += timedelta(minutes=5)
        second, cursor = poll(source, cursor)
        hub.now += timedelta(minutes=5)
        third, cursor = poll(source, cursor)
        shop.modified[7] = T0 + timedelta(seconds=61)
        fourth, _ = poll(source, cursor)

    assert len(first) == len(second) == 50
    assert third == set()
    assert fourth == {"7"}


def test_long_poll_comes_back_to_what_changed_while_it_ran() -> None:
    """The shop's clock says when the poll began; what became visible late since then is read again."""
    shop = Shop(modified={number: NOW + timedelta(seconds=number) for number in range(1, 41)})
    source = changed_orders(transport(Hub()), 10)

    with serving(shop):
        _, cursor = poll(source)

    assert poll_of(cursor, T0).since == NOW - timedelta(seconds=10)


@pytest.mark.parametrize("cursor", ["nonsense", "[]", "{}", '{"since":5}', '{"since":"2026"}', '{"offset":"x"}'])
def test_foreign_cursor_begins_at_the_start(cursor: str) -> None:
    assert poll_of(cursor, T0).since == T0 - timedelta(seconds=1)


def test_list_out_of_order_stops_the_poll_instead_of_leaving_a_gap() -> None:
    rows = [order(5), order(6, date_modified_gmt="2026-02-27T10:00:00")]
    with responses.RequestsMock() as web:
        web.get(f"{API}/orders", json=rows)

        with pytest.raises(Unreadable, match="orderby=modified"):
            changed_orders(transport(Hub()), 10).changed("", T0)


def test_list_without_change_times_stops_the_poll() -> None:
    with responses.RequestsMock() as web:
        web.get(f"{API}/orders", json=[order(5, date_modified_gmt=None)])

        with pytest.raises(Unreadable, match="date_modified_gmt"):
            changed_orders(transport(Hub()), 10).changed("", T0)
