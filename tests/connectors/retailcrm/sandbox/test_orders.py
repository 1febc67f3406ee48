"""The rules for editing and finding orders, and for payments."""

from typing import Any

import pytest

from .client import Crm, order, refusal


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
