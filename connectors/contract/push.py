"""The envelope of what a shop pushes: one canonical object, and what happened to it.

A connector whose ``wire_topics`` name these types can be pushed to. The door checks the objects, stores one envelope
for each, and the connector reads it back with ``change_in``.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from pydantic import ValidationError

from .canonical import Canonical, Customer, Lead, ObjectKind, Order, Product, StatusChange
from .errors import Fault, Unreadable
from .results import Change, NotRelevant, Seen, StatusSeen
from .strict_json import NotJson, parse

MAX_FAULTS = 100
"""Of one body that are told; whoever has more has one mistake many times."""

MAX_PATH_CHARACTERS = 200


class PushType(StrEnum):
    """``type`` of an envelope, in the dotted form that the Standard Webhooks scheme recommends."""

    ORDER = "order.upserted"
    CUSTOMER = "customer.upserted"
    LEAD = "lead.created"
    PRODUCT = "product.upserted"
    STATUS = "order.status_changed"


PING = "ping"
"""A message that tests the line and carries nothing."""


@dataclass(frozen=True, slots=True)
class _Kind:
    model: type[Canonical]
    object_kind: ObjectKind


_KINDS: Mapping[PushType, _Kind] = {
    PushType.ORDER: _Kind(Order, ObjectKind.ORDER),
    PushType.CUSTOMER: _Kind(Customer, ObjectKind.CUSTOMER),
    PushType.LEAD: _Kind(Lead, ObjectKind.LEAD),
    PushType.PRODUCT: _Kind(Product, ObjectKind.PRODUCT),
    PushType.STATUS: _Kind(StatusChange, ObjectKind.ORDER),
}


def envelope(type: PushType, data: Mapping[str, Any]) -> bytes:
    """The stored form of one object, as it was sent. ``data`` comes from ``strict_json.parse``."""
    return json.dumps({"type": type, "data": data}, ensure_ascii=False, separators=(",", ":")).encode()


def change_in(body: bytes) -> Change:
    """What an envelope says happened; raises Unreadable with every fault and its path. Unknown keys beside ``type``
    and ``data`` are metadata of the sender and ignored."""
    what = "The pushed message"
    try:
        message = parse(body)
    except NotJson as fault:
        raise Unreadable(what, [Fault("body", str(fault))]) from None
    if not isinstance(message, dict):
        raise Unreadable(what, [Fault("body", "must be a JSON object with “type” and “data”")])
    name = message.get("type")
    if name == PING:
        return NotRelevant("A test message of the shop.")
    if not isinstance(name, str) or name not in set(PushType):
        raise Unreadable(what, [Fault("type", f"must be one of {', '.join(PushType)}")])
    kind = _KINDS[PushType(name)]
    faults = faults_in(kind.model, message.get("data"), "data")
    if faults:
        raise Unreadable(what, faults)
    return _change(kind, kind.model.model_validate(message["data"]))


def faults_in(model: type[Canonical], data: Any, path: str) -> list[Fault]:
    """All that is wrong with one object of a push, told without quoting it; empty when it can be kept."""
    try:
        record = model.model_validate(data)
    except ValidationError as error:
        return told(error, path)
    if isinstance(record, Customer) and record.id is None:
        return [Fault(f"{path}.id", "A pushed customer needs the shop's id; guests come with their orders")]
    return []


def told(error: ValidationError, path: str) -> list[Fault]:
    """Pydantic's findings with dotted paths, at most ``MAX_FAULTS``. Its messages quote no input."""
    found = error.errors(include_url=False, include_context=False, include_input=False)
    faults = [Fault(_dotted(path, item["loc"]), item["msg"]) for item in found[:MAX_FAULTS]]
    return faults if len(found) <= MAX_FAULTS else [*faults, Fault(path, f"and {len(found) - MAX_FAULTS} more faults")]


def _dotted(path: str, place: Sequence[int | str]) -> str:
    return ".".join([path, *map(str, place)])[:MAX_PATH_CHARACTERS]


def _change(kind: _Kind, record: Canonical) -> Change:
    match record:
        case Order():
            return Seen(kind.object_kind, record.id, record, record.updated_at)
        case Customer():
            return Seen(kind.object_kind, record.id or "", record, record.updated_at)
        case Lead():
            return Seen(kind.object_kind, record.id, record, record.updated_at or record.created_at)
        case Product():
            return Seen(kind.object_kind, record.id, record, record.updated_at)
        case StatusChange():
            return StatusSeen(record.order_id, record.status, changed_at=record.changed_at, comment=record.comment)
    message = f"{kind.model.__name__} is no object that can be pushed"
    raise TypeError(message)
