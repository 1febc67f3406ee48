"""``crm.item.*``: making and changing items as the universal methods do. A create is never idempotent."""

import re
from collections.abc import Mapping
from typing import Any

from connectors.bitrix24.sandbox import data
from connectors.bitrix24.sandbox.data import CONTACT, DEAL, LEAD
from connectors.bitrix24.sandbox.portal import NAMES, Portal
from connectors.bitrix24.sandbox.wire import Json, Refusal, as_list, as_map, number

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")
_NUMBERS = frozenset({"categoryId", "contactId", "companyId", "assignedById", "quoteId", "leadId", "webformId"})
_OF_IMPORT = ("createdTime", "updatedTime", "movedTime", "createdBy", "updatedBy", "movedBy")
"""What an import may set when an administrator does it."""

MAX_IMPORT = 20


def entity_of(params: Mapping[str, Any]) -> int:
    entity = number(params.get("entityTypeId"))
    if entity not in NAMES:
        raise Refusal(400, "NOT_FOUND", "Smart process not found")
    return entity


def add(portal: Portal, params: Json, user: int) -> Json:
    entity = entity_of(params)
    return {"item": shown(portal, entity, create(portal, entity, params.get("fields"), user, params), full=True)}


def batch_import(portal: Portal, params: Json, user: int) -> Json:
    """Each entry by itself; the answer says ids only."""
    entity = entity_of(params)
    entries = as_list(params.get("data"))
    if len(entries) > MAX_IMPORT:
        raise Refusal(400, "MAX_IMPORT_BATCH_SIZE_EXCEEDED", f"Maximum batch size is {MAX_IMPORT}")
    answers: list[Json] = []
    latest = ""
    for entry in entries:
        created = str(as_map(entry).get("createdTime") or "")
        if created and created < latest:
            answers.append({"error": "INVALID_ARG_VALUE", "error_description": "createdTime must ascend"})
            continue
        latest = created or latest
        try:
            item = create(portal, entity, entry, user, params, is_import=True)
        except Refusal as refusal:
            answers.append(refusal.body)
        else:
            answers.append({"item": {"id": item["id"]}})
    return {"items": answers}


def create(
    portal: Portal, entity: int, sent: Any, user: int, params: Mapping[str, Any], *, is_import: bool = False
) -> Json:
    if not isinstance(sent, dict):
        raise Refusal(400, "100", "Could not find value for parameter {fields}")
    fields = _known(portal, entity, sent, params)
    now = portal.now()
    id = portal.next_id(NAMES[entity])
    item: Json = {
        "id": id,
        "createdTime": now,
        "updatedTime": now,
        "movedTime": now,
        "createdBy": user,
        "updatedBy": user,
        "movedBy": user,
        "assignedById": user,
        "opened": "N",
        **{key: _copy(each) for key, each in data.FIELDS[entity].items()},
    }
    if is_import and portal.options.is_admin:
        item |= {name: sent[name] for name in _OF_IMPORT if sent.get(name)}
    item |= {key: value for key, value in fields.items() if key != "fm"}
    _check(portal, entity, item, fields)
    if "fm" in fields:
        item["fm"] = _multi_fields(portal, [], fields["fm"])
    if entity == DEAL:
        _settle_deal(portal, item)
    portal.items[entity][id] = item
    portal.log(
        "crm.item.add",
        entity=NAMES[entity],
        id=id,
        externalId=item.get("originId") or "",
        status=item.get("stageId", ""),
    )
    if entity == DEAL:
        portal.note_stage(1, item)
        portal.happened("ONCRMDEALADD", item)
    return item


def update(portal: Portal, params: Json, user: int) -> Json:
    """Writes nothing, and tells nobody, when no value changes."""
    entity = entity_of(params)
    item = portal.item(entity, number(params.get("id")))
    change(portal, entity, item, _known(portal, entity, as_map(params.get("fields")), params), user)
    return {"item": shown(portal, entity, item, full=True)}


def change(portal: Portal, entity: int, item: Json, fields: Json, user: int) -> None:
    before = {**item}
    wanted = {**item, **{key: value for key, value in fields.items() if key != "fm"}}
    _check(portal, entity, wanted, fields)
    if "fm" in fields:
        wanted["fm"] = _multi_fields(portal, item.get("fm") or [], fields["fm"])
    if entity == DEAL:
        _settle_deal(portal, wanted)
    if wanted == before:
        return
    now = portal.now()
    item |= wanted | {"updatedTime": now, "updatedBy": user}
    portal.log(
        "crm.item.update",
        entity=NAMES[entity],
        id=item["id"],
        externalId=item.get("originId") or "",
        status=item.get("stageId", ""),
        user=user,
    )
    if entity != DEAL:
        return
    if item["categoryId"] != before["categoryId"]:
        item |= {"movedTime": now, "movedBy": user}
        portal.note_stage(5, item)
        portal.happened("ONCRMDEALMOVETOCATEGORY", item)
        return
    if item["stageId"] != before["stageId"]:
        item |= {"movedTime": now, "movedBy": user}
        portal.note_stage(2 if item["stageSemanticId"] == "P" else 3, item)
    portal.happened("ONCRMDEALUPDATE", item)


def get(portal: Portal, params: Json) -> Json:
    entity = entity_of(params)
    return {"item": shown(portal, entity, portal.item(entity, number(params.get("id"))), full=True)}


