"""The rules of RetailCRM API v5 that the stand-in keeps, one sentence each."""

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs

import pytest
import requests

from connectors.retailcrm.sandbox import make
from connectors.toolkit.sandbox import Reply, Request, Sandbox

from .sandbox_client import Crm, order

NOW = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)


@pytest.fixture
def crm() -> Iterator[Crm]:
    with make(clock=lambda: NOW) as sandbox, requests.Session() as http:
        yield Crm(sandbox, http)


def refusal(answer: requests.Response) -> tuple[int, str]:
    body = answer.json()
    assert body["success"] is False
    return answer.status_code, body["errorMsg"]


# --- Keys, scopes, sites ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("key", "message"), [("", '"apiKey" is missing.'), ("other", 'Wrong "apiKey" value.')])
def test_a_call_without_a_known_key_is_refused(crm: Crm, key: str, message: str) -> None:
    crm.key = key

    assert refusal(crm.post("orders/create", order=order())) == (403, message)
    assert crm.state()["orders"] == 0


def test_the_key_may_travel_in_query_or_form(crm: Crm) -> None:
    crm.key = ""

    assert crm.get("orders", apiKey="sandbox-key").status_code == 200
    assert crm.post("orders/create", order=order(), apiKey="sandbox-key").status_code == 201


def test_a_key_without_the_scope_is_denied(crm: Crm) -> None:
    crm.desk("keys", {"key": "reader", "scopes": ["order_read"]})
    crm.key = "reader"

    assert crm.get("orders").status_code == 200
    assert refusal(crm.post("orders/create", order=order())) == (403, "Access denied.")
    assert crm.state()["orders"] == 0


def test_credentials_tell_scopes_and_sites_of_a_selective_key(crm: Crm) -> None:
    crm.desk("keys", {"key": "narrow", "scopes": ["order_read"], "sites": ["second"]})

    full = crm.call("GET", "/api/credentials").json()
    crm.key = "narrow"
    narrow = crm.call("GET", "/api/credentials").json()

    assert full["siteAccess"] == "access_full"
    assert "sitesAvailable" not in full
    assert (narrow["siteAccess"], narrow["sitesAvailable"], narrow["scopes"]) == (
        "access_selective",
        ["second"],
        ["order_read"],
    )


def test_site_must_be_named_when_the_key_reaches_several(crm: Crm) -> None:
    assert refusal(crm.post("orders/create", site="", order=order())) == (400, "Parameter 'site' is missing")
    assert refusal(crm.get("orders/1001")) == (400, "Parameter 'site' is missing")


def test_site_may_be_left_out_when_the_key_reaches_one(crm: Crm) -> None:
    crm.desk("keys", {"key": "narrow", "sites": ["second"]})
    crm.key = "narrow"

    assert crm.post("orders/create", site="", order=order()).json()["order"]["site"] == "second"


def test_an_unknown_site_and_one_out_of_reach_are_refused(crm: Crm) -> None:
    crm.desk("keys", {"key": "narrow", "sites": ["second"]})
    crm.key = "narrow"

    unknown = crm.post("orders/create", site="third", order=order())
    beyond = crm.post("orders/create", site="main", order=order())

    assert unknown.json()["errors"] == {"site": '"Site" with "code"="third" does not exist.'}
    assert refusal(beyond) == (403, "Access denied.")
    assert crm.state()["orders"] == 0


def test_a_selective_key_does_not_see_the_other_sites(crm: Crm) -> None:
    crm.post("orders/create", order=order())
    crm.desk("keys", {"key": "narrow", "sites": ["second"]})
    crm.key = "narrow"

    assert crm.get("orders").json()["orders"] == []
    assert crm.get("orders/history").json()["history"] == []
    assert crm.get("orders/5001", by="id").status_code == 404
    assert list(crm.get("reference/sites").json()["sites"]) == ["second"]


def test_unknown_methods_are_told(crm: Crm) -> None:
    assert refusal(crm.get("nonsense")) == (404, "API method not found")
    assert refusal(crm.get("reference/nonsense")) == (404, "API method not found")


def test_a_gone_account_answers_posts_with_an_html_page(crm: Crm) -> None:
    crm.desk("options", {"account_exists": False})

    answer = crm.post("orders/create", order=order())

    assert (answer.status_code, answer.headers["content-type"]) == (405, "text/html; charset=utf-8")
    assert refusal(crm.get("orders")) == (404, "Account does not exist.")


# --- Wire form --------------------------------------------------------------------------------------------------------


def test_a_json_body_is_not_read(crm: Crm) -> None:
    answer = crm.call("POST", "/api/v5/orders/create", json={"site": "main", "order": order()})

    assert refusal(answer) == (400, "Parameter 'site' is missing")
    assert crm.state()["orders"] == 0


def test_a_structured_parameter_must_be_a_json_text_of_the_right_kind(crm: Crm) -> None:
    for sent in ("no json", "[]", '"text"'):
        answer = crm.post("orders/create", order=sent)

        assert answer.json()["errors"] == {"order": "This value is not valid."}
    assert refusal(crm.post("orders/create")) == (400, "Parameter 'order' is missing")
    assert crm.state()["orders"] == 0


