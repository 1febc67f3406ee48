"""Payments of the pretended account (API v5, ``orders/payments/*``)."""

from collections.abc import Iterable
from typing import Any

from connectors.retailcrm.sandbox.account import Account, Author, Json, Refusal
from connectors.retailcrm.sandbox.items import Errors, money, number, summ, unknown_code
from connectors.retailcrm.sandbox.order_history import stub_of
from connectors.retailcrm.sandbox.wire import BAD_VALUE, is_moment

_SHOWN = ("id", "status", "type", "externalId", "amount", "paidAt", "comment")
_HISTORY_NAMES = {
    "status": "status",
    "type": "type",
    "amount": "amount",
    "paidAt": "paid_at",
    "comment": "comment",
    "externalId": "external_id",
}
_BAD_FORM = "Errors in the entity format"


def payment_faults(account: Account, site: str, sent: Any, delivery: Any, errors: Errors) -> None:
    """Check the payments of an order that is being created."""
    rows = list(sent.values()) if isinstance(sent, dict) else sent
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        errors["payments"] = BAD_VALUE
        return
    ours = [str(row["externalId"]) for row in rows if row.get("externalId")]
    if len(ours) != len(set(ours)):
        errors["payments"] = "externalId must be unique."
    for index, row in enumerate(rows):
        _check(account, site, row, delivery, f"payments[{index}].", errors)
        _check_free(account, site, row, f"payments[{index}].", errors)


def attach_payment(account: Account, order: Json, sent: Json) -> Json:
    """Add a checked payment to an order. Without an amount it takes what is not covered yet."""
    payment: Json = {"id": account.next_id("payment"), "order": order["id"], "site": order["site"]}
    payment |= {"type": str(sent["type"]), "status": str(sent.get("status") or "not-paid"), "amount": 0}
    covered = sum(other["amount"] for other in payments_of(account, order))
    goods = summ(order["items"])
    goods -= order.get("discountManualAmount", 0) + goods * order.get("discountManualPercent", 0) / 100
    payment["amount"] = money(max(0, goods + order["delivery"].get("cost", 0) - covered))
    account.payments[payment["id"]] = payment
    order["payments"] = [*order["payments"], payment["id"]]
    _apply(account, payment, sent)
    return payment


def create_payment(account: Account, site: str, sent: Json, author: Author) -> Json:
    """For an order named by id, externalId or number."""
    order = _order_of(account, site, sent.get("order") or {})
    errors: Errors = {}
    _check(account, site, sent, order["delivery"].get("code"), "", errors)
    _check_free(account, site, sent, "", errors)
    if errors:
        raise Refusal(400, _BAD_FORM, errors)
    payment = attach_payment(account, order, sent)
    shown = {"id": payment["id"], "type": payment["type"]}
    account.note_order(author, order, stub_of(order), "payments", None, shown, payment=payment_view(payment))
    _log(account, "orders/payments/create", order, payment)
    return payment


def edit_payment(account: Account, payment: Json, sent: Json, author: Author) -> Json:
    order = account.orders[payment["order"]]
    errors: Errors = {}
    _check(account, order["site"], {"type": payment["type"]} | sent, order["delivery"].get("code"), "", errors)
    if str(sent.get("externalId")) != payment.get("externalId"):
        _check_free(account, order["site"], sent, "", errors)
    if errors:
        raise Refusal(400, _BAD_FORM, errors)
    before = payment_view(payment)
    _apply(account, payment, sent)
    after = payment_view(payment)
    for name, known_as in _HISTORY_NAMES.items():
        old, new = before.get(name), after.get(name)
        if old != new:
            if name in {"status", "type"}:
                old, new = {"code": old}, {"code": new}
            account.note_order(author, order, stub_of(order), f"payments.{known_as}", old, new, payment=after)
    _log(account, "orders/payments/edit", order, payment)
    return payment


def delete_payment(account: Account, payment: Json, author: Author) -> None:
    order = account.orders[payment["order"]]
    del account.payments[payment["id"]]
    account.payment_ids.pop((payment["site"], payment.get("externalId", "")), None)
    order["payments"] = [number for number in order["payments"] if number != payment["id"]]
    order["updated"] = account.now()
    shown = {"id": payment["id"], "type": payment["type"]}
    account.note_order(author, order, stub_of(order), "payments", shown, None, payment=payment_view(payment))
    _log(account, "orders/payments/delete", order, payment)


