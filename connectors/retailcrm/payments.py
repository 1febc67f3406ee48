"""Payments of an order: as part of a new order, and as the steps that bring an existing order's payments up to date.

RetailCRM edits payments by calls of their own; an order that is edited does not take them.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from connectors.contract.canonical import Payment, PaymentStatus
from connectors.contract.results import OrderDraft

from .client import Client
from .facts import Facts
from .people import without_empty
from .prices import decimals_of, money
from .wire import WirePayment, rows, text
from .wire import amount as number_in


@dataclass(frozen=True, slots=True)
class PaymentSteps:
    """What has to be done, in this order. ``edit`` pairs the payment's id over there with what changes."""

    delete: tuple[str, ...] = ()
    edit: tuple[tuple[str, WirePayment], ...] = ()
    create: tuple[WirePayment, ...] = ()

    def run(self, client: Client) -> None:
        for id in self.delete:
            client.delete_payment(id)
        for id, change in self.edit:
            client.edit_payment(id, change)
        for payment in self.create:
            client.create_payment(payment)


def payments_of(draft: OrderDraft, facts: Facts) -> list[WirePayment]:
    """The payments that belong to the order: none when they are not the route's business, when nothing is to be paid,
    or when their method is ignored on purpose (RetailCRM refuses a payment without type)."""
    if draft.payment_codes is None or draft.order.total <= 0:
        return []
    statuses = [*draft.payment_statuses, *[None] * len(draft.order.payments)]
    return [
        _payment(draft, payment, code, status, facts)
        for payment, code, status in zip(draft.order.payments, draft.payment_codes, statuses, strict=False)
        if code
    ]


def external_id(draft: OrderDraft, payment: Payment) -> str:
    """Unique in the whole site, where a shop's own payment id is often only a number within its order."""
    own = draft.external_id
    return payment.id if payment.id.startswith(f"{own}-") else f"{own}-{payment.id}"


def steps(draft: OrderDraft, present: Any, facts: Facts, order_id: str = "") -> PaymentSteps:
    """From the payments as they are there (``present``, list or object) to those of the draft. ``order_id``: its own id
    there, which names the order surer than ours.

    Only payments that we made are touched. One whose method changed is made anew: RetailCRM does not change a type of
    payment that was begun. One that left the order is deleted, unless money was taken. When managers have noted the
    whole sum as payments of their own, the same money is not noted twice.
    """
    if draft.payment_codes is None:
        return PaymentSteps()
    there = {text(row.get("externalId")): row for row in rows(present) if text(row.get("externalId"))}
    kept = {external_id(draft, payment) for payment in draft.order.payments}
    delete = [
        text(row.get("id"))
        for key, row in there.items()
        if key.startswith(f"{draft.external_id}-") and key not in kept and not row.get("paidAt")
    ]
    edit: list[tuple[str, WirePayment]] = []
    create: list[WirePayment] = []
    whose: dict[str, Any] = {"id": int(order_id)} if order_id.isdigit() else {"externalId": draft.external_id}
    is_covered = _is_covered_by_others(draft, present)
    for wanted in payments_of(draft, facts):
        row = there.get(wanted["externalId"])
        if is_covered and wanted.get("paidAt") and not (row or {}).get("paidAt"):
            continue
        if row is not None and row.get("type") == wanted["type"]:
            if change := _difference(wanted, row):
                edit.append((text(row.get("id")), change))
            continue
        if row is not None:
            delete.append(text(row.get("id")))
        create.append({**wanted, "order": whose})
    return PaymentSteps(tuple(delete), tuple(edit), tuple(create))


def _is_covered_by_others(draft: OrderDraft, present: Any) -> bool:
    """Whether payments that managers added have taken the whole sum: the store then only learnt it from here."""
    taken = [
        _amount(row["amount"]) if text(row.get("amount")) else draft.order.total
        for row in rows(present)
        if row.get("paidAt") and not text(row.get("externalId")).startswith(f"{draft.external_id}-")
    ]
    return bool(taken) and sum(taken) >= draft.order.total


def _payment(draft: OrderDraft, payment: Payment, code: str, status: str | None, facts: Facts) -> WirePayment:
    order, amount = draft.order, payment.amount
    # Without an amount RetailCRM takes the order's total; an amount in another currency would only be wrong there.
    usable = amount is not None and amount.currency == order.currency
    body: dict[str, Any] = {
        "externalId": external_id(draft, payment),
        "type": code,
        "status": status,
        "amount": money(amount.amount, decimals_of(order.currency)) if amount is not None and usable else None,
        "paidAt": facts.local(payment.paid_at) if payment.paid_at and _took_money(payment) else "",
        "comment": payment.comment,
    }
    filled: WirePayment = without_empty(body)
    return filled


def _took_money(payment: Payment) -> bool:
    return payment.status in {PaymentStatus.PAID, PaymentStatus.PARTIALLY_REFUNDED, PaymentStatus.REFUNDED}


def _difference(wanted: WirePayment, row: dict[str, Any]) -> WirePayment:
    change: WirePayment = {}
    if "status" in wanted and wanted["status"] != row.get("status"):
        change["status"] = wanted["status"]
    if "amount" in wanted and _amount(wanted["amount"]) != _amount(row.get("amount")):
        change["amount"] = wanted["amount"]
    if "paidAt" in wanted and not row.get("paidAt"):
        # A time that stands there is kept: the store's may only be the echo of the mark that it was sent.
        change["paidAt"] = wanted["paidAt"]
    return change


def _amount(value: Any) -> Decimal:
    return number_in(value).quantize(Decimal("0.0001"))
