"""Corporate customers of the pretended account (API v5, ``customers-corporate/*``)."""

from collections.abc import Iterable
from typing import Any

from connectors.retailcrm.sandbox.account import Account, Json, Refusal
from connectors.retailcrm.sandbox.wire import BAD_VALUE

_KINDS = {"individual", "legal-entity", "enterpreneur"}
"""The last one is spelt as the API spells it."""


def create_corporate(account: Account, site: str, sent: Json) -> Json:
    """A corporate customer with its companies, contacts and addresses; raises Refusal."""
    errors: dict[str, str] = {}
    if not str(sent.get("nickName") or "").strip():
        errors["nickName"] = "This value should not be blank."
    contacts = [_contact(account, site, row, errors) for row in sent.get("customerContacts") or []]
    companies = [_company(account, row, errors) for row in sent.get("companies") or []]
    if errors:
        raise Refusal(400, "Errors in the entity format", errors)
    corporate: Json = {"id": account.next_id("customer"), "site": site, "nickName": str(sent["nickName"])}
    corporate |= {"contacts": contacts, "companies": companies, "addresses": list(sent.get("addresses") or [])}
    corporate |= {name: str(sent[name]) for name in ("externalId",) if sent.get(name)}
    account.corporates[corporate["id"]] = corporate
    account.log("customers-corporate/create", id=corporate["id"], site=site)
    return corporate


def find_corporate(account: Account, sites: Iterable[str], id: str) -> Json:
    found = account.corporates.get(int(id)) if id.isdigit() else None
    if found is None or found["site"] not in sites:
        raise Refusal(404, "Not found")
    return found


def matching(account: Account, wanted: dict[str, list[str]]) -> list[Json]:
    """By part of a company's name and by contact, newest first."""
    name = (wanted.get("companyName") or [""])[-1].lower()
    contacts, sites = set(wanted.get("contactIds") or ()), set(wanted.get("sites") or ())
    return [
        row
        for row in reversed(account.corporates.values())
        if (not name or any(name in company["name"].lower() for company in row["companies"]))
        and (not contacts or contacts & {str(contact["customer"]["id"]) for contact in row["contacts"]})
        and (not sites or row["site"] in sites)
    ]


def add_contact(account: Account, corporate: Json, sent: Json) -> Json:
    errors: dict[str, str] = {}
    contact = _contact(account, corporate["site"], sent, errors)
    known = {company["id"] for company in corporate["companies"]}
    for row in sent.get("companies") or []:
        if (row.get("company") or {}).get("id") not in known:
            errors["companies"] = "Company not found."
    if errors:
        raise Refusal(400, "Errors in the entity format", errors)
    corporate["contacts"].append(contact)
    account.log("customers-corporate/contacts/create", id=corporate["id"], site=corporate["site"])
    return contact


def corporate_view(corporate: Json) -> Json:
    main = next(iter(corporate["companies"]), None)
    view: Json = {"type": "customer_corporate"}
    view |= {name: corporate[name] for name in ("id", "externalId", "nickName", "site") if name in corporate}
    view |= {"mainCompany": {"id": main["id"], "name": main["name"]}} if main else {}
    view |= {"mainCustomerContact": corporate["contacts"][0]} if corporate["contacts"] else {}
    return view | {"tags": [], "customFields": []}


def people_of_order(account: Account, site: str, sent: Json) -> Json:
    """What an order of a company names: the corporate customer, its contact and company; empty for others."""
    named = sent.get("customer") or {}
    corporate = account.corporates.get(named.get("id", 0)) if isinstance(named, dict) else None
    if corporate is None or corporate["site"] != site:
        return {}
    contact = (sent.get("contact") or {}).get("id")
    if contact not in account.customers:
        raise Refusal(400, "Order is not loaded", {"contact.id": f"Customer with id={contact} not found."})
    company = (sent.get("company") or {}).get("id")
    if company is not None and company not in {row["id"] for row in corporate["companies"]}:
        raise Refusal(400, "Order is not loaded", {"company.id": f"Company with id={company} not found."})
    return {"corporate": corporate["id"], "contact": contact, "company": company}


def _contact(account: Account, site: str, row: Any, errors: dict[str, str]) -> Json:
    person = (row.get("customer") or {}).get("id") if isinstance(row, dict) else None
    found = account.customers.get(person or 0)
    if found is None or found["site"] != site:
        errors["customerContacts"] = f"Customer with id={person} not found."
    return {"id": account.next_id("note"), "isMain": bool(row.get("isMain")), "customer": {"id": person}}


def _company(account: Account, row: Any, errors: dict[str, str]) -> Json:
    name = str(row.get("name") or "").strip() if isinstance(row, dict) else ""
    if not name:
        errors["companies"] = "This value should not be blank."
        return {}
    contragent = row.get("contragent") or {}
    if contragent.get("contragentType") not in _KINDS | {None}:
        errors["companies[0].contragent.contragentType"] = BAD_VALUE
    return {"id": account.next_id("company"), "name": name, "contragent": contragent, "isMain": bool(row.get("isMain"))}
