"""What a push may hold, and how the OpenAPI page describes it. The components come from the canonical models."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import GenericAlias
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, create_model

from connectors.contract.canonical import Canonical, Customer, Lead, Order, Product, StatusChange
from connectors.contract.errors import Fault
from connectors.contract.push import MAX_FAULTS, PushType, faults_in

MAX_OBJECTS = 500
"""One transaction, and an answer within a second; a backfill sends many pushes."""

EVENT_ID = "event_id"


@dataclass(frozen=True, slots=True)
class PushKind:
    """One address of the push API: the names its body may use, and the type of the stored envelope."""

    push_type: PushType
    one: str
    many: str
    model: type[Canonical]
    title: str


ORDERS = PushKind(PushType.ORDER, "order", "orders", Order, "Orders")
CUSTOMERS = PushKind(PushType.CUSTOMER, "customer", "customers", Customer, "Customers")
LEADS = PushKind(PushType.LEAD, "lead", "leads", Lead, "Form leads")
PRODUCTS = PushKind(PushType.PRODUCT, "product", "products", Product, "Products")
STATUS_CHANGES = PushKind(PushType.STATUS, "status_change", "status_changes", StatusChange, "Status changes")


def objects_in(kind: PushKind, body: Mapping[str, Any]) -> tuple[list[dict[str, Any]], list[Fault]]:
    """The objects of a push, and everything that is wrong with them. Only without faults may they be stored."""
    unknown = [
        Fault(name[:100], f"Unknown. The body holds “{kind.one}” or “{kind.many}”.")
        for name in body
        if name not in {kind.one, kind.many, EVENT_ID}
    ]
    if unknown or (kind.one in body) == (kind.many in body):
        return [], unknown[:MAX_FAULTS] or [Fault(kind.many, f"Send either “{kind.one}” or “{kind.many}”.")]
    if kind.one in body:
        return _checked(kind, [(kind.one, body[kind.one])])
    items = body[kind.many]
    if not isinstance(items, list) or not 1 <= len(items) <= MAX_OBJECTS:
        return [], [Fault(kind.many, f"Must be a list of 1 to {MAX_OBJECTS} objects.")]
    return _checked(kind, [(f"{kind.many}.{index}", item) for index, item in enumerate(items)])


def _checked(kind: PushKind, placed: list[tuple[str, Any]]) -> tuple[list[dict[str, Any]], list[Fault]]:
    faults: list[Fault] = []
    for path, item in placed:
        faults += faults_in(kind.model, item, path)
        if len(faults) >= MAX_FAULTS:
            break
    return [item for _, item in placed], faults[: MAX_FAULTS + 1]


def body_model(kind: PushKind) -> type[BaseModel]:
    """The body of one address, for the description only: ``objects_in`` does the checking."""
    event_id = Field(None, max_length=200, description="Only for token pushes that cannot set Idempotency-Key.")
    many = GenericAlias(list, (kind.model,)) | None
    fields: dict[str, Any] = {
        kind.one: (kind.model | None, Field(None, description="One object.")),
        kind.many: (many, Field(None, min_length=1, max_length=MAX_OBJECTS, description="Several objects.")),
        EVENT_ID: (str | None, event_id),
    }
    return create_model(f"Push{kind.model.__name__}s", __config__=ConfigDict(extra="forbid"), **fields)
