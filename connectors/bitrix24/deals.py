"""Order and lead drafts as the fields of deals and leads. Pure: no call is made here."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from connectors.contract.canonical import Address, Order, Source
from connectors.contract.results import LeadDraft, OrderDraft
from connectors.toolkit.lenient import text
from connectors.toolkit.prices import decimals_of, money

from .config import Config
from .people import comms, email_of, phone_of, plain, without_empty
from .stages import pipeline_of

Fields = dict[str, Any]

MAX_TITLE = 255


def new_deal(draft: OrderDraft, config: Config, *, stage: str, manager: str, with_order_field: bool) -> Fields:
    """Everything that is set when the deal is made, and by nobody but us at that time."""
    order = draft.order
    fields: Fields = {
        "title": title(config.title, order.number or order.id),
        "categoryId": int(pipeline_of(stage) if stage else config.pipeline),
        "stageId": stage,
        "begindate": order.created_at.date().isoformat(),
        "opened": "Y",
        "assignedById": manager,
        "comments": comments(order),
        "sourceId": config.source,
        "originatorId": config.originator,
        "originId": draft.external_id,
        **origin(order.source),
        **amounts(order),
        **details(draft, config),
    }
    if with_order_field and config.order_field:
        fields[config.order_field] = draft.external_id
    if draft.is_backfill:
        fields |= _dates(order)
    return without_empty(fields)


def changed_deal(
    draft: OrderDraft, config: Config, present: Mapping[str, Any], *, stage: str, with_content: bool
) -> Fields:
    """What an edit writes: the stage when it is another one, amounts and mapped fields while they are the shop's.

    Title, responsible, contact, source and comments belong to the managers from the first day on.
    """
    fields: Fields = {}
    if stage and stage != text(present.get("stageId")):
        fields["stageId"] = stage
        if pipeline_of(stage) != (text(present.get("categoryId")) or "0"):
            fields["categoryId"] = int(pipeline_of(stage))
    if with_content:
        fields |= amounts(draft.order) | details(draft, config)
    return without_empty(fields)


def amounts(order: Order) -> Fields:
    """The order's own total, kept by hand: Bitrix24 would work out another one from rows that it rounds."""
    return {
        "currencyId": order.currency,
        "opportunity": money(order.total, decimals_of(order.currency)),
        "isManualOpportunity": "Y",
    }


def details(draft: OrderDraft, config: Config) -> Fields:
    """Delivery, payment and whatever rules map, in user fields. What is empty is not sent, so nothing is wiped."""
    order = draft.order
    deliveries = [
        code or each.name or each.code
        for each, code in zip(order.deliveries, [*draft.delivery_codes, *[None] * len(order.deliveries)], strict=False)
    ]
    payments = list(order.payments) if draft.payment_codes is not None else []
    methods = [
        code or each.name or each.code
        for each, code in zip(payments, [*(draft.payment_codes or ()), *[None] * len(payments)], strict=False)
    ]
    statuses = [
        code or each.status.value
        for each, code in zip(payments, [*draft.payment_statuses, *[None] * len(payments)], strict=False)
    ]
    found: Fields = {
        config.delivery_field: _joined(deliveries),
        config.address_field: address_text(order),
        config.payment_field: _joined(methods),
        config.payment_status_field: _joined(statuses),
    }
    found.pop("", None)
    return {**found, **{key: plain(value) for key, value in draft.fields.items()}}


def title(template: str, number: str) -> str:
    return template.replace("{number}", number)[:MAX_TITLE]


def comments(order: Order) -> str:
    """What the buyer and the shop wrote, and a buyer whom no contact can stand for."""
    buyer = order.customer
    nameless = buyer is not None and not (buyer.id or email_of(buyer) or phone_of(buyer))
    return "\n".join(
        part
        for part in (
            order.customer_comment,
            order.manager_comment,
            f"Buyer: {buyer.full_name}" if buyer and nameless and buyer.full_name else "",
        )
        if part
    )


def origin(source: Source | None) -> Fields:
    if source is None:
        return {}
    return {
        "sourceDescription": source.referrer[:1000],
        "utmSource": source.source,
        "utmMedium": source.medium,
        "utmCampaign": source.campaign,
        "utmContent": source.content,
        "utmTerm": source.keyword,
    }


def address_text(order: Order) -> str:
    place = next((each.address for each in order.deliveries if each.address and not each.address.is_empty), None)
    points = [each.pickup_point for each in order.deliveries if each.pickup_point]
    return ", ".join([*points, *([_address(place)] if place else [])])


def _address(place: Address) -> str:
    if place.text:
        return place.text
    lines = (place.line1, place.line2) if place.line1 else (place.street, place.building, place.flat)
    return ", ".join(part for part in (place.postcode, place.city, place.region, *lines, place.country) if part)


def _dates(order: Order) -> Fields:
    """An import keeps the true dates when the webhook's owner is an administrator."""
    closed = order.completed_at
    return {
        "createdTime": _moment(order.created_at),
        "updatedTime": _moment(order.updated_at or order.created_at),
        "closedate": closed.date().isoformat() if closed else "",
    }


def _moment(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")


def _joined(parts: list[str]) -> str:
    return ", ".join(dict.fromkeys(part for part in parts if part))


# --- leads --------------------------------------------------------------------------------------------------------


def new_lead(draft: LeadDraft, config: Config) -> Fields:
    """A form as a lead; it holds name and phones itself, until managers turn it into contact and deal."""
    customer = draft.lead.customer
    email, phone = email_of(customer), phone_of(customer)
    fields: Fields = {
        **_form(draft, config),
        "name": customer.first_name,
        "secondName": customer.middle_name,
        "lastName": customer.last_name,
        "companyTitle": customer.company,
        "fm": comms([email], [phone]),
        **_lead_amounts(draft),
        **{key: plain(value) for key, value in draft.fields.items()},
    }
    return without_empty(fields) | {"title": _lead_title(draft), "originId": draft.external_id, "opened": "Y"}


def lead_as_deal(draft: LeadDraft, config: Config) -> Fields:
    """A form as a deal of the pipeline, for portals that work without leads."""
    fields: Fields = {
        **_form(draft, config),
        "categoryId": int(config.pipeline),
        "stageId": config.first_stage,
        "begindate": draft.lead.created_at.date().isoformat(),
        **_lead_amounts(draft),
        **{key: plain(value) for key, value in draft.fields.items()},
    }
    return without_empty(fields) | {"title": _lead_title(draft), "originId": draft.external_id, "opened": "Y"}


def _form(draft: LeadDraft, config: Config) -> Fields:
    lead = draft.lead
    return {
        "assignedById": config.default_manager,
        "sourceId": draft.order_method or config.source,
        "comments": "\n".join(part for part in (lead.message, lead.page_url) if part),
        "originatorId": config.originator,
        **origin(lead.source),
    }


def _lead_title(draft: LeadDraft) -> str:
    lead = draft.lead
    return (lead.title or lead.form or f"Request {lead.id}")[:MAX_TITLE]


def _lead_amounts(draft: LeadDraft) -> Fields:
    """A cart that was left has lines and a currency."""
    lead = draft.lead
    if not lead.lines or not lead.currency:
        return {}
    total = sum((line.total_gross for line in lead.lines), start=lead.lines[0].total_gross * 0)
    return {
        "currencyId": lead.currency,
        "opportunity": money(total, decimals_of(lead.currency)),
        "isManualOpportunity": "Y",
    }
