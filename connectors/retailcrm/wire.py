"""Shapes on the wire (RetailCRM API v5): what we read from answers, and what we send.

PHP writes an empty map as ``[]`` and keys many collections by code or id: ``rows`` evens that out.
"""

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, TypedDict


class WirePhone(TypedDict):
    number: str


class WireAddress(TypedDict, total=False):
    index: str
    countryIso: str
    region: str
    city: str
    street: str
    building: str
    flat: str
    floor: str
    block: str
    metro: str
    notes: str
    text: str


class WireCustomer(TypedDict, total=False):
    id: int
    site: str
    externalId: str
    firstName: str
    lastName: str
    patronymic: str
    email: str
    phones: list[WirePhone]
    birthday: str
    sex: str
    createdAt: str
    subscribed: bool
    address: WireAddress
    customFields: dict[str, Any]


class WirePayment(TypedDict, total=False):
    id: int
    externalId: str
    type: str
    status: str
    amount: float
    paidAt: str
    comment: str
    order: dict[str, Any]


class WireExternalId(TypedDict):
    code: str
    value: str


class WireProperty(TypedDict):
    code: str
    name: str
    value: str


class WireItem(TypedDict, total=False):
    offer: dict[str, str]
    productName: str
    initialPrice: float
    discountManualAmount: float
    quantity: float
    vatRate: str
    properties: list[WireProperty]
    externalIds: list[WireExternalId]


class WireDelivery(TypedDict, total=False):
    code: str
    cost: float
    date: str
    time: dict[str, str]
    address: WireAddress


class WireOrder(TypedDict, total=False):
    """``payments`` is a list in the answers to create and upload, an object keyed by id in all others."""

    id: int
    externalId: str
    number: str
    site: str
    createdAt: str
    status: str
    orderMethod: str
    countryIso: str
    firstName: str
    lastName: str
    patronymic: str
    phone: str
    additionalPhone: str
    email: str
    customer: dict[str, Any]
    customerComment: str
    managerComment: str
    isFromCart: bool
    weight: float
    discountManualAmount: float
    discountManualPercent: float
    totalSumm: float
    delivery: WireDelivery
    items: list[WireItem]
    payments: Any
    source: dict[str, str]
    customFields: dict[str, Any]


class WireHistoryRecord(TypedDict, total=False):
    """A row of orders/history. ``order`` is the order as it was at that record, not as it is now."""

    id: int
    createdAt: str
    created: bool
    deleted: bool
    source: str
    apiKey: dict[str, Any]
    field: str
    oldValue: Any
    newValue: Any
    order: dict[str, Any]


def rows(value: Any) -> list[dict[str, Any]]:
    """The entries of a collection in either shape; a row keyed by its code gets the key as ``code``."""
    if isinstance(value, Mapping):
        return [{"code": str(key), **row} for key, row in value.items() if isinstance(row, Mapping)]
    if isinstance(value, list):
        return [dict(row) for row in value if isinstance(row, Mapping)]
    return []


def json_object(text: str) -> dict[str, Any]:
    """The object that a text holds as JSON; empty for anything else."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def as_map(value: Any) -> Mapping[str, Any]:
    """The object, or an empty one: PHP writes an empty object as ``[]``, and null stands for nothing."""
    return value if isinstance(value, Mapping) else {}


def texts(value: Any) -> list[str]:
    """The values of a list; PHP writes a list with gaps as an object."""
    found = value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ()
    return [each for each in map(text, found) if each]


def amount(value: Any) -> Decimal:
    """A number, also one written as text; nought for what is none."""
    try:
        found = Decimal(str(value or 0))
    except ArithmeticError:
        return Decimal(0)
    return found if found.is_finite() and abs(found) < _LARGEST else Decimal(0)


_LARGEST = Decimal(10) ** 14
"""Beyond it lies no amount of money, and what is beyond cannot be rounded to cents."""


def text(value: Any) -> str:
    """An id or code as text: numbers become digits, absent becomes empty."""
    return "" if value is None or isinstance(value, (bool, dict, list)) else str(value)