@pytest.mark.parametrize("limit", ["20", "50", "100"])
def test_three_page_sizes_are_allowed(crm: Crm, limit: str) -> None:
    assert crm.get("orders", limit=limit).json()["pagination"]["limit"] == int(limit)


@pytest.mark.parametrize("params", [{"limit": "30"}, {"limit": "x"}, {"page": "0"}, {"filter[nonsense]": "1"}])
def test_other_page_sizes_and_unknown_filters_are_refused(crm: Crm, params: dict[str, str]) -> None:
    assert refusal(crm.get("orders", **params)) == (400, "Errors in the input parameters")


def test_pages_cover_all_rows_once(crm: Crm) -> None:
    crm.post("orders/upload", orders=[order(str(number)) for number in range(45)])

    pages = [crm.get("orders", limit=20, page=page).json() for page in (1, 2, 3, 4)]

    assert pages[0]["pagination"] == {"limit": 20, "totalCount": 45, "currentPage": 1, "totalPageCount": 3}
    assert [len(page["orders"]) for page in pages] == [20, 20, 5, 0]
    assert len({row["id"] for page in pages for row in page["orders"]}) == 45


def test_the_vendors_rate_limit_is_ten_a_second_for_each_key(crm: Crm) -> None:
    crm.desk("keys", {"key": "other"})
    crm.desk("faults", {"rate_limit": "vendor"})

    answers = [crm.get("orders").status_code for _ in range(10)]
    eleventh = crm.get("orders")
    crm.key = "other"

    assert answers == [200] * 10
    assert refusal(eleventh) == (503, "Rate limit exceeded")
    assert crm.get("orders").status_code == 200


def test_the_rate_limit_may_answer_with_html(crm: Crm) -> None:
    crm.desk("options", {"rate_limit_body": "html"})
    crm.desk("faults", {"rate_limit": "vendor"})

    answers = [crm.get("orders") for _ in range(11)]

    assert (answers[-1].status_code, answers[-1].text[:6]) == (503, "<html>")


# --- Creating orders --------------------------------------------------------------------------------------------------


def test_create_answers_201_with_id_number_and_sums(crm: Crm) -> None:
    answer = crm.post("orders/create", order=order())

    body = answer.json()
    assert (answer.status_code, body["id"], body["order"]["number"]) == (201, 5001, "5001A")
    assert (body["order"]["summ"], body["order"]["totalSumm"], body["order"]["currency"]) == (2900, 3200, "RUB")
    assert body["order"]["fromApi"] is True


def test_times_are_in_the_accounts_zone_without_offset(crm: Crm) -> None:
    created = crm.post("orders/create", order={"externalId": "1"}).json()["order"]["createdAt"]

    assert created == "2026-03-01 12:30:00"
    assert crm.get("settings").json()["settings"]["timezone"]["value"] == "Europe/Moscow"


@pytest.mark.parametrize("time", ["2026-03-01T10:00:00", "2026-03-01 10:00:00+03:00", "yesterday"])
def test_a_time_of_another_form_is_refused(crm: Crm, time: str) -> None:
    answer = crm.post("orders/create", order=order(createdAt=time))

    assert answer.json()["errors"] == {"createdAt": "This value is not valid."}
    assert crm.state()["orders"] == 0


def test_an_external_id_is_taken_once_in_a_site(crm: Crm) -> None:
    crm.post("orders/create", order=order())

    again = crm.post("orders/create", order=order(payments=[]))

    assert refusal(again) == (400, "Order already exists.")
    assert (crm.state()["orders"], crm.state()["created_twice"]) == (1, 0)
    assert crm.state()["orders_refused_as_existing"] == 1


def test_two_sites_may_hold_the_same_external_id(crm: Crm) -> None:
    first = crm.post("orders/create", site="main", order=order())
    second = crm.post("orders/create", site="second", order=order())

    assert (first.status_code, second.status_code) == (201, 201)
    assert [row["site"] for row in crm.desk("orders")] == ["main", "second"]
    assert crm.get("orders/1001", site="second").json()["order"]["id"] == second.json()["id"]


