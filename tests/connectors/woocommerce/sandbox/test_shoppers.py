"""The shoppers, the staff and the old orders of the sandbox shop."""

import threading
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from connectors.woocommerce.sandbox import ShopSandbox, make
from connectors.woocommerce.sandbox.shoppers import KINDS

from .conftest import Client, Clock, Inbox


@pytest.fixture
def other() -> Iterator[Client]:
    """A second shop, in yen, with the same order numbers and another time zone."""
    clock = Clock()
    with make(name="Tokio", currency="JPY", zone="Asia/Tokyo", clock=clock) as box, requests.Session() as session:
        assert isinstance(box, ShopSandbox)
        yield Client(box, clock, session)


def shopped(client: Client, **options: Any) -> dict[str, dict[str, Any]]:
    """The newest order of each kind."""
    rows = client.control("shop", {"orders": len(KINDS)} | options)["orders"]
    return {row["kind"]: client.get(f"/orders/{row['id']}").json() for row in rows}


def cents(text: str) -> int:
    return round(float(text) * 100)


# --- Kinds ------------------------------------------------------------------------------------------------------------


def test_each_round_of_shoppers_shows_every_kind_of_order(client: Client) -> None:
    orders = shopped(client)

    assert set(orders) == set(KINDS)
    assert orders["several_shipping"]["shipping_lines"][1]["method_id"] == "courier_express"
    assert orders["two_tax_rates"]["tax_lines"][1]["rate_percent"] == 10
    assert orders["pickup"]["shipping_lines"][0]["method_id"] == "local_pickup"
    assert set(orders["pickup"]["shipping"].values()) == {""}
    assert (orders["virtual"]["shipping_lines"], orders["virtual"]["status"]) == ([], "completed")
    assert orders["negative_fee"]["fee_lines"][0]["total"].startswith("-")
    gone = orders["deleted_product"]["line_items"][0]
    assert (gone["product_id"], gone["sku"]) == (0, None)
    assert orders["custom_status"]["status"] == "en-camino"
    assert orders["variation"]["line_items"][0]["parent_name"] == "Sudadera"
    assert (orders["free"]["total"], orders["free"]["payment_method"]) == ("0.00", "")
    assert (orders["no_email"]["billing"]["email"], orders["no_email"]["customer_id"]) == ("", 0)
    assert (orders["unpaid"]["status"], orders["unpaid"]["needs_payment"]) == ("pending", True)
    assert (orders["cash_on_delivery"]["payment_method"], orders["cash_on_delivery"]["date_paid"]) == ("cod", None)
    assert len(orders["partial_refund"]["refunds"]) == 1
    assert [line["code"] for line in orders["two_coupons"]["coupon_lines"]] == ["bienvenida10", "menos3"]
    assert len(orders["many_lines"]["line_items"]) > 15


def test_the_sums_of_every_kind_add_up(client: Client) -> None:
    for order in shopped(client).values():
        parts = [*order["line_items"], *order["fee_lines"], *order["shipping_lines"]]
        assert cents(order["total"]) == sum(cents(part["total"]) for part in parts) + cents(order["total_tax"])
        assert cents(order["total_tax"]) == sum(cents(part["total_tax"]) for part in parts)
        taxes = sum(cents(line["tax_total"]) + cents(line["shipping_tax_total"]) for line in order["tax_lines"])
        assert taxes == cents(order["total_tax"])
        off = sum(cents(line["discount"]) for line in order["coupon_lines"])
        assert off == cents(order["discount_total"])


def test_the_same_seed_makes_the_same_orders_in_any_shop(client: Client) -> None:
    first = client.control("shop", {"orders": 30, "seed": 5})["orders"]
    before = [client.get(f"/orders/{row['id']}").json() for row in first]
    client.control("reset", {})
    client.control("shop", {"orders": 30, "seed": 5})
    after = [client.get(f"/orders/{row['id']}").json() for row in first]

    assert before == after
    assert [row["id"] for row in first] == list(range(1001, 1031))


def test_names_come_in_many_letters_and_guests_come_back(client: Client) -> None:
    client.control("shop", {"orders": 200, "customers": 20, "guests": 5, "guest_share": 0.5})

    rows = client.control("orders")
    guests = Counter(row["email"] for row in rows if row["email"].startswith("guest"))
    people = client.get("/customers", per_page=100).json()
    names = " ".join(f"{one['first_name']} {one['last_name']}" for one in people)
    assert (len(guests), min(guests.values()) > 1) == (5, True)
    assert len(people) == 20
    assert any("а" <= letter <= "я" for letter in names)
    assert any(letter in names for letter in "éñüß")


