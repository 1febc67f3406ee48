"""A payment that becomes complete in the CRM marks the order as paid in the store, once, and does not come back."""

from dataclasses import replace
from typing import Any

import pytest

from connectors.woocommerce import spec as shop_spec
from integration_hub.engine.models import Attempt, InboxEvent, Link, OutboxItem
from integration_hub.records import store
from integration_hub.records.models import Record

from .world import Mailbox, World, attempts, call, items, pump


@pytest.fixture
def unpaid(world: World) -> str:
    """An order that waits for its money on both sides."""
    world.set_route(paid_back=True)
    rows = world.shop(21)
    world.sync()
    return next(str(row["id"]) for row in rows if row["status"] == "pending")


def paid_in_shop(world: World, order: str) -> bool:
    world.poll("orders")
    pump()
    row = Record.objects.get(kind="order", object_id=order, connection=world.store)
    return store.canonical(row).paid_at is not None


def crm_payments(world: World, order: str) -> list[tuple[str, str]]:
    return [(row["type"], row["status"]) for row in world.crm_orders()[order]["payments"]]


def shop_writes(world: World) -> int:
    return sum(row["call"] == "orders/update" for row in call(f"{world.store_box.url}/__sandbox__/writes"))


def test_payment_noted_in_the_crm_marks_the_order_as_paid_in_the_store(world: World, unpaid: str) -> None:
    assert not paid_in_shop(world, unpaid)

    world.pay_in_crm(unpaid)
    world.sync()

    assert paid_in_shop(world, unpaid)
    assert world.store_orders()[unpaid]["status"] == "processing"
    assert attempts(flow="paid") == {("paid", "written"): 1}


def test_paid_mark_does_not_go_to_the_store_unless_the_route_says_so(world: World, unpaid: str) -> None:
    world.set_route(paid_back=False)

    world.pay_in_crm(unpaid)
    world.sync()

    assert not paid_in_shop(world, unpaid)
    assert attempts(flow="paid") == {}


def test_paid_mark_goes_to_the_store_once_whatever_is_told_again(world: World, unpaid: str) -> None:
    world.pay_in_crm(unpaid)
    world.sync()
    world.sync()

    call(f"{world.crm_box.url}/__sandbox__/edit_order", {"order": unpaid, "fields": {"customFields": {"coupon": "A"}}})
    world.sync()

    assert attempts(flow="paid") == {("paid", "written"): 1}


def test_mark_in_the_store_does_not_come_back_as_another_payment(world: World, unpaid: str, mailbox: Mailbox) -> None:
    world.connect_doors()
    world.pay_in_crm(unpaid)
    world.sync()
    payments = crm_payments(world, unpaid)
    written = world.writes(world.crm_box)["orders/payments/edit"]

    world.wait_for_senders()
    mailbox.deliver()
    pump()
    world.sync()

    assert crm_payments(world, unpaid) == payments
    assert len(payments) == 1
    assert world.writes(world.crm_box)["orders/payments/edit"] == written
    assert world.writes(world.crm_box)["orders/payments/create"] == 0


def test_payment_that_a_manager_added_is_not_doubled_by_the_stores_mark(
    world: World, unpaid: str, mailbox: Mailbox
) -> None:
    world.connect_doors()
    world.pay_in_crm(unpaid, new="cash", amount=100_000)
    world.sync()
    assert paid_in_shop(world, unpaid)

    world.wait_for_senders()
    mailbox.deliver()
    pump()
    world.sync()

    assert sorted(status for _, status in crm_payments(world, unpaid)) == ["not-paid", "paid"]


def test_part_of_the_money_does_not_mark_the_order(world: World, unpaid: str) -> None:
    world.pay_in_crm(unpaid, amount=0.5)
    world.sync()

    assert attempts(flow="paid") == {}
    assert not paid_in_shop(world, unpaid)


def test_order_that_the_store_has_as_paid_is_not_marked_again(world: World) -> None:
    world.set_route(paid_back=True)
    rows = world.shop(21)
    world.sync()
    paid = next(str(row["id"]) for row in rows if row["status"] == "processing")
    before = shop_writes(world)

    call(f"{world.crm_box.url}/__sandbox__/edit_order", {"order": paid, "fields": {"customFields": {"coupon": "A"}}})
    world.sync()

    assert attempts(flow="paid", outcome="written") == {}
    assert shop_writes(world) == before


def test_order_of_another_order_method_brings_nothing_back(world: World, unpaid: str) -> None:
    world.set_route(back_order_methods=["phone"])

    world.pay_in_crm(unpaid)
    world.set_crm_status(unpaid, "complete")
    world.sync()

    assert world.store_orders()[unpaid]["status"] == "pending"
    assert not paid_in_shop(world, unpaid)
    assert InboxEvent.objects.filter(reason__contains="takes nothing back of orders made by").exists()


def test_order_of_a_chosen_order_method_comes_back(world: World, unpaid: str) -> None:
    world.set_route(back_order_methods=["phone"])
    edit = {"order": unpaid, "fields": {"orderMethod": "phone"}}
    call(f"{world.crm_box.url}/__sandbox__/edit_order", edit)

    world.set_crm_status(unpaid, "complete")
    world.sync()

    assert world.store_orders()[unpaid]["status"] == "completed"


def test_dry_run_marks_nothing(world: World, unpaid: str) -> None:
    world.set_route(mode="dry_run")

    world.pay_in_crm(unpaid)
    world.sync()

    assert attempts(flow="paid") == {("paid", "dry_run"): 1}
    assert world.store_orders()[unpaid]["status"] == "pending"


def test_store_that_cannot_mark_orders_says_so(world: World, unpaid: str, monkeypatch: pytest.MonkeyPatch) -> None:
    open_shop = shop_spec.SPEC.open

    def without(*given: Any) -> Any:
        return replace(open_shop(*given), paid_sink=None)

    monkeypatch.setattr(shop_spec, "SPEC", replace(shop_spec.SPEC, open=without))
    world.pay_in_crm(unpaid)
    world.sync()

    assert items(flow="paid") == {("paid", "dead"): 1}
    assert OutboxItem.objects.get(flow="paid").reason == "“Shop” cannot take paid."
    assert Attempt.objects.get(flow="paid").code == "not_supported"


def test_custom_fields_of_the_crm_are_noted_beside_the_order(world: World, unpaid: str) -> None:
    world.set_route(noted_fields=["coupon", "gift_message"])
    fields = {"customFields": {"coupon": "SPRING", "store_order_url": "x"}}

    call(f"{world.crm_box.url}/__sandbox__/edit_order", {"order": unpaid, "fields": fields})
    world.sync()

    side = Link.objects.get(connection=world.crm, kind="order", object_id=str(world.crm_orders()[unpaid]["id"]))
    assert side.aspects["fields"] == {"coupon": "SPRING"}


@pytest.mark.parametrize("paid_back", [False, True])
def test_payments_are_looked_at_only_when_a_route_wants_them(world: World, unpaid: str, paid_back: bool) -> None:
    world.set_route(paid_back=paid_back)

    world.pay_in_crm(unpaid)
    world.sync()

    reads = call(f"{world.crm_box.url}/__sandbox__/state")["calls"]
    assert any(name.startswith("GET /api/v5/reference") for name in reads) is paid_back
