"""Customers of the pretended account: create, edit, find, upload, list, history, notes (API v5, ``customers/*``)."""

import json
import re
from collections.abc import Iterable
from datetime import date
from typing import Any

from connectors.retailcrm.sandbox.account import SYSTEM, Account, Author, Json, Refusal
from connectors.retailcrm.sandbox.wire import BAD_VALUE, empty_as_list, is_moment

UPLOAD_LIMIT = 50
"""API v5: customers/upload, 50 a call."""

_TEXTS = ("firstName", "lastName", "patronymic", "email", "sex", "birthday", "discountCardNumber", "photoUrl")
_OTHERS = ("managerId", "vip", "bad", "isContact", "personalDiscount", "cumulativeDiscount", "contragent", "source")
_ADDRESS = (
    "index",
    "countryIso",
    "region",
    "regionId",
    "city",
    "cityId",
    "cityType",
    "street",
    "streetId",
    "streetType",
    "building",
    "flat",
    "floor",
    "block",
    "house",
    "housing",
    "metro",
    "notes",
    "text",
)


def create_customer(account: Account, site: str, sent: Json, author: Author) -> Json:
    """A new customer; raises Refusal with the vendor's ``errors`` map."""
    errors = _faults(sent)
    if errors:
        raise Refusal(400, "Errors in the entity format", errors)
    external_id = _text(sent.get("externalId"))
    if external_id and (site, external_id) in account.customer_ids:
        account.counters["customers_refused_as_existing"] += 1
        raise Refusal(400, "Customer already exists.")
    if account.refuses(external_id, _text(sent.get("email"))):
        raise Refusal(400, "Customer is not loaded", {"email": "The sandbox was told to refuse this customer."})
    customer: Json = {"id": account.next_id("customer"), "site": site, "createdAt": account.now()}
    customer |= {"phones": [], "tags": [], "address": {}, "customFields": {}, "_count": 0, "_total": 0.0}
    customer["subscribed"] = True
    account.customers[customer["id"]] = customer
    _apply(account, customer, sent)
    whole = json.dumps(customer_view(customer, is_embedded=True))
    account.note_customer(author, customer, whole, "id", None, customer["id"], created=True)
    _log(account, "customers/create", customer)
    return customer


def edit_customer(account: Account, customer: Json, sent: Json, author: Author) -> Json:
    """Only what is sent changes. Phones are added to those that are there."""
    errors = _faults(sent)
    if errors:
        raise Refusal(400, "Errors in the entity format", errors)
    external_id = _text(sent.get("externalId"))
    holder = account.customer_ids.get((customer["site"], external_id), customer["id"])
    if external_id and holder != customer["id"]:
        account.counters["customers_refused_as_existing"] += 1
        raise Refusal(400, "Customer already exists.")
    before = _flat(customer)
    _apply(account, customer, sent)
    for name, new in _flat(customer).items():
        if before.get(name) != new:
            _note_change(account, customer, author, name, before.get(name), new)
    _log(account, "customers/edit", customer)
    return customer


def find_customer(account: Account, sites: Iterable[str], by: str, value: str) -> Json:
    """Raises the vendor's ``Not found``."""
    if by == "id":
        found = account.customers.get(int(value)) if value.isdigit() else None
        if found is not None and found["site"] in sites:
            return found
    else:
        for site in sites:
            if (number := account.customer_ids.get((site, value))) is not None:
                return account.customers[number]
    raise Refusal(404, "Not found")


def customer_for_order(account: Account, site: str, sent: Json) -> int:
    """The customer an order names; else the one with its e-mail; else a new one, made by the system.

    Raises Refusal with ``customer.externalId`` or ``customer.id`` in ``errors``, as the vendor does.
    """
    named = sent.get("customer")
    if isinstance(named, dict) and (named.get("externalId") or named.get("id")):
        by = "externalId" if named.get("externalId") else "id"
        try:
            return int(find_customer(account, [named.get("site") or site], by, str(named[by]))["id"])
        except Refusal as refusal:
            message = f"Customer with {by}={named[by]} not found."
            raise Refusal(400, "Order is not loaded", {f"customer.{by}": message}) from refusal
    email = _text(sent.get("email")).lower()
    if email and (known := account.customer_emails.get((site, email))) is not None:
        return known
    guest = {name: sent[name] for name in ("firstName", "lastName", "patronymic", "email") if sent.get(name)}
    if sent.get("phone"):
        guest["phones"] = [{"number": _text(sent["phone"])}]
    return int(create_customer(account, site, guest, SYSTEM)["id"])


def customer_view(customer: Json, *, is_embedded: bool = False) -> Json:
    """The customer as answers show it; inside an order without subscriptions and messenger accounts."""
    view: Json = {"type": "customer", "id": customer["id"]}
    view |= {name: customer[name] for name in ("externalId",) if name in customer}
    view["isContact"] = customer.get("isContact", False)
    view["createdAt"] = customer["createdAt"]
    view |= {name: customer[name] for name in ("managerId",) if name in customer}
    view |= {"vip": customer.get("vip", False), "bad": customer.get("bad", False), "site": customer["site"]}
    view["contragent"] = customer.get("contragent") or {"contragentType": "individual"}
    view["tags"] = [{"name": name, "color": "#3e89b6", "attached": False} for name in customer["tags"]]
    total, orders = round(customer["_total"], 2), customer["_count"]
    view |= {"marginSumm": total, "totalSumm": total, "averageSumm": round(total / orders, 2) if orders else 0}
    view |= {"ordersCount": orders, "costSumm": 0, "customFields": empty_as_list(customer["customFields"])}
    view["personalDiscount"] = customer.get("personalDiscount", 0)
    view["cumulativeDiscount"] = customer.get("cumulativeDiscount", 0)
    if customer["address"]:
        view["address"] = {"id": customer["id"]} | customer["address"]
    view["segments"] = []
    view |= {name: customer[name] for name in _TEXTS if name in customer}
    view["phones"] = [{"number": number} for number in customer["phones"]]
    if is_embedded:
        return view
    subscription = {"id": 1, "channel": "email", "name": "All topics", "code": "default_marketing", "active": True}
    subscription |= {"autoSubscribe": True, "ordering": 1}
    view["customerSubscriptions"] = [{"subscription": subscription, "subscribed": customer["subscribed"]}]
    view["mgCustomers"] = []
    return view


