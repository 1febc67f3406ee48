"""What a client may do to orders of the sandbox shop: writes, batches, notes, refunds."""

from typing import Any

import pytest

from .conftest import Client


def error(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


# --- Writing ----------------------------------------------------------------------------------------------------------


def test_line_totals_are_without_tax_and_add_up(client: Client) -> None:
    order = client.ordered(
        shipping_lines=[{"method_id": "flat_rate", "method_title": "Envío", "total": "5.00"}],
        fee_lines=[{"name": "Recargo", "total": "1.50"}],
        coupon_lines=[{"code": "BIENVENIDA10"}],
        line_items=[{"product_id": 30, "variation_id": 31, "quantity": 2}, {"product_id": 22, "quantity": 1}],
    )

    cents = {name: round(float(order[name]) * 100) for name in ("total", "total_tax", "shipping_total")}
    lines = sum(round(float(line["total"]) * 100) for line in order["line_items"] + order["fee_lines"])
    assert cents["total"] == lines + cents["shipping_total"] + cents["total_tax"]
    assert [line["rate_percent"] for line in order["tax_lines"]] == [21, 10]
    assert order["coupon_lines"][0]["code"] == "bienvenida10"
    assert order["line_items"][0]["meta_data"][0]["display_key"] == "Talla"
    assert (order["date_created"], order["date_created_gmt"]) == ("2026-01-05T11:00:00", "2026-01-05T10:00:00")


def test_a_write_that_changes_nothing_still_moves_date_modified(client: Client) -> None:
    client.ordered()
    client.clock.now += 60

    order = client.put("/orders/1001", {}).json()

    assert (order["date_created_gmt"], order["date_modified_gmt"]) == ("2026-01-05T10:00:00", "2026-01-05T10:01:00")


@pytest.mark.parametrize("status", ["enviado", "wc-completed", "any"])
def test_a_status_that_the_shop_does_not_know_is_refused(client: Client, status: str) -> None:
    client.ordered()

    answer = client.put("/orders/1001", {"status": status})

    assert error(answer) == (400, "rest_invalid_param")
    assert answer.json()["data"]["details"]["status"]["code"] == "rest_not_in_enum"
    assert client.get("/orders/1001").json()["status"] == "pending"


def test_completing_sets_the_dates_and_is_noted(client: Client) -> None:
    client.ordered()
    client.clock.now += 5

    order = client.put("/orders/1001", {"status": "completed"}).json()

    assert (order["date_paid_gmt"], order["date_completed_gmt"]) == ("2026-01-05T10:00:05", "2026-01-05T10:00:05")
    assert [(w["order_id"], w["from"], w["to"], w["by"]) for w in client.control("status_writes")] == [
        (1001, "pending", "completed", "rest")
    ]


def test_any_status_may_follow_any_other_and_the_date_of_payment_stays(client: Client) -> None:
    client.ordered(status="completed")

    order = client.put("/orders/1001", {"status": "pending"}).json()

    assert (order["status"], order["date_paid_gmt"], order["needs_payment"]) == ("pending", "2026-01-05T10:00:00", True)


def test_the_status_refunded_makes_a_full_refund_by_itself(client: Client) -> None:
    client.ordered()

    order = client.put("/orders/1001", {"status": "refunded"}).json()

    assert [refund["total"] for refund in order["refunds"]] == ["-37.00"]
    assert order["total"] == "37.00"


@pytest.mark.parametrize(("product", "status"), [(20, "processing"), (24, "completed")])
def test_paying_leads_to_processing_or_completed_by_what_was_bought(client: Client, product: int, status: str) -> None:
    client.ordered(line_items=[{"product_id": product}])

    order = client.put("/orders/1001", {"set_paid": True}).json()

    assert (order["status"], order["date_paid_gmt"]) == (status, "2026-01-05T10:00:00")


def test_meta_is_updated_in_place_and_null_removes_it(client: Client) -> None:
    client.ordered(meta_data=[{"key": "crm_id", "value": "1"}, {"key": "other", "value": {"a": [1]}}])

    changed = client.put("/orders/1001", {"meta_data": [{"key": "crm_id", "value": "55"}]}).json()["meta_data"]
    removed = client.put("/orders/1001", {"meta_data": [{"key": "crm_id", "value": None}]}).json()["meta_data"]

    assert [(one["key"], one["value"]) for one in changed] == [("crm_id", "55"), ("other", {"a": [1]})]
    assert [one["key"] for one in removed] == ["other"]


def test_lines_are_changed_added_and_removed_by_id(client: Client) -> None:
    first = client.ordered()["line_items"][0]["id"]

    order = client.put("/orders/1001", {"line_items": [{"id": first, "quantity": 1}, {"product_id": 21}]}).json()
    without = client.put("/orders/1001", {"line_items": [{"id": first, "quantity": 0}]}).json()

    assert [(line["quantity"], line["sku"]) for line in order["line_items"]] == [(1, "JARRA-1"), (1, "CUENCO-2")]
    assert [line["sku"] for line in without["line_items"]] == ["CUENCO-2"]


@pytest.mark.parametrize(
    ("method", "expected"),
    [
        ("GET", (404, "woocommerce_rest_shop_order_invalid_id")),
        ("PUT", (400, "woocommerce_rest_shop_order_invalid_id")),
        ("POST", (400, "woocommerce_rest_shop_order_invalid_id")),
        ("PATCH", (400, "woocommerce_rest_shop_order_invalid_id")),
        ("DELETE", (404, "woocommerce_rest_shop_order_invalid_id")),
    ],
)
def test_a_missing_order_is_told_by_the_method(client: Client, method: str, expected: tuple[int, str]) -> None:
    assert error(client.call(method, "/orders/999999", json={"status": "completed"})) == expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"id": 5}, (400, "woocommerce_rest_shop_order_exists")),
        ({"customer_id": 77}, (400, "woocommerce_rest_invalid_customer_id")),
        ({"customer_id": "x"}, (400, "rest_invalid_param")),
        ({"line_items": {}}, (400, "rest_invalid_param")),
    ],
)
def test_a_wrong_new_order_is_refused_and_none_is_made(
    client: Client, body: dict[str, Any], expected: tuple[int, str]
) -> None:
    assert error(client.post("/orders", body)) == expected
    assert client.control("orders") == []


