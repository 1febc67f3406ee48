"""Customer accounts by id and all of them."""

from datetime import UTC, datetime

import responses
from responses import matchers

from connectors.contract.results import UnreadableObject
from connectors.woocommerce.customers import CustomerSource
from tests.connectors.woocommerce.shop import API, Hub, sample, transport

ALL_BY_ID = {"role": "all", "orderby": "id", "order": "asc", "per_page": "10"}


def test_accounts_of_every_role_are_fetched_in_one_call() -> None:
    query = {"include": "7,8", "per_page": "2", "role": "all"}
    with responses.RequestsMock() as web:
        web.get(f"{API}/customers", json=[sample("customer.json")], match=[matchers.query_param_matcher(query)])

        found = CustomerSource(transport(Hub()), 10).fetch(["7", "8"])

    assert list(found) == ["7"]


def test_scan_walks_by_id_and_overlaps_by_one() -> None:
    people = [{**sample("customer.json"), "id": number} for number in range(1, 13)]
    with responses.RequestsMock() as web:
        for offset, page in ((0, people[:10]), (9, people[9:])):
            web.get(
                f"{API}/customers",
                json=page,
                headers={"X-WP-Total": "12"},
                match=[matchers.query_param_matcher({**ALL_BY_ID, "offset": str(offset)})],
            )
        source = CustomerSource(transport(Hub()), 10)

        first = source.scan(None, None)
        second = source.scan(None, None, first.cursor)

    assert (len(first.items), first.has_more, first.total) == (10, True, 12)
    assert (len(second.items), second.has_more) == (3, False)


def test_range_is_applied_here_and_undated_accounts_are_kept() -> None:
    people = [
        {**sample("customer.json"), "id": 1, "date_created_gmt": "2025-01-01T00:00:00"},
        {**sample("customer.json"), "id": 2, "date_created_gmt": "2026-01-01T00:00:00"},
        {**sample("customer.json"), "id": 3, "date_created_gmt": None},
    ]
    with responses.RequestsMock() as web:
        web.get(f"{API}/customers", json=people)

        page = CustomerSource(transport(Hub()), 10).scan(datetime(2025, 6, 1, tzinfo=UTC), None)

    assert [item.id for item in page.items] == ["2", "3"]


def test_unreadable_account_does_not_hold_up_the_others() -> None:
    broken = {**sample("customer.json"), "id": 9, "date_created_gmt": "never"}
    with responses.RequestsMock() as web:
        web.get(f"{API}/customers", json=[broken, sample("customer.json")])

        page = CustomerSource(transport(Hub()), 10).scan(None, None)

    assert [isinstance(item, UnreadableObject) for item in page.items] == [True, False]


def test_deleted_account_makes_the_walk_step_back() -> None:
    with responses.RequestsMock() as web:
        web.get(f"{API}/customers", json=[{**sample("customer.json"), "id": 12}])
        source = CustomerSource(transport(Hub()), 10)

        page = source.scan(None, None, '{"offset":9,"last_id":10}')

    assert (list(page.items), page.has_more, page.cursor) == ([], True, '{"offset":0,"last_id":10,"overlap":5}')