@pytest.mark.parametrize(
    ("change", "path", "message"),
    [
        ({"status": "x"}, "status", '"Status" with "code"="x" does not exist.'),
        ({"orderMethod": "x"}, "orderMethod", '"OrderMethod" with "code"="x" does not exist.'),
        ({"orderType": "x"}, "orderType", '"OrderType" with "code"="x" does not exist.'),
        ({"shipmentStore": "x"}, "shipmentStore", '"Store" with "code"="x" does not exist.'),
        ({"currency": "XXX"}, "currency", '"Currency" with "code"="XXX" does not exist.'),
        ({"delivery": {"code": "x"}}, "delivery.code", '"DeliveryType" with "code"="x" does not exist.'),
        ({"payments": [{"type": "x"}]}, "payments[0].type", '"PaymentType" with "code"="x" does not exist.'),
        ({"payments": [{"amount": 5}]}, "payments[0].type", "This value should not be blank."),
        (
            {"payments": [{"type": "cash", "status": "x"}]},
            "payments[0].status",
            '"PaymentStatus" with "code"="x" does not exist.',
        ),
        (
            {"payments": [{"type": "cash", "paidAt": "2026-01-01T00:00:00Z"}]},
            "payments[0].paidAt",
            "This value is not valid.",
        ),
        ({"items": [{"offer": {"id": 4}, "productName": "A"}]}, "items[0].offer.id", "Offer with id 4 not found."),
        (
            {"items": [{"offer": {"externalId": "4"}}]},
            "items[0].offer.externalId",
            "Offer with externalId 4 not found.",
        ),
        ({"items": [{"productName": "A", "quantity": 0}]}, "items[0].quantity", "This value is not valid."),
        (
            {"items": [{"productName": "A", "status": "x"}]},
            "items[0].status",
            '"ProductStatus" with "code"="x" does not exist.',
        ),
        ({"customer": {"externalId": "355"}}, "customer.externalId", "Customer with externalId=355 not found."),
        ({"customer": {"id": 9}}, "customer.id", "Customer with id=9 not found."),
    ],
)
def test_what_the_account_does_not_know_is_refused_with_its_path(
    crm: Crm, change: dict[str, Any], path: str, message: str
) -> None:
    answer = crm.post("orders/create", order=order(**change))

    assert refusal(answer) == (400, "Order is not loaded")
    assert answer.json()["errors"] == {path: message}
    assert (crm.state()["orders"], crm.state()["customers"], crm.state()["payments"]) == (0, 0, 0)


def test_a_delivery_type_of_another_site_is_refused(crm: Crm) -> None:
    crm.desk("books", {"delivery-types": [{"code": "drone", "sites": ["second"]}]})

    refused = crm.post("orders/create", site="main", order=order(delivery={"code": "drone"}))
    taken = crm.post("orders/create", site="second", order=order(delivery={"code": "drone"}))

    assert refused.json()["errors"] == {"delivery.code": '"DeliveryType" with "code"="drone" does not exist.'}
    assert taken.status_code == 201


def test_an_older_account_wants_payment_and_delivery_to_fit(crm: Crm) -> None:
    crm.desk("options", {"strict_payment_pairs": True})
    crm.desk("books", {"payment-types": [{"code": "cash", "deliveryTypes": ["self-delivery"]}]})

    answer = crm.post("orders/create", order=order(payments=[{"type": "cash"}]))

    assert "is not allowed for the delivery type courier" in answer.json()["errors"]["payments[0].type"]
    assert crm.state()["orders"] == 0


def test_a_known_offer_is_linked_and_an_unknown_one_with_a_name_is_a_free_line(crm: Crm) -> None:
    crm.desk("offers", [{"id": 61, "externalId": "tee-m", "xmlId": "x1", "name": "T-shirt M"}])
    items = [
        {"offer": {"externalId": "tee-m"}, "initialPrice": 10},
        {"offer": {"externalId": "gone"}, "productName": "Old mug", "initialPrice": 5},
    ]

    lines = crm.post("orders/create", order=order(items=items)).json()["order"]["items"]

    assert lines[0]["offer"] == {
        "displayName": "T-shirt M",
        "id": 61,
        "externalId": "tee-m",
        "xmlId": "x1",
        "name": "T-shirt M",
    }
    assert lines[1]["offer"] == {"displayName": "Old mug"}


def test_an_order_without_a_customer_finds_one_by_email_or_makes_one(crm: Crm) -> None:
    first = crm.post("orders/create", order=order("1")).json()["order"]["customer"]
    second = crm.post("orders/create", order=order("2", email="ANN@example.com")).json()["order"]["customer"]
    third = crm.post("orders/create", order=order("3", email="bob@example.com")).json()["order"]["customer"]

    assert first["id"] == second["id"] != third["id"]
    assert (second["ordersCount"], second["totalSumm"]) == (2, 6400)
    assert "externalId" not in first


def test_a_payment_without_amount_takes_the_orders_total(crm: Crm) -> None:
    payments = [{"type": "gift-card", "amount": 200}, {"type": "cash"}]

    answer = crm.post("orders/create", order=order(payments=payments)).json()

    assert [payment["amount"] for payment in answer["order"]["payments"]] == [200, 3000]


def test_custom_fields_the_account_does_not_have_are_passed_over(crm: Crm) -> None:
    sent = order(customFields={"coupon": "SPRING", "unheard_of": 1})

    assert crm.post("orders/create", order=sent).json()["order"]["customFields"] == {"coupon": "SPRING"}


def test_payments_are_a_list_on_create_and_a_map_by_id_on_get_list_and_edit(crm: Crm) -> None:
    created = crm.post("orders/create", order=order()).json()["order"]["payments"]
    got = crm.get("orders/1001", site="main").json()["order"]["payments"]
    listed = crm.get("orders").json()["orders"][0]["payments"]
    edited = crm.post("orders/1001/edit", order={}).json()["order"]["payments"]

    assert created == [{"id": 3001, "status": "not-paid", "type": "bank-card", "externalId": "1001-1", "amount": 3200}]
    assert got == listed == edited == {"3001": created[0]}


def test_empty_maps_are_empty_lists(crm: Crm) -> None:
    crm.post("orders/create", order=order(payments=[], items=[{"productName": "Mug"}]))

    view = crm.get("orders/1001", site="main").json()["order"]

    assert (view["payments"], view["customFields"], view["items"][0]["properties"]) == ([], [], [])


