"""The sources that a field rule may take its value from: key, label, type, and how to read it from a record.

No Django here. Labels are English and marked for translation; whoever shows one passes it through ``gettext``.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, Generic, TypeVar

from connectors.contract.canonical import Customer, Lead, ObjectKind, Order, Source

R = TypeVar("R")

CONSTANT = "constant"
"""The source key of a text that staff typed into the rule."""

CUSTOM_PREFIX = "custom:"
"""``custom:<field>`` reads a field that staff defined in the shop, or an extra field of a form."""


def gettext_noop(text: str) -> str:
    """Marks a label for translation, under the name that message extraction looks for."""
    return text


class SourceType(StrEnum):
    TEXT = "text"
    NUMBER = "number"
    MOMENT = "moment"
    DAY = "day"


@dataclass(frozen=True, slots=True)
class FieldSource(Generic[R]):
    """``read`` gives None or an empty text when the record has no such value."""

    key: str
    label: str
    type: SourceType
    read: Callable[[R], Any]


def _origin(part: str) -> Callable[[Order | Lead], str]:
    def read(record: Order | Lead) -> str:
        return str(getattr(record.source or Source(), part))

    return read


def _first_delivery(part: str) -> Callable[[Order], Any]:
    def read(order: Order) -> Any:
        return getattr(order.deliveries[0], part) if order.deliveries else None

    return read


def _buyer(part: str) -> Callable[[Order | Lead], Any]:
    def read(record: Order | Lead) -> Any:
        return getattr(record.customer, part) if record.customer else None

    return read


def coupon_codes(order: Order) -> str:
    """All coupon codes of the order, in its own order, each once."""
    return ", ".join(dict.fromkeys(discount.code for discount in order.discounts if discount.code))


def weight_grams(order: Order) -> Decimal | None:
    """The order's weight in whole grams: the shop's own figure, else the sum over lines that have one."""
    if order.weight is not None:
        return Decimal(round(order.weight.grams))
    weights = [line.weight.grams * line.quantity for line in order.lines if line.weight is not None]
    return Decimal(round(sum(weights, Decimal(0)))) if weights else None


_text, _number, _moment, _day = SourceType.TEXT, SourceType.NUMBER, SourceType.MOMENT, SourceType.DAY

ORDER_SOURCES: Sequence[FieldSource[Order]] = (
    FieldSource("id", gettext_noop("Order id in the store"), _text, lambda order: order.id),
    FieldSource("number", gettext_noop("Order number"), _text, lambda order: order.number or order.id),
    FieldSource("status", gettext_noop("Store status code"), _text, lambda order: order.status),
    FieldSource("created_at", gettext_noop("Ordered at"), _moment, lambda order: order.created_at),
    FieldSource("updated_at", gettext_noop("Changed at"), _moment, lambda order: order.updated_at),
    FieldSource("paid_at", gettext_noop("Paid at"), _moment, lambda order: order.paid_at),
    FieldSource("completed_at", gettext_noop("Completed at"), _moment, lambda order: order.completed_at),
    FieldSource("currency", gettext_noop("Currency"), _text, lambda order: order.currency),
    FieldSource("total", gettext_noop("Total"), _number, lambda order: order.total),
    FieldSource("total_tax", gettext_noop("Tax in total"), _number, lambda order: order.total_tax),
    FieldSource("discount_total", gettext_noop("Discount in total"), _number, lambda order: order.discount_total),
    FieldSource("coupons", gettext_noop("Coupon codes"), _text, coupon_codes),
    FieldSource("customer_comment", gettext_noop("Buyer's comment"), _text, lambda order: order.customer_comment),
    FieldSource("manager_comment", gettext_noop("Shop's comment"), _text, lambda order: order.manager_comment),
    FieldSource("order_method", gettext_noop("Order method code"), _text, lambda order: order.order_method),
    FieldSource("store_view", gettext_noop("Store view"), _text, lambda order: order.store_view),
    FieldSource("locale", gettext_noop("Buyer's language"), _text, _buyer("locale")),
    FieldSource("weight_grams", gettext_noop("Weight in grams"), _number, weight_grams),
    FieldSource("url", gettext_noop("Address of the order in the store"), _text, lambda order: order.url),
    FieldSource("delivery_code", gettext_noop("Delivery method code"), _text, _first_delivery("code")),
    FieldSource("delivery_name", gettext_noop("Delivery method"), _text, _first_delivery("name")),
    FieldSource("delivery_cost", gettext_noop("Delivery cost with tax"), _number, _first_delivery("cost_gross")),
    FieldSource("delivery_date", gettext_noop("Delivery date"), _day, _first_delivery("delivery_date")),
    FieldSource("pickup_point", gettext_noop("Pickup point"), _text, _first_delivery("pickup_point")),
    FieldSource("tracking_number", gettext_noop("Tracking number"), _text, _first_delivery("tracking_number")),
    FieldSource("customer_id", gettext_noop("Customer id in the store"), _text, _buyer("id")),
    FieldSource("customer_company", gettext_noop("Buyer's company"), _text, _buyer("company")),
    FieldSource("customer_tax_number", gettext_noop("Buyer's tax number"), _text, _buyer("tax_number")),
    FieldSource("utm_source", gettext_noop("Origin: source"), _text, _origin("source")),
    FieldSource("utm_medium", gettext_noop("Origin: medium"), _text, _origin("medium")),
    FieldSource("utm_campaign", gettext_noop("Origin: campaign"), _text, _origin("campaign")),
    FieldSource("utm_term", gettext_noop("Origin: keyword"), _text, _origin("keyword")),
    FieldSource("utm_content", gettext_noop("Origin: content"), _text, _origin("content")),
    FieldSource("referrer", gettext_noop("Origin: referring page"), _text, _origin("referrer")),
)

CUSTOMER_SOURCES: Sequence[FieldSource[Customer]] = (
    FieldSource("id", gettext_noop("Customer id in the store"), _text, lambda customer: customer.id),
    FieldSource("email", gettext_noop("E-mail"), _text, lambda customer: customer.email),
    FieldSource("phone", gettext_noop("Phone"), _text, lambda customer: customer.phone),
    FieldSource("full_name", gettext_noop("Full name"), _text, lambda customer: customer.full_name),
    FieldSource("company", gettext_noop("Company"), _text, lambda customer: customer.company),
    FieldSource("tax_number", gettext_noop("Tax number"), _text, lambda customer: customer.tax_number),
    FieldSource("birthday", gettext_noop("Birthday"), _day, lambda customer: customer.birthday),
    FieldSource("gender", gettext_noop("Gender"), _text, lambda customer: customer.gender),
    FieldSource("locale", gettext_noop("Language"), _text, lambda customer: customer.locale),
    FieldSource("groups", gettext_noop("Customer groups"), _text, lambda customer: ", ".join(customer.groups)),
    FieldSource("tags", gettext_noop("Tags"), _text, lambda customer: ", ".join(customer.tags)),
    FieldSource("created_at", gettext_noop("Registered at"), _moment, lambda customer: customer.created_at),
    FieldSource("url", gettext_noop("Address of the customer in the store"), _text, lambda customer: customer.url),
)

LEAD_SOURCES: Sequence[FieldSource[Lead]] = (
    FieldSource("id", gettext_noop("Lead id in the store"), _text, lambda lead: lead.id),
    FieldSource("form", gettext_noop("Form code"), _text, lambda lead: lead.form),
    FieldSource("title", gettext_noop("Title"), _text, lambda lead: lead.title),
    FieldSource("message", gettext_noop("Message"), _text, lambda lead: lead.message),
    FieldSource("page_url", gettext_noop("Page of the form"), _text, lambda lead: lead.page_url),
    FieldSource("created_at", gettext_noop("Sent at"), _moment, lambda lead: lead.created_at),
    FieldSource("locale", gettext_noop("Visitor's language"), _text, _buyer("locale")),
    FieldSource("utm_source", gettext_noop("Origin: source"), _text, _origin("source")),
    FieldSource("utm_medium", gettext_noop("Origin: medium"), _text, _origin("medium")),
    FieldSource("utm_campaign", gettext_noop("Origin: campaign"), _text, _origin("campaign")),
    FieldSource("utm_term", gettext_noop("Origin: keyword"), _text, _origin("keyword")),
    FieldSource("utm_content", gettext_noop("Origin: content"), _text, _origin("content")),
    FieldSource("referrer", gettext_noop("Origin: referring page"), _text, _origin("referrer")),
)

SOURCES: Mapping[str, Mapping[str, FieldSource[Any]]] = {
    ObjectKind.ORDER.value: {source.key: source for source in ORDER_SOURCES},
    ObjectKind.CUSTOMER.value: {source.key: source for source in CUSTOMER_SOURCES},
    ObjectKind.LEAD.value: {source.key: source for source in LEAD_SOURCES},
}
"""Object kind -> source key -> source."""


def is_source(kind: str, key: str) -> bool:
    """Whether a field rule of that object kind may name this source."""
    if key == CONSTANT:
        return True
    if key.startswith(CUSTOM_PREFIX):
        return len(key) > len(CUSTOM_PREFIX)
    return key in SOURCES.get(kind, {})


def read_source(kind: str, key: str, record: Order | Customer | Lead) -> Any:
    """The value as plain JSON data: amounts as decimal text, moments and days in ISO 8601. None: there is none."""
    if key.startswith(CUSTOM_PREFIX):
        custom = record.fields if isinstance(record, Lead) else record.custom_fields
        return custom.get(key.removeprefix(CUSTOM_PREFIX))
    source = SOURCES.get(kind, {}).get(key)
    return _plain(source.read(record)) if source is not None else None


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, datetime | date):
        return value.isoformat()
    return value
