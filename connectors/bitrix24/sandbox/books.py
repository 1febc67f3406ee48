"""Older methods beside the items: dictionaries, users, user fields, product rows, the search for duplicates."""

import re
from typing import Any

from connectors.bitrix24.sandbox import items, lists
from connectors.bitrix24.sandbox.data import COMPANY, CONTACT, LEAD
from connectors.bitrix24.sandbox.portal import NAMES, Portal
from connectors.bitrix24.sandbox.wire import Json, Refusal, as_list, as_map, number

MOST_HITS = 20
"""crm.duplicate.findbycomm: beyond so many hits the rest is left out."""

MAX_FIELD_NAME = 50
_FIELD = re.compile(r"[A-Z0-9_]+")


def category_list(portal: Portal, params: Json) -> tuple[Json, Json]:
    if number(params.get("entityTypeId")) != 2:
        raise Refusal(400, "ENTITY_TYPE_NOT_SUPPORTED", "The entity type does not support categories")
    return {"categories": portal.categories}, {"total": len(portal.categories)}


def status_list(portal: Portal, params: Json) -> tuple[list[Json], Json]:
    wanted = str(as_map(params.get("filter")).get("ENTITY_ID") or "")
    rows = [row for row in portal.statuses if not wanted or row["ENTITY_ID"] == wanted]
    return rows, {"total": len(rows)}


def user_get(portal: Portal, params: Json) -> tuple[Any, Json]:
    """Strings all over; the filter's key is upper case."""
    condition = as_map(params.get("FILTER") or params.get("filter"))
    ids = {str(each) for each in as_list(condition.get("ID"))}
    rows = [row for row in portal.users if not ids or row["ID"] in ids]
    if str(condition.get("ACTIVE", "")).lower() in {"true", "1", "y"}:
        rows = [row for row in rows if row["ACTIVE"]]
    page, beside = lists.paged(rows, params)
    return list(page), beside


def find_by_comm(portal: Portal, params: Json) -> Any:
    """Ids by entity, and nothing of which value they were found by; no hit at all is an empty list."""
    kind, values = str(params.get("type") or ""), [str(each) for each in as_list(params.get("values"))]
    if kind not in {"PHONE", "EMAIL"}:
        raise Refusal(400, "Communication type is not defined", "Parameter 'type' is required.")
    if not values or len(values) > 20:
        raise Refusal(400, "", "Parameter 'values' must hold 1 to 20 values.")
    wanted = {_mark(kind, value) for value in values}
    entity = str(params.get("entity_type") or "")
    answer: Json = {}
    left = MOST_HITS
    for type in (LEAD, CONTACT, COMPANY):
        if entity and NAMES[type] != entity:
            continue
        hits = [
            item["id"]
            for item in portal.items[type].values()
            if any(each["typeId"] == kind and _mark(kind, each["value"]) in wanted for each in item.get("fm") or [])
        ][:left]
        left -= len(hits)
        if hits:
            answer[NAMES[type]] = hits
    return answer or []


def _mark(kind: str, value: str) -> str:
    """E-mails in lower case, phones by their digits."""
    return "".join(each for each in value if each.isdigit()) if kind == "PHONE" else value.strip().lower()


def set_rows(portal: Portal, params: Json) -> Json:
    """Replaces all rows; the amount is worked out anew unless it is kept by hand."""
    owner_type = str(params.get("ownerType") or "")
    owner = portal.items[items.lead_or_deal(owner_type)].get(number(params.get("ownerId")))
    if owner is None:
        raise Refusal(400, "OWNER_NOT_FOUND", "Owner was not found")
    if portal.refuses(f"rows:{owner.get('originId') or ''}"):
        raise Refusal(400, "CRM_FIELD_ERROR_VALUE_NOT_VALID", "A product row is refused")
    rows = [_row(portal, owner_type, owner["id"], as_map(row)) for row in as_list(params.get("productRows"))]
    portal.rows[owner_type, owner["id"]] = rows
    portal.log("crm.item.productrow.set", id=owner["id"], externalId=owner.get("originId") or "", rows=len(rows))
    if owner["isManualOpportunity"] != "Y":
        owner["opportunity"] = round(sum(row["price"] * row["quantity"] for row in rows), 2)
    return {"productRows": rows}


