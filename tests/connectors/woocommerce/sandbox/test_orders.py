"""Lists of orders in the sandbox shop: arguments, pages, moments."""

from typing import Any

import pytest

from .conftest import Client


def error(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def test_a_page_carries_its_totals_and_links_to_its_neighbours(client: Client) -> None:
    for _ in range(5):
        client.ordered()

    answer = client.get("/orders", orderby="id", order="asc", per_page=2, page=2)

    assert [order["id"] for order in answer.json()] == [1003, 1004]
    assert (answer.headers["X-WP-Total"], answer.headers["X-WP-TotalPages"]) == ("5", "3")
    base = f"<{client.box.url}/wp-json/wc/v3/orders?orderby=id&order=asc&per_page=2"
    defaults = "status%5B0%5D=any&dp=2&context=view>"
    assert answer.headers["Link"] == (f'{base}&page=1&{defaults}; rel="prev", {base}&page=3&{defaults}; rel="next"')


def test_a_page_past_the_end_is_empty_and_says_a_total_of_zero(client: Client) -> None:
    client.ordered()

    answer = client.get("/orders", page=9)

    assert (answer.status_code, answer.json()) == (200, [])
    assert (answer.headers["X-WP-Total"], answer.headers["X-WP-TotalPages"]) == ("0", "0")


def test_more_than_a_hundred_to_a_page_is_refused(client: Client) -> None:
    answer = client.get("/orders", per_page=101)

    assert error(answer) == (400, "rest_invalid_param")
    assert answer.json()["data"]["params"] == {"per_page": "per_page must be between 1 (inclusive) and 100 (inclusive)"}


def test_modified_after_is_strictly_later_by_whole_seconds(client: Client) -> None:
    client.ordered()
    client.clock.now += 1
    client.ordered()

    first = client.ids(modified_after="2026-01-05T10:00:00", dates_are_gmt="true")
    both = client.ids(modified_after="2026-01-05T09:59:59", dates_are_gmt="true")

    assert (first, sorted(both)) == ([1002], [1001, 1002])


@pytest.mark.parametrize(
    ("params", "found"),
    [
        ({"modified_after": "2026-01-05T10:30:00"}, [1001]),
        ({"modified_after": "2026-01-05T11:00:00"}, []),
        ({"modified_after": "2026-01-05T10:30:00", "dates_are_gmt": "true"}, []),
        ({"modified_after": "2026-01-05T09:30:00Z"}, [1001]),
        ({"modified_after": "2026-01-05T10:30:00Z"}, []),
        ({"after": "2026-01-05T10:59:59", "before": "2026-01-05T11:00:01"}, [1001]),
        ({"modified_before": "2026-01-05T11:00:00"}, []),
    ],
)
def test_a_moment_without_zone_is_local_time_of_the_shop(
    client: Client, params: dict[str, str], found: list[int]
) -> None:
    client.ordered()

    assert client.ids(**params) == found


def test_a_moment_that_is_none_is_refused(client: Client) -> None:
    assert error(client.get("/orders", modified_after="yesterday")) == (400, "rest_invalid_param")


def test_orders_are_found_by_what_the_caller_names(client: Client) -> None:
    ana = client.post("/customers", {"email": "ana@example.test", "first_name": "Ana"}).json()["id"]
    client.ordered(customer_id=ana, status="completed")
    client.ordered(billing={"email": "guest@example.test", "first_name": "Лев"}, status="on-hold")
    client.ordered(line_items=[{"product_id": 22}])

    assert client.ids(status="completed,on-hold", order="asc", orderby="id") == [1001, 1002]
    assert client.ids(**{"status[]": ["on-hold"]}) == [1002]
    assert client.ids(customer=ana) == [1001]
    assert sorted(client.ids(customer=0)) == [1002, 1003]
    assert client.ids(search="guest@example") == [1002]
    assert client.ids(search="лев") == [1002]
    assert client.ids(search="1003") == [1003]
    assert client.ids(product=22) == [1003]
    assert client.ids(include="1003,1001,4", orderby="include") == [1003, 1001]
    assert sorted(client.ids(exclude="1003")) == [1001, 1002]
    assert client.ids(offset=1, per_page=1) == [1002]
    assert client.ids(created_via="checkout") == []


@pytest.mark.parametrize(
    ("params", "named"),
    [
        ({"status": "wc-completed"}, "status"),
        ({"orderby": "total"}, "orderby"),
        ({"order": "up"}, "order"),
        ({"page": "0"}, "page"),
        ({"page": "x"}, "page"),
        ({"include": "x"}, "include"),
    ],
)
def test_an_impossible_argument_is_named_in_the_refusal(client: Client, params: dict[str, str], named: str) -> None:
    answer = client.get("/orders", **params)

    assert error(answer) == (400, "rest_invalid_param")
    assert list(answer.json()["data"]["params"]) == [named]


def test_fields_trims_each_order(client: Client) -> None:
    client.ordered()

    assert client.get("/orders", _fields="id,status").json() == [{"id": 1001, "status": "pending"}]


def test_amounts_have_as_many_decimals_as_asked_for(client: Client) -> None:
    client.ordered()

    assert client.get("/orders", dp=4).json()[0]["total"] == "37.0000"
