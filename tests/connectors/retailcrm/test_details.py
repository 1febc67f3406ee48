"""What RetailCRM tells of an order beside its status."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from responses import CallList

from connectors.contract.backward import PaidSeen
from connectors.contract.canonical import Money
from connectors.contract.results import StatusSeen

from .world import World, answers, made, query

ORDER: dict[str, Any] = {
    "id": 7146,
    "externalId": "15",
    "site": "main",
    "status": "new",
    "orderMethod": "phone",
    "totalSumm": 3200,
    "currency": "RUB",
    "payments": [],
    "customFields": [],
}
BOOK = {
    "paid": {"code": "paid", "paymentComplete": True},
    "not-paid": {"code": "not-paid", "paymentComplete": False},
    "returned": {"code": "returned", "paymentComplete": False},
}


def read(world: World, *, books: bool = True, **changes: Any) -> StatusSeen:
    answers("GET", "orders", {"success": True, "orders": [{**ORDER, **changes}]})
    if not changes.get("payments"):
        pass  # nothing to look up in the book
    elif books:
        answers("GET", "reference/payment-statuses", {"success": True, "paymentStatuses": BOOK})
    else:
        answers("GET", "reference/payment-statuses", {"success": False, "errorMsg": "Access denied."}, 403)
    source = world.open().detail_source
    assert source is not None
    (seen,) = source.details(["7146"], [])
    return seen


def paid(amount: Any, status: str = "paid", **more: Any) -> dict[str, Any]:
    return {"id": 1, "type": "cash", "status": status, "amount": amount, "paidAt": "2026-01-15 10:30:00", **more}


def test_payment_without_an_amount_is_of_the_whole_order(world: World, calls: CallList) -> None:
    seen = read(world, totalSumm="3200.00", payments=[{"id": 1, "type": "cash", "status": "paid", "paidAt": None}])

    assert seen.paid == PaidSeen(True, Money(amount=Decimal(3200), currency="RUB"), None)


@pytest.mark.parametrize("currency", [None, [], "0", "roubles"])
def test_currency_that_is_none_is_the_sites(world: World, calls: CallList, currency: Any) -> None:
    seen = read(world, currency=currency, payments=[paid("1e400")])

    assert seen.paid is not None
    assert seen.paid.amount == Money(amount=Decimal(0), currency="RUB")


@pytest.mark.parametrize("shape", ["list", "object"])
def test_order_is_paid_when_its_payments_cover_it(world: World, calls: CallList, shape: str) -> None:
    found = [paid(3000), paid(200, paidAt="2026-01-16 09:00:00")]
    payments = found if shape == "list" else {str(number): row for number, row in enumerate(found)}

    seen = read(world, payments=payments)

    assert seen.paid == PaidSeen(
        True, Money(amount=Decimal(3200), currency="RUB"), datetime(2026, 1, 16, 6, 0, tzinfo=UTC)
    )
    assert (seen.id, seen.external_id, seen.status, seen.order_method) == ("7146", "15", "new", "phone")


@pytest.mark.parametrize(
    "payments",
    [
        [],
        [paid(3199.98)],
        [paid(3200, "not-paid")],
        [paid(3200, "returned")],
        [{"id": 1, "type": "cash", "amount": 3200}],
    ],
    ids=["none", "a part", "not paid", "given back", "no date"],
)
def test_order_is_not_paid_otherwise(world: World, calls: CallList, payments: list[dict[str, Any]]) -> None:
    seen = read(world, payments=payments)

    assert seen.paid is not None
    assert seen.paid.is_paid is False


def test_payment_of_a_status_that_no_book_has_counts_by_its_date(world: World, calls: CallList) -> None:
    seen = read(world, payments=[paid(3200, status="")])

    assert seen.paid is not None
    assert seen.paid.is_paid is True


def test_key_without_the_right_to_read_books_still_tells_payments(world: World, calls: CallList) -> None:
    seen = read(world, books=False, payments=[paid(3200)])

    assert seen.paid is not None
    assert seen.paid.is_paid is True


@pytest.mark.parametrize(("sent", "read_as"), [([], {}), ({"gift": True, "note": "x"}, {"gift": True, "note": "x"})])
def test_custom_fields_come_along_in_either_shape(world: World, calls: CallList, sent: Any, read_as: Any) -> None:
    assert read(world, customFields=sent).fields == read_as


def test_ids_and_external_ids_are_asked_for_apart_and_in_whole_pages(world: World, calls: CallList) -> None:
    answers("GET", "orders", {"success": True, "orders": []})
    source = world.open().detail_source
    assert source is not None

    found = source.details([str(number) for number in range(60)], ["a"])

    assert found == []
    assert made(calls) == ["GET orders", "GET orders", "GET orders"]
    assert query(calls[1])[:10] == [("filter[ids][]", str(number)) for number in range(50, 60)]
    assert query(calls[2]) == [("filter[externalIds][]", "a"), ("filter[sites][]", "main"), ("limit", "100")]
