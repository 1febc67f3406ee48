"""Orders of the pretended account: the vendor's rules for creating and editing them (API v5, ``orders/*``)."""

import json
from collections.abc import Iterable
from typing import Any

from connectors.retailcrm.sandbox.account import Account, Author, Json, Refusal
from connectors.retailcrm.sandbox.corporate import corporate_view, people_of_order
from connectors.retailcrm.sandbox.customers import customer_for_order, customer_view
from connectors.retailcrm.sandbox.items import Errors, build_items, item_view, money, number, summ, unknown_code
from connectors.retailcrm.sandbox.order_history import note_changes
from connectors.retailcrm.sandbox.payments import attach_payment, payment_faults, payment_view, payments_of
from connectors.retailcrm.sandbox.wire import BAD_VALUE, empty_as_list, is_moment

TEXTS = (
    "number",
    "externalId",
    "createdAt",
    "orderType",
    "orderMethod",
    "countryIso",
    "status",
    "statusComment",
    "customerComment",
    "managerComment",
    "firstName",
    "lastName",
    "patronymic",
    "phone",
    "additionalPhone",
    "email",
    "privilegeType",
    "shipmentStore",
    "shipmentDate",
    "currency",
)
NUMBERS = ("discountManualAmount", "discountManualPercent", "weight", "length", "width", "height")
FLAGS = ("call", "shipped", "applyRound", "expired")
_CODES = (
    ("status", "statuses", "Status"),
    ("orderType", "order-types", "OrderType"),
    ("orderMethod", "order-methods", "OrderMethod"),
    ("shipmentStore", "stores", "Store"),
    ("currency", "currencies", "Currency"),
)


def create_order(account: Account, site: str, sent: Json, author: Author) -> Json:
    """A new order. Raises Refusal: ``Order already exists.``, or ``Order is not loaded`` with ``errors``."""
    external_id = _text(sent.get("externalId"))
    if external_id and (site, external_id) in account.order_ids and account.options.refuses_copies:
        account.counters["orders_refused_as_existing"] += 1
        raise Refusal(400, "Order already exists.")
    errors: Errors = {}
    order: Json = {"site": site, "status": "new", "createdAt": account.now(), "currency": account.currencies[site]}
    order |= {"items": [], "delivery": {"cost": 0, "netCost": 0}, "customFields": {}, "payments": []}
    order |= {"fromApi": author.source == "api", "privilegeType": "none"}
    order = _changed(account, order, sent, errors)
    payments = sent.get("payments") or []
    payment_faults(account, site, payments, order["delivery"].get("code"), errors)
    _refuse(account, order, errors)
    order |= people_of_order(account, site, sent)
    order["customer"] = order.get("contact") or customer_for_order(account, site, sent)
    order["id"] = account.next_id("order")
    order["number"] = order.get("number") or f"{order['id']}{'A' if author.source == 'api' else 'C'}"
    order["statusUpdatedAt"] = order["updated"] = account.now()
    order["managerId"] = sent.get("managerId") or author.user_id or None
    _store(account, order)
    for payment in payments.values() if isinstance(payments, dict) else payments:
        attach_payment(account, order, payment)
    _count_for_customer(account, order, 1, order_total(order))
    whole = json.dumps(order_view(account, order))
    account.note_order(author, order, whole, "status", None, {"code": order["status"]}, created=True)
    _log(account, "orders/create", order)
    return order


def edit_order(account: Account, order: Json, sent: Json, author: Author) -> Json:
    """Only what is sent changes; ``items`` replaces the whole list; ``payments`` is passed over, it has own calls."""
    errors: Errors = {}
    external_id = _text(sent.get("externalId"))
    if external_id and account.order_ids.get((order["site"], external_id), order["id"]) != order["id"]:
        account.counters["orders_refused_as_existing"] += 1
        raise Refusal(400, "Order already exists.")
    draft = _changed(account, order, sent, errors)
    _refuse(account, draft, errors)
    if sent.get("customer"):
        people: Json = {"corporate": None, "contact": None, "company": None}
        draft |= people | people_of_order(account, order["site"], sent)
        draft["customer"] = draft["contact"] or customer_for_order(account, order["site"], sent)
    draft["updated"] = account.now()
    if draft["status"] != order["status"]:
        draft["statusUpdatedAt"] = draft["updated"]
    account.order_ids.pop((order["site"], order.get("externalId", "")), None)
    _count_for_customer(account, order, -1, -order_total(order))
    _store(account, draft)
    _count_for_customer(account, draft, 1, order_total(draft))
    note_changes(account, author, order, draft)
    _log(account, "orders/edit", draft)
    if draft["status"] != order["status"]:
        account.status_changed(draft)
    return draft


def find_order(account: Account, sites: Iterable[str], by: str, value: str) -> Json:
    """Raises the vendor's ``Not found``."""
    if by == "id":
        found = account.orders.get(int(value)) if value.isdigit() else None
        if found is not None and found["site"] in sites:
            return found
    else:
        for site in sites:
            if (order_id := account.order_ids.get((site, value))) is not None:
                return account.orders[order_id]
    raise Refusal(404, "Not found")


def order_total(order: Json) -> float:
    """What the buyer is asked for: goods, less the order's own discounts, plus delivery."""
    goods = summ(order["items"])
    by_hand = order.get("discountManualAmount", 0) + goods * order.get("discountManualPercent", 0) / 100
    return float(goods - by_hand + order["delivery"].get("cost", 0))