def find_payment(account: Account, sites: Iterable[str], by: str, value: str) -> Json:
    """Raises the vendor's ``Payment not found``."""
    if by == "id":
        found = account.payments.get(int(value)) if value.isdigit() else None
        if found is not None and found["site"] in sites:
            return found
    else:
        for site in sites:
            if (payment_id := account.payment_ids.get((site, value))) is not None:
                return account.payments[payment_id]
    raise Refusal(404, "Payment not found")


def payments_of(account: Account, order: Json) -> list[Json]:
    return [account.payments[payment_id] for payment_id in order["payments"]]


def payment_view(payment: Json) -> Json:
    return {name: payment[name] for name in _SHOWN if payment.get(name) is not None}


def _order_of(account: Account, site: str, named: Json) -> Json:
    if not isinstance(named, dict) or not any(named.get(name) for name in ("id", "externalId", "number")):
        raise Refusal(400, _BAD_FORM, {"order": "Set one of the following fields: id, externalId, number"})
    for order in _candidates(account, site, named):
        if order["site"] == site:
            return order
    raise Refusal(400, _BAD_FORM, {"order": "Order not found."})


def _candidates(account: Account, site: str, named: Json) -> Iterable[Json]:
    if named.get("id"):
        return [order for order in [account.orders.get(named["id"])] if order is not None]
    if named.get("externalId"):
        order_id = account.order_ids.get((site, str(named["externalId"])))
        return [account.orders[order_id]] if order_id is not None else []
    return [order for order in account.orders.values() if order["number"] == str(named["number"])]


def _apply(account: Account, payment: Json, sent: Json) -> None:
    payment |= {name: str(sent[name]) for name in ("type", "status", "paidAt", "comment") if sent.get(name)}
    if sent.get("amount") is not None:
        payment["amount"] = money(float(sent["amount"]))
    if sent.get("externalId"):
        account.payment_ids.pop((payment["site"], payment.get("externalId", "")), None)
        payment["externalId"] = str(sent["externalId"])
        account.payment_ids[payment["site"], payment["externalId"]] = payment["id"]
    account.orders[payment["order"]]["updated"] = account.now()


def _check(account: Account, site: str, sent: Json, delivery: Any, path: str, errors: Errors) -> None:
    if not sent.get("type"):
        errors[f"{path}type"] = "This value should not be blank."
        return
    kind = account.book("payment-types").get(str(sent["type"]))
    if kind is None or (kind["sites"] and site not in kind["sites"]):
        errors[f"{path}type"] = unknown_code("PaymentType", sent["type"])
        return
    if sent.get("status") and sent["status"] not in account.book("payment-statuses"):
        errors[f"{path}status"] = unknown_code("PaymentStatus", sent["status"])
    elif sent.get("status") and kind["paymentStatuses"] and sent["status"] not in kind["paymentStatuses"]:
        errors[f"{path}status"] = f"The payment status {sent['status']} is not allowed for {sent['type']}."
    if account.options.strict_payment_pairs and delivery and delivery not in kind["deliveryTypes"]:
        errors[f"{path}type"] = f"The payment type {sent['type']} is not allowed for the delivery type {delivery}."
    if sent.get("paidAt") and not is_moment(sent["paidAt"]):
        errors[f"{path}paidAt"] = BAD_VALUE
    number(sent.get("amount"), f"{path}amount", errors)


def _check_free(account: Account, site: str, sent: Json, path: str, errors: Errors) -> None:
    is_taken = (site, str(sent.get("externalId"))) in account.payment_ids
    if sent.get("externalId") and is_taken and account.options.refuses_copies:
        errors[f"{path}externalId"] = f"Payment with externalId={sent['externalId']} already exists."


def _log(account: Account, call: str, order: Json, payment: Json) -> None:
    account.counters["payment_writes"] += 1
    named = {"order": order.get("externalId", ""), "payment": payment.get("externalId", "")}
    account.log(call, id=payment["id"], site=order["site"], **named)
