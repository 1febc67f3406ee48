"""Writing orders: one call for many, part failure, edits, doubt, and what staff are told."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from responses import CallList

from connectors.contract.canonical import ObjectKind, Source
from connectors.contract.capabilities import OrderSink
from connectors.contract.errors import Misconfigured, OutcomeUnknown, RateLimited, Retryable
from connectors.contract.results import CustomerDraft, NotWritten, Outcome, Refused, Written, WrittenAlso

from .world import World, answers, draft, form, made, no_answer, order, person, query

EXISTS = {"success": False, "errorMsg": "Order already exists."}
NOT_FOUND = {"success": False, "errorMsg": "Not found"}


def sink(world: World, **settings: Any) -> OrderSink:
    found = world.open(**settings).order_sink
    assert found is not None
    return found


def failed(outcome: Outcome) -> NotWritten:
    assert isinstance(outcome, NotWritten)
    return outcome


def test_single_order_is_created_with_everything_the_crm_needs(world: World, calls: CallList) -> None:
    answers("POST", "orders/create", {"success": True, "id": 7146, "order": {"id": 7146, "totalSumm": 3200}}, 201)

    outcomes = sink(world).put_orders([draft(order=order(source=Source(source="google", medium="cpc")))])

    assert outcomes == [Written("7146", url="https://shop.retailcrm.ru/orders/7146/edit")]
    assert calls[0].request.headers["X-API-KEY"] == "key-of-the-shop"
    assert form(calls[0]) == {
        "site": "main",
        "order": {
            "externalId": "15",
            "number": "2601/15",
            "createdAt": "2026-01-15 09:59:58",
            "status": "new",
            "orderMethod": "shopping-cart",
            "isFromCart": True,
            "discountManualAmount": 0,
            "discountManualPercent": 0,
            "firstName": "Ann",
            "lastName": "Petrova",
            "phone": "+79033005069",
            "email": "ann@example.com",
            "countryIso": "RU",
            "customer": {"id": 4924},
            "delivery": {
                "code": "courier",
                "cost": 300,
                "address": {"index": "101000", "countryIso": "RU", "city": "Moscow", "text": "Lenina 1-5"},
            },
            "items": [
                {
                    "offer": {"externalId": "137-21"},
                    "productName": "T-shirt",
                    "initialPrice": 1500,
                    "discountManualAmount": 50,
                    "quantity": 2,
                    "externalIds": [{"code": "hub", "value": "15_31"}],
                }
            ],
            "payments": [{"externalId": "15-1", "type": "bank-card", "status": "not-paid", "amount": 3200}],
            "source": {"source": "google", "medium": "cpc"},
        },
    }


def test_many_new_orders_go_out_in_one_call(world: World, calls: CallList) -> None:
    body = {"success": True, "uploadedOrders": [{"id": 100 + n, "externalId": str(n)} for n in range(50)]}
    answers("POST", "orders/upload", body)

    outcomes = sink(world).put_orders([draft(str(n)) for n in range(50)])

    assert [outcome.id for outcome in outcomes if isinstance(outcome, Written)] == [str(100 + n) for n in range(50)]
    assert made(calls) == ["POST orders/upload"]
    assert [sent["externalId"] for sent in form(calls[0])["orders"]] == [str(n) for n in range(50)]


@pytest.mark.parametrize(("status", "success"), [(460, False), (200, True), (400, False)])
def test_part_failure_keeps_what_went_in_and_asks_the_rest_for_their_own_words(
    world: World, calls: CallList, status: int, success: bool
) -> None:
    partly = {
        "success": success,
        "uploadedOrders": [{"id": 7, "externalId": "1"}],
        "failedOrders": [{"externalId": "2"}],
        "errorMsg": "Orders are loaded with errors",
    }
    answers("POST", "orders/upload", partly, status)
    refusal = {"success": False, "errorMsg": "Order is not loaded", "errors": ["Offer with id 1 not found."]}
    answers("POST", "orders/create", refusal, 400)

    first, second = sink(world).put_orders([draft("1"), draft("2")])

    assert isinstance(first, Written)
    assert first.id == "7"
    assert isinstance(second, Refused)
    assert second.message.startswith("RetailCRM: Order is not loaded: Offer with id 1 not found.")
    assert made(calls) == ["POST orders/upload", "POST orders/create"]
    assert form(calls[1])["order"]["externalId"] == "2"


@pytest.mark.parametrize("status", [400, 413])
def test_batch_refused_as_a_whole_is_tried_one_by_one(world: World, calls: CallList, status: int) -> None:
    answers("POST", "orders/upload", {"success": False, "errorMsg": "Errors in the input parameters"}, status)
    answers("POST", "orders/create", {"success": True, "id": 1}, 201)
    answers("POST", "orders/create", {"success": True, "id": 2}, 201)

    outcomes = sink(world).put_orders([draft("1"), draft("2")])

    assert [outcome.id for outcome in outcomes if isinstance(outcome, Written)] == ["1", "2"]


def test_order_that_exists_already_is_edited_and_never_looped(world: World, calls: CallList) -> None:
    answers("POST", "orders/create", EXISTS, 400)
    answers("POST", "orders/15/edit", {"success": True, "id": 7146, "order": {"id": 7146, "payments": []}})
    answers("POST", "orders/payments/create", {"success": True, "id": 3}, 201)

    (outcome,) = sink(world).put_orders([draft()])

    assert isinstance(outcome, Written)
    assert made(calls) == ["POST orders/create", "POST orders/15/edit", "POST orders/payments/create"]
    assert form(calls[1])["by"] == "externalId"


def test_edit_holds_no_creation_data_and_no_empty_value(world: World, calls: CallList) -> None:
    answers("POST", "orders/7146/edit", {"success": True, "id": 7146, "order": {"id": 7146, "totalSumm": 2900}})
    bare = order(number="", billing=None, customer=None, deliveries=(), customer_comment="", total=Decimal(2900))

    outcomes = sink(world).put_orders(
        [draft(order=bare, target_id="7146", status=None, payment_codes=None, delivery_codes=(), customer=None)]
    )

    assert outcomes == [Written("7146", url="https://shop.retailcrm.ru/orders/7146/edit")]
    assert form(calls[0]) == {
        "by": "id",
        "site": "main",
        "order": {
            "orderMethod": "shopping-cart",
            "isFromCart": True,
            "discountManualAmount": 0,
            "discountManualPercent": 0,
            "items": [
                {
                    "offer": {"externalId": "137-21"},
                    "productName": "T-shirt",
                    "initialPrice": 1500,
                    "discountManualAmount": 50,
                    "quantity": 2,
                    "externalIds": [{"code": "hub", "value": "15_31"}],
                }
            ],
        },
    }


def test_order_deleted_in_the_crm_is_created_anew(world: World, calls: CallList) -> None:
    answers("POST", "orders/7146/edit", NOT_FOUND, 404)
    answers("POST", "orders/create", {"success": True, "id": 7200}, 201)

    (outcome,) = sink(world).put_orders([draft(target_id="7146")])

    assert isinstance(outcome, Written)
    assert outcome.id == "7200"


def test_order_in_doubt_is_looked_up_before_it_is_written(world: World, calls: CallList) -> None:
    found = {"success": True, "orders": [{"id": 71, "externalId": "1", "status": "new", "site": "main"}]}
    answers("GET", "orders", found)
    answers("POST", "orders/create", {"success": True, "id": 72}, 201)
    answers("POST", "orders/71/edit", {"success": True, "id": 71, "order": {"id": 71}})

    outcomes = sink(world).put_orders(
        [draft(n, must_look_up=True, payment_codes=None) for n in ("1", "2")],
    )

    assert [outcome.id for outcome in outcomes if isinstance(outcome, Written)] == ["71", "72"]
    assert query(calls[0])[:3] == [
        ("filter[externalIds][]", "1"),
        ("filter[externalIds][]", "2"),
        ("filter[sites][]", "main"),
    ]
    assert made(calls).count("POST orders/create") == 1


def test_lost_answer_to_an_upload_speaks_for_the_whole_batch(world: World, calls: CallList) -> None:
    no_answer("POST", "orders/upload")

    with pytest.raises(OutcomeUnknown):
        sink(world).put_orders([draft("1"), draft("2")])

    assert made(calls) == ["POST orders/upload"]


def test_lost_answer_in_the_middle_hides_nothing_that_was_written(world: World, calls: CallList) -> None:
    done = {"success": True, "uploadedOrders": [{"id": n, "externalId": str(n)} for n in (1, 2)]}
    answers("POST", "orders/upload", done)
    no_answer("POST", "orders/33/edit")

    one, two, three, four = sink(world).put_orders(
        [draft("1"), draft("2"), draft("3", target_id="33"), draft("4", target_id="44")]
    )

    assert isinstance(one, Written)
    assert isinstance(two, Written)
    assert isinstance(failed(three).error, OutcomeUnknown)
    assert isinstance(failed(four).error, Retryable)
    assert not isinstance(failed(four).error, OutcomeUnknown)
    assert made(calls) == ["POST orders/upload", "POST orders/33/edit"]


def test_rate_limit_in_html_slows_every_process_down(world: World, calls: CallList) -> None:
    import responses

    responses.add(
        "POST", "https://shop.retailcrm.ru/api/v5/orders/create", body="<html>busy</html>", status=503,
        headers={"Retry-After": "7"}, content_type="text/html",
    )  # fmt: skip

    with pytest.raises(RateLimited) as caught:
        sink(world).put_orders([draft()])

    assert caught.value.retry_after == timedelta(seconds=7)
    ((bucket, pause),) = world.slowed
    assert pause == timedelta(seconds=7)
    assert bucket.startswith("retailcrm:shop.retailcrm.ru:")
    assert "key-of-the-shop" not in bucket
    assert set(world.throttled) == {bucket}


def test_order_in_another_currency_is_refused_before_anything_is_sent(world: World, calls: CallList) -> None:
    outcomes = sink(world).put_orders([draft(order=order(currency="EUR"))])

    assert outcomes == [
        Refused(
            "Order 2601/15 is in EUR, but the site “main” in RetailCRM keeps RUB. Nothing was sent. Connect the store "
            "to a site in EUR, or change the site's currency in RetailCRM and press Verify.",
            "currency",
        )
    ]
    assert len(calls) == 0


def test_zone_and_currency_are_read_once_when_verify_never_filled_them(world: World, calls: CallList) -> None:
    answers("GET", "reference/sites", {"success": True, "sites": {"main": {"code": "main", "currency": "RUB"}}})
    answers("GET", "settings", {"success": True, "settings": {"timezone": {"value": "Asia/Yekaterinburg"}}})
    answers("POST", "orders/create", {"success": True, "id": 1}, 201)
    answers("POST", "orders/create", {"success": True, "id": 2}, 201)
    orders = sink(world, timezone="", currency="")

    orders.put_orders([draft("1")])
    orders.put_orders([draft("2")])

    assert made(calls).count("GET settings") == 1
    assert made(calls).count("GET reference/sites") == 1
    assert form(calls[-1])["order"]["createdAt"] == "2026-01-15 11:59:58"


def test_unknown_site_stops_the_connection(world: World, calls: CallList) -> None:
    answers("GET", "reference/sites", {"success": True, "sites": {"other": {"code": "other", "currency": "RUB"}}})

    with pytest.raises(Misconfigured, match="Sites of this key: other"):
        sink(world, currency="").put_orders([draft()])


def test_sum_that_the_crm_works_out_differently_is_shown_to_staff(world: World, calls: CallList) -> None:
    answers("POST", "orders/create", {"success": True, "id": 1, "order": {"id": 1, "totalSumm": 3199.99}}, 201)

    (outcome,) = sink(world).put_orders([draft()])

    assert isinstance(outcome, Written)
    assert outcome.note == "RetailCRM works out 3199.99, the shop 3200."


def test_order_of_a_refused_customer_fails_alone(world: World, calls: CallList) -> None:
    refusal = {"success": False, "errorMsg": "Errors in the entity format", "errors": {"email": "Invalid e-mail."}}
    answers("POST", "customers/create", refusal, 400)
    answers("GET", "customers", {"success": True, "customers": []})
    answers("POST", "orders/create", {"success": True, "id": 5}, 201)
    odd = CustomerDraft(person(email="ann@"), external_id="78")

    bad, good = sink(world).put_orders([draft("1", customer=odd), draft("2")])

    assert isinstance(bad, Refused)
    assert bad.message.startswith(
        "Order 2601/1 was not sent: its customer was refused. RetailCRM: Errors in the entity format: email: Invalid"
    )
    assert isinstance(good, Written)
    assert form(calls[-1])["order"]["externalId"] == "2"


def test_customer_deleted_in_the_crm_is_made_again_once(world: World, calls: CallList) -> None:
    gone = {"success": False, "errorMsg": "Order is not loaded", "errors": {"customer.id": "Customer not found."}}
    answers("POST", "orders/create", gone, 400)
    answers("POST", "customers/create", {"success": True, "id": 5000}, 201)
    answers("POST", "orders/create", {"success": True, "id": 1}, 201)

    (outcome,) = sink(world).put_orders([draft()])

    assert isinstance(outcome, Written)
    assert outcome.also == (WrittenAlso(ObjectKind.CUSTOMER, "77", "5000"),)
    assert form(calls[2])["order"]["customer"] == {"id": 5000}


def test_guest_without_mail_and_phone_leaves_the_customer_to_the_crm(world: World, calls: CallList) -> None:
    nameless = CustomerDraft(person(id=None, is_guest=True, email=""))
    answers("POST", "orders/create", {"success": True, "id": 1}, 201)

    sink(world).put_orders([draft(customer=nameless)])

    assert "customer" not in form(calls[0])["order"]
    assert form(calls[0])["order"]["firstName"] == "Ann"


def test_what_exists_already_but_is_no_order_keeps_its_own_words(world: World, calls: CallList) -> None:
    said = {"success": False, "errorMsg": "Validation error", "errors": {"number": "Number 2601/15 already exists."}}
    answers("POST", "orders/create", {**said, "errorMsg": "Number already exists."}, 400)
    answers("POST", "orders/15/edit", NOT_FOUND, 404)

    (outcome,) = sink(world).put_orders([draft()])

    assert isinstance(outcome, Refused)
    assert "Number 2601/15 already exists" in outcome.message
    assert made(calls) == ["POST orders/create", "POST orders/15/edit"]