def order_view(account: Account, order: Json, *, payments_as_list: bool = False) -> Json:
    """The order as answers show it. Create and upload list payments, the other calls key them by id."""
    view: Json = {"slug": order["id"], "bonusesCreditTotal": 0, "bonusesChargeTotal": 0, "id": order["id"]}
    view |= {name: order[name] for name in TEXTS if order.get(name) not in {None, ""} and name != "status"}
    view |= {"statusUpdatedAt": order["statusUpdatedAt"], "markDatetime": order["statusUpdatedAt"]}
    view |= {"summ": money(summ(order["items"])), "totalSumm": money(order_total(order))}
    payments = [payment_view(payment) for payment in payments_of(account, order)]
    complete = {code for code, entry in account.book("payment-statuses").items() if entry.get("paymentComplete")}
    view["prepaySum"] = money(sum(payment["amount"] for payment in payments if payment.get("status") in complete))
    view["purchaseSumm"] = money(sum(item["purchasePrice"] * item["quantity"] for item in order["items"]))
    view |= {"call": False, "expired": False, "shipped": False, "applyRound": True}
    view |= {name: order[name] for name in (*FLAGS, *NUMBERS) if name in order}
    view |= {"managerId": order["managerId"]} if order["managerId"] else {}
    person = customer_view(account.customers[order["customer"]], is_embedded=True)
    view |= {"customer": person, "contact": person, "contragent": order.get("contragent", _PRIVATE)}
    if order.get("corporate"):
        corporate = account.corporates[order["corporate"]]
        view["customer"] = corporate_view(corporate)
        named = [
            {"id": row["id"], "name": row["name"]} for row in corporate["companies"] if row["id"] == order["company"]
        ]
        view |= {"company": named[0]} if named else {}
    view |= {"delivery": order["delivery"], "site": order["site"], "status": order["status"]}
    view["items"] = [item_view(item) for item in order["items"]]
    keyed = empty_as_list({str(payment["id"]): payment for payment in payments})
    view["payments"] = payments if payments_as_list else keyed
    view |= {"source": order["source"]} if "source" in order else {}
    return view | {"fromApi": order["fromApi"], "customFields": empty_as_list(order["customFields"])}


_PRIVATE = {"contragentType": "individual"}


def _changed(account: Account, order: Json, sent: Json, errors: Errors) -> Json:
    """A copy with what is sent applied; faults are collected, nothing of the account is touched."""
    draft = dict(order)
    draft |= {name: _text(sent[name]) for name in TEXTS if sent.get(name) is not None}
    draft |= {name: money(number(sent[name], name, errors)) for name in NUMBERS if name in sent}
    draft |= {name: bool(sent[name]) for name in FLAGS if name in sent}
    draft |= {name: sent[name] for name in ("managerId", "contragent", "source") if sent.get(name)}
    for name, book, entity in _CODES:
        if draft.get(name) and name in sent and draft[name] not in account.book(book):
            errors[name] = unknown_code(entity, draft[name])
    if not is_moment(draft["createdAt"]):
        errors["createdAt"] = BAD_VALUE
    draft["customFields"] = order["customFields"] | account.known_fields("order", sent.get("customFields"))
    draft["delivery"] = _delivery(account, order, sent.get("delivery"), errors)
    if "items" in sent:
        draft["items"] = build_items(account, sent["items"], order["items"], errors)
    return draft


def _delivery(account: Account, order: Json, sent: Any, errors: Errors) -> Json:
    if not sent:
        return dict(order["delivery"])
    if not isinstance(sent, dict):
        errors["delivery"] = BAD_VALUE
        return dict(order["delivery"])
    delivery: Json = order["delivery"] | {name: value for name, value in sent.items() if name != "address"}
    for name in ("cost", "netCost"):
        delivery[name] = money(number(delivery.get(name), f"delivery.{name}", errors))
    kind = account.book("delivery-types").get(str(delivery.get("code")))
    if delivery.get("code") and (kind is None or (kind["sites"] and order["site"] not in kind["sites"])):
        errors["delivery.code"] = unknown_code("DeliveryType", delivery["code"])
    service = (delivery.get("service") or {}).get("code")
    if service and service not in account.book("delivery-services") and not delivery["service"].get("name"):
        errors["delivery.service.code"] = unknown_code("DeliveryService", service)
    address = order["delivery"].get("address", {}) | (sent.get("address") or {})
    return delivery | ({"address": address} if address else {})


def _refuse(account: Account, order: Json, errors: Errors) -> None:
    if account.refuses(_text(order.get("externalId")), _text(order.get("number"))):
        errors["externalId"] = "The sandbox was told to refuse this order."
    if errors:
        account.counters["orders_refused"] += 1
        raise Refusal(400, "Order is not loaded", errors)


def _store(account: Account, order: Json) -> None:
    account.orders[order["id"]] = order
    if order.get("externalId"):
        account.order_ids[order["site"], order["externalId"]] = order["id"]


def _count_for_customer(account: Account, order: Json, orders: int, total: float) -> None:
    customer = account.customers[order["customer"]]
    customer["_count"] += orders
    customer["_total"] += total


def _log(account: Account, call: str, order: Json) -> None:
    account.counters["order_writes"] += 1
    account.log(call, order=order.get("externalId", ""), id=order["id"], site=order["site"], status=order["status"])


def _text(value: Any) -> str:
    return "" if value is None else str(value)
