"""Buyers as contacts and companies: who is the same person, and what is written of them."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from connectors.contract.canonical import Customer, Order
from connectors.contract.results import CustomerDraft
from connectors.toolkit.lenient import text
from connectors.toolkit.phones import digits, e164
from connectors.toolkit.prices import number

from .config import Config

SAME_DIGITS = 10
"""Of two spellings of one number the last ten digits agree: +7 495 1234567 and 8 (495) 123-45-67."""


def key_of(draft: CustomerDraft) -> str:
    """The same for drafts of the same person; empty for one who could not be recognised again."""
    if draft.external_id:
        return f"id:{draft.external_id}"
    if draft.target_id:
        return f"target:{draft.target_id}"
    email = email_of(draft.customer)
    phone = phone_key(phone_of(draft.customer))
    return f"email:{email}" if email else f"phone:{phone}" if phone else ""


def email_of(customer: Customer) -> str:
    return customer.email.strip().lower()


def country_of(customer: Customer) -> str:
    return next((place.country for place in (customer.billing, customer.shipping) if place and place.country), "")


def phone_of(customer: Customer) -> str:
    typed = [customer.phone, *(place.phone for place in (customer.billing, customer.shipping) if place)]
    return next((e164(raw, country_of(customer)) for raw in typed if raw.strip()), "")


def phone_key(number_text: str) -> str:
    """What two spellings of one number have in common."""
    return digits(number_text)[-SAME_DIGITS:]


def spellings(phone: str) -> list[str]:
    """As the search is asked: it is not documented how Bitrix24 compares, so both usual forms are."""
    return list(dict.fromkeys(each for each in (phone, digits(phone)) if each))


def contact_fields(draft: CustomerDraft, config: Config) -> dict[str, Any]:
    """A new contact."""
    customer = draft.customer
    email, phone = email_of(customer), phone_of(customer)
    named = _names(customer)
    fields: dict[str, Any] = {
        # A contact without any name cannot be found in lists.
        **(named if any(named.values()) else {"name": email or phone}),
        "birthdate": customer.birthday.isoformat() if customer.birthday else "",
        "opened": "Y",
        "assignedById": config.default_manager,
        "fm": comms([email], [phone]),
    }
    if draft.external_id:
        fields |= {"originatorId": config.originator, "originId": draft.external_id}
    return without_empty({**fields, **{key: plain(value) for key, value in draft.fields.items()}})


def contact_changes(draft: CustomerDraft, config: Config, present: Mapping[str, Any]) -> dict[str, Any]:
    """What differs from the contact as it is there. A phone or e-mail that it has, in whatever spelling, is not added
    again; one that the shop no longer has is left alone: a manager may have entered it."""
    customer = draft.customer
    email, phone = email_of(customer), phone_of(customer)
    wanted: dict[str, Any] = {
        **_names(customer),
        "birthdate": customer.birthday.isoformat() if customer.birthday else "",
        **{key: plain(value) for key, value in draft.fields.items()},
    }
    changes = {
        key: value
        for key, value in without_empty(wanted).items()
        if text(present.get(key))[: len(text(value)) if key == "birthdate" else None] != text(value)
    }
    has = _present_comms(present)
    added = comms([email] if email not in has else [], [phone] if phone_key(phone) not in has else [])
    if added:
        changes["fm"] = {f"n{place}": entry for place, entry in enumerate(added)}
    if draft.external_id and not text(present.get("originId")):
        changes |= {"originatorId": config.originator, "originId": draft.external_id}
    return changes


def comms(emails: Iterable[str], phones: Iterable[str]) -> list[dict[str, str]]:
    """Multi-fields as ``crm.item.*`` takes them."""
    return [
        *({"typeId": "EMAIL", "valueType": "WORK", "value": email} for email in emails if email),
        *({"typeId": "PHONE", "valueType": "WORK", "value": phone} for phone in phones if phone),
    ]


def comm_keys(contact: Mapping[str, Any]) -> set[str]:
    """E-mails and phones of a contact that was read, as they are compared."""
    return _present_comms(contact)


def _present_comms(contact: Mapping[str, Any]) -> set[str]:
    found = contact.get("fm")
    entries = list(found.values()) if isinstance(found, dict) else found if isinstance(found, list) else []
    keys: set[str] = set()
    for entry in entries:
        if not isinstance(entry, dict):
            continue
        value = text(entry.get("value") or entry.get("VALUE")).strip()
        kind = text(entry.get("typeId") or entry.get("TYPE_ID")).upper()
        keys.add(phone_key(value) if kind == "PHONE" else value.lower())
    return keys - {""}


def company_name(order: Order) -> str:
    """Of a business buyer; empty for a private one."""
    customer = order.customer
    names = [customer.company if customer else "", order.billing.company if order.billing else ""]
    if customer and customer.billing:
        names.append(customer.billing.company)
    return next((" ".join(name.split())[:255] for name in names if name.strip()), "")


def company_fields(name: str, order: Order, config: Config) -> dict[str, Any]:
    tax_number = order.customer.tax_number if order.customer else ""
    fields = {
        "title": name,
        "opened": "Y",
        "assignedById": config.default_manager,
        "comments": f"Tax number: {tax_number}" if tax_number else "",
    }
    return without_empty(fields)


def _names(customer: Customer) -> dict[str, str]:
    who = next(
        (
            each
            for each in (customer, customer.billing, customer.shipping)
            if each and (each.first_name or each.last_name)
        ),
        customer,
    )
    return {"name": who.first_name, "secondName": who.middle_name, "lastName": who.last_name}


def plain(value: Any) -> Any:
    """A value as JSON can hold it and Bitrix24 reads it."""
    match value:
        case datetime():
            return value.isoformat(timespec="seconds")
        case date():
            return value.isoformat()
        case bool():
            return "1" if value else "0"
        case Decimal():
            return number(value)
        case list() | tuple():
            return [plain(entry) for entry in value]
        case _:
            return value


def without_empty(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in fields.items() if value is not None and value not in ("", [], {})}