def _row(portal: Portal, owner_type: str, owner: int, sent: Json) -> Json:
    """``price`` is what one piece costs in the end, in two decimals; the rest is worked out backwards from it."""
    product, name = number(sent.get("productId")), str(sent.get("productName") or "")
    if not product and not name:
        raise Refusal(400, "CRM_FIELD_ERROR_REQUIRED", "Field 'productName' is required")
    price = round(float(sent.get("price") or 0), 2)
    if price < 0:
        raise Refusal(400, "CRM_FIELD_ERROR_VALUE_NOT_VALID", "Field 'price' must not be negative")
    rate, included = float(sent.get("taxRate") or 0), str(sent.get("taxIncluded") or "N")
    exclusive = round(price / (1 + rate / 100), 2) if included == "Y" else price
    discount = float(sent.get("discountSum") or 0)
    return {
        "id": portal.next_id("row"),
        "ownerId": owner,
        "ownerType": owner_type,
        "productId": product,
        "productName": name,
        "price": price,
        "priceAccount": price,
        "priceExclusive": exclusive,
        "priceNetto": round(exclusive + discount, 2),
        "priceBrutto": round(price + discount, 2),
        "quantity": float(sent.get("quantity") or 1),
        "discountTypeId": number(sent.get("discountTypeId") or 2),
        "discountRate": 0,
        "discountSum": discount,
        "taxRate": rate if sent.get("taxRate") not in (None, "") else None,
        "taxIncluded": included,
        "customized": "Y",
        "measureCode": number(sent.get("measureCode") or 796),
        "measureName": "pcs",
        "sort": number(sent.get("sort") or 10),
        "xmlId": "",
        "type": 4,
    }


def user_field_add(portal: Portal, params: Json, entity: str) -> int:
    if not portal.options.is_admin:
        raise Refusal(400, "", "Access denied.")
    sent = as_map(params.get("fields"))
    if not sent.get("USER_TYPE_ID"):
        raise Refusal(400, "", "The 'USER_TYPE_ID' field is not found.")
    bare = str(sent.get("FIELD_NAME") or "").removeprefix("UF_CRM_")
    name = f"UF_CRM_{bare}"
    if not _FIELD.fullmatch(bare) or len(name) > MAX_FIELD_NAME:
        raise Refusal(400, "ERROR_CORE", "The field name is not correct.")
    if any(row["FIELD_NAME"] == name and row["ENTITY_ID"] == entity for row in portal.user_fields):
        raise Refusal(400, "ERROR_CORE", f"The field {name} already exists.")
    return add_user_field(portal, entity, name, str(sent["USER_TYPE_ID"]), label=str(sent.get("LABEL") or name))


def add_user_field(
    portal: Portal, entity: str, name: str, type: str = "string", *, label: str = "", choices: Any = ()
) -> int:
    id = portal.next_id("field")
    entries = [{"ID": str(7001 + place), "VALUE": value} for place, value in enumerate(choices)]
    portal.user_fields.append(
        {
            "ID": str(id),
            "ENTITY_ID": entity,
            "FIELD_NAME": name,
            "USER_TYPE_ID": type,
            "LABEL": label or name,
            "MANDATORY": "N",
            "MULTIPLE": "N",
            "LIST": entries,
        }
    )
    return id


def user_field_list(portal: Portal, params: Json, entity: str) -> tuple[list[Json], Json]:
    wanted = str(as_map(params.get("filter")).get("FIELD_NAME") or "")
    rows = [row for row in portal.user_fields if row["ENTITY_ID"] == entity and wanted in {"", row["FIELD_NAME"]}]
    return rows, {"total": len(rows)}