def test_broken_json_is_refused(client: Client) -> None:
    assert error(client.call("POST", "/orders", data="{")) == (400, "rest_invalid_json")


def test_an_order_in_the_bin_leaves_the_list_and_can_be_taken_out(client: Client) -> None:
    client.ordered(status="failed")

    trashed = client.delete("/orders/1001").json()
    again = client.delete("/orders/1001")

    assert (trashed["status"], client.get("/orders/1001").json()["status"]) == ("failed", "trash")
    assert error(again) == (410, "woocommerce_rest_already_trashed")
    assert (client.ids(), client.ids(status="trash")) == ([], [1001])
    assert client.put("/orders/1001", {"status": "pending"}).json()["status"] == "pending"
    assert client.ids() == [1001]


def test_a_deletion_by_force_is_for_good(client: Client) -> None:
    client.ordered()

    assert client.delete("/orders/1001", force="true").status_code == 200
    assert client.get("/orders/1001").status_code == 404


def test_a_refused_order_number_stays_refused_in_the_way_of_the_shop(client: Client) -> None:
    client.ordered()
    client.control("faults", {"refuse": ["1001"]})

    answer = client.put("/orders/1001", {"status": "completed"})

    assert error(answer) == (400, "order_locked")
    assert client.get("/orders/1001").json()["status"] == "pending"


# --- Batches ----------------------------------------------------------------------------------------------------------


