"""Shoppers and addresses. What the buyer typed is free text in every field."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from connectors.contract.canonical import Address, Customer
from connectors.toolkit.lenient import MAX_LONG_TEXT, Reading, as_map, identifier, plain, plain_lines, simple, text

from .config import Config
from .names import Name, split_name

_PLACE = ("country", "index", "region", "city", "metro", "street", "building", "entrance", "floor", "room")


@dataclass(frozen=True, slots=True)
class People:
    """Reads people with the connection's settings."""

    config: Config

    def name(self, wire: Mapping[str, Any], *keys: str) -> Name:
        """The shop's own first and last name where it keeps them apart, else the first of the whole names."""
        first, last = plain(wire.get("first_name")), plain(wire.get("last_name"))
        if last:
            return Name(first, last)
        whole = next((found for key in keys if (found := plain(wire.get(key)))), "")
        return split_name(whole or first, self.config.name_order)

    def email(self, wire: Mapping[str, Any], *, is_generated: object = False) -> str:
        """Lower case; empty for an address that the shop made up."""
        return "" if is_generated is True and self.config.skip_generated_emails else plain(wire.get("email")).lower()

    def address(self, reading: Reading, value: object, path: str, *, invented_email: str = "") -> Address | None:
        """None when the buyer filled in nothing. A country that is no known one stays in the free text."""
        wire = as_map(value)
        written = plain(wire.get("country"))
        country = self.config.countries.code(written)
        name = self.name(wire, "receiver")
        email = self.email(wire)
        if email and email == invented_email:
            email = ""
        parts: dict[str, str] = {
            "first_name": name.first,
            "last_name": name.last,
            "middle_name": name.middle,
            "company": plain(wire.get("company")),
            "street": plain(wire.get("street")),
            "building": plain(wire.get("building")),
            "flat": plain(wire.get("room")),
            "entrance": plain(wire.get("entrance")),
            "floor": plain(wire.get("floor")),
            "metro": plain(wire.get("metro")),
            "city": plain(wire.get("city")),
            "region": plain(wire.get("region")),
            "postcode": plain(wire.get("index")),
            "country": country,
            "phone": plain(wire.get("phone")),
            "email": email,
            "text": plain_lines(wire.get("text_address")),
        }
        if written and not country and not parts["text"]:
            parts["text"] = ", ".join(part for key in _PLACE if (part := plain(wire.get(key))))[:MAX_LONG_TEXT]
        extra = {"country_name": written} if written and not country else {}
        if not any(parts.values()):
            return None
        return reading.build(Address, path, **parts, extra=extra)

    def buyer(self, reading: Reading, order: Mapping[str, Any], shipping: Address | None) -> Customer | None:
        """Who bought: the shop's customer, or a guest. An order that a manager entered names the manager as its user;
        then only the address tells of the buyer. None when nothing is known of anybody."""
        wire = as_map(order.get("customer"))
        is_manager = wire.get("is_manager") is True
        account = "" if is_manager else identifier(wire.get("id"))
        place = shipping or Address()
        known = {} if is_manager else wire
        profile = self.name(known, "full_name")
        has_name = bool(profile.first or profile.last)
        named = profile if has_name else Name(place.first_name, place.last_name, place.middle_name)
        email = self.email(known, is_generated=known.get("email_is_generated")) or place.email
        phone = plain(known.get("phone")) or plain(known.get("mobile_phone")) or place.phone
        if not (account or email or phone or named.first or named.last):
            return None
        return reading.build(
            Customer,
            "customer",
            id=account or None,
            is_guest=not account,
            email=email,
            phone=phone,
            first_name=named.first,
            last_name=named.last,
            middle_name=named.middle,
            company=plain(known.get("company")),
            shipping=shipping,
        )

    def customer(self, reading: Reading, wire: Mapping[str, Any]) -> Customer | None:
        """A customer of ``customer.saved``, ``customer.get`` and ``customer.list``."""
        id = identifier(wire.get("id"))
        if not id:
            reading.fault("id", "is missing")
        name = self.name(wire, "full_name")
        return reading.build(
            Customer,
            "",
            id=id or None,
            email=self.email(wire, is_generated=wire.get("email_is_generated")),
            phone=plain(wire.get("phone")) or plain(wire.get("mobile_phone")),
            more_phones=_second_phone(wire),
            first_name=name.first,
            last_name=name.last,
            middle_name=name.middle,
            company=plain(wire.get("company")),
            birthday=_birthday(wire.get("birthday")),
            gender=_gender(wire.get("gender")),
            groups=tuple(_texts(wire.get("groups"))),
            shipping=self.address(reading, wire.get("address"), "address"),
            created_at=reading.zoned(wire, "created_at"),
            updated_at=reading.zoned(wire, "updated_at"),
            custom_fields=fields(wire.get("fields")),
        )


def fields(value: object, prefix: str = "", depth: int = 2) -> dict[str, Any]:
    """What staff and add-ons keep beside: scalars and short lists by key; objects inside as ``outer.inner``."""
    found: dict[str, Any] = {}
    for key, item in as_map(value).items():
        name = f"{prefix}{text(key, 100)}"
        if isinstance(item, dict):
            found |= fields(item, f"{name}.", depth - 1) if depth else {}
        elif (kept := simple(item)) is not None and not key.startswith("_"):
            found[name] = kept
        if len(found) >= _MOST_FIELDS:
            break
    return found


_MOST_FIELDS = 200
"""Beyond these an add-on keeps its own data, not what staff defined."""


def _second_phone(wire: Mapping[str, Any]) -> tuple[str, ...]:
    first, second = plain(wire.get("phone")), plain(wire.get("mobile_phone"))
    return (second,) if first and second and first != second else ()


def _gender(value: object) -> str:
    name = text(value).lower()
    return name if name in {"male", "female"} else ""


def _birthday(value: object) -> date | None:
    try:
        return date.fromisoformat(text(value)[:10])
    except ValueError:
        return None


def _texts(value: object) -> Sequence[str]:
    return [found for item in value if (found := plain(item))] if isinstance(value, list) else []
