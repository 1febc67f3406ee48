"""Answers in the shapes that PHP, older portals and other versions give them."""

import json
from decimal import Decimal
from typing import Any

import pytest

from connectors.bitrix24.config import config_from
from connectors.bitrix24.entities import items, rows_of
from connectors.bitrix24.errors import error_for, error_in
from connectors.bitrix24.reader import list_entries, manager_entries, pipelines_in, statuses_seen
from connectors.bitrix24.search import contact_ids
from connectors.bitrix24.stages import first_of
from connectors.contract.errors import Misconfigured, Rejected
from connectors.contract.results import StatusSeen
from connectors.toolkit.http import Answer

from .world import World, draft, written

ADDRESS = {"address": "https://portal.bitrix24.com"}


@pytest.mark.parametrize("value", [[{"id": 1}, {"id": 2}], {"0": {"id": 1}, "7": {"id": 2}}])
def test_list_with_gaps_is_a_list(value: Any) -> None:
    assert [row["id"] for row in rows_of(value)] == [1, 2]
    assert [row["id"] for row in items({"items": value})] == [1, 2]


@pytest.mark.parametrize("value", [None, [], {}, "", False, 7, [None, "x"]])
def test_nothing_is_an_empty_list(value: Any) -> None:
    assert [rows_of(value), items({"items": value}), items(value)] == [[], [], []]
    assert contact_ids(value) == []
    assert pipelines_in({"categories": value}) == {}
    assert list_entries({"items": value}) == []


def test_found_contacts_may_be_a_map() -> None:
    assert contact_ids({"CONTACT": {"0": 3, "2": "5"}}) == ["3", "5"]


def test_pipelines_and_stages_are_sorted_whatever_their_places_look_like() -> None:
    pipelines = {"1": {"id": 4, "name": "B", "sort": "20.5"}, "2": {"id": 0, "name": "A", "sort": 10}, "3": {"id": "9"}}
    stages: list[dict[str, Any]] = [
        {"STATUS_ID": "LATE", "SORT": 30.0},
        {"STATUS_ID": "NEW", "SORT": "10"},
        {"STATUS_ID": "ODD", "SORT": "x"},
    ]

    assert list(pipelines_in({"categories": pipelines})) == ["9", "0", "4"]
    assert first_of("", stages) == "ODD"
    assert first_of("*P", stages[:2]) == "NEW"


@pytest.mark.parametrize(("active", "works"), [(True, True), ("Y", True), (None, True), (False, False), ("N", False)])
def test_manager_who_left_is_known_however_it_is_said(active: Any, works: bool) -> None:
    [entry] = manager_entries([{"ID": "7", "NAME": "Ann", "ACTIVE": active}])

    assert entry.is_active is works


def test_error_as_an_object_is_read_as_well() -> None:
    body = {"error": {"code": "ACCESS_DENIED", "message": "No access to deals"}}

    alone, in_batch = error_for(Answer(403, {}, json.dumps(body).encode(), "")), error_in(body)

    assert isinstance(alone, Misconfigured)
    assert isinstance(in_batch, Misconfigured)
    assert "No access to deals" in alone.message


@pytest.mark.parametrize("body", [{"error": "", "error_description": "Not found"}, {"error": {"code": "NOT_FOUND"}}])
def test_error_without_a_code_is_known_by_its_words(body: Any) -> None:
    error = error_in(body)

    assert isinstance(error, Rejected)
    assert error.code == "not_found"


@pytest.mark.parametrize(
    ("edits", "closed", "is_told"),
    [("while_open", "N", True), ("while_open", "Y", False), ("always", "Y", True), ("never", "N", False)],
)
def test_amount_is_compared_only_where_the_shops_counts(edits: str, closed: str, is_told: bool) -> None:
    row = {"id": 7, "stageId": "NEW", "closed": closed, "opportunity": "119.90", "currencyId": "EUR"}

    [seen] = statuses_seen([row], config_from({**ADDRESS, "edits": edits}))

    assert seen.total == (Decimal("119.90") if is_told else None)
    assert seen.currency == "EUR"


@pytest.mark.parametrize("amount", [None, "much", [], {}])
def test_amount_that_is_none_is_not_compared(amount: Any) -> None:
    [seen] = statuses_seen([{"id": "7", "stageId": "C9:WON", "opportunity": amount}], config_from(ADDRESS))

    assert (seen.id, seen.status) == ("7", "C9:WON")
    assert seen.total is None


def test_amount_of_a_deal_is_the_orders_as_the_hub_wrote_it(world: World) -> None:
    order = draft(1)
    [deal] = written(world.put([order]))
    source = world.open().status_source
    assert source is not None

    [seen] = source.statuses([], [order.external_id])

    assert isinstance(seen, StatusSeen)
    assert (seen.id, seen.total, seen.currency) == (deal.id, order.order.total, order.order.currency)