def delete(portal: Portal, params: Json) -> list[Any]:
    entity = entity_of(params)
    item = portal.item(entity, number(params.get("id")))
    del portal.items[entity][item["id"]]
    if entity == DEAL:
        portal.happened("ONCRMDEALDELETE", item)
    return []


def fields(portal: Portal, params: Json) -> Json:
    entity = entity_of(params)
    found = {
        name: {
            "type": "string",
            "isRequired": False,
            "isReadOnly": False,
            "isMultiple": False,
            "title": name,
            "upperName": name.upper(),
        }
        for name in data.FIELDS[entity]
    }
    for row in portal.user_fields:
        if row["ENTITY_ID"] == f"CRM_{NAMES[entity]}":
            found[row["FIELD_NAME"]] = {
                "type": row["USER_TYPE_ID"],
                "isRequired": row["MANDATORY"] == "Y",
                "isReadOnly": False,
                "isMultiple": False,
                "title": row["LABEL"],
                "upperName": row["FIELD_NAME"],
                **({"items": row["LIST"]} if row["LIST"] else {}),
            }
    return {"fields": found}


def shown(portal: Portal, entity: int, item: Json, *, full: bool) -> Json:
    """The item as answers hold it: multi-fields only with all fields, absent user fields as null."""
    answer = {key: value for key, value in item.items() if full or key != "fm"}
    answer |= {name: item.get(name) for name in portal.fields_of(entity)}
    if entity == DEAL:
        answer["contactIds"] = [item["contactId"]] if item["contactId"] else []
    return {**answer, "entityTypeId": entity}


def _known(portal: Portal, entity: int, sent: Mapping[str, Any], params: Mapping[str, Any]) -> Json:
    """Of what was sent that which the type has. All else is passed over without a word."""
    names = {*data.FIELDS[entity], "assignedById", "opened"}
    if params.get("useOriginalUfNames") == "Y":
        names |= portal.fields_of(entity)
    kept = {key: value for key, value in sent.items() if key in names}
    for key in kept.keys() & _NUMBERS:
        kept[key] = number(kept[key])
    if "opportunity" in kept:
        kept["opportunity"] = _amount(kept["opportunity"])
    return kept


def _check(portal: Portal, entity: int, item: Json, sent: Json) -> None:
    name = str(item.get("originId") or "")
    if portal.refuses(name, str(item["id"])):
        raise Refusal(400, "CRM_FIELD_ERROR_VALUE_NOT_VALID", f"Item {name} is refused")
    if entity == DEAL:
        for required in portal.options.required:
            if not item.get(required):
                raise Refusal(400, "CRM_FIELD_ERROR_REQUIRED", f"Field '{required}' is required")
    if "currencyId" in sent and sent["currencyId"] not in {row["CURRENCY"] for row in portal.currencies}:
        raise Refusal(400, "ERROR_CORE", "Invalid value for the Currency field")
    if "contactId" in sent and sent["contactId"] and sent["contactId"] not in portal.items[CONTACT]:
        raise Refusal(400, "ERROR_CORE", "Contact is not found")


def _settle_deal(portal: Portal, deal: Json) -> None:
    """Pipeline and stage must fit; what follows from the stage is filled in."""
    category = deal["categoryId"]
    if category not in {row["id"] for row in portal.categories}:
        raise Refusal(400, "CRM_FIELD_ERROR_VALUE_NOT_VALID", "Invalid value of the field 'Pipeline'")
    deal["stageId"] = deal["stageId"] or portal.first_stage(category)
    stage = portal.stage(deal["stageId"], category)
    if stage is None:
        raise Refusal(400, "CRM_FIELD_ERROR_VALUE_NOT_VALID", "Invalid value of the field 'Stage'")
    deal["stageSemanticId"] = stage["SEMANTICS"] or "P"
    deal["closed"] = "N" if deal["stageSemanticId"] == "P" else "Y"


def _multi_fields(portal: Portal, present: list[Json], sent: Any) -> list[Json]:
    """A list adds; in a map ``n0`` adds, a number changes that record, and an empty value deletes it."""
    kept = {str(entry["id"]): dict(entry) for entry in present}
    entries = (
        sent.items() if isinstance(sent, dict) else ((f"n{place}", each) for place, each in enumerate(as_list(sent)))
    )
    for key, entry in entries:
        value = str(as_map(entry).get("value") or "")
        if key in kept:
            if value:
                kept[key]["value"] = value
            else:
                del kept[key]
            continue
        kind = str(as_map(entry).get("typeId") or "")
        if kind == "EMAIL" and not _EMAIL.fullmatch(value):
            raise Refusal(400, "ERROR_CORE", "The field 'E-mail' contains an invalid address")
        id = portal.next_id("fm")
        kept[str(id)] = {"id": id, "valueType": as_map(entry).get("valueType", "WORK"), "value": value, "typeId": kind}
    return list(kept.values())


def _amount(value: Any) -> float:
    try:
        return round(float(value), 2)
    except (TypeError, ValueError):
        return 0.0


def _copy(value: Any) -> Any:
    return list(value) if isinstance(value, list) else value


def lead_or_deal(owner_type: str) -> int:
    """Short codes of owners of product rows."""
    if owner_type not in {"L", "D"}:
        raise Refusal(400, "OWNER_NOT_FOUND", "Owner was not found")
    return LEAD if owner_type == "L" else DEAL
