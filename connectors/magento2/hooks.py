"""Events of the companion module: signed after Standard Webhooks, they name an object and carry nothing of it."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from connectors.contract.canonical import ObjectKind
from connectors.contract.errors import Fault, Unreadable
from connectors.contract.results import Accepted, Acknowledged, Change, Hint, HookEvent, HookRequest, NotRelevant
from connectors.contract.strict_json import NotJson, parse
from connectors.toolkit import standard_webhooks
from connectors.toolkit.lenient import as_map, identifier, plain, text

from .walk import numeric

TOPIC = "entity"
"""All events are one: something about this object is new."""

OF_AN_ORDER = frozenset({"invoice", "shipment", "creditmemo", "track", "shipment_track"})
_KINDS = {"order": ObjectKind.ORDER, "customer": ObjectKind.CUSTOMER, "product": ObjectKind.PRODUCT}


class WebhookReceiver:
    """``webhooks`` capability. Signed with the present or, while it is changed, the previous secret."""

    def __init__(self, secrets: Sequence[str]) -> None:
        self._secrets = list(secrets)

    def accept(self, request: HookRequest) -> Accepted | Acknowledged:
        id = standard_webhooks.verify(self._secrets, request.headers, request.body)
        digest = hashlib.sha256(id.encode() + b"\n" + request.body).hexdigest()
        return Accepted(TOPIC, digest, {standard_webhooks.ID_HEADER: id[:200]})

    def read(self, event: HookEvent) -> Sequence[Change]:
        try:
            wire = as_map(parse(event.body))
        except NotJson as fault:
            raise Unreadable("The shop's event", [Fault("body", str(fault))]) from None
        if not wire:
            raise Unreadable("The shop's event", [Fault("body", "is not an object")])
        return [_change(wire)]


def _change(wire: Mapping[str, Any]) -> Change:
    entity = as_map(wire.get("entity"))
    kind = text(entity.get("type"))
    if kind in OF_AN_ORDER:
        return _hint(ObjectKind.ORDER, wire.get("order_id"), "order_id")
    if kind in _KINDS:
        return _hint(_KINDS[kind], entity.get("id"), "entity.id")
    if kind == "subscriber":
        customer = numeric([identifier(wire.get("customer_id"))])
        return Hint(ObjectKind.CUSTOMER, customer[0]) if customer else NotRelevant("A subscriber without an account.")
    if not kind:
        return NotRelevant("A test message, or an event that names nothing.")
    return NotRelevant(f"The hub does not use “{plain(kind, 60)}”.")


def _hint(kind: ObjectKind, value: object, path: str) -> Change:
    ids = numeric([identifier(value)])
    if not ids:
        raise Unreadable("The shop's event", [Fault(path, "is no id")])
    return Hint(kind, ids[0])
