"""Names, phones and addresses on the wire, and the customer's own record."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from connectors.contract.canonical import Address, Customer
from connectors.contract.results import CustomerDraft
from connectors.toolkit.phones import e164 as phone

from .facts import Facts
from .prices import number
from .wire import WireAddress, WireCustomer, WirePhone

CUSTOMER_FIELDS = frozenset(
    {
        *("externalId", "firstName", "lastName", "patronymic", "email", "birthday", "sex", "managerId", "vip", "bad"),
        *("subscribed", "source", "browserId", "personalDiscount", "cumulativeDiscount", "discountCardNumber"),
    }
)
"""Standard fields of a customer that a field rule may fill; every other key is a custom field."""

_CUSTOM = "customFields."


def address(place: Address | None) -> WireAddress:
    """``text`` is the shop's free form, else put together from the lines; RetailCRM shows it as it is."""
    if place is None or place.is_empty:
        return {}
    lines = (place.line1, place.line2) if place.line1 or place.line2 else (place.street, place.building, place.flat)
    parts: WireAddress = {
        "index": place.postcode,
        "countryIso": place.country,
        "region": place.region,
        "city": place.city,
        "street": place.street,
        "building": place.building,
        "flat": place.flat,
        "floor": place.floor,
        "block": place.entrance,
        "metro": place.metro,
        "text": place.text or ", ".join(line for line in lines if line),
    }
    filled: WireAddress = without_empty(parts)
    return filled


def email_of(customer: Customer) -> str:
    """Lower case: RetailCRM's own modules match customers by it."""
    return customer.email.strip().lower()


def country_of(customer: Customer) -> str:
    return next((place.country for place in (customer.billing, customer.shipping) if place and place.country), "")


def phone_of(customer: Customer) -> str:
    """The first that there is; an address's may be another person's, so it only stands in for one that is missing."""
    typed = [customer.phone, *(place.phone for place in (customer.billing, customer.shipping) if place)]
    return next((phone(raw, country_of(customer)) for raw in typed if raw.strip()), "")


def _phones(customer: Customer) -> list[WirePhone]:
    """Each of them once."""
    typed = [raw for raw in customer.more_phones if raw.strip()]
    numbers = [phone_of(customer), *(phone(raw, country_of(customer)) for raw in typed)]
    return [{"number": number} for number in dict.fromkeys(numbers) if number]


def customer_body(draft: CustomerDraft, facts: Facts, *, is_new: bool) -> WireCustomer:
    """The customer as it is sent. A guest gets no externalId and no subscription; an edit holds no empty value."""
    customer = draft.customer
    email = email_of(customer)
    home = customer.billing if customer.billing and not customer.billing.is_empty else customer.shipping
    body: dict[str, Any] = {
        "externalId": draft.external_id,
        "firstName": customer.first_name,
        "lastName": customer.last_name,
        "patronymic": customer.middle_name,
        "email": email,
        "phones": _phones(customer),
        "birthday": customer.birthday.isoformat() if customer.birthday else "",
        "sex": customer.gender if customer.gender in {"male", "female"} else "",
        "address": address(home),
    }
    if draft.external_id:
        body["subscribed"] = _subscribed(customer)
    elif is_new:
        body["subscribed"] = False
    if is_new:
        if customer.created_at is not None:
            body["createdAt"] = facts.local(customer.created_at)
        if not customer.full_name:
            # A customer without any name cannot be found in RetailCRM's lists.
            body["firstName"] = email or phone_of(customer)
    add_fields(body, draft.fields, CUSTOMER_FIELDS, facts)
    filled: WireCustomer = without_empty(body)
    return filled


def _subscribed(customer: Customer) -> bool | None:
    return next((consent.granted for consent in customer.consents if consent.channel == "email"), None)


def add_fields(body: dict[str, Any], fields: Mapping[str, Any], standard: frozenset[str], facts: Facts) -> None:
    """Puts the values of field rules in: ``customFields.<code>`` or a plain code is a custom field, a name in
    ``standard`` that field."""
    for key, value in fields.items():
        if key in standard:
            body[key] = plain(value, facts)
        else:
            body.setdefault("customFields", {})[key.removeprefix(_CUSTOM)] = plain(value, facts)


def plain(value: Any, facts: Facts) -> Any:
    """A value as JSON can hold it and RetailCRM reads it."""
    match value:
        case datetime():
            return facts.local(value)
        case date():
            return value.isoformat()
        case Decimal():
            return number(value)
        case list() | tuple():
            return [plain(entry, facts) for entry in value]
        case _:
            return value


def without_empty(body: Any) -> Any:
    """The body without empty texts, nulls, lists and objects, at any depth; ``False`` and 0 are values."""
    if isinstance(body, Mapping):
        cleaned = {key: without_empty(value) for key, value in body.items()}
        return {key: value for key, value in cleaned.items() if not _is_empty(value)}
    if isinstance(body, list):
        return [without_empty(value) for value in body]
    return body


def _is_empty(value: Any) -> bool:
    return value is None or (isinstance(value, (str, list, dict)) and not value)
