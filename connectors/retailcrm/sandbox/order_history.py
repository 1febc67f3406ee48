"""What the history of orders says about a change (API v5, ``orders/history``)."""

import re
from typing import Any

from connectors.retailcrm.sandbox.account import Account, Author, Json

_DICTIONARIES = {"status", "orderType", "orderMethod", "shipmentStore"}
_PLAIN = (
    "status",
    "orderType",
    "orderMethod",
    "externalId",
    "number",
    "createdAt",
    "statusComment",
    "customerComment",
    "managerComment",
    "firstName",
    "lastName",
    "patronymic",
    "phone",
    "additionalPhone",
    "email",
    "discountManualAmount",
    "discountManualPercent",
    "weight",
    "shipmentStore",
    "shipmentDate",
    "shipped",
    "call",
)
_NAMES = {"countryIso": "country", "managerId": "manager"}
_DELIVERY = ("cost", "netCost", "date", "time")
_ITEM = ("quantity", "initialPrice", "discountTotal", "vatRate", "status")


def stub_of(order: Json) -> Json:
    """The order as history shows it beside a change."""
    return {name: order[name] for name in ("id", "externalId", "managerId", "site", "status") if order.get(name)}


def note_changes(account: Account, author: Author, old: Json, new: Json) -> None:
    """One record for each field that differs, the status first."""
    stub = stub_of(new)
    for name, before, after in _differences(old, new):
        account.note_order(author, new, stub, name, before, after)
    _note_items(account, author, old, new, stub)


def _differences(old: Json, new: Json) -> list[tuple[str, Any, Any]]:
    rows = [(snake(name), _shown(name, old.get(name)), _shown(name, new.get(name))) for name in _PLAIN]
    if old["customer"] != new["customer"]:
        rows.append(("customer", {"id": old["customer"]}, {"id": new["customer"], "site": new["site"]}))
    before, after = old["delivery"], new["delivery"]
    rows.append(("delivery_type", _code(before.get("code")), _code(after.get("code"))))
    services = [_code((side.get("service") or {}).get("code")) for side in (before, after)]
    rows.append(("delivery_service", services[0], services[1]))
    rows += [(f"delivery_{snake(name)}", before.get(name), after.get(name)) for name in _DELIVERY]
    places = before.get("address", {}), after.get("address", {})
    names = dict.fromkeys([*places[0], *places[1]])
    rows += [(f"delivery_address.{snake(name)}", places[0].get(name), places[1].get(name)) for name in names]
    rows += [(f"custom_{code}", old["customFields"].get(code), value) for code, value in new["customFields"].items()]
    return [row for row in rows if row[1] != row[2]]


def _note_items(account: Account, author: Author, old: Json, new: Json, stub: Json) -> None:
    before = {item["id"]: item for item in old["items"]}
    after = {item["id"]: item for item in new["items"]}
    for item_id, item in before.items():
        if item_id not in after:
            account.note_order(author, new, stub, "order_product", _named(item), None, item=_named(item))
    for item_id, item in after.items():
        if item_id not in before:
            account.note_order(author, new, stub, "order_product", None, _named(item), item=item)
            continue
        for name in _ITEM:
            was, now = before[item_id].get(name), item.get(name)
            if was != now:
                if name == "status":
                    was, now = _code(was), _code(now)
                account.note_order(author, new, stub, f"order_product.{snake(name)}", was, now, item=_named(item))


def _named(item: Json) -> Json:
    offer = item.get("offer") or {}
    named: Json = {"id": item["id"]}
    if offer:
        named["offer"] = {name: offer[name] for name in ("id", "externalId", "xmlId") if name in offer}
    return named | {name: item[name] for name in ("externalIds",) if name in item}


def _shown(name: str, value: Any) -> Any:
    return _code(value) if name in _DICTIONARIES else value


def _code(value: Any) -> Any:
    return {"code": value} if value else None


def snake(name: str) -> str:
    return _NAMES.get(name) or re.sub(r"([A-Z])", lambda match: "_" + match[1].lower(), name)