def test_unmapped_codes_turn_up_as_often_as_wished(client: Client) -> None:
    client.control("shop", {"orders": 100, "unmapped_share": 0.3, "unmapped_code": "crypto_pay"})
    client.control("shop", {"orders": 10, "unmapped_share": 1, "unmapped_code": "drone", "unmapped_kind": "delivery"})
    client.control("shop", {"orders": 1, "unmapped_share": 1, "unmapped_code": "lost", "unmapped_kind": "status"})

    every = [order for page in (1, 2) for order in client.get("/orders", per_page=100, page=page).json()]
    payments = Counter(order["payment_method"] for order in every)
    methods = [line["method_id"] for order in every for line in order["shipping_lines"]]
    assert 15 < payments["crypto_pay"] < 45
    assert methods.count("drone") >= 8
    assert "lost" in {status["slug"] for status in client.get("/orders/statuses").json()}


def test_a_shop_in_yen_has_no_decimals_and_its_own_clock(other: Client) -> None:
    orders = shopped(other)

    order = orders["coupon"]
    assert (order["currency"], "." in order["total"], order["currency_symbol"]) == ("JPY", False, "¥")
    assert order["date_created"] == "2026-01-05T19:00:00"
    assert order["id"] == 1001 + [*KINDS[1:], KINDS[0]].index("coupon")


def test_shoppers_can_come_one_after_the_other(client: Client, inbox: Inbox) -> None:
    twenty_came = threading.Event()
    client.hook("order.created", inbox.url)
    inbox.meanwhile = lambda: twenty_came.set() if len(inbox.deliveries) == 20 else None

    answer = client.control("shop", {"orders": 20, "rate": 2000})

    assert answer == {"orders": [], "placing": 20}
    assert twenty_came.wait(20)
    state = client.control("state")
    assert (state["orders"], state["still_shopping"]) == (20, 0)


# --- Announcements ----------------------------------------------------------------------------------------------------


def test_every_order_is_announced_once_and_each_paid_one_as_updated_too(client: Client, inbox: Inbox) -> None:
    client.hook("order.created", inbox.url)
    client.hook("order.updated", inbox.url)

    client.control("shop", {"orders": 40, "senders": 8})
    assert client.box.dispatcher.wait_until_idle(20)

    sent = Counter((one.headers["x-wc-webhook-topic"], one.json()["id"]) for one in inbox.deliveries)
    paid = {order["id"] for order in client.get("/orders", per_page=100).json() if order["date_paid"]}
    assert {number for topic, number in sent if topic == "order.created"} == set(range(1001, 1041))
    assert {number for topic, number in sent if topic == "order.updated"} == paid
    assert set(sent.values()) == {1}


# --- Staff ------------------------------------------------------------------------------------------------------------


def test_staff_move_orders_on_and_each_step_is_written_down(client: Client) -> None:
    client.control("shop", {"orders": 60})
    client.clock.now += 10

    done = client.control("change", {"statuses": 15, "pay": 2, "touch": 4, "seed": 9})

    writes = client.control("status_writes", by="staff")
    assert (len(done["statuses"]), len(done["paid"]), len(done["touched"])) == (15, 2, 4)
    assert [(one["order_id"], one["from"], one["to"]) for one in writes][:15] == [
        (one["id"], one["from"], one["to"]) for one in done["statuses"]
    ]
    changed = {one["id"] for one in done["statuses"]} | set(done["paid"]) | set(done["touched"])
    assert set(client.ids(modified_after="2026-01-05T10:00:05Z", per_page=100)) == changed


def test_staff_can_be_told_which_orders_and_where_to(client: Client) -> None:
    client.ordered()
    client.ordered()

    done = client.control("change", {"statuses": 5, "ids": [1002], "to": "cancelled"})

    assert done["statuses"] == [{"id": 1002, "from": "pending", "to": "cancelled"}]
    assert client.get("/orders/1001").json()["status"] == "pending"


def test_the_state_counts_what_a_checker_needs(client: Client) -> None:
    client.control("shop", {"orders": 21, "customers": 3})
    client.ordered()
    client.put("/orders/1022", {"status": "completed"})

    state = client.control("state")

    assert (state["orders"], state["status_writes"]) == (22, {"rest": 1})
    assert state["counts"] == {"orders_created_checkout": 21, "orders_created_rest-api": 1}
    assert [one["call"] for one in client.control("writes")] == ["orders", "orders/id"]
    assert state["sandbox_errors"] == []


def test_a_reset_empties_the_shop(client: Client, inbox: Inbox) -> None:
    client.hook("order.created", inbox.url)
    client.control("shop", {"orders": 5})
    client.control("history", {"orders": 50})

    client.control("reset", {})

    state = client.control("state")
    assert (state["orders"], state["customers"], state["webhooks"]["active"]) == (0, 1, 0)
    assert client.ordered()["id"] == 1001


# --- History ----------------------------------------------------------------------------------------------------------


