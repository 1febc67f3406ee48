"""The shop's order as a canonical order. Returns an Order or raises Unreadable with every fault and its path."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from connectors.contract.canonical import Address, Customer, Delivery, Lead, Money, Order, OrderLine, Source
from connectors.contract.errors import Fault, Unreadable
from connectors.toolkit.lenient import MAX_CODE, Reading, as_map, identifier, plain, plain_lines, text

from . import lines
from .config import Config, ExternalId
from .people import People, fields

DRAFT_STATUS = "0"
"""An order that is just being placed has no status yet (miniShop2). The plug-in leaves drafts out; this is a second
look."""

FROM_CHECKOUT, FROM_MANAGER = "checkout", "manager"

_SOURCE_PARTS = {
    "source": "utm_source",
    "medium": "utm_medium",
    "campaign": "utm_campaign",
    "keyword": "utm_term",
    "content": "utm_content",
    "referrer": "referrer",
}


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads what the shop tells with the connection's settings."""

    config: Config

    def order(self, payload: object) -> Order:
        """Some edits leave ``updated_at`` where it is: two states with one time, of which the hub reads the present."""
        wire = as_map(payload)
        if not wire:
            raise Unreadable("MODX order", [Fault("order", "is not an object")])
        reading = Reading()
        order = self._order(reading, wire)
        if order is None or reading.faults:
            name = plain(wire.get("number")) or identifier(wire.get("id")) or "without id"
            raise Unreadable(f"MODX order {name[:50]}", reading.faults)
        return order

    def customer(self, payload: object) -> Customer:
        wire = as_map(payload)
        if not wire:
            raise Unreadable("MODX customer", [Fault("customer", "is not an object")])
        reading = Reading()
        customer = People(self.config).customer(reading, wire)
        if customer is None or reading.faults:
            raise Unreadable(f"MODX customer {identifier(wire.get('id')) or 'without id'}", reading.faults)
        return customer

    def lead(self, payload: object) -> Lead:
        """The person of a form is a guest; what else was filled in comes in ``fields``."""
        wire = as_map(payload)
        if not wire:
            raise Unreadable("MODX form", [Fault("lead", "is not an object")])
        reading = Reading()
        lead = self._lead(reading, wire)
        if lead is None or reading.faults:
            raise Unreadable(f"MODX form {identifier(wire.get('id')) or 'without id'}", reading.faults)
        return lead

    def _order(self, reading: Reading, wire: Mapping[str, Any]) -> Order | None:
        id, number = identifier(wire.get("id")), plain(wire.get("number"), MAX_CODE)
        status = text(as_map(wire.get("status")).get("id"), MAX_CODE)
        created_at = reading.zoned(wire, "created_at")
        currency = self._currency(reading, wire)
        for path, value in (("id", id), ("status.id", status), ("created_at", created_at)):
            if not value and not any(fault.path == path for fault in reading.faults):
                reading.fault(path, "is missing")
        people = People(self.config)
        customer = as_map(wire.get("customer"))
        invented = plain(customer.get("email")).lower() if customer.get("email_is_generated") is True else ""
        address = people.address(
            reading,
            wire.get("address"),
            "address",
            invented_email=invented if self.config.skip_generated_emails else "",
        )
        money = self._amounts(reading, wire, address, id=id, currency=currency)
        return reading.build(
            Order,
            "",
            id=id,
            external_id=self._external_id(id, number, identifier(wire.get("number_first_id"))),
            number=number or id,
            status=status,
            created_at=created_at,
            updated_at=reading.zoned(wire, "updated_at"),
            paid_at=lines.paid_at(reading, wire),
            currency=currency,
            customer=people.buyer(reading, wire, address),
            discounts=lines.discounts(reading, wire),
            weight=lines.weight(reading, wire, "", lines.Lines(self.config).unit(wire)),
            customer_comment=_comment(wire),
            manager_comment=plain_lines(wire.get("manager_comment")),
            order_method=FROM_MANAGER if customer.get("is_manager") is True else FROM_CHECKOUT,
            store_view=text(wire.get("context"), MAX_CODE),
            source=_source(wire.get("properties")),
            custom_fields=_custom_fields(wire),
            **money,
        )

    def _amounts(
        self, reading: Reading, wire: Mapping[str, Any], address: Address | None, *, id: str, currency: str
    ) -> dict[str, Any]:
        totals = as_map(wire.get("totals"))
        found: tuple[OrderLine, ...] = lines.Lines(self.config).lines(reading, wire)
        deliveries: tuple[Delivery, ...] = lines.delivery(reading, wire, address)
        off = sum((each.amount for each in lines.discounts(Reading(), wire)), Decimal(0))
        before = _sum(found, deliveries)
        total = reading.amount(totals, "total", "totals", required=True)
        if not self.config.is_discount_in_prices:
            found = lines.lowered(found, off)
            if total == before:
                # Neither the prices nor the sum held the discount: what is to be paid is less than the shop says.
                total = _sum(found, deliveries)
        money = reading.build(Money, "currency", amount=total, currency=currency) if currency else None
        payment = plain(as_map(wire.get("payment")).get("name"))
        return {
            "lines": found,
            "deliveries": deliveries,
            "payments": lines.payments(reading, wire, id, money),
            "fees": lines.left_over(total, _sum(found, deliveries), payment) if not reading.faults else (),
            "total": total,
            "discount_total": off,
        }

    def _currency(self, reading: Reading, wire: Mapping[str, Any]) -> str:
        """The connection's, else the shop's own."""
        currency = self.config.currency or text(wire.get("currency")).upper()
        if not currency:
            reading.fault("currency", "is not known. Enter the shop's currency in the connection's settings")
        return currency

    def _external_id(self, id: str, number: str, first_id: str) -> str:
        """Empty: the id. The second order of one number gets its id behind it, so that the two stay apart."""
        if self.config.external_id is ExternalId.ID or not number:
            return ""
        written = number.replace("/", "-")
        return written if first_id in {"", id} else f"{written}-{id}"

    def _lead(self, reading: Reading, wire: Mapping[str, Any]) -> Lead | None:
        created_at = reading.zoned(wire, "created_at")
        if created_at is None and not reading.faults:
            reading.fault("created_at", "is missing")
        people = People(self.config)
        name = people.name(wire, "name")
        person = reading.build(
            Customer,
            "",
            is_guest=True,
            email=people.email(wire),
            phone=plain(wire.get("phone")),
            first_name=name.first,
            last_name=name.last,
            middle_name=name.middle,
        )
        return reading.build(
            Lead,
            "",
            id=identifier(wire.get("id")),
            form=text(wire.get("form"), MAX_CODE),
            title=plain(wire.get("title")),
            created_at=created_at,
            customer=person,
            message=plain_lines(wire.get("comment")),
            page_url=text(wire.get("page")),
            source=_source(wire.get("utm")),
            fields=fields(wire.get("fields")),
        )


def is_draft(payload: object) -> bool:
    wire = as_map(payload)
    return wire.get("is_draft") is True or text(as_map(wire.get("status")).get("id")) == DRAFT_STATUS


def _sum(found: tuple[OrderLine, ...], deliveries: tuple[Delivery, ...]) -> Decimal:
    return sum((line.total for line in found), Decimal(0)) + sum((each.cost for each in deliveries), Decimal(0))


def _comment(wire: Mapping[str, Any]) -> str:
    """The order's, and the address's where that says something else."""
    both = [plain_lines(wire.get("comment")), plain_lines(as_map(wire.get("address")).get("comment"))]
    return "\n".join(dict.fromkeys(part for part in both if part))


def _custom_fields(wire: Mapping[str, Any]) -> dict[str, Any]:
    """``properties`` of the order by key, those of its address as ``address.<key>``."""
    own = {key: value for key, value in fields(wire.get("properties")).items() if key not in _SOURCE_PARTS.values()}
    return fields(as_map(wire.get("address")).get("properties"), "address.") | own


def _source(value: object) -> Source | None:
    wire = as_map(value)
    parts = {part: text(wire.get(name)) for part, name in _SOURCE_PARTS.items()}
    return Source(**parts) if any(parts.values()) else None
