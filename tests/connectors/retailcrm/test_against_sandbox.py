"""The connector and the stand-in, which know nothing of each other, over real HTTP."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import requests

from connectors.contract.canonical import Address, Customer, Fee, ObjectKind
from connectors.contract.capabilities import Adapter
from connectors.contract.errors import OutcomeUnknown
from connectors.contract.results import CustomerDraft, Hint, NotWritten, Refused, Written
from connectors.contract.spec import Services
from connectors.retailcrm.sandbox import make
from connectors.retailcrm.spec import SPEC
from connectors.toolkit.sandbox import Sandbox

from .world import World, draft, line, order, paid, person


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with make() as running:
        yield running


@pytest.fixture
def crm(world: World, sandbox: Sandbox) -> Adapter:
    services: Services = replace(world.services(), allowed_private_networks=("127.0.0.0/8",))
    settings = {"address": sandbox.url, "api_key": "sandbox-key", "site": "main", "find_by_phone": True}
    return SPEC.open(settings, services)


def control(sandbox: Sandbox, name: str, body: Any = None) -> Any:
    address = f"{sandbox.url}/__sandbox__/{name}"
    answer = requests.get(address, timeout=5) if body is None else requests.post(address, json=body, timeout=5)
    assert answer.status_code < 300, answer.text
    return answer.json()


def put(crm: Adapter, *drafts: Any) -> list[Any]:
    assert crm.order_sink is not None
    return list(crm.order_sink.put_orders(drafts))


def guest(email: str) -> CustomerDraft:
    return CustomerDraft(Customer(is_guest=True, email=email, first_name="Bob"))


def new(id: str, customer: CustomerDraft | None = None, **changes: Any) -> Any:
    who = customer or CustomerDraft(person(id=f"c{id}", email=f"c{id}@example.com"), external_id=f"c{id}")
    return draft(id, order=order(id, **changes), customer=who)


def test_verify_passes(crm: Adapter) -> None:
    assert crm.account is not None

    report = crm.account.verify()

    assert report.passed, report.checks
    assert report.facts == {"timezone": "Europe/Moscow", "currency": "RUB"}


def test_books_hold_the_codes(crm: Adapter) -> None:
    assert crm.codes is not None

    books = {book.kind: {entry.code for entry in book.entries} for book in crm.codes.read_books()}

    assert "new" in books["status"]
    assert "bank-card" in books["payment"]
    assert {"delivery", "payment_status", "order_method", "product_status", "field:order"} <= books.keys()


def test_full_batch_costs_two_calls_and_four_facts(crm: Adapter, sandbox: Sandbox, world: World) -> None:
    outcomes = put(crm, *[new(str(n)) for n in range(50)])

    assert all(isinstance(outcome, Written) for outcome in outcomes), outcomes[0]
    assert len(control(sandbox, "orders")) == 50
    assert len(world.exchanges) == 4  # two of them the zone and the currency, which Verify would have left


def test_sums_agree_to_the_cent(crm: Adapter, sandbox: Sandbox) -> None:
    lines = (
        line(id="1", quantity=Decimal(3), subtotal=Decimal(10), total=Decimal(10)),
        line(id="2", quantity=Decimal(7), subtotal=Decimal("99.99"), total=Decimal("88.88")),
    )
    fees = (Fee(id="1", name="Wrap", total=Decimal("1.01")), Fee(id="2", name="Bonus", total=Decimal("-9.90")))

    (outcome,) = put(crm, new("1", lines=lines, fees=fees, payments=(), total=Decimal("389.99")))

    assert isinstance(outcome, Written)
    assert outcome.note == "A negative fee was sent as a discount on the whole order."


def test_writing_twice_makes_one_order_one_customer_one_payment(crm: Adapter, sandbox: Sandbox) -> None:
    first = put(crm, new("1", guest("bob@example.com")), new("2"))
    again = put(crm, new("1", guest("BOB@example.com")), new("2"))

    assert [outcome.id for outcome in again] == [outcome.id for outcome in first]
    orders = control(sandbox, "orders")
    assert len(orders) == 2
    assert len(control(sandbox, "customers")) == 2


def test_order_is_edited_and_its_payment_marked_paid(crm: Adapter, sandbox: Sandbox) -> None:
    (first,) = put(crm, new("1"))
    changed = replace(new("1", payments=(paid(),)), target_id=first.id, payment_statuses=("paid",), status="assembling")

    (second,) = put(crm, changed)

    assert isinstance(second, Written)
    assert second.id == first.id
    (row,) = control(sandbox, "orders")
    assert row["status"] == "assembling"


def test_refused_order_does_not_hold_up_the_others(crm: Adapter, sandbox: Sandbox) -> None:
    control(sandbox, "faults", {"refuse": ["bad"]})

    outcomes = put(crm, new("1"), new("bad", guest("bob@example.com")), new("3"))

    assert [type(outcome) for outcome in outcomes] == [Written, Refused, Written]
    assert "told to refuse this order" in outcomes[1].message


def test_lost_answer_is_looked_up_and_written_once(crm: Adapter, sandbox: Sandbox) -> None:
    control(sandbox, "faults", {"drop_after_rate": 1, "only": "orders/upload"})
    assert crm.account is not None
    with pytest.raises(OutcomeUnknown):
        put(crm, new("1"), new("2"))
    control(sandbox, "faults", {"drop_after_rate": 0})

    outcomes = put(crm, *[replace(new(id), must_look_up=True) for id in ("1", "2")])

    assert all(isinstance(outcome, Written) for outcome in outcomes), outcomes
    assert len(control(sandbox, "orders")) == 2


def test_status_set_by_a_manager_is_polled_as_a_hint_and_our_own_writes_are_not(crm: Adapter, sandbox: Sandbox) -> None:
    assert crm.change_source is not None
    assert crm.status_source is not None
    first, second = put(crm, new("1"), new("2"))
    put(crm, replace(new("2"), target_id=second.id, status="assembling"))
    control(sandbox, "set_status", {"order": "1", "status": "complete"})

    page = crm.change_source.poll("", datetime.now(UTC) - timedelta(hours=1))

    hints = [change for change in page.items if isinstance(change, Hint)]
    assert hints == [Hint(ObjectKind.ORDER, first.id)]
    (seen,) = crm.status_source.statuses([first.id], [])
    assert (seen.status, seen.external_id) == ("complete", "1")
    assert crm.change_source.poll(page.cursor, datetime.now(UTC)).items == []


def test_guests_without_mail_are_told_apart_by_phone(crm: Adapter, sandbox: Sandbox) -> None:
    def caller(phone: str) -> CustomerDraft:
        return CustomerDraft(
            Customer(is_guest=True, phone=phone, first_name="Ann", shipping=Address(country="RU", city="Omsk"))
        )

    first = put(crm, new("1", caller("8 903 300 50 69")), new("2", caller("+7 903 300-50-70")))
    again = put(crm, new("3", caller("+79033005069")))

    assert all(isinstance(outcome, Written) for outcome in [*first, *again])
    assert len(control(sandbox, "customers")) == 2


def test_nothing_is_lost_while_the_crm_answers_with_errors(crm: Adapter, sandbox: Sandbox) -> None:
    control(sandbox, "faults", {"down": True})
    try:
        outcomes = put(crm, new("1"))
    except Exception as error:  # noqa: BLE001  # whichever of the contract's errors; none of them is a write
        outcomes = [NotWritten(error)]  # type: ignore[arg-type]  # checked below
    control(sandbox, "faults", {"down": False})

    assert isinstance(outcomes[0], NotWritten)
    assert isinstance(put(crm, replace(new("1"), must_look_up=True))[0], Written)
    assert len(control(sandbox, "orders")) == 1
