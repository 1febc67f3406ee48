"""Addresses and shoppers."""

import re
from collections.abc import Mapping
from typing import Any

from connectors.contract.canonical import Address, Customer
from connectors.contract.errors import Fault, Unreadable
from connectors.woocommerce import meta
from connectors.woocommerce.lenient import Reading, as_map, identifier, plain, text

_COUNTRY = re.compile(r"[A-Z]{2}")
_STATE_CODE = re.compile(r"[A-Z0-9-]{1,6}")


def address(reading: Reading, value: object, path: str) -> Address | None:
    """A ``billing`` or ``shipping`` object; None when every part of it is empty."""
    wire = as_map(value)
    country, state = text(wire.get("country")).upper(), plain(wire.get("state"))
    is_code = _COUNTRY.fullmatch(country) is not None
    parts = {
        "first_name": plain(wire.get("first_name")),
        "last_name": plain(wire.get("last_name")),
        "company": plain(wire.get("company")),
        "line1": plain(wire.get("address_1")),
        "line2": plain(wire.get("address_2")),
        "city": plain(wire.get("city")),
        "region": state,
        "region_code": state if _STATE_CODE.fullmatch(state) else "",
        "postcode": plain(wire.get("postcode")),
        "country": country if is_code else "",
        "phone": plain(wire.get("phone")),
        "email": plain(wire.get("email")).lower(),
    }
    extra = {} if is_code or not country else {"country_name": country}
    if not any(parts.values()) and not extra:
        return None
    return reading.build(Address, path, **parts, extra=extra)


def customer_of_order(
    wire: Mapping[str, Any], billing: Address | None, shipping: Address | None, reading: Reading
) -> Customer | None:
    """The buyer: the account, or the guest as the billing address names one. None when nothing is known."""
    account = identifier(wire.get("customer_id"))
    if not account and billing is None and shipping is None:
        return None
    named = billing or shipping or Address()
    return reading.build(
        Customer,
        "customer_id",
        id=account or None,
        is_guest=not account,
        email=named.email,
        phone=named.phone or (shipping.phone if shipping else ""),
        first_name=named.first_name,
        last_name=named.last_name,
        company=named.company,
        billing=billing,
        shipping=shipping,
    )


def read_customer(payload: object) -> Customer:
    """A ``customers`` object; raises Unreadable with all faults. Only accounts exist here, guests live in orders."""
    wire = as_map(payload)
    reading = Reading()
    if not wire:
        raise Unreadable("WooCommerce customer", [Fault("", "is not an object")])
    account = identifier(wire.get("id"))
    if not account:
        reading.fault("id", "is missing")
    billing = address(reading, wire.get("billing"), "billing")
    shipping = address(reading, wire.get("shipping"), "shipping")
    named = billing or shipping or Address()
    role = text(wire.get("role"))
    customer = reading.build(
        Customer,
        "",
        id=account or None,
        email=plain(wire.get("email")).lower() or named.email,
        phone=named.phone or (shipping.phone if shipping else ""),
        first_name=plain(wire.get("first_name")) or named.first_name,
        last_name=plain(wire.get("last_name")) or named.last_name,
        company=named.company,
        groups=(role,) if role else (),
        billing=billing,
        shipping=shipping,
        created_at=reading.moment(wire, "date_created"),
        updated_at=reading.moment(wire, "date_modified"),
        custom_fields=meta.custom_fields(wire),
    )
    if customer is None or reading.faults:
        raise Unreadable(f"WooCommerce customer {account or 'without id'}", reading.faults)
    return customer