# --- Upload -----------------------------------------------------------------------------------------------------------


def test_upload_takes_fifty_orders(crm: Crm) -> None:
    answer = crm.post("orders/upload", orders=[order(str(number)) for number in range(50)])

    body = answer.json()
    assert (answer.status_code, body["success"], len(body["uploadedOrders"])) == (200, True, 50)
    assert body["uploadedOrders"][0] == {"id": 5001, "externalId": "0"}
    assert isinstance(body["orders"][0]["payments"], list)


def test_upload_refuses_fifty_one_and_writes_none(crm: Crm) -> None:
    answer = crm.post("orders/upload", orders=[order(str(number)) for number in range(51)])

    assert refusal(answer) == (400, "Errors in the input parameters")
    assert crm.state()["orders"] == 0


def test_upload_with_bad_orders_answers_460_and_writes_the_good_ones(crm: Crm) -> None:
    batch = [order("1"), order("2", items=[{"offer": {"id": 9}}]), order("3"), order("1", payments=[])]

    answer = crm.post("orders/upload", orders=batch)

    body = answer.json()
    assert (answer.status_code, body["success"], body["errorMsg"]) == (460, False, "Orders are loaded with errors")
    assert [row["externalId"] for row in body["uploadedOrders"]] == ["1", "3"]
    assert body["failedOrders"] == [{"externalId": "2"}, {"externalId": "1"}]
    assert body["errors"] == ["items[0].offer.id: Offer with id 9 not found.", "Order already exists."]
    assert [row["externalId"] for row in crm.desk("orders")] == ["1", "3"]


def test_upload_in_part_may_claim_success(crm: Crm) -> None:
    crm.desk("options", {"orders_partial": "success"})

    answer = crm.post("orders/upload", orders=[order("1"), order("2", status="x")])

    body = answer.json()
    assert (answer.status_code, body["success"], body["failedOrders"]) == (200, True, [{"externalId": "2"}])
    assert [row["externalId"] for row in crm.desk("orders")] == ["1"]


def test_the_refuse_switch_refuses_for_good_in_the_vendors_way(crm: Crm) -> None:
    crm.desk("faults", {"refuse": ["BAD"]})

    answer = crm.post("orders/upload", orders=[order("1"), order("2-BAD")])
    single = crm.post("orders/create", order=order("3", number="BAD-3"))

    assert (answer.status_code, answer.json()["failedOrders"]) == (460, [{"externalId": "2-BAD"}])
    assert refusal(single) == (400, "Order is not loaded")
    assert crm.state()["orders"] == 1


# --- Editing, reading, searching --------------------------------------------------------------------------------------


def test_edit_changes_what_is_sent_and_nothing_else(crm: Crm) -> None:
    before = crm.post("orders/create", order=order()).json()["order"]

    answer = crm.post("orders/1001/edit", order={"managerComment": "Call", "delivery": {"cost": 0}})

    after = answer.json()["order"]
    assert (answer.status_code, after["managerComment"], after["totalSumm"]) == (200, "Call", 2900)
    assert after["delivery"] == before["delivery"] | {"cost": 0}
    assert after["items"] == before["items"]


def test_edit_with_items_replaces_the_list_and_keeps_ids_of_known_lines(crm: Crm) -> None:
    first = crm.post("orders/create", order=order()).json()["order"]["items"][0]
    lines = [{"productName": "T-shirt", "initialPrice": 1500, "quantity": 1, "externalIds": first["externalIds"]}]

    after = crm.post("orders/1001/edit", order={"items": [*lines, {"productName": "Mug"}]}).json()["order"]["items"]

    assert [(line["offer"]["displayName"], line["quantity"]) for line in after] == [("T-shirt", 1), ("Mug", 1)]
    assert after[0]["id"] == first["id"]


def test_edit_passes_over_payments(crm: Crm) -> None:
    crm.post("orders/create", order=order())

    after = crm.post("orders/1001/edit", order={"payments": [{"type": "cash"}]}).json()["order"]

    assert [payment["type"] for payment in after["payments"].values()] == ["bank-card"]


def test_a_refused_edit_changes_nothing(crm: Crm) -> None:
    crm.post("orders/create", order=order())
    before = crm.get("orders/1001", site="main").json()

    answer = crm.post("orders/1001/edit", order={"status": "x", "lastName": "Other"})

    assert refusal(answer) == (400, "Order is not loaded")
    assert crm.get("orders/1001", site="main").json() == before


@pytest.mark.parametrize("by", ["externalId", "id"])
def test_an_order_is_found_by_external_id_or_id(crm: Crm, by: str) -> None:
    crm.post("orders/create", order=order())
    name = {"externalId": "1001", "id": "5001"}[by]

    assert crm.get(f"orders/{name}", by=by, site="main").json()["order"]["id"] == 5001
    assert crm.post(f"orders/{name}/edit", by=by, order={"status": "assembling"}).json()["id"] == 5001


