"""Payments of orders that exist already: only what differs is sent."""

from decimal import Decimal
from typing import Any

import pytest
from responses import CallList

from connectors.contract.canonical import Money, Order, PaymentStatus
from connectors.contract.errors import OutcomeUnknown
from connectors.contract.results import NotWritten, Outcome, Refused, Written

from .world import World, answers, draft, form, made, no_answer, order, paid, payment

PRESENT = {"id": 4326, "type": "bank-card", "externalId": "15-1", "amount": 3200, "status": "not-paid"}


def edit(world: World, present: Any, changed: Order | None = None, **changes: Any) -> Outcome:
    answers("POST", "orders/7146/edit", {"success": True, "id": 7146, "order": {"id": 7146, "payments": present}})
    sink = world.open().order_sink
    assert sink is not None
    return sink.put_orders([draft(order=changed or order(), target_id="7146", **changes)])[0]


@pytest.mark.parametrize("present", [[PRESENT], {"4326": PRESENT}], ids=["list", "object"])
def test_payment_that_is_the_same_is_left_alone(world: World, calls: CallList, present: Any) -> None:
    assert isinstance(edit(world, present), Written)

    assert made(calls) == ["POST orders/7146/edit"]


def test_paid_payment_is_edited_with_the_time_in_the_accounts_zone(world: World, calls: CallList) -> None:
    answers("POST", "orders/payments/4326/edit", {"success": True, "id": 4326})

    outcome = edit(world, {"4326": PRESENT}, order(payments=(paid(),)), payment_statuses=("paid",))

    assert isinstance(outcome, Written)
    assert form(calls[1]) == {
        "by": "id",
        "site": "main",
        "payment": {"status": "paid", "paidAt": "2026-01-15 10:30:00"},
    }


def test_payment_that_is_missing_is_created(world: World, calls: CallList) -> None:
    answers("POST", "orders/payments/create", {"success": True, "id": 1}, 201)

    edit(world, [])

    assert form(calls[1]) == {
        "site": "main",
        "payment": {
            "externalId": "15-1",
            "type": "bank-card",
            "status": "not-paid",
            "amount": 3200,
            "order": {"id": 7146},
        },
    }


def test_changed_method_is_deleted_and_made_anew(world: World, calls: CallList) -> None:
    answers("POST", "orders/payments/4326/delete", {"success": True})
    answers("POST", "orders/payments/create", {"success": True, "id": 1}, 201)

    edit(world, [PRESENT], payment_codes=("cash",))

    assert made(calls)[1:] == ["POST orders/payments/4326/delete", "POST orders/payments/create"]
    assert form(calls[2])["payment"]["type"] == "cash"


def test_own_payment_that_left_the_order_is_deleted_unless_money_was_taken(world: World, calls: CallList) -> None:
    answers("POST", "orders/payments/11/delete", {"success": True})
    stale = {"id": 11, "type": "cash", "externalId": "15-9"}
    settled = {"id": 12, "type": "cash", "externalId": "15-8", "paidAt": "2026-01-15 10:30:00"}
    foreign = {"id": 13, "type": "cash", "externalId": "by-hand"}

    edit(world, [PRESENT, stale, settled, foreign])

    assert made(calls)[1:] == ["POST orders/payments/11/delete"]


@pytest.mark.parametrize(
    "changes",
    [{"payment_codes": None}, {"payment_codes": (None,)}, {"changed": order(total=Decimal(0))}],
    ids=["not ours", "ignored", "nothing to pay"],
)
def test_payments_are_left_alone(world: World, calls: CallList, changes: dict[str, Any]) -> None:
    edit(world, [], **changes)

    assert made(calls) == ["POST orders/7146/edit"]


def test_amount_in_another_currency_is_left_to_the_crm(world: World, calls: CallList) -> None:
    answers("POST", "orders/payments/create", {"success": True, "id": 1}, 201)

    edit(world, [], order(payments=(payment(amount=Money(amount=Decimal(30), currency="EUR")),)))

    assert "amount" not in form(calls[1])["payment"]


