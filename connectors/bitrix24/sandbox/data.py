"""A new portal's pipelines, stages, dictionaries, users and currencies."""

from typing import Any

Json = dict[str, Any]

LEAD, DEAL, CONTACT, COMPANY = 1, 2, 3, 4

SCOPES = ("crm", "user_basic", "catalog")

_STAGES = (
    ("NEW", "New", None),
    ("PREPARATION", "Document preparation", None),
    ("PREPAYMENT_INVOICE", "Prepayment invoice", None),
    ("EXECUTING", "In progress", None),
    ("FINAL_INVOICE", "Final invoice", None),
    ("WON", "Deal successful", "S"),
    ("LOSE", "Deal failed", "F"),
    ("APOLOGY", "Failure reason analysis", "F"),
)
_EXTRA = {None: "process", "S": "success", "F": "failure"}

PIPELINES = ((0, "General", "Y", 300), (9, "Online shop", "N", 200))
CURRENCIES = ("EUR", "RUB", "USD")
SOURCES = (("CALL", "Call"), ("WEB", "Web site"), ("STORE", "Online store"))

DEAL_FIELDS: Json = {
    "leadId": None, "companyId": 0, "contactId": 0, "quoteId": None, "title": "", "productId": None, "categoryId": 0,
    "stageId": "", "stageSemanticId": "P", "isNew": "N", "isRecurring": "N", "closed": "N", "typeId": "SALE",
    "opportunity": 0, "isManualOpportunity": "N", "taxValue": 0, "currencyId": "EUR", "probability": None,
    "comments": "", "begindate": None, "closedate": None, "locationId": None, "webformId": 0, "sourceId": "",
    "sourceDescription": "", "originatorId": None, "originId": None, "additionalInfo": "", "utmSource": None,
    "utmMedium": None, "utmCampaign": None, "utmContent": None, "utmTerm": None, "contactIds": [],
}  # fmt: skip
LEAD_FIELDS: Json = {
    "title": "", "name": None, "secondName": None, "lastName": None, "companyTitle": None, "stageId": "NEW",
    "stageSemanticId": "P", "opportunity": 0, "isManualOpportunity": "N", "currencyId": "EUR", "comments": "",
    "sourceId": "", "sourceDescription": "", "originatorId": None, "originId": None, "utmSource": None,
    "utmMedium": None, "utmCampaign": None, "utmContent": None, "utmTerm": None, "fm": [], "contactId": 0,
    "companyId": 0,
}  # fmt: skip
CONTACT_FIELDS: Json = {
    "name": None, "secondName": None, "lastName": None, "birthdate": None, "typeId": "CLIENT", "comments": "",
    "sourceId": "", "companyId": 0, "originatorId": None, "originId": None, "fm": [],
}  # fmt: skip
COMPANY_FIELDS: Json = {
    "title": "", "typeId": "CUSTOMER", "comments": "", "originatorId": None, "originId": None, "fm": [],
}  # fmt: skip
FIELDS: dict[int, Json] = {
    LEAD: LEAD_FIELDS, DEAL: DEAL_FIELDS, CONTACT: CONTACT_FIELDS, COMPANY: COMPANY_FIELDS,
}  # fmt: skip
"""What an item of each type has beyond ids, times and people, with the value that it begins with."""


def categories() -> list[Json]:
    return [
        {"id": id, "name": name, "sort": sort, "entityTypeId": DEAL, "isDefault": is_default}
        for id, name, is_default, sort in sorted(PIPELINES, key=lambda each: each[3])
    ]


def statuses() -> list[Json]:
    rows: list[Json] = []
    for pipeline, _name, _is_default, _sort in PIPELINES:
        entity = "DEAL_STAGE" if pipeline == 0 else f"DEAL_STAGE_{pipeline}"
        prefix = "" if pipeline == 0 else f"C{pipeline}:"
        for place, (code, name, semantics) in enumerate(_STAGES, start=1):
            rows.append(
                _status(entity, prefix + code, name, place * 10, semantics, str(pipeline) if pipeline else None)
            )
    rows += [
        _status("SOURCE", code, name, place * 10, None, None) for place, (code, name) in enumerate(SOURCES, start=1)
    ]
    rows += [_status("STATUS", "NEW", "New", 10, None, None), _status("STATUS", "CONVERTED", "Good", 20, "S", None)]
    for place, row in enumerate(rows, start=101):
        row["ID"] = str(place)
    return rows


def _status(entity: str, code: str, name: str, sort: int, semantics: str | None, category: str | None) -> Json:
    """Numbers are text, as in all older methods."""
    return {
        "ID": "",
        "ENTITY_ID": entity,
        "STATUS_ID": code,
        "NAME": name,
        "NAME_INIT": name,
        "SORT": str(sort),
        "SYSTEM": "N",
        "CATEGORY_ID": category,
        "COLOR": "#39A8EF",
        "SEMANTICS": semantics,
        "EXTRA": {"SEMANTICS": _EXTRA[semantics], "COLOR": "#39A8EF"},
    }


def users() -> list[Json]:
    people = (("1", "Hub", "Robot"), ("11", "Ada", "Manager"), ("12", "Bob", "Seller"), ("13", "Eve", "Seller"))
    return [
        {
            "ID": id,
            "ACTIVE": True,
            "NAME": name,
            "LAST_NAME": last,
            "EMAIL": f"user{id}@example.com",
            "USER_TYPE": "employee",
        }
        for id, name, last in people
    ]


def currencies() -> list[Json]:
    return [
        {
            "CURRENCY": code,
            "AMOUNT_CNT": "1",
            "AMOUNT": "1.0000",
            "SORT": str(100 * place),
            "BASE": "Y" if place == 1 else "N",
            "FULL_NAME": code,
            "LID": "en",
            "FORMAT_STRING": "# $",
            "DEC_POINT": ".",
            "THOUSANDS_SEP": None,
            "DECIMALS": "2",
        }
        for place, code in enumerate(CURRENCIES, start=1)
    ]