def test_an_unknown_order_is_not_found(crm: Crm) -> None:
    assert refusal(crm.get("orders/77", site="main")) == (404, "Not found")
    assert refusal(crm.post("orders/77/edit", order={})) == (404, "Not found")
    assert refusal(crm.get("orders/x", by="id")) == (404, "Not found")


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({"filter[externalIds][]": ["1", "3", "9"]}, ["3", "1"]),
        ({"filter[ids][]": ["5002"]}, ["2"]),
        ({"filter[numbers][]": ["5003A"]}, ["3"]),
        ({"filter[email]": "BOB@example.com"}, ["3"]),
        ({"filter[customer]": "petrova"}, ["3", "2", "1"]),
        ({"filter[extendedStatus][]": ["assembling"]}, ["2"]),
        ({"filter[sites][]": ["second"]}, ["2"]),
        ({"filter[createdAtFrom]": "2026-03-01", "filter[createdAtTo]": "2026-03-01"}, ["2", "1"]),
        ({"filter[createdAtFrom]": "2026-03-02 00:00:01"}, ["3"]),
        ({"filter[paymentTypes][]": ["cash"]}, ["3"]),
        ({"filter[minPrice]": "3201"}, []),
    ],
)
def test_list_filters(crm: Crm, filters: dict[str, Any], found: list[str]) -> None:
    crm.post("orders/create", order=order("1"))
    crm.post("orders/create", site="second", order=order("2", status="assembling"))
    crm.post(
        "orders/create",
        order=order("3", createdAt="2026-03-02 10:00:00", email="bob@example.com", payments=[{"type": "cash"}]),
    )

    assert [row["externalId"] for row in crm.get("orders", **filters).json()["orders"]] == found


def test_a_date_filter_of_another_form_is_refused(crm: Crm) -> None:
    answer = crm.get("orders", **{"filter[createdAtFrom]": "2026-03-01T00:00:00"})

    assert answer.json()["errors"] == {"children[createdAtFrom]": "This value is not valid."}


def test_statuses_tell_code_and_group(crm: Crm) -> None:
    crm.post("orders/create", order=order("1", status="delivering"))
    crm.post("orders/create", order=order("2"))

    answer = crm.get("orders/statuses", **{"externalIds[]": ["1"], "ids[]": ["5001", "5002", "9999"]})

    assert answer.json()["orders"] == [
        {"id": 5001, "externalId": "1", "status": "delivering", "group": "delivery"},
        {"id": 5002, "externalId": "2", "status": "new", "group": "new"},
    ]


def test_fix_external_ids_stamps_an_order_born_in_the_crm(crm: Crm) -> None:
    born = crm.desk("create_order", {"site": "main", "fields": {"firstName": "Ann", "email": "ann@example.com"}})

    answer = crm.post("orders/fix-external-ids", orders=[{"id": born["id"], "externalId": "web-9"}])

    assert (answer.json(), born["number"]) == ({"success": True}, "5001C")
    assert crm.get("orders/web-9", site="main").json()["order"]["id"] == born["id"]


# --- Payments ---------------------------------------------------------------------------------------------------------


def test_a_payment_is_created_edited_and_deleted(crm: Crm) -> None:
    crm.post("orders/create", order=order(payments=[]))
    named = {"type": "cash", "externalId": "p1", "order": {"externalId": "1001"}}

    created = crm.post("orders/payments/create", payment=named)
    crm.post("orders/payments/p1/edit", by="externalId", payment={"status": "paid", "paidAt": "2026-03-01 11:00:00"})
    paid = crm.get("orders/1001", site="main").json()["order"]
    crm.post(f"orders/payments/{created.json()['id']}/delete", site="")

    assert (created.status_code, created.json()) == (201, {"success": True, "id": 3001})
    assert paid["payments"]["3001"]["status"] == "paid"
    assert paid["prepaySum"] == 3200
    assert crm.get("orders/1001", site="main").json()["order"]["payments"] == []
    assert crm.state()["payments"] == 0


@pytest.mark.parametrize(
    ("payment", "errors"),
    [
        ({"type": "cash"}, {"order": "Set one of the following fields: id, externalId, number"}),
        ({"type": "cash", "order": {"externalId": "77"}}, {"order": "Order not found."}),
        ({"order": {"externalId": "1001"}}, {"type": "This value should not be blank."}),
        (
            {"type": "cash", "externalId": "1001-1", "order": {"number": "5001A"}},
            {"externalId": "Payment with externalId=1001-1 already exists."},
        ),
    ],
)
def test_an_unsound_payment_is_refused(crm: Crm, payment: dict[str, Any], errors: dict[str, str]) -> None:
    crm.post("orders/create", order=order())

    answer = crm.post("orders/payments/create", payment=payment)

    assert refusal(answer) == (400, "Errors in the entity format")
    assert answer.json()["errors"] == errors
    assert crm.state()["payments"] == 1


def test_an_unknown_payment_is_not_found(crm: Crm) -> None:
    assert refusal(crm.post("orders/payments/5/edit", payment={})) == (404, "Payment not found")
    assert refusal(crm.post("orders/payments/5/delete")) == (404, "Payment not found")


# --- Customers --------------------------------------------------------------------------------------------------------