def matches(customer: Json, filters: dict[str, list[str]]) -> bool:
    """The list filters that integrations use; unknown ones have been refused before."""
    one = {name: values[-1] for name, values in filters.items()}
    names = " ".join(_text(customer.get(name)) for name in ("firstName", "lastName", "patronymic")).lower()
    digits = " ".join(re.sub(r"\D", "", number) for number in customer["phones"])
    searched = one.get("name", "").lower()
    return all(
        (
            "ids" not in one or str(customer["id"]) in filters["ids"],
            "externalIds" not in one or customer.get("externalId") in filters["externalIds"],
            "sites" not in one or customer["site"] in filters["sites"],
            "email" not in one or _text(customer.get("email")).lower() == one["email"].lower(),
            not searched or searched in names or (re.sub(r"\D", "", searched) or "-") in digits,
            customer["createdAt"] >= one.get("dateFrom", ""),
            customer["createdAt"] <= one.get("dateTo", "9"),
        )
    )


def fix_external_id(account: Account, customer: Json, external_id: str, author: Author) -> None:
    edit_customer(account, customer, {"externalId": external_id}, author)


def _apply(account: Account, customer: Json, sent: Json) -> None:
    if external_id := _text(sent.get("externalId")):
        account.customer_ids.pop((customer["site"], customer.get("externalId", "")), None)
        customer["externalId"] = external_id
        account.customer_ids[customer["site"], external_id] = customer["id"]
    for name in _TEXTS:
        if name in sent:
            customer[name] = _text(sent[name])
    customer |= {name: sent[name] for name in _OTHERS if name in sent}
    customer["createdAt"] = sent.get("createdAt") or customer["createdAt"]
    numbers = [_text(phone["number"]) for phone in sent.get("phones") or () if phone.get("number")]
    customer["phones"] = list(dict.fromkeys([*customer["phones"], *numbers]))
    tags = [tag for tag in [*customer["tags"], *sent.get("addTags", ())] if tag not in sent.get("removeTags", ())]
    customer["tags"] = list(dict.fromkeys(tags))
    address = sent.get("address") or {}
    customer["address"] = customer["address"] | {name: address[name] for name in _ADDRESS if name in address}
    customer["customFields"] = customer["customFields"] | account.known_fields("customer", sent.get("customFields"))
    customer["subscribed"] = sent.get("subscribed", customer["subscribed"])
    if email := customer.get("email", "").lower():
        account.customer_emails.setdefault((customer["site"], email), customer["id"])


def _faults(sent: Json) -> dict[str, str]:
    """Field -> message for everything the vendor would not take."""
    phones, address = sent.get("phones") or [], sent.get("address") or {}
    sound = {
        "email": not sent.get("email") or re.fullmatch(r"[^@\s]+@[^@\s]+", _text(sent["email"])) is not None,
        "sex": sent.get("sex") in {None, "", "male", "female"},
        "birthday": not sent.get("birthday") or _is_date(sent["birthday"]),
        "createdAt": not sent.get("createdAt") or is_moment(sent["createdAt"]),
        "phones": isinstance(phones, list) and all(isinstance(phone, dict) for phone in phones),
        "address": isinstance(address, dict),
        "subscribed": isinstance(sent.get("subscribed", True), bool),
    }
    return {name: BAD_VALUE for name, is_sound in sound.items() if not is_sound}


def _flat(customer: Json) -> Json:
    """The customer's fields under the names that history uses."""
    plain = {_snake(name): customer.get(name) for name in ("externalId", *_TEXTS, "managerId", "vip", "bad")}
    address = {f"address.{_snake(name)}": customer["address"].get(name) for name in _ADDRESS}
    custom = {f"custom_{code}": value for code, value in customer["customFields"].items()}
    return plain | address | custom | {"phones": tuple(customer["phones"]), "tags": tuple(customer["tags"])}


def _note_change(account: Account, customer: Json, author: Author, name: str, old: Any, new: Any) -> None:
    stub: Json = {key: customer[key] for key in ("id", "externalId", "site") if key in customer}
    if name in {"phones", "tags"}:
        for added in [value for value in new if value not in (old or ())]:
            account.note_customer(author, customer, stub, name, None, added)
        return
    more = {"address": {"id": customer["id"], "isMain": True}} if name.startswith("address.") else {}
    if name == "manager_id":
        name, old, new = "manager", old and {"id": old}, new and {"id": new}
    account.note_customer(author, customer, stub, name, old, new, **more)


def _log(account: Account, call: str, customer: Json) -> None:
    account.counters["customer_writes"] += 1
    account.log(call, customer=customer.get("externalId", ""), id=customer["id"], site=customer["site"])


def _is_date(value: Any) -> bool:
    try:
        date.fromisoformat(value)
    except (TypeError, ValueError):
        return False
    return re.fullmatch(r"\d{4}-\d\d-\d\d", value) is not None


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def _snake(name: str) -> str:
    return re.sub(r"([A-Z])", lambda match: "_" + match[1].lower(), name)
