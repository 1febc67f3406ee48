"""The rules for creating orders, one by one and in batches."""

from typing import Any

import pytest

from .client import Crm, order, refusal


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
