"""Customers: few calls, no duplicates, guests without external id."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from responses import CallList

from connectors.contract.canonical import Address, Consent, Customer, ObjectKind
from connectors.contract.capabilities import CustomerSink, OrderSink
from connectors.contract.errors import OutcomeUnknown, RateLimited
from connectors.contract.results import CustomerDraft, NotWritten, Refused, Written, WrittenAlso

from .world import World, answers, draft, form, made, no_answer, person, query

FAILED = {"success": False, "errorMsg": "Customers are loaded with errors"}
NOBODY = {"success": True, "customers": []}


def customers(world: World, **settings: Any) -> CustomerSink:
    found = world.open(**settings).customer_sink
    assert found is not None
    return found


def orders(world: World, **settings: Any) -> OrderSink:
    found = world.open(**settings).order_sink
    assert found is not None
    return found


def registered(id: str) -> CustomerDraft:
    return CustomerDraft(person(id=id, email=f"{id}@example.com"), external_id=id, key=id)


def guest(email: str = "", phone: str = "") -> CustomerDraft:
    place = Address(country="RU", city="Moscow")
    who = Customer(is_guest=True, email=email, phone=phone, first_name="Ann", shipping=place)
    return CustomerDraft(who, key=f"email:{email.lower()}" if email else f"phone:{phone}")


def ids(outcomes: Any) -> list[str]:
    return [outcome.id for outcome in outcomes if isinstance(outcome, Written)]


def row(id: int, **values: Any) -> dict[str, Any]:
    return {"id": id, "site": "main", **values}


def test_registered_customer_is_created_whole(world: World, calls: CallList) -> None:
    answers("POST", "customers/create", {"success": True, "id": 1}, 201)
    full = Customer(
        id="77", email=" Ann@Example.com", phone="8 903 300 50 69", first_name="Ann", last_name="Petrova",
        middle_name="I.", birthday=date(1990, 5, 1), gender="female", created_at=datetime(2026, 1, 1, tzinfo=UTC),
        billing=Address(city="Moscow", country="RU", line1="Lenina 1"),
        consents=(Consent(channel="email", granted=True),),
    )  # fmt: skip

    outcomes = customers(world).put_customers(
        [CustomerDraft(full, external_id="77", fields={"vip": True, "club": "A"})]
    )

    assert outcomes == [Written("1")]
    assert form(calls[0]) == {
        "site": "main",
        "customer": {
            "externalId": "77",
            "firstName": "Ann",
            "lastName": "Petrova",
            "patronymic": "I.",
            "email": "ann@example.com",
            "phones": [{"number": "+79033005069"}],
            "birthday": "1990-05-01",
            "sex": "female",
            "createdAt": "2026-01-01 03:00:00",
            "subscribed": True,
            "address": {"countryIso": "RU", "city": "Moscow", "text": "Lenina 1"},
            "vip": True,
            "customFields": {"club": "A"},
        },
    }


def test_fifty_new_customers_and_their_orders_take_two_calls(world: World, calls: CallList) -> None:
    answers("POST", "customers/upload", {
        "success": True, "uploadedCustomers": [{"id": 500 + n, "externalId": f"c{n}"} for n in range(50)],
    })  # fmt: skip
    answers("POST", "orders/upload", {
        "success": True, "uploadedOrders": [{"id": 900 + n, "externalId": str(n)} for n in range(50)],
    })  # fmt: skip

    outcomes = orders(world).put_orders([draft(str(n), customer=registered(f"c{n}")) for n in range(50)])

    assert made(calls) == ["POST customers/upload", "POST orders/upload"]
    assert form(calls[1])["orders"][7]["customer"] == {"id": 507}
    seventh = outcomes[7]
    assert isinstance(seventh, Written)
    assert seventh.also == (WrittenAlso(ObjectKind.CUSTOMER, "c7", "507"),)


def test_same_customer_of_two_orders_is_sent_once(world: World, calls: CallList) -> None:
    answers("POST", "customers/create", {"success": True, "id": 1}, 201)
    answers("POST", "orders/upload", {"success": True, "uploadedOrders": [{"id": 1, "externalId": "1"}]})
    answers("POST", "orders/create", {"success": True, "id": 2}, 201)

    orders(world).put_orders([draft(n, customer=registered("c1")) for n in ("1", "2")])

    assert made(calls).count("POST customers/create") == 1


def test_customer_that_is_there_already_is_found_by_external_id(world: World, calls: CallList) -> None:
    body = FAILED | {"uploadedCustomers": [{"id": 1, "externalId": "c1"}], "failedCustomers": [{"externalId": "c2"}]}
    answers("POST", "customers/upload", body, 460)
    answers("GET", "customers", {"success": True, "customers": [row(2, externalId="c2"), row(9, externalId="c22")]})
    answers("POST", "customers/2/edit", {"success": True, "id": 2})

    outcomes = customers(world).put_customers([registered("c1"), registered("c2")])

    assert ids(outcomes) == ["1", "2"]
    assert query(calls[1]) == [("filter[externalIds][]", "c2"), ("filter[sites][]", "main"), ("limit", "100")]
    assert form(calls[2])["by"] == "id"


def test_failed_row_that_is_no_known_customer_tells_its_own_words(world: World, calls: CallList) -> None:
    body = {"success": True, "uploadedCustomers": [{"id": 1, "externalId": "c1"}], "failedCustomers": [{"externalId": "c2"}]}  # fmt: skip # noqa: E501
    answers("POST", "customers/upload", body)
    for _ in range(3):  # by external id after the upload, then by external id and by e-mail after the single try
        answers("GET", "customers", NOBODY)
    answers(
        "POST", "customers/create", {"success": False, "errorMsg": "Validation error", "errors": {"sex": "No"}}, 400
    )

    first, second = customers(world).put_customers([registered("c1"), registered("c2")])

    assert isinstance(first, Written)
    assert isinstance(second, Refused)
    assert second.message.startswith("RetailCRM: Validation error: sex: No.")


def test_guest_who_registers_gets_the_external_id(world: World, calls: CallList) -> None:
    answers("GET", "customers", {"success": True, "customers": [row(40, email="C1@example.com")]})
    answers("POST", "customers/40/edit", {"success": True, "id": 40})

    outcomes = customers(world, find_by_email=True).put_customers([registered("c1")])

    assert ids(outcomes) == ["40"]
    assert form(calls[-1])["customer"]["externalId"] == "c1"
    assert "POST customers/create" not in made(calls)


def test_another_accounts_record_is_never_taken_over(world: World, calls: CallList) -> None:
    answers("GET", "customers", {"success": True, "customers": [row(40, email="c1@example.com", externalId="other")]})
    answers("POST", "customers/create", {"success": True, "id": 41}, 201)

    outcomes = customers(world, find_by_email=True).put_customers([registered("c1")])

    assert ids(outcomes) == ["41"]


def test_guest_is_found_by_exact_mail(world: World, calls: CallList) -> None:
    found = [row(3, email="joann@example.com"), row(4, email="ANN@example.com"), row(5, email="ann@example.com")]
    answers("GET", "customers", {"success": True, "customers": [*found, {"id": 1, "site": "other", "email": "ann@example.com"}]})  # fmt: skip # noqa: E501
    answers("POST", "orders/create", {"success": True, "id": 1}, 201)

    (outcome,) = orders(world).put_orders([draft(customer=guest("Ann@Example.com"))])

    assert query(calls[0])[0] == ("filter[email]", "ann@example.com")
    assert form(calls[1])["order"]["customer"] == {"id": 4}
    assert isinstance(outcome, Written)
    assert outcome.also == (WrittenAlso(ObjectKind.CUSTOMER, "email:ann@example.com", "4"),)


def test_new_guest_has_no_external_id_and_no_subscription(world: World, calls: CallList) -> None:
    answers("GET", "customers", NOBODY)
    answers("POST", "customers/create", {"success": True, "id": 6}, 201)

    assert ids(customers(world).put_customers([guest("ann@example.com")])) == ["6"]

    sent = form(calls[1])["customer"]
    assert "externalId" not in sent
    assert sent["subscribed"] is False


def test_new_guests_are_made_together_and_told_apart_by_mail_and_phone(world: World, calls: CallList) -> None:
    answers("GET", "customers", NOBODY)
    answers("GET", "customers", NOBODY)
    answers("GET", "customers", {
        "success": True,
        "customers": [row(11, phones=[{"number": "8 (903) 300-50-69"}]), row(10, email="ann@example.com")],
    })  # fmt: skip
    answers("POST", "customers/upload", {"success": True, "uploadedCustomers": [{"id": 11}, {"id": 10}]})

    drafts = [guest("ann@example.com"), guest(phone="+79033005069")]
    outcomes = customers(world, find_by_phone=True).put_customers(drafts)

    assert ids(outcomes) == ["10", "11"]
    assert made(calls) == ["GET customers", "GET customers", "POST customers/upload", "GET customers"]
    assert query(calls[1])[0] == ("filter[name]", "79033005069")
    assert query(calls[3])[:2] == [("filter[ids][]", "11"), ("filter[ids][]", "10")]


def test_guest_that_cannot_be_told_apart_is_created_singly(world: World, calls: CallList) -> None:
    answers("GET", "customers", NOBODY)
    answers("GET", "customers", NOBODY)
    answers("GET", "customers", {"success": True, "customers": [row(10, email="ann@example.com")]})
    answers("POST", "customers/upload", FAILED | {"uploadedCustomers": [{"id": 10}]}, 460)
    answers("POST", "customers/create", {"success": True, "id": 12}, 201)

    outcomes = customers(world).put_customers([guest("ann@example.com"), guest("bob@example.com")])

    assert ids(outcomes) == ["10", "12"]
    assert form(calls[-1])["customer"]["email"] == "bob@example.com"


def test_guests_that_were_made_but_could_not_be_read_are_in_doubt_and_not_made_again(
    world: World, calls: CallList
) -> None:
    answers("POST", "customers/upload", {"success": True, "uploadedCustomers": [{"id": 11}, {"id": 10}]})
    answers("GET", "customers", {"success": False, "errorMsg": "Rate limit"}, 503)

    with pytest.raises(OutcomeUnknown) as told:
        customers(world).put_customers([guest(phone="+79033005069"), guest(phone="+79033005070")])

    assert told.value.retry_after is not None
    assert made(calls) == ["POST customers/upload", "GET customers"]


def test_customer_nobody_could_find_again_is_refused(world: World, calls: CallList) -> None:
    (outcome,) = customers(world).put_customers([guest()])

    assert isinstance(outcome, Refused)
    assert len(calls) == 0


def test_known_customer_is_edited_without_empty_values(world: World, calls: CallList) -> None:
    answers("POST", "customers/4924/edit", {"success": True, "id": 4924})

    customers(world).put_customers([CustomerDraft(Customer(id="77", email="a@example.com"), "77", "4924")])

    assert form(calls[0]) == {"by": "id", "site": "main", "customer": {"externalId": "77", "email": "a@example.com"}}


def test_known_customer_that_was_deleted_is_created_anew(world: World, calls: CallList) -> None:
    answers("POST", "customers/4924/edit", {"success": False, "errorMsg": "Not found"}, 404)
    answers("POST", "customers/create", {"success": True, "id": 5}, 201)

    assert ids(customers(world).put_customers([CustomerDraft(person(), "77", "4924")])) == ["5"]


def test_customer_in_doubt_is_looked_up_first(world: World, calls: CallList) -> None:
    answers("GET", "customers", {"success": True, "customers": [row(7, externalId="77")]})
    answers("POST", "customers/7/edit", {"success": True, "id": 7})

    assert ids(customers(world).put_customers([CustomerDraft(person(), "77", must_look_up=True)])) == ["7"]

    assert "POST customers/create" not in made(calls)


def test_lost_answer_to_customers_is_told_as_such(world: World, calls: CallList) -> None:
    no_answer("POST", "customers/upload")

    with pytest.raises(OutcomeUnknown):
        customers(world).put_customers([registered("a"), registered("b")])

    assert made(calls) == ["POST customers/upload"]


def test_lost_answer_to_customers_sends_none_of_their_orders(world: World, calls: CallList) -> None:
    no_answer("POST", "customers/upload")
    answers("POST", "orders/create", {"success": True, "id": 3}, 201)

    first, second, third = orders(world).put_orders(
        [draft("1", customer=registered("a")), draft("2", customer=registered("b")), draft("3")]
    )

    assert isinstance(first, NotWritten)
    assert isinstance(second, NotWritten)
    # So that the customers are looked up before they are made again: one with only a phone is not, otherwise.
    assert isinstance(first.error, OutcomeUnknown)
    assert isinstance(second.error, OutcomeUnknown)
    assert isinstance(third, Written)
    assert made(calls) == ["POST customers/upload", "POST orders/create"]


def test_guest_with_only_a_phone_is_made_without_a_search_that_is_not_documented(world: World, calls: CallList) -> None:
    answers("POST", "customers/create", {"success": True, "id": 11}, 201)

    outcomes = customers(world).put_customers([guest(phone="+79033005069")])

    assert ids(outcomes) == ["11"]
    assert made(calls) == ["POST customers/create"]


def test_guest_with_only_a_phone_is_looked_for_when_an_earlier_try_got_no_answer(world: World, calls: CallList) -> None:
    answers("GET", "customers", {"success": True, "customers": [row(11, phones=[{"number": "+79033005069"}])]})
    answers("POST", "customers/11/edit", {"success": True, "id": 11})

    outcomes = customers(world).put_customers([replace(guest(phone="+79033005069"), must_look_up=True)])

    assert ids(outcomes) == ["11"]
    assert made(calls) == ["GET customers", "POST customers/11/edit"]


def test_guest_of_two_orders_is_looked_for_when_one_of_them_got_no_answer(world: World, calls: CallList) -> None:
    answers("GET", "customers", {"success": True, "customers": [row(11, phones=[{"number": "+79033005069"}])]})
    answers("POST", "customers/11/edit", {"success": True, "id": 11})

    outcomes = customers(world).put_customers(
        [replace(guest(phone="+79033005069"), must_look_up=True), guest(phone="+79033005069")]
    )

    assert ids(outcomes) == ["11", "11"]
    assert made(calls) == ["GET customers", "POST customers/11/edit"]


def test_guests_are_made_at_once_when_the_connection_says_so(world: World, calls: CallList) -> None:
    answers("POST", "customers/create", {"success": True, "id": 9}, 201)
    guest = Customer(is_guest=True, email="bob@example.com")
    sink = world.open(find_guests=False).customer_sink
    assert sink is not None

    sink.put_customers([CustomerDraft(guest, key="email:bob@example.com")])

    assert made(calls) == ["POST customers/create"]


def test_guest_whose_making_got_no_answer_is_looked_for_all_the_same(world: World, calls: CallList) -> None:
    answers("GET", "customers", {"success": True, "customers": [{"id": 9, "email": "bob@example.com"}]})
    answers("POST", "customers/9/edit", {"success": True, "id": 9})
    guest = Customer(is_guest=True, email="bob@example.com")
    sink = world.open(find_guests=False).customer_sink
    assert sink is not None

    sink.put_customers([CustomerDraft(guest, key="email:bob@example.com", must_look_up=True)])

    assert made(calls) == ["GET customers", "POST customers/9/edit"]


def test_guests_found_before_the_limit_are_named_for_the_next_try(world: World, calls: CallList) -> None:
    answers("GET", "customers", {"success": True, "customers": [row(7, email="ann@example.com")]})
    answers("GET", "customers", {"success": False, "errorMsg": "Rate limit"}, 503)
    answers("POST", "orders/create", {"success": False, "errorMsg": "Rate limit"}, 503)
    people = [guest("ann@example.com"), guest("bob@example.com")]

    outcomes = orders(world).put_orders([draft(str(at), customer=who) for at, who in enumerate(people)])

    found = WrittenAlso(ObjectKind.CUSTOMER, "email:ann@example.com", "7")
    assert [each.also for each in outcomes if isinstance(each, NotWritten)] == [(found,), ()]
    assert all(isinstance(each, NotWritten) and isinstance(each.error, RateLimited) for each in outcomes)


def test_customers_of_orders_that_the_limit_stopped_are_named_for_the_next_try(world: World, calls: CallList) -> None:
    made_there = [{"id": 71, "externalId": "1"}, {"id": 72, "externalId": "2"}]
    answers("POST", "customers/upload", {"success": True, "uploadedCustomers": made_there})
    answers("POST", "orders/upload", {"success": False, "errorMsg": "Rate limit"}, 503)

    outcomes = orders(world).put_orders([draft(id, customer=registered(id)) for id in ("1", "2")])

    named = [each.also for each in outcomes if isinstance(each, NotWritten)]
    assert named == [(WrittenAlso(ObjectKind.CUSTOMER, id, f"7{id}"),) for id in ("1", "2")]


def test_every_phone_of_a_customer_is_sent_once(world: World, calls: CallList) -> None:
    answers("POST", "customers/create", {"success": True, "id": 1}, 201)
    moscow = Address(city="Moscow", country="RU", phone="+79990000000")
    known = person(
        phone="8 (903) 300-50-69", more_phones=("+7 903 300-50-69", "8 (495) 123-45-67", " "), shipping=moscow
    )

    customers(world).put_customers([CustomerDraft(known, external_id="77", key="77")])

    sent = form(calls[0])["customer"]["phones"]
    assert sent == [{"number": "+79033005069"}, {"number": "+74951234567"}]


def test_phones_with_a_gap_in_their_list_are_compared(world: World, calls: CallList) -> None:
    there = row(11, phones={"1": {"number": "+79033005069"}, "3": None})
    answers("GET", "customers", {"success": True, "customers": {"0": there}})
    answers("POST", "customers/11/edit", {"success": True, "id": 11})

    outcomes = customers(world, find_by_phone=True).put_customers([guest(phone="+79033005069")])

    assert ids(outcomes) == ["11"]