def test_a_customer_is_created_found_and_edited(crm: Crm) -> None:
    sent = {"externalId": "77", "firstName": "Ann", "email": "ann@example.com", "phones": [{"number": "+1"}]}

    created = crm.post("customers/create", customer=sent)
    edited = crm.post("customers/77/edit", customer={"phones": [{"number": "+2"}], "subscribed": False})
    view = crm.get("customers/77", site="main").json()["customer"]

    assert (created.status_code, created.json()) == (201, {"success": True, "id": 2001})
    assert edited.json() == {"success": True, "id": 2001}
    assert view["phones"] == [{"number": "+1"}, {"number": "+2"}]
    assert view["customerSubscriptions"][0]["subscribed"] is False


def test_a_customers_external_id_is_taken_once_in_a_site(crm: Crm) -> None:
    crm.post("customers/create", customer={"externalId": "77"})

    assert refusal(crm.post("customers/create", customer={"externalId": "77"})) == (400, "Customer already exists.")
    assert crm.post("customers/create", site="second", customer={"externalId": "77"}).status_code == 201
    assert crm.state()["customers_refused_as_existing"] == 1


@pytest.mark.parametrize(
    "change", [{"email": "nobody"}, {"birthday": "01.02.1990"}, {"sex": "x"}, {"subscribed": "yes"}]
)
def test_an_unsound_customer_is_refused(crm: Crm, change: dict[str, Any]) -> None:
    answer = crm.post("customers/create", customer=change)

    assert answer.json()["errors"] == dict.fromkeys(change, "This value is not valid.")
    assert crm.state()["customers"] == 0


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({"filter[externalIds][]": ["1", "2"]}, ["2", "1"]),
        ({"filter[ids][]": "2001"}, ["1"]),
        ({"filter[email]": "ANN@example.com"}, ["1"]),
        ({"filter[name]": "bo"}, ["2"]),
        ({"filter[name]": "555-01"}, ["2"]),
    ],
)
def test_customer_filters(crm: Crm, filters: dict[str, Any], found: list[str]) -> None:
    crm.post("customers/create", customer={"externalId": "1", "firstName": "Ann", "email": "ann@example.com"})
    crm.post("customers/create", customer={"externalId": "2", "firstName": "Bob", "phones": [{"number": "+1 55501"}]})

    assert [row["externalId"] for row in crm.get("customers", **filters).json()["customers"]] == found


def test_customers_upload_in_part_answers_460_with_a_map_of_errors(crm: Crm) -> None:
    answer = crm.post("customers/upload", customers=[{"externalId": "1"}, {"externalId": "2", "email": "bad"}])

    body = answer.json()
    assert (answer.status_code, body["success"], body["failedCustomers"]) == (460, False, [{"externalId": "2"}])
    assert body["uploadedCustomers"] == [{"id": 2001, "externalId": "1"}]
    assert body["errors"] == {"0": "This value is not valid."}


def test_customers_upload_in_part_may_claim_success(crm: Crm) -> None:
    crm.desk("options", {"customers_partial": "success"})

    answer = crm.post("customers/upload", customers=[{"externalId": "1"}, {"externalId": "2", "email": "bad"}])

    assert answer.status_code == 200
    assert answer.json() == {
        "success": True,
        "uploadedCustomers": [{"id": 2001, "externalId": "1"}],
        "failedCustomers": [{"externalId": "2"}],
    }


def test_customers_get_external_ids_and_notes(crm: Crm) -> None:
    crm.post("customers/create", customer={"firstName": "Ann"})

    crm.post("customers/fix-external-ids", customers=[{"id": 2001, "externalId": "77"}])
    note = crm.post("customers/notes/create", note={"text": "Likes tea", "customer": {"externalId": "77"}})

    assert note.status_code == 201
    assert crm.get("customers/notes").json()["notes"][0]["customer"] == {
        "id": 2001,
        "externalId": "77",
        "site": "main",
    }


# --- History and the people in the CRM --------------------------------------------------------------------------------


def history(crm: Crm, **filters: Any) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = crm.get("orders/history", limit=100, **filters).json()["history"]
    return rows


def test_creation_is_one_record_with_the_whole_order(crm: Crm) -> None:
    crm.post("orders/create", order=order())

    (record,) = history(crm)

    assert (record["created"], record["source"], record["apiKey"]) == (True, "api", {"current": True})
    assert (record["field"], record["oldValue"], record["newValue"]) == ("status", None, {"code": "new"})
    assert record["order"]["items"][0]["offer"] == {"displayName": "T-shirt"}


def test_an_edit_leaves_one_record_for_each_field_beside_a_stub(crm: Crm) -> None:
    crm.post("orders/create", order=order())
    last = history(crm)[-1]["id"]

    crm.post(
        "orders/1001/edit",
        order={"status": "assembling", "delivery": {"cost": 0, "address": {"city": "Tver"}}, "customerComment": "Hi"},
    )
    records = history(crm, **{"filter[sinceId]": last})

    assert [(row["field"], row["oldValue"], row["newValue"]) for row in records] == [
        ("status", {"code": "new"}, {"code": "assembling"}),
        ("customer_comment", None, "Hi"),
        ("delivery_cost", 300, 0),
        ("delivery_address.city", "Moscow", "Tver"),
    ]
    assert records[0]["order"] == {"id": 5001, "externalId": "1001", "site": "main", "status": "assembling"}


def test_an_edit_that_changes_nothing_leaves_no_record(crm: Crm) -> None:
    crm.post("orders/create", order=order())
    before = len(history(crm))

    crm.post("orders/1001/edit", order={"status": "new", "lastName": "Petrova"})

    assert len(history(crm)) == before


