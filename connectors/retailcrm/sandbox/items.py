"""Lines and sums of an order as RetailCRM keeps them (API v5, ``order.items[]``)."""

from collections.abc import Sequence
from typing import Any

from connectors.retailcrm.sandbox.account import Account, Json
from connectors.retailcrm.sandbox.wire import BAD_VALUE, empty_as_list

Errors = dict[str, str]


def money(value: float) -> float:
    """Two decimals; whole numbers without a point, as PHP writes them."""
    rounded = round(value, 2)
    return int(rounded) if rounded == int(rounded) else rounded


def number(value: Any, path: str, errors: Errors, default: float = 0) -> float:
    """A number or a text that is one; else a fault at the path."""
    if value is None or value == "":
        return default
    try:
        return float(value) if not isinstance(value, bool) else _fault(path, errors)
    except (TypeError, ValueError):
        return _fault(path, errors)


def unknown_code(entity: str, code: Any) -> str:
    return f'"{entity}" with "code"="{code}" does not exist.'


def build_items(account: Account, sent: Any, kept: Sequence[Json], errors: Errors) -> list[Json]:
    """The whole list of lines that an order shall have; lines of ``kept`` keep their ids."""
    if not isinstance(sent, list) or not all(isinstance(raw, dict) for raw in sent):
        errors["items"] = BAD_VALUE
        return []
    left = list(kept)
    return [_item(account, raw, f"items[{index}]", left, errors) for index, raw in enumerate(sent)]


def summ(items: Sequence[Json]) -> float:
    """What the lines come to after their own discounts."""
    return float(sum((item["initialPrice"] - item["discountTotal"]) * item["quantity"] for item in items))


def item_view(item: Json) -> Json:
    return item | {"properties": empty_as_list(item["properties"])}


def _item(account: Account, raw: Json, path: str, left: list[Json], errors: Errors) -> Json:
    old = _take(raw, left)
    price = number(raw.get("initialPrice"), f"{path}.initialPrice", errors)
    quantity = number(raw.get("quantity"), f"{path}.quantity", errors, 1)
    if quantity <= 0:
        errors[f"{path}.quantity"] = BAD_VALUE
    by_hand = number(raw.get("discountManualAmount"), f"{path}.discountManualAmount", errors)
    by_hand += price * number(raw.get("discountManualPercent"), f"{path}.discountManualPercent", errors) / 100
    item: Json = {"markingCodes": [], "id": old["id"] if old else account.next_id("item")}
    item |= _codes(account, raw, path, errors)
    item |= {"initialPrice": money(price), "discountTotal": money(by_hand)}
    item["prices"] = [{"price": money(price - by_hand), "quantity": money(quantity)}]
    item["discounts"] = [{"type": "manual_product", "amount": money(by_hand)}] if by_hand else []
    item["vatRate"] = str(raw.get("vatRate", "none"))
    item["createdAt"] = old["createdAt"] if old else account.now()
    item["quantity"] = money(quantity)
    item |= {name: raw[name] for name in ("comment", "externalIds", "ordering") if raw.get(name)}
    item |= _offer(account, raw, path, errors)
    item["properties"] = _properties(raw.get("properties"))
    item["purchasePrice"] = money(number(raw.get("purchasePrice"), f"{path}.purchasePrice", errors))
    return item


def _codes(account: Account, raw: Json, path: str, errors: Errors) -> Json:
    codes: Json = {"status": raw.get("status") or "new"}
    if codes["status"] not in account.book("product-statuses"):
        errors[f"{path}.status"] = unknown_code("ProductStatus", codes["status"])
    if "priceType" in raw:
        code = (raw["priceType"] or {}).get("code")
        if code not in account.book("price-types"):
            errors[f"{path}.priceType.code"] = unknown_code("PriceType", code)
        codes["priceType"] = {"code": code}
    return codes


def _offer(account: Account, raw: Json, path: str, errors: Errors) -> Json:
    """The catalogue's offer; an unknown one makes a free line when the call gives a name and no internal id."""
    wanted = raw.get("offer") or {}
    found = account.offer(wanted) if wanted else None
    if found is not None:
        shown = {name: found[name] for name in ("id", "externalId", "xmlId", "article", "name") if name in found}
        return {"offer": {"displayName": found["name"]} | shown}
    if wanted and ("id" in wanted or not raw.get("productName")):
        name = next((name for name in ("id", "externalId", "xmlId") if name in wanted), "id")
        errors[f"{path}.offer.{name}"] = f"Offer with {name} {wanted.get(name)} not found."
    return {"offer": {"displayName": str(raw["productName"])}} if raw.get("productName") else {}


def _properties(sent: Any) -> Json:
    """Properties are sent as a list or a map and shown as a map by code."""
    rows = sent.values() if isinstance(sent, dict) else sent or ()
    return {
        str(row.get("code") or row.get("name")): {name: row[name] for name in ("code", "name", "value") if name in row}
        for row in rows
        if isinstance(row, dict)
    }


def _take(raw: Json, left: list[Json]) -> Json | None:
    """The line that is meant: by id, by one of our external ids, or by the same offer."""
    ours = {(entry.get("code"), entry.get("value")) for entry in raw.get("externalIds") or ()}
    for old in left:
        theirs = {(entry.get("code"), entry.get("value")) for entry in old.get("externalIds") or ()}
        if ("id" in raw and raw["id"] == old["id"]) or ours & theirs:
            left.remove(old)
            return old
    return None


def _fault(path: str, errors: Errors) -> float:
    errors[path] = BAD_VALUE
    return 0.0
