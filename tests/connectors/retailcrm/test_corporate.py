"""Orders of companies: corporate customer, contact and company, found or made before the order."""

from typing import Any

from responses import CallList

from connectors.contract.canonical import Address
from connectors.contract.results import NotWritten, Outcome, Refused, Written

from .world import World, answers, draft, form, made, no_answer, order, person, query

BILLING = Address(
    first_name="Ann", last_name="Petrova", company="ACME GmbH", email="ann@example.com", city="Berlin", country="DE"
)
ACME = {"id": 5041, "nickName": "ACME GmbH", "mainCompany": {"id": 771, "name": "ACME GmbH"}}
COMPANIES = {"success": True, "companies": [{"id": 770, "name": "ACME Trading"}, {"id": 771, "name": "Acme GmbH"}]}


def found(*rows: Any) -> None:
    answers("GET", "customers-corporate", {"success": True, "customersCorporate": list(rows)})


def put(world: World, *, corporate: bool = True, **changes: Any) -> Outcome:
    bought = order(billing=BILLING, customer=person(company="ACME GmbH", tax_number="DE99"), payments=())
    sink = world.open(corporate=corporate).order_sink
    assert sink is not None
    (outcome,) = sink.put_orders([draft(order=bought, payment_codes=(), payment_statuses=(), **changes)])
    return outcome


def test_new_company_is_made_with_its_contact_and_the_order_names_all_three(world: World, calls: CallList) -> None:
    found()
    found()
    answers("POST", "customers-corporate/create", {"success": True, "id": 5041}, 201)
    answers("GET", "customers-corporate/5041/companies", COMPANIES)
    answers("POST", "orders/create", {"success": True, "id": 7146}, 201)

    outcome = put(world)

    assert isinstance(outcome, Written)
    assert made(calls) == [
        "GET customers-corporate",
        "GET customers-corporate",
        "POST customers-corporate/create",
        "GET customers-corporate/5041/companies",
        "POST orders/create",
    ]
    assert query(calls[0])[-1] == ("filter[contactIds][]", "4924")
    assert form(calls[2])["customerCorporate"] == {
        "nickName": "ACME GmbH",
        "customerContacts": [{"isMain": True, "customer": {"id": 4924}}],
        "companies": [
            {
                "name": "ACME GmbH",
                "isMain": True,
                "contragent": {"contragentType": "legal-entity", "legalName": "ACME GmbH", "INN": "DE99"},
            }
        ],
        "addresses": [{"isMain": True, "name": "ACME GmbH", "countryIso": "DE", "city": "Berlin"}],
    }
    sent = form(calls[4])["order"]
    assert sent["customer"] == {"id": 5041, "type": "customer_corporate"}
    assert sent["contact"] == {"id": 4924}
    assert sent["company"] == {"id": 771}
    assert sent["contragent"] == {"contragentType": "legal-entity", "legalName": "ACME GmbH", "INN": "DE99"}


def test_company_whose_contact_the_buyer_is_costs_two_calls(world: World, calls: CallList) -> None:
    found(ACME)
    answers("GET", "customers-corporate/5041/companies", COMPANIES)
    answers("POST", "orders/create", {"success": True, "id": 7146}, 201)

    put(world)

    assert made(calls) == [
        "GET customers-corporate",
        "GET customers-corporate/5041/companies",
        "POST orders/create",
    ]


def test_buyer_who_is_new_to_a_known_company_becomes_its_contact(world: World, calls: CallList) -> None:
    found()
    found(ACME)
    answers("GET", "customers-corporate/5041/companies", COMPANIES)
    answers("POST", "customers-corporate/5041/contacts/create", {"success": True, "id": 1}, 201)
    answers("POST", "orders/create", {"success": True, "id": 7146}, 201)

    put(world)

    assert form(calls[3])["contact"] == {
        "isMain": False,
        "customer": {"id": 4924},
        "companies": [{"isMain": True, "company": {"id": 771}}],
    }
    assert form(calls[4])["order"]["company"] == {"id": 771}


def test_company_whose_name_only_resembles_is_not_taken(world: World, calls: CallList) -> None:
    found({**ACME, "id": 9})
    found()
    answers(
        "GET", "customers-corporate/9/companies", {"success": True, "companies": [{"id": 1, "name": "ACME GmbH & Co"}]}
    )
    answers("POST", "customers-corporate/create", {"success": True, "id": 5041}, 201)
    answers("GET", "customers-corporate/5041/companies", COMPANIES)
    answers("POST", "orders/create", {"success": True, "id": 7146}, 201)

    put(world)

    assert form(calls[-1])["order"]["customer"]["id"] == 5041


def test_edit_leaves_the_company_of_the_order_alone(world: World, calls: CallList) -> None:
    answers("POST", "orders/7146/edit", {"success": True, "id": 7146, "order": {"id": 7146, "payments": []}})

    outcome = put(world, target_id="7146")

    assert isinstance(outcome, Written)
    assert made(calls) == ["POST orders/7146/edit"]
    assert not {"customer", "contact", "company"} & form(calls[0])["order"].keys()


def test_private_person_stays_a_plain_customer(world: World, calls: CallList) -> None:
    answers("POST", "orders/create", {"success": True, "id": 7146}, 201)
    sink = world.open(corporate=True).order_sink
    assert sink is not None

    sink.put_orders([draft()])

    assert form(calls[0])["order"]["customer"] == {"id": 4924}


def test_companies_are_plain_customers_unless_the_connection_says_otherwise(world: World, calls: CallList) -> None:
    answers("POST", "orders/create", {"success": True, "id": 7146}, 201)

    put(world, corporate=False)

    assert form(calls[0])["order"]["customer"] == {"id": 4924}
    assert "contragent" not in form(calls[0])["order"]


def test_refused_company_refuses_its_order_and_nothing_is_sent(world: World, calls: CallList) -> None:
    found()
    found()
    answers("POST", "customers-corporate/create", {"success": False, "errorMsg": "Validation error"}, 400)

    outcome = put(world)

    assert isinstance(outcome, Refused)
    assert outcome.message.startswith("Order 2601/15 was not sent: its company was refused.")


def test_order_waits_while_its_company_cannot_be_asked_for(world: World, calls: CallList) -> None:
    no_answer("GET", "customers-corporate")
    sink = world.open(corporate=True).order_sink
    assert sink is not None
    drafts = [draft("15", order=order("15", billing=BILLING)), draft("16")]
    answers("POST", "orders/create", {"success": True, "id": 7147}, 201)

    first, second = sink.put_orders(drafts)

    assert isinstance(first, NotWritten)
    assert isinstance(second, Written)
