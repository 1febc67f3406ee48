"""Paid marks into the shop: once, without reviving what has ended, and honest when the shop does not take them."""

from typing import Any

import pytest
import responses
from responses import matchers

from connectors.contract.backward import PaidDraft
from connectors.contract.errors import NotTried, OutcomeUnknown, Retryable
from connectors.contract.results import NotWritten, Outcome, Refused, Written
from connectors.woocommerce.paid import PaidSink
from tests.connectors.woocommerce.shop import API, Hub, error, transport

PAID: dict[str, Any] = {"date_paid_gmt": "2026-03-01T12:00:05", "date_modified_gmt": "2026-03-01T12:00:05"}


def draft(order_id: int | str = 5) -> PaidDraft:
    return PaidDraft(str(order_id), change_id=f"c-{order_id}", order_number=f"N-{order_id}")


def row(order_id: int = 5, status: str = "pending", **more: Any) -> dict[str, Any]:
    return {"id": order_id, "status": status, "date_paid_gmt": None, "needs_processing": True, **more}


def put(*orders: int | str) -> list[Outcome]:
    return list(PaidSink(transport(Hub())).put_paid([draft(number) for number in orders]))


def body(**fields: Any) -> Any:
    return matchers.json_params_matcher(fields)


def test_order_is_marked_and_what_the_shop_made_of_it_is_told() -> None:
    with responses.RequestsMock() as web:
        web.get(f"{API}/orders", json=[row()])
        web.put(f"{API}/orders/5", json=row(status="processing", **PAID), match=[body(set_paid=True)])

        (outcome,) = put(5)

    assert isinstance(outcome, Written)
    assert (outcome.id, outcome.note) == ("5", "The shop moved it to “processing”.")


def test_order_that_is_paid_already_is_not_written() -> None:
    with responses.RequestsMock() as web:
        web.get(f"{API}/orders", json=[row(status="completed", **PAID)])

        (outcome,) = put(5)

    assert isinstance(outcome, Written)
    assert outcome.note == "The shop had it as paid already."


def test_shop_that_takes_no_payment_on_hold_gets_the_status_that_a_payment_leads_to() -> None:
    with responses.RequestsMock() as web:
        web.get(f"{API}/orders", json=[row(status="on-hold")])
        web.put(f"{API}/orders/5", json=row(status="on-hold"), match=[body(set_paid=True)])
        web.put(f"{API}/orders/5", json=row(status="processing", **PAID), match=[body(status="processing")])

        (outcome,) = put(5)

    assert isinstance(outcome, Written)


def test_order_without_anything_to_ship_is_completed_by_it() -> None:
    with responses.RequestsMock() as web:
        web.get(f"{API}/orders", json=[row(status="on-hold", needs_processing=False)])
        web.put(f"{API}/orders/5", json=row(status="on-hold"), match=[body(set_paid=True)])
        web.put(f"{API}/orders/5", json=row(status="completed", **PAID), match=[body(status="completed")])

        (outcome,) = put(5)

    assert isinstance(outcome, Written)


def test_mark_that_the_shop_does_not_show_is_refused_and_nothing_else_is_tried() -> None:
    with responses.RequestsMock() as web:
        web.get(f"{API}/orders", json=[row(status="on-its-way")])
        web.put(f"{API}/orders/5", json=row(status="on-its-way"), match=[body(set_paid=True)])

        (outcome,) = put(5)

    assert isinstance(outcome, Refused)
    assert outcome.code == "not_paid"
    assert "does not show the order as paid (status “on-its-way”)" in outcome.message


@pytest.mark.parametrize("status", ["cancelled", "refunded"])
def test_order_that_has_ended_is_not_revived(status: str) -> None:
    with responses.RequestsMock() as web:
        web.get(f"{API}/orders", json=[row(status=status)])

        (outcome,) = put(5)

    assert isinstance(outcome, Refused)
    assert outcome.code == "order_ended"


def test_order_that_is_gone_is_refused() -> None:
    with responses.RequestsMock() as web:
        web.get(f"{API}/orders", json=[])

        (outcome,) = put(5)

    assert isinstance(outcome, Refused)
    assert outcome.code == "gone"


def test_id_that_no_shop_has_is_refused_without_a_call() -> None:
    with responses.RequestsMock():
        (outcome,) = put("abc")

    assert isinstance(outcome, Refused)


def test_one_refusal_does_not_hold_up_the_others() -> None:
    with responses.RequestsMock() as web:
        web.get(f"{API}/orders", json=[row(5), row(6)])
        web.put(f"{API}/orders/5", json=error("woocommerce_rest_cannot_edit", 400, "No."), status=400)
        web.put(f"{API}/orders/6", json=row(6, status="processing", **PAID))

        first, second = put(5, 6)

    assert isinstance(first, Refused)
    assert isinstance(second, Written)


def test_shop_that_breaks_ends_the_batch_and_what_was_marked_stays_known() -> None:
    with responses.RequestsMock() as web:
        web.get(f"{API}/orders", json=[row(5), row(6), row(7)])
        web.put(f"{API}/orders/5", json=row(5, status="processing", **PAID))
        web.put(f"{API}/orders/6", body="oops", status=500)

        first, second, third = put(5, 6, 7)

    assert isinstance(first, Written)
    assert isinstance(second, NotWritten)
    assert isinstance(third, NotWritten)
    assert isinstance(second.error, (Retryable, OutcomeUnknown))
    assert isinstance(third.error, NotTried)


def test_orders_behind_a_failed_call_are_not_charged_with_it() -> None:
    with responses.RequestsMock() as web:
        web.get(f"{API}/orders", json=[row(5), row(6)])
        web.put(f"{API}/orders/5", body="oops", status=503)

        first, second = put(5, 6)

    assert isinstance(first, NotWritten)
    assert isinstance(first.error, Retryable)
    assert isinstance(second, NotWritten)
    assert isinstance(second.error, NotTried)


def test_shop_that_cannot_be_read_speaks_for_the_whole_batch() -> None:
    with responses.RequestsMock() as web:
        web.get(f"{API}/orders", body="oops", status=503)

        with pytest.raises(Retryable):
            put(5, 6)