def test_lines_and_payments_have_records_of_their_own(crm: Crm) -> None:
    crm.post("orders/create", order=order(payments=[]))
    last = history(crm)[-1]["id"]

    crm.post("orders/1001/edit", order={"items": [{"productName": "Mug", "quantity": 3}]})
    crm.post("orders/payments/create", payment={"type": "cash", "order": {"id": 5001}})
    crm.post("orders/payments/3001/edit", payment={"status": "paid"})
    records = history(crm, **{"filter[sinceId]": last})

    assert [row["field"] for row in records] == ["order_product", "order_product", "payments", "payments.status"]
    assert (records[0]["newValue"], records[1]["oldValue"]) == (None, None)
    assert records[1]["item"]["quantity"] == 3
    assert records[3]["newValue"] == {"code": "paid"}
    assert records[3]["payment"]["type"] == "cash"


def test_another_keys_write_is_not_our_own(crm: Crm) -> None:
    crm.desk("keys", {"key": "other"})
    crm.key = "other"
    crm.post("orders/create", order=order())
    crm.key = "sandbox-key"

    assert history(crm)[0]["apiKey"] == {"current": False}


def test_a_manager_changes_a_status_as_a_user(crm: Crm) -> None:
    crm.post("orders/create", order=order())

    row = crm.desk("set_status", {"order": "1001", "site": "main", "status": "delivering"})
    record = history(crm)[-1]

    assert (row["status"], crm.get("orders/1001", site="main").json()["order"]["status"]) == ("delivering",) * 2
    assert (record["source"], record["user"], record["newValue"]) == ("user", {"id": 11}, {"code": "delivering"})
    assert "apiKey" not in record


def test_managers_move_random_orders_in_a_repeatable_way(crm: Crm) -> None:
    crm.post("orders/upload", orders=[order(str(number)) for number in range(20)])

    wanted = {"random": 5, "seed": 3, "statuses": ["assembling", "complete"]}
    changed = crm.desk("set_status", wanted)["changed"]

    assert len({row["externalId"] for row in changed}) == 5
    assert {row["status"] for row in changed} <= {"assembling", "complete"}
    assert sum(row["status"] != "new" for row in crm.desk("orders")) == 5


def test_a_manager_edits_other_fields(crm: Crm) -> None:
    crm.post("orders/create", order=order())

    crm.desk("edit_order", {"order": "1001", "fields": {"managerComment": "VIP"}})

    assert (history(crm)[-1]["field"], history(crm)[-1]["source"]) == ("manager_comment", "user")


@pytest.mark.parametrize(
    "body", [{"order": "77", "status": "new"}, {"order": "1001", "status": "x"}, {"order": "1001"}]
)
def test_an_impossible_wish_to_the_managers_is_refused(crm: Crm, body: dict[str, str]) -> None:
    crm.post("orders/create", order=order())

    answer = crm.http.post(f"{crm.sandbox.url}/__sandbox__/set_status", json=body, timeout=5)

    assert answer.status_code == 400
    assert crm.desk("orders")[0]["status"] == "new"


def test_history_is_read_from_an_id_a_date_or_for_one_order(crm: Crm) -> None:
    crm.post("orders/create", order=order("1"))
    crm.post("orders/create", order=order("2"))
    ids = [row["id"] for row in history(crm)]

    assert [row["id"] for row in history(crm, **{"filter[sinceId]": ids[0]})] == ids[1:]
    assert [row["id"] for row in history(crm, **{"filter[orderExternalId]": "2"})] == ids[1:]
    assert [row["id"] for row in history(crm, **{"filter[orderId]": 5001})] == ids[:1]
    assert history(crm, **{"filter[startDate]": "2026-03-01 12:30:01"}) == []
    assert len(history(crm, **{"filter[startDate]": "2026-03-01 12:30:00", "filter[endDate]": "2026-03-01"})) == 2


def test_a_wrong_start_date_is_refused_with_its_path(crm: Crm) -> None:
    answer = crm.get("orders/history", **{"filter[startDate]": "soon"})

    assert refusal(answer) == (400, "Errors in the input parameters")
    assert list(answer.json()["errors"]) == ["children[startDate]"]


def test_customer_history_names_fields_in_the_vendors_way(crm: Crm) -> None:
    crm.post("customers/create", customer={"externalId": "77", "firstName": "Ann"})
    crm.post(
        "customers/77/edit",
        customer={"email": "a@example.com", "address": {"city": "Tver"}, "phones": [{"number": "+1"}]},
    )

    records = crm.get("customers/history").json()["history"]

    assert [(row["field"], row["newValue"]) for row in records] == [
        ("id", 2001),
        ("email", "a@example.com"),
        ("address.city", "Tver"),
        ("phones", "+1"),
    ]
    assert records[1]["customer"] == {"id": 2001, "externalId": "77", "site": "main"}


# --- Triggers ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def receiver() -> Iterator[tuple[Sandbox, list[dict[str, list[str]]]]]:
    """A door like the hub's, and the forms that came in."""
    forms: list[dict[str, list[str]]] = []

    def take(request: Request) -> Reply:
        forms.append(parse_qs(request.body.decode()))
        return Reply(body={})

    sandbox = Sandbox("door")
    sandbox.route("POST", "/hooks/secret/", take)
    with sandbox:
        yield sandbox, forms


