"""Order and lead drafts as RetailCRM wants them. Pure: no call is made here, except for the facts of the account."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from connectors.contract.canonical import Address, Delivery, Lead, Order, Source
from connectors.contract.results import LeadDraft, OrderDraft
from connectors.toolkit.phones import e164 as phone

from .config import Config
from .facts import Facts
from .items import credits_of, items_of
from .payments import payments_of
from .people import add_fields, address, country_of, email_of, phone_of, without_empty
from .prices import decimals_of, money, number
from .wire import WireDelivery, WireOrder

ORDER_FIELDS = frozenset(
    {
        *("orderType", "orderMethod", "status", "statusComment", "customerComment", "managerComment", "managerId"),
        *("additionalPhone", "call", "clientId", "privilegeType", "weight", "length", "width", "height"),
        *("shipmentDate", "shipmentStore", "shipped"),
    }
)
"""Standard fields of an order that a field rule may fill; every other key is a custom field."""


@dataclass(frozen=True, slots=True)
class OrderBodies:
    """The same order as it is created and as it is edited, without its customer. ``first``: set at creation alone."""

    first: Mapping[str, Any]
    always: Mapping[str, Any]

    @property
    def create(self) -> WireOrder:
        body: WireOrder = without_empty({**self.first, **self.always})
        return body

    @property
    def edit(self) -> WireOrder:
        body: WireOrder = without_empty(self.always)
        return body


def order_bodies(draft: OrderDraft, config: Config, facts: Facts) -> OrderBodies:
    order = draft.order
    decimals = decimals_of(order.currency)
    body: dict[str, Any] = {
        "status": draft.status,
        "orderMethod": draft.order_method,
        "customerComment": order.customer_comment,
        "managerComment": order.manager_comment,
        "isFromCart": True,
        "weight": number(order.weight.grams.quantize(Decimal("0.001"))) if order.weight else None,
        "discountManualAmount": money(credits_of(order), decimals),
        "discountManualPercent": 0,
        "delivery": _delivery(draft, decimals),
        "items": items_of(draft, config, decimals),
        "source": _source(order.source),
        **_contact(order),
    }
    add_fields(body, draft.fields, ORDER_FIELDS, facts)
    first: dict[str, Any] = {
        "externalId": draft.external_id,
        "number": order.number if config.transfer_number else "",
        "createdAt": facts.local(order.created_at),
        "payments": payments_of(draft, facts),
    }
    return OrderBodies(first, body)


def lead_bodies(draft: LeadDraft, facts: Facts) -> OrderBodies:
    """A lead is an order without items; its order method tells staff what it is."""
    lead, customer = draft.lead, draft.lead.customer
    body: dict[str, Any] = {
        "orderMethod": draft.order_method,
        "firstName": customer.first_name,
        "lastName": customer.last_name,
        "patronymic": customer.middle_name,
        "phone": phone_of(customer),
        "email": email_of(customer),
        "countryIso": country_of(customer),
        "customerComment": lead.message,
        "managerComment": "\n".join(
            [part for part in (lead.title or lead.form, lead.page_url) if part] + filled_in(lead)
        ),
        "source": _source(lead.source),
    }
    add_fields(body, draft.fields, ORDER_FIELDS, facts)
    first = {"externalId": draft.external_id, "createdAt": facts.local(lead.created_at)}
    return OrderBodies(first, body)


def filled_in(lead: Lead) -> list[str]:
    """What the form asked beside name, contact and message: ``name: value``, one a line."""
    shown = {
        name: ", ".join(map(str, value)) if isinstance(value, list) else value for name, value in lead.fields.items()
    }
    return [f"{name}: {value}" for name, value in shown.items() if value not in (None, "", {})]


def _contact(order: Order) -> dict[str, Any]:
    """The buyer. Names come from one place as a whole, so that two people are never mixed into one."""
    customer, billing, shipping = order.customer, order.billing, _shipping(order)
    named = next((who for who in (billing, customer, shipping) if who and (who.first_name or who.last_name)), None)
    country = next((place.country for place in (billing, shipping) if place and place.country), "")
    country = country or (country_of(customer) if customer else "")
    typed = [who.phone for who in (billing, customer, shipping) if who and who.phone.strip()]
    phones = list(dict.fromkeys(phone(raw, country) for raw in typed))
    emails = [who.email.strip().lower() for who in (billing, customer, shipping) if who and who.email.strip()]
    return {
        "firstName": named.first_name if named else "",
        "lastName": named.last_name if named else "",
        "patronymic": named.middle_name if named else "",
        "phone": phones[0] if phones else "",
        "additionalPhone": phones[1] if len(phones) > 1 else "",
        "email": emails[0] if emails else "",
        "countryIso": country,
    }


def _shipping(order: Order) -> Address | None:
    places = [delivery.address for delivery in order.deliveries]
    places += [order.customer.shipping] if order.customer and not order.deliveries else []
    return next((place for place in places if place is not None and not place.is_empty), None)


def _delivery(draft: OrderDraft, decimals: int) -> WireDelivery:
    """RetailCRM has one delivery: the first mapped code, and what all deliveries cost together, with tax.

    A delivery that is ignored on purpose lends no code, but its cost stays: money is never left out.
    """
    order = draft.order
    codes = [code for code in draft.delivery_codes if code]
    shipped: Sequence[Delivery] = order.deliveries
    place = _shipping(order)
    dated = next((delivery for delivery in shipped if delivery.delivery_date), None)
    timed = next((delivery for delivery in shipped if delivery.time_from or delivery.time_to), None)
    parts = address(place)
    parts["notes"] = "; ".join(_notes(order, place))
    body: WireDelivery = {
        "code": codes[0] if codes else "",
        "date": dated.delivery_date.isoformat() if dated and dated.delivery_date else "",
        "time": {"from": timed.time_from, "to": timed.time_to} if timed else {},
        "address": parts,
    }
    if shipped:
        body["cost"] = money(sum((delivery.cost_gross for delivery in shipped), Decimal(0)), decimals)
    return body


def _notes(order: Order, place: Address | None) -> list[str]:
    """Pick-up points, and who receives the parcel when that is somebody else than the buyer."""
    notes = [delivery.pickup_point for delivery in order.deliveries if delivery.pickup_point]
    if place is None:
        return notes
    receiver = " ".join(part for part in (place.first_name, place.middle_name, place.last_name) if part)
    contact = _contact(order)
    buyer = " ".join(contact[key] for key in ("firstName", "patronymic", "lastName") if contact[key])
    return [*notes, receiver] if receiver and receiver != buyer else notes


def _source(source: Source | None) -> dict[str, str]:
    if source is None:
        return {}
    return {
        "source": source.source,
        "medium": source.medium,
        "campaign": source.campaign,
        "keyword": source.keyword,
        "content": source.content,
    }