def test_refused_payment_names_the_order_that_is_there_all_the_same(world: World, calls: CallList) -> None:
    answers("POST", "orders/payments/create", {"success": False, "errorMsg": "Validation error"}, 400)

    outcome = edit(world, [])

    assert isinstance(outcome, Refused)
    assert outcome.id == "7146"
    assert outcome.message.startswith("Order 2601/15 is in RetailCRM, but one of its payments was refused.")


def test_lost_answer_to_a_payment_keeps_the_orders_id(world: World, calls: CallList) -> None:
    no_answer("POST", "orders/payments/create")

    outcome = edit(world, [])

    assert isinstance(outcome, NotWritten)
    assert outcome.id == "7146"
    assert isinstance(outcome.error, OutcomeUnknown)


def test_payments_are_read_when_the_edit_does_not_send_the_order_back(world: World, calls: CallList) -> None:
    answers("POST", "orders/7146/edit", {"success": True, "id": 7146, "state": "edited"})
    answers("GET", "orders/7146", {"success": True, "order": {"id": 7146, "payments": {"4326": PRESENT}}})
    sink = world.open().order_sink
    assert sink is not None

    (outcome,) = sink.put_orders([draft(target_id="7146")])

    assert isinstance(outcome, Written)
    assert made(calls) == ["POST orders/7146/edit", "GET orders/7146"]


def money(amount: int) -> Money:
    return Money(amount=Decimal(amount), currency="RUB")


PAID_AT = "2026-01-15 10:30:00"


def test_each_of_several_payments_is_edited_by_itself(world: World, calls: CallList) -> None:
    answers("POST", "orders/payments/7/edit", {"success": True, "id": 7})
    both = (paid(id="1", amount=money(1200)), payment(id="2", amount=money(2000)))
    there = [
        {"id": 7, "externalId": "15-1", "type": "bank-card", "status": "not-paid", "amount": 1200},
        {"id": 8, "externalId": "15-2", "type": "cash", "status": "not-paid", "amount": 2000},
    ]

    outcome = edit(
        world,
        there,
        order(payments=both),
        payment_codes=("bank-card", "cash"),
        payment_statuses=("paid", "not-paid"),
    )

    assert isinstance(outcome, Written)
    assert made(calls)[1:] == ["POST orders/payments/7/edit"]
    assert form(calls[1])["payment"] == {"status": "paid", "paidAt": PAID_AT}


def test_partial_refund_changes_the_status_of_its_payment_and_nothing_else(world: World, calls: CallList) -> None:
    answers("POST", "orders/payments/4326/edit", {"success": True, "id": 4326})
    given_back = paid(status=PaymentStatus.PARTIALLY_REFUNDED)

    edit(
        world,
        [{**PRESENT, "status": "paid", "paidAt": PAID_AT}],
        order(payments=(given_back,)),
        payment_statuses=("part-returned",),
    )

    assert form(calls[1])["payment"] == {"status": "part-returned"}


def test_money_that_managers_noted_is_not_noted_twice(world: World, calls: CallList) -> None:
    theirs = {"id": 9, "type": "cash", "status": "paid", "amount": 3200, "paidAt": PAID_AT}

    edit(world, [PRESENT, theirs], order(payments=(paid(),)), payment_statuses=("paid",))

    assert made(calls) == ["POST orders/7146/edit"]


def test_part_noted_by_managers_does_not_hold_back_what_the_shop_took(world: World, calls: CallList) -> None:
    answers("POST", "orders/payments/4326/edit", {"success": True, "id": 4326})
    theirs = {"id": 9, "type": "cash", "status": "paid", "amount": 100, "paidAt": PAID_AT}

    edit(world, [PRESENT, theirs], order(payments=(paid(),)), payment_statuses=("paid",))

    assert made(calls)[1:] == ["POST orders/payments/4326/edit"]


def test_time_of_payment_that_retailcrm_has_is_kept(world: World, calls: CallList) -> None:
    row = {**PRESENT, "status": "paid", "paidAt": "2026-01-15 09:00:00"}

    edit(world, [row], order(payments=(paid(),)), payment_statuses=("paid",))

    assert made(calls) == ["POST orders/7146/edit"]
