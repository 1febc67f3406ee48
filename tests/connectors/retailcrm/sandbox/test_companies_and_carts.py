"""Corporate customers, carts and notes of the pretended account."""

from typing import Any

import pytest

from .client import Crm, order, refusal


@pytest.fixture
def person(crm: Crm) -> int:
    new = made(crm, "customers/create", customer={"externalId": "77", "email": "ann@example.com"})
    return int(new["id"])


def made(crm: Crm, path: str, **structures: Any) -> Any:
    """The answer to a POST that must be taken."""
    answer = crm.post(path, **structures)
    assert answer.status_code in {200, 201}, answer.text
    return answer.json()


def read(crm: Crm, path: str, **query: Any) -> Any:
    answer = crm.get(path, **query)
    assert answer.status_code == 200, answer.text
    return answer.json()


def company(person: int, **more: Any) -> dict[str, Any]:
    contact = {"isMain": True, "customer": {"id": person}}
    return {"nickName": "ACME", "customerContacts": [contact], "companies": [{"name": "ACME"}], **more}


def test_corporate_customer_is_found_by_its_contact_and_its_companys_name(crm: Crm, person: int) -> None:
    firm = made(crm, "customers-corporate/create", customerCorporate=company(person))

    found = read(crm, "customers-corporate", **{"filter[companyName]": "acm", "filter[contactIds][]": str(person)})
    others = read(crm, "customers-corporate", **{"filter[companyName]": "acm", "filter[contactIds][]": "1"})

    assert [row["id"] for row in found["customersCorporate"]] == [firm["id"]]
    assert others["customersCorporate"] == []


def test_order_of_a_company_shows_company_and_contact(crm: Crm, person: int) -> None:
    firm = made(crm, "customers-corporate/create", customerCorporate=company(person))
    [named] = read(crm, f"customers-corporate/{firm['id']}/companies", by="id")["companies"]
    people: dict[str, Any] = {"customer": {"id": firm["id"]}, "contact": {"id": person}, "company": {"id": named["id"]}}

    shown = made(crm, "orders/create", order=order(**people))["order"]

    assert (shown["customer"]["type"], shown["customer"]["id"]) == ("customer_corporate", firm["id"])
    assert (shown["contact"]["id"], shown["company"]) == (person, {"id": named["id"], "name": "ACME"})


def test_order_that_names_a_company_of_somebody_else_is_refused(crm: Crm, person: int) -> None:
    firm = made(crm, "customers-corporate/create", customerCorporate=company(person))
    people: dict[str, Any] = {"customer": {"id": firm["id"]}, "contact": {"id": person}, "company": {"id": 1}}

    refused = crm.post("orders/create", order=order(**people)).json()

    assert refused["errors"] == {"company.id": "Company with id=1 not found."}


def test_cart_is_kept_until_it_is_cleared(crm: Crm, person: int) -> None:
    items = [{"offer": {"externalId": "1"}, "quantity": 1, "price": 5}]
    cart = {"customer": {"id": person}, "items": items, "droppedAt": "2026-03-01 10:00:00+03:00"}
    made(crm, "customer-interaction/main/cart/set", cart=cart)
    assert read(crm, f"customer-interaction/main/cart/{person}")["cart"]["items"] == items

    crm.post("customer-interaction/main/cart/clear", cart={"customer": {"id": person}})

    assert refusal(crm.get(f"customer-interaction/main/cart/{person}")) == (404, "Not found")


@pytest.mark.parametrize("moment", ["2026-03-01 10:00:00", "2026-03-01T10:00:00+03:00"])
def test_times_of_a_cart_need_their_offset(crm: Crm, person: int, moment: str) -> None:
    items = [{"offer": {"externalId": "1"}, "quantity": 1, "price": 5}]
    cart = {"customer": {"id": person}, "items": items, "droppedAt": moment}

    refused = crm.post("customer-interaction/main/cart/set", cart=cart).json()

    assert refused["errors"] == {"droppedAt": "This value is not valid."}


def test_guest_has_no_cart(crm: Crm) -> None:
    guest = made(crm, "customers/create", customer={"email": "bob@example.com"})["id"]

    refused = crm.post("customer-interaction/main/cart/set", cart={"customer": {"id": guest}, "items": [{}]}).json()

    assert refused["errors"] == {"customer": "The customer is not registered."}


def test_notes_are_listed_by_customer(crm: Crm, person: int) -> None:
    other = made(crm, "customers/create", customer={"email": "bob@example.com"})["id"]
    crm.post("customers/notes/create", note={"text": "one", "customer": {"id": person}})
    crm.post("customers/notes/create", note={"text": "two", "customer": {"id": other}})

    found = read(crm, "customers/notes", **{"filter[customerIds][]": str(other)})

    assert [row["text"] for row in found["notes"]] == ["two"]
