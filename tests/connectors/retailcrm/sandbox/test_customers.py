"""The rules for customers."""

from typing import Any

import pytest

from .client import Crm, refusal


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