def test_a_status_change_calls_the_triggers_address(
    crm: Crm, receiver: tuple[Sandbox, list[dict[str, list[str]]]]
) -> None:
    door, forms = receiver
    crm.desk("triggers", {"address": f"{door.url}/hooks/secret/", "event": "status"})

    crm.post("orders/create", order=order())
    crm.desk("set_status", {"order": "1001", "status": "assembling"})
    crm.post("orders/1001/edit", order={"status": "assembling", "managerComment": "same status"})

    assert crm.sandbox.wait_until_quiet(5)
    assert forms == [{"retailCRM_action": ["change_status"], "order_id": ["1001"], "status": ["assembling"]}]
    assert (crm.state()["triggers_sent"], crm.state()["triggers_failed"]) == (1, 0)


def test_a_trigger_nobody_answers_is_counted_and_not_repeated(crm: Crm) -> None:
    gone = Sandbox("gone").start()
    gone.stop()
    crm.desk("triggers", {"address": f"{gone.url}/hooks/secret/"})
    crm.post("orders/create", order=order())

    crm.desk("set_status", {"order": "1001", "status": "assembling"})

    assert crm.sandbox.wait_until_quiet(5)
    assert (crm.state()["triggers_sent"], crm.state()["triggers_failed"]) == (1, 1)
    assert crm.desk("orders")[0]["status"] == "assembling"


# --- For checkers -----------------------------------------------------------------------------------------------------


def test_every_write_is_logged_and_rows_are_listed(crm: Crm) -> None:
    crm.post("orders/create", order=order())
    crm.post("orders/1001/edit", order={"status": "assembling"})

    log = crm.desk("writes")

    assert [(row["call"], row.get("order"), row.get("status")) for row in log if "order" in row] == [
        ("orders/create", "1001", "new"),
        ("orders/edit", "1001", "assembling"),
    ]
    assert crm.desk("orders") == [
        {
            "id": 5001,
            "externalId": "1001",
            "site": "main",
            "number": "5001A",
            "status": "assembling",
            "totalSumm": 3200,
            "customerId": 2001,
            "payments": [{"type": "bank-card", "status": "not-paid", "amount": 3200, "externalId": "1001-1"}],
            "updated": "2026-03-01 12:30:00",
        }
    ]
    assert [row["email"] for row in crm.desk("customers")] == ["ann@example.com"]


def test_the_same_order_from_many_clients_at_once_is_created_once(crm: Crm) -> None:
    barrier = threading.Barrier(8)
    codes: list[int] = []

    def create() -> None:
        with requests.Session() as http:
            barrier.wait(5)
            codes.append(Crm(crm.sandbox, http).post("orders/create", order=order()).status_code)

    threads = [threading.Thread(target=create) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(codes) == [201] + [400] * 7
    assert (crm.state()["orders"], crm.state()["customers"]) == (1, 1)


def test_an_order_written_before_the_answer_was_lost_is_found_again(crm: Crm) -> None:
    crm.desk("faults", {"drop_after_rate": 1, "only": "orders/create"})

    with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
        crm.post("orders/create", order=order())

    assert crm.get("orders/1001", site="main").json()["order"]["externalId"] == "1001"


def test_default_books_are_rich_enough_for_a_demo(crm: Crm) -> None:
    def size(book: str, key: str) -> int:
        return len(crm.get(f"reference/{book}").json()[key])

    assert size("statuses", "statuses") >= 12
    assert size("delivery-types", "deliveryTypes") == 6
    assert size("payment-types", "paymentTypes") == 6
    assert size("payment-statuses", "paymentStatuses") == 4
    assert size("order-methods", "orderMethods") == 4
    groups = crm.get("reference/status-groups").json()["statusGroups"]
    statuses = crm.get("reference/statuses").json()["statuses"]
    assert {status["group"] for status in statuses.values()} == set(groups)


def test_sites_may_have_their_own_currency() -> None:
    with make(sites=("ru", "md"), currency={"ru": "RUB", "md": "MDL"}) as sandbox, requests.Session() as http:
        crm = Crm(sandbox, http)

        made = crm.post("orders/create", site="md", order=order()).json()["order"]
        sites = crm.get("reference/sites").json()["sites"]

    assert (made["currency"], sites["ru"]["currency"], sites["md"]["currency"]) == ("MDL", "RUB", "MDL")


def test_custom_fields_are_listed_by_entity(crm: Crm) -> None:
    rows = crm.get("custom-fields", **{"filter[entity]": "order"}).json()["customFields"]

    assert {row["entity"] for row in rows} == {"order"}
    assert "coupon" in {row["code"] for row in rows}


def test_reset_brings_the_account_back_to_the_start(crm: Crm) -> None:
    crm.post("orders/create", order=order())

    crm.desk("reset", {})

    assert (crm.state()["orders"], crm.desk("orders"), history(crm)) == (0, [], [])
    assert crm.post("orders/create", order=order()).json()["id"] == 5001
    assert json.dumps(crm.desk("writes")).count("orders/create") == 1