def walk(client: Client, **params: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    page = 1
    while rows := client.get("/orders", per_page=100, page=page, **params).json():
        found += rows
        page += 1
    return found


def test_old_orders_fire_nothing_and_stand_before_todays(client: Client, inbox: Inbox) -> None:
    client.hook("order.created", inbox.url)
    client.control("shop", {"orders": 3})
    assert client.box.dispatcher.wait_until_idle(20)
    announced = len(inbox.deliveries)

    made = client.control("history", {"orders": 250, "customers": 40})

    assert (made["first_id"], made["last_id"]) == (1004, 1253)
    assert len(inbox.deliveries) == announced == 3
    assert client.ids(per_page=5) == [1003, 1002, 1001, 1253, 1252]
    assert client.ids(per_page=5, orderby="id") == [1253, 1252, 1251, 1250, 1249]
    assert client.ids(per_page=4, orderby="modified", order="asc") == [1004, 1005, 1006, 1007]
    assert client.ordered()["id"] == 1254


@pytest.mark.parametrize("order_by", ["id", "date", "modified"])
@pytest.mark.parametrize("order", ["asc", "desc"])
def test_pages_over_old_and_new_orders_are_complete_and_sorted(client: Client, order_by: str, order: str) -> None:
    client.control("shop", {"orders": 130})
    client.control("history", {"orders": 333, "customers": 20})
    client.clock.now += 60
    for number in (1131, 1200, 1201, 1463):
        client.put(f"/orders/{number}", {"status": "completed"})

    rows = walk(client, orderby=order_by, order=order)

    names = {"id": "id", "date": "date_created_gmt", "modified": "date_modified_gmt"}
    keys = [(row[names[order_by]], row["id"]) for row in rows]
    assert sorted(row["id"] for row in rows) == list(range(1001, 1464))
    assert keys == sorted(keys, reverse=order == "desc")


def test_old_orders_are_found_by_status_time_buyer_and_text(client: Client) -> None:
    made = client.control("history", {"orders": 1000, "customers": 30})
    every = walk(client, orderby="id", order="asc")
    middle = every[500]["date_created_gmt"]

    cancelled = walk(client, status="cancelled", orderby="id", order="asc")
    later = walk(client, after=middle, dates_are_gmt="true", orderby="id", order="asc")
    earlier = walk(client, before=middle, dates_are_gmt="true", orderby="id", order="asc")
    buyer = next(row for row in every if row["customer_id"])
    his = walk(client, customer=buyer["customer_id"], orderby="id", order="asc")
    sought = walk(client, search=buyer["billing"]["email"], orderby="id", order="asc")

    assert cancelled == [row for row in every if row["status"] == "cancelled"]
    assert later == [row for row in every if row["date_created_gmt"] > middle]
    assert earlier == [row for row in every if row["date_created_gmt"] < middle]
    assert his == [row for row in every if row["customer_id"] == buyer["customer_id"]]
    assert sought == [row for row in every if buyer["billing"]["email"] in row["billing"]["email"]]
    assert client.ids(search=str(made["last_id"])) == [made["last_id"]]
    assert client.ids(include=f"{made['last_id']},{made['first_id']}", order="asc", orderby="id") == [
        made["first_id"],
        made["last_id"],
    ]
    totals = {row["slug"]: row["total"] for row in client.get("/reports/orders/totals").json()}
    assert {slug: total for slug, total in totals.items() if total} == Counter(row["status"] for row in every)


def test_an_old_order_is_always_the_same_until_it_is_written_to(client: Client) -> None:
    made = client.control("history", {"orders": 100})
    number = made["first_id"]
    first, second = client.get(f"/orders/{number}").json(), client.get(f"/orders/{number}").json()

    changed = client.put(f"/orders/{number}", {"status": "en-camino"}).json()

    assert first == second
    different = {name for name in first if first[name] != changed[name]}
    assert different == {"status", "date_modified", "date_modified_gmt", "is_editable"} & different
    assert client.get(f"/orders/{number}").json() == changed
    assert client.control("state")["orders"] == 100
    assert len(client.control("orders", history=1)) == 100


def test_a_hundred_thousand_old_orders_take_no_memory(client: Client) -> None:
    client.control("history", {"orders": 100_000, "customers": 400, "seed": 1})

    last = client.get("/orders", orderby="id", order="asc", per_page=100, page=1000)

    assert last.headers["X-WP-Total"] == "100000"
    assert last.json()[-1]["id"] == 101_000
    assert client.box.shop.orders == {}
    assert client.control("state")["history_orders"] == 100_000


def test_a_shop_has_one_history(client: Client) -> None:
    client.control("history", {"orders": 10})

    answer = client.session.post(f"{client.box.url}/__sandbox__/history", json={"orders": 10}, timeout=5)

    assert answer.status_code == 409
