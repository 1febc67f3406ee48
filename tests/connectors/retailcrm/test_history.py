"""Polling the history: what others changed becomes a hint, once per order."""

import json
from datetime import UTC, datetime
from typing import Any

from responses import CallList

from connectors.contract.canonical import ObjectKind
from connectors.contract.capabilities import ChangeSource
from connectors.contract.results import Gone, Hint, NotRelevant

from .world import World, answers, query

START = datetime(2026, 2, 28, 9, 0, tzinfo=UTC)


def source(world: World, **settings: Any) -> ChangeSource:
    found = world.open(**settings).change_source
    assert found is not None
    return found


def record(id: int, order: int = 1, field: str = "status", **values: Any) -> dict[str, Any]:
    stub = {"id": order, "externalId": f"s{order}", "site": "main", "status": "assembling"}
    return {"id": id, "source": "user", "field": field, "order": stub, **values}


OURS: dict[str, Any] = {"source": "api", "apiKey": {"current": True}}


def page(records: list[dict[str, Any]], pages: int = 1) -> dict[str, Any]:
    shape = {"limit": 100, "totalCount": 1, "currentPage": 1, "totalPageCount": pages}
    return {"success": True, "history": records, "pagination": shape}


def test_first_poll_asks_from_the_start_in_the_accounts_zone(world: World, calls: CallList) -> None:
    answers("GET", "orders/history", page([record(7), record(9, order=2)], pages=3))

    found = source(world).poll("", START)

    assert query(calls[0]) == [("filter[startDate]", "2026-02-28 12:00:00"), ("limit", "100"), ("page", "1")]
    assert found.items == [Hint(ObjectKind.ORDER, "1"), Hint(ObjectKind.ORDER, "2")]
    assert found.has_more is True
    assert json.loads(found.cursor) == {"since_id": 9}


def test_following_polls_ask_page_one_since_the_last_record(world: World, calls: CallList) -> None:
    answers("GET", "orders/history", page([]))

    found = source(world).poll('{"since_id": 9}', START)

    assert query(calls[0]) == [("filter[sinceId]", "9"), ("limit", "100"), ("page", "1")]
    assert (found.items, found.has_more, json.loads(found.cursor)) == ([], False, {"since_id": 9})


def test_empty_first_page_keeps_the_start(world: World, calls: CallList) -> None:
    answers("GET", "orders/history", page([], pages=0))
    answers("GET", "orders/history", page([record(3)]))
    history = source(world)

    first = history.poll("", START)
    second = history.poll(first.cursor, datetime(2026, 3, 9, tzinfo=UTC))

    assert query(calls[1])[0] == ("filter[startDate]", "2026-02-28 12:00:00")
    assert json.loads(second.cursor) == {"since_id": 3}


def test_three_moves_of_one_order_are_one_hint_in_the_place_of_the_last(world: World, calls: CallList) -> None:
    answers("GET", "orders/history", page([record(1), record(2, order=2), record(3), record(4)]))

    assert source(world).poll("", START).items == [Hint(ObjectKind.ORDER, "2"), Hint(ObjectKind.ORDER, "1")]


def test_own_writes_are_passed_over(world: World, calls: CallList) -> None:
    answers(
        "GET", "orders/history", page([record(1, **OURS), record(2, order=2, source="api", apiKey={"current": False})])
    )

    hint, passed = source(world).poll("", START).items

    assert hint == Hint(ObjectKind.ORDER, "2")
    assert isinstance(passed, NotRelevant)
    assert passed.reason.startswith("1 records")


def test_own_write_does_not_hide_what_somebody_else_did_to_the_same_order(world: World, calls: CallList) -> None:
    answers("GET", "orders/history", page([record(1), record(2, **OURS)]))

    assert source(world).poll("", START).items[0] == Hint(ObjectKind.ORDER, "1")


def test_creations_other_fields_and_other_sites_are_counted_once(world: World, calls: CallList) -> None:
    foreign = record(3)
    foreign["order"]["site"] = "other"
    answers("GET", "orders/history", page([record(1, created=True), record(2, field="manager_comment"), foreign]))

    (passed,) = source(world).poll("", START).items

    assert passed == NotRelevant(
        "3 records of the history change nothing that comes back, are our own or of other sites."
    )


def test_payments_and_custom_fields_of_others_are_looked_at(world: World, calls: CallList) -> None:
    fields = ("payments", "payments.status", "payments.paid_at", "full_paid_at", "custom_coupon")
    records = [record(number, order=number, field=field) for number, field in enumerate(fields, start=1)]
    answers("GET", "orders/history", page(records))

    found = source(world).poll("", START).items

    assert found == [Hint(ObjectKind.ORDER, str(number)) for number in range(1, 6)]


def test_deleted_order_is_gone(world: World, calls: CallList) -> None:
    answers("GET", "orders/history", page([record(1), record(2, deleted=True, field="id")]))

    assert source(world).poll("", START).items == [Gone(ObjectKind.ORDER, "1")]


def test_page_that_leads_nowhere_ends_the_poll(world: World, calls: CallList) -> None:
    answers("GET", "orders/history", page([record(9)], pages=5))

    assert source(world).poll('{"since_id": 9}', START).has_more is False


def test_zone_is_read_when_verify_never_filled_it(world: World, calls: CallList) -> None:
    answers("GET", "settings", {"success": True, "settings": {"timezone": {"value": "Asia/Tokyo"}}})
    answers("GET", "orders/history", page([]))

    source(world, timezone="").poll("", START)

    assert query(calls[1])[0] == ("filter[startDate]", "2026-02-28 18:00:00")


def test_records_of_other_shapes_are_read_all_the_same(world: World, calls: CallList) -> None:
    """Numbers as text, and PHP's ways to write nothing: an empty list where an object is meant, null, no key at all."""
    odd = [
        record(7) | {"id": "7", "apiKey": [], "user": None},
        record(8) | {"id": "8", "source": "api", "apiKey": None},
        {"id": "9", "source": "code", "field": "status", "order": []},
        {"id": "10"},
    ]
    answers("GET", "orders/history", page([]) | {"history": {str(row["id"]): row for row in odd}, "pagination": []})

    found = source(world).poll("", START)

    assert found.items[0] == Hint(ObjectKind.ORDER, "1")
    assert isinstance(found.items[1], NotRelevant)
    assert json.loads(found.cursor) == {"since_id": 10}
