"""What history tells, and how the people in the CRM change orders."""

from collections.abc import Iterator
from urllib.parse import parse_qs

import pytest

from connectors.toolkit.sandbox import Reply, Request, Sandbox

from .client import Crm, history, order, refusal


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


def test_a_manager_finds_an_order_by_the_id_it_has_here(crm: Crm) -> None:
    crm.post("orders/create", order=order("1001"))
    crm.post("orders/create", order=order("1002"))
    second = crm.desk("orders")[1]

    crm.desk("set_status", {"id": second["id"], "status": "delivering"})

    assert [(row["externalId"], row["status"]) for row in crm.desk("orders")] == [
        ("1001", "new"),
        ("1002", "delivering"),
    ]


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
