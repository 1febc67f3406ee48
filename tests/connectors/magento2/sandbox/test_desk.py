"""The stand-in's control desk: shoppers, staff, old orders, and what checkers are told."""

import time

import pytest
import requests

from connectors.magento2.sandbox.server import make

from .conftest import Shop


def test_same_seed_buys_the_same(shop: Shop) -> None:
    shop.desk("shop", {"orders": 5, "seed": 4})
    box = make()
    other = Shop(box)
    with box:
        other.desk("shop", {"orders": 5, "seed": 4})
        told = [[(row["email"], row["total"], row["note"]) for row in each.desk("orders")] for each in (shop, other)]

    assert told[0] == told[1]


def test_buyers_come_back(shop: Shop) -> None:
    shop.desk("shop", {"orders": 30, "customers": 3, "guests": 2, "guest_share": 0.5, "tag": "north"})

    guests = {row["email"] for row in shop.desk("orders") if row["customer_is_guest"]}
    assert guests == {"visitor0north@example.test", "visitor1north@example.test"}
    assert {row["email"] for row in shop.desk("customers")} == {
        f"client{place}north@example.test" for place in range(3)
    }


def test_row_of_an_order_has_what_every_stand_in_tells(shop: Shop) -> None:
    shop.desk("shop", {"orders": 1})

    [row] = shop.desk("orders")
    assert (row["id"], row["number"], row["status"]) == (12, "000000012", "pending")
    assert float(row["total"]) == row["grand_total"]
    assert row["note"] == row["customer_note"] != ""
    assert row["modified"] == row["updated_at"]


def test_shoppers_come_in_the_background(shop: Shop) -> None:
    told = shop.desk("shop", {"orders": 5, "rate": 500})

    assert told == {"orders": [], "placing": 5}
    end = time.monotonic() + 10
    while shop.desk("state")["still_shopping"]:
        assert time.monotonic() < end
    assert shop.desk("state")["orders"] == 5


def test_unmapped_code_stands_where_it_was_asked_for(shop: Shop) -> None:
    unmapped = {"unmapped_share": 1.0, "unmapped_code": "barter"}
    for kind in ("payment", "delivery", "status"):
        shop.desk("shop", {"orders": 1, "unmapped_kind": kind, **unmapped})

    payment, delivery, status = shop.desk("orders")
    assert payment["payment"]["method"] == "barter"
    assert delivery["extension_attributes"]["shipping_assignments"][0]["shipping"]["method"] == "barter"
    assert (status["status"], status["state"]) == ("barter", "new")


@pytest.mark.parametrize(
    ("to", "state", "is_paid"),
    [("processing", "processing", True), ("complete", "complete", True), ("canceled", "canceled", False)],
)
def test_staff_bring_an_order_to_a_status_with_its_documents(to: str, state: str, is_paid: bool, shop: Shop) -> None:
    shop.desk("shop", {"orders": 1})

    told = shop.desk("change", {"statuses": 1, "to": to})

    assert told == {"statuses": [{"id": 12, "from": "pending", "to": to}], "paid": [], "touched": []}
    order = shop.order(12)
    assert (order["status"], order["state"], order["total_due"] == 0) == (to, state, is_paid)
    assert [(row["order_id"], row["to"], row["by"]) for row in shop.desk("status_writes")] == [(12, to, "staff")]
    assert shop.desk("status_writes?by=rest") == []


def test_unknown_status_is_refused_and_nothing_changes(shop: Shop) -> None:
    shop.desk("shop", {"orders": 1})

    answer = requests.post(f"{shop.box.url}/__sandbox__/change", json={"statuses": 1, "to": "lost"}, timeout=10)

    assert (answer.status_code, "lost" in answer.text) == (400, True)
    assert shop.order(12)["status"] == "pending"


def test_staff_edit_and_take_payments_of_the_named_orders_only(shop: Shop) -> None:
    shop.desk("shop", {"orders": 4})

    told = shop.desk("change", {"ids": [13, 14], "touch": 9, "pay": 9})

    assert (sorted(told["paid"]), sorted(told["touched"])) == ([13, 14], [13, 14])
    assert [row["status"] for row in shop.desk("orders")] == ["pending", "processing", "processing", "pending"]
    assert all("Another door" in shop.order(id)["note"] for id in (13, 14))


def test_old_orders_are_listed_when_asked_for_until_somebody_saves_them(shop: Shop) -> None:
    span = shop.desk("history", {"orders": 6, "days_ago": 3, "days": 30, "customers": 2})
    shop.desk("shop", {"orders": 1})

    assert (span["first_id"], span["last_id"], span["orders"]) == (12, 17, 6)
    assert [row["id"] for row in shop.desk("orders")] == [18]
    rows = shop.desk("orders?history=1")
    assert [row["id"] for row in rows] == [12, 13, 14, 15, 16, 17, 18]
    assert all(span["from"] <= row["modified"].replace(" ", "T") < span["until"] for row in rows[:6])
    shop.desk("change", {"id": 13, "customer_note": "late"})
    assert [row["id"] for row in shop.desk("orders")] == [13, 18]


def test_deleted_order_is_gone_and_its_number_does_not_come_again(shop: Shop) -> None:
    shop.desk("shop", {"orders": 2})

    shop.desk("delete", {"ids": [13]})
    shop.desk("shop", {"orders": 1})

    assert [row["id"] for row in shop.desk("orders")] == [12, 14]
