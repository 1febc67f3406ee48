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
PRODUCT = "product"
"""Belongs to no store view: its event bears any one that sends to this hub."""

_KINDS = {"order": ObjectKind.ORDER, "customer": ObjectKind.CUSTOMER, PRODUCT: ObjectKind.PRODUCT}


class WebhookReceiver:
    """``webhooks`` capability. Signed with the present or, while it is changed, the previous secret."""

    def __init__(self, secrets: Sequence[str], store_views: Sequence[str] = ()) -> None:
        self._secrets = list(secrets)
        self._views = frozenset(store_views)

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
        view = text(wire.get("store_code"))
        if self._is_of_another_view(wire, view):
            return [NotRelevant(f"Of store view “{plain(view, 60)}”, which this connection leaves out.")]
        return [_change(wire)]

    def _is_of_another_view(self, wire: Mapping[str, Any], view: str) -> bool:
        """A module that is set up once for the whole shop tells of every view. Views are chosen by id or by code; an
        event that names its view in another way than it was chosen counts."""
        if text(as_map(wire.get("entity")).get("type")) == PRODUCT:
            return False
        id = identifier(wire.get("store_id"))
        by_id = {each for each in self._views if each.isdigit()}
        is_told = bool(view) and (bool(id) or not by_id)
        return bool(self._views) and is_told and not {view, id} & self._views


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
