"""Addresses and customer accounts."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from connectors.contract.canonical import Address, Consent, Customer
from connectors.contract.errors import Fault, Unreadable
from connectors.toolkit.lenient import Reading, as_map, identifier, plain, text

from .times import moment

GENDERS = {"1": "male", "2": "female"}


def address(reading: Reading, payload: object, path: str) -> Address | None:
    """Orders have the region flat, accounts nest it; the street is a list of lines."""
    wire = as_map(payload)
    if not wire:
        return None
    nested = as_map(wire.get("region"))
    street = wire.get("street")
    streets = [plain(line) for line in street] if isinstance(street, list) else [plain(street)]
    lines = [line for line in streets if line]
    country = text(wire.get("country_id")).upper()
    return reading.build(
        Address,
        path,
        first_name=plain(wire.get("firstname")),
        last_name=plain(wire.get("lastname")),
        middle_name=plain(wire.get("middlename")),
        company=plain(wire.get("company")),
        line1=lines[0] if lines else "",
        line2=", ".join(lines[1:])[:1_000],
        city=plain(wire.get("city")),
        region=plain(nested.get("region")) if nested else plain(wire.get("region")),
        region_code=text((nested or wire).get("region_code"), 200),
        postcode=text(wire.get("postcode")),
        country=country if len(country) == 2 and country.isascii() and country.isalpha() else "",
        phone=text(wire.get("telephone")),
        email=text(wire.get("email")).lower(),
    )


def read_customer(payload: object, offset: timedelta = timedelta(0)) -> Customer:
    """Raises Unreadable with every fault and its path."""
    wire = as_map(payload)
    reading = Reading()
    customer_id = identifier(wire.get("id"))
    if not customer_id:
        raise Unreadable("Magento customer", [Fault("id", "is missing")])
    billing, shipping = (_default(reading, wire, kind) for kind in ("billing", "shipping"))
    customer = reading.build(
        Customer,
        "",
        id=customer_id,
        email=text(wire.get("email")).lower(),
        phone=next((each.phone for each in (billing, shipping) if each is not None and each.phone), ""),
        first_name=plain(wire.get("firstname")),
        last_name=plain(wire.get("lastname")),
        middle_name=plain(wire.get("middlename")),
        company=billing.company if billing is not None else "",
        tax_number=text(wire.get("taxvat")),
        birthday=_birthday(wire),
        gender=GENDERS.get(text(wire.get("gender")), ""),
        groups=tuple(group for group in [text(wire.get("group_id"))] if group),
        billing=billing,
        shipping=shipping,
        consents=_consents(wire),
        created_at=moment(reading, wire, "created_at", offset),
        updated_at=moment(reading, wire, "updated_at", offset),
        custom_fields=_custom_fields(reading, wire),
    )
    if customer is None or reading.faults:
        raise Unreadable(f"Magento customer {customer_id}", reading.faults)
    return customer


def _default(reading: Reading, wire: Mapping[str, Any], kind: str) -> Address | None:
    wanted = identifier(wire.get(f"default_{kind}"))
    for path, row in reading.objects(wire, "addresses"):
        if row.get(f"default_{kind}") is True or (wanted and identifier(row.get("id")) == wanted):
            return address(reading, row, path)
    return None


def _birthday(wire: Mapping[str, Any]) -> date | None:
    try:
        return date.fromisoformat(text(wire.get("dob"))[:10])
    except ValueError:
        return None


def _consents(wire: Mapping[str, Any]) -> tuple[Consent, ...]:
    subscribed = as_map(wire.get("extension_attributes")).get("is_subscribed")
    return (Consent(channel="email", granted=subscribed),) if isinstance(subscribed, bool) else ()


def _custom_fields(reading: Reading, wire: Mapping[str, Any]) -> dict[str, Any]:
    rows = reading.objects(wire, "custom_attributes")
    return {code: text(row.get("value")) for _, row in rows if (code := text(row.get("attribute_code"), 200))}
