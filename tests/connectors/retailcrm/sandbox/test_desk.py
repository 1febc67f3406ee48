"""What the stand-in offers to checkers and to the demo."""

import json
import threading

import pytest
import requests

from connectors.retailcrm.sandbox import make

from .client import Crm, history, order


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
            "customerComment": "",
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