def test_a_batch_answers_each_item_in_order_and_is_not_atomic(client: Client) -> None:
    client.ordered()
    body = {"update": [{"id": 1001, "status": "failed"}, {"id": 9, "status": "completed"}], "delete": [8]}

    answer = client.post("/orders/batch", body)

    done = answer.json()
    assert (answer.status_code, done["update"][0]["status"]) == (200, "failed")
    refusal = {"code": "woocommerce_rest_shop_order_invalid_id", "message": "Invalid ID."}
    assert done["update"][1] == {"id": 9, "error": refusal | {"data": {"status": 400}}}
    assert done["delete"] == [{"id": 8, "error": refusal | {"data": {"status": 404}}}]


def test_a_batch_of_more_than_a_hundred_is_refused_whole(client: Client) -> None:
    client.ordered()

    answer = client.post("/orders/batch", {"update": [{"id": 1001, "status": "completed"}] * 101})

    assert error(answer) == (413, "woocommerce_rest_request_entity_too_large")
    assert client.get("/orders/1001").json()["status"] == "pending"


@pytest.mark.parametrize(("sent", "kept"), [("wc-completed", "completed"), ("enviado", "pending")])
def test_a_batch_takes_statuses_that_a_single_call_refuses(client: Client, sent: str, kept: str) -> None:
    client.ordered(status="processing")

    [done] = client.post("/orders/batch", {"update": [{"id": 1001, "status": sent}]}).json()["update"]

    assert done["status"] == kept


def test_an_empty_batch_is_answered_with_an_empty_list(client: Client) -> None:
    answer = client.post("/orders/batch", {"update": []})

    assert (answer.status_code, answer.json()) == (200, [])


# --- Notes and refunds ------------------------------------------------------------------------------------------------


def test_a_note_does_not_touch_the_order(client: Client) -> None:
    client.ordered()
    client.clock.now += 60

    answer = client.post("/orders/1001/notes", {"note": "Enviado", "customer_note": True})
    client.post("/orders/1001/notes", {"note": "interno"})

    assert (answer.status_code, answer.json()["customer_note"]) == (201, True)
    assert client.get("/orders/1001").json()["date_modified_gmt"] == "2026-01-05T10:00:00"
    assert [note["note"] for note in client.get("/orders/1001/notes", type="customer").json()] == ["Enviado"]
    assert error(client.post("/orders/77/notes", {"note": "x"})) == (404, "woocommerce_rest_order_invalid_id")
    assert error(client.post("/orders/1001/notes", {})) == (400, "rest_missing_callback_param")


def test_a_partial_refund_leaves_total_and_status(client: Client) -> None:
    order = client.ordered(status="processing")
    line = {"id": order["line_items"][0]["id"], "quantity": 1, "refund_total": 15.29}
    line["refund_tax"] = [{"id": 1, "refund_total": 3.21}]

    answer = client.post("/orders/1001/refunds", {"reason": "Rota", "api_refund": False, "line_items": [line]})

    refund, after = answer.json(), client.get("/orders/1001").json()
    assert (answer.status_code, refund["amount"], refund["line_items"][0]["total"]) == (201, "18.50", "-15.29")
    assert (after["total"], after["status"], after["refunds"][0]["total"]) == ("37.00", "processing", "-18.50")
    assert [one["parent_id"] for one in client.get("/refunds").json()] == [1001]


def test_refunding_the_rest_makes_the_order_refunded(client: Client) -> None:
    client.ordered(status="processing")

    client.post("/orders/1001/refunds", {"amount": "30.00", "api_refund": False})
    client.post("/orders/1001/refunds", {"amount": "7.00", "api_refund": False})

    order = client.get("/orders/1001").json()
    assert (order["status"], [refund["total"] for refund in order["refunds"]]) == ("refunded", ["-7.00", "-30.00"])


@pytest.mark.parametrize("more", [{"amount": "99.00", "api_refund": False}, {"amount": "1.00"}])
def test_a_refund_that_cannot_be_is_a_500_with_a_bare_number_as_data(client: Client, more: dict[str, Any]) -> None:
    client.ordered(payment_method="bacs")

    answer = client.post("/orders/1001/refunds", more)

    assert error(answer) == (500, "woocommerce_rest_cannot_create_order_refund")
    assert answer.json()["data"] == 500
    assert client.get("/orders/1001/refunds").json() == []
