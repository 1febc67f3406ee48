"""The shop's calls to our door: companions/modx/PROTOCOL.md, section 1."""

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from connectors.contract.canonical import ObjectKind
from connectors.contract.errors import Fault, Unreadable
from connectors.contract.results import (
    Accepted,
    Acknowledged,
    Change,
    Gone,
    Hint,
    HookEvent,
    HookRequest,
    NotRelevant,
    Seen,
    UnreadableObject,
)
from connectors.contract.strict_json import NotJson, parse
from connectors.toolkit import standard_webhooks
from connectors.toolkit.lenient import Reading, as_map, identifier, plain, text

from .config import Config
from .reader import Reader, is_draft

VERSION = 1
"""Of the protocol."""

ORDER_EVENTS = ("order.created", "order.status", "order.updated")
PING = "ping"
TOPICS = (
    *ORDER_EVENTS,
    "order.removed",
    "customer.saved",
    "product.saved",
    "product.removed",
    "lead.created",
    PING,
)

_EVENT = re.compile(rb'"event"\s*:\s*"([a-z_.]{1,60})"')
_EVENT_STANDS_WITHIN = 400
"""Bytes: the envelope begins with ``version`` and ``event``."""


class WebhookReceiver:
    """``webhooks`` capability. Signed with the present or, while it is changed, the previous secret."""

    def __init__(self, config: Config) -> None:
        self._secrets = config.secrets
        self._reader = Reader(config)

    def accept(self, request: HookRequest) -> Accepted | Acknowledged:
        """One event for each ``webhook-id``. The body is part of the key: a shop that built it anew for a repeat has
        something newer to say."""
        id = standard_webhooks.verify(self._secrets, request.headers, request.body)
        found = _EVENT.search(request.body[:_EVENT_STANDS_WITHIN])
        topic = found.group(1).decode() if found else "event"
        if topic == PING:
            return Acknowledged("A test message of the shop.")
        digest = hashlib.sha256(id.encode() + b"\n" + request.body).hexdigest()
        return Accepted(topic, digest, {standard_webhooks.ID_HEADER: id[:200]})

    def read(self, event: HookEvent) -> Sequence[Change]:
        """One change. An order comes whole; a product is looked at, because only the shop knows its categories."""
        try:
            wire = as_map(parse(event.body))
        except NotJson as fault:
            raise Unreadable("The shop's event", [Fault("body", str(fault))]) from None
        if not wire:
            raise Unreadable("The shop's event", [Fault("body", "is not an object")])
        version = wire.get("version")
        if version != VERSION or isinstance(version, bool):
            reason = "is newer than this hub understands: update the hub" if _is_newer(version) else "must be 1"
            raise Unreadable("The shop's event", [Fault("version", reason)])
        return [self._change(text(wire.get("event")), wire)]

    def _change(self, happened: str, wire: Mapping[str, Any]) -> Change:
        if happened in ORDER_EVENTS and is_draft(wire.get("order")):
            return NotRelevant("A draft: the buyer has not placed the order yet.")
        match happened.split("."):
            case ["order", "created" | "status" | "updated"]:
                return _seen(ObjectKind.ORDER, wire.get("order"), self._reader.order)
            case ["customer", "saved"]:
                return _seen(ObjectKind.CUSTOMER, wire.get("customer"), self._reader.customer)
            case ["lead", "created"]:
                return _seen(ObjectKind.LEAD, wire.get("lead"), self._reader.lead)
            case ["product", "saved"]:
                return Hint(ObjectKind.PRODUCT, _id_in(wire, "product"))
            case ["order" | "product" as kind, "removed"]:
                return Gone(ObjectKind(kind), _id_in(wire, kind))
        return NotRelevant(f"The hub does not use “{plain(happened, 60)}”.")


def _seen(kind: ObjectKind, payload: Any, read: Callable[[Any], Any]) -> Change:
    """The object with its version; one that cannot be read is named, so that staff find it."""
    try:
        record = read(payload)
    except Unreadable as problem:
        id = identifier(as_map(payload).get("id"))
        if not id:
            raise
        return UnreadableObject(kind, id, problem.faults)
    return Seen(kind, record.id, record, _version(kind, record, payload))


def _version(kind: ObjectKind, record: Any, payload: Any) -> datetime | None:
    """A customer's profile bears no change time in MODX; then the moment at which it was read puts two in order."""
    if kind is ObjectKind.LEAD:
        return None  # sent once, never changed
    updated_at: datetime | None = record.updated_at
    if updated_at is None and kind is ObjectKind.CUSTOMER:
        return Reading().zoned(as_map(payload), "read_at")
    return updated_at


def _id_in(wire: Mapping[str, Any], key: str) -> str:
    id = identifier(as_map(wire.get(key)).get("id"))
    if not id:
        raise Unreadable("The shop's event", [Fault(f"{key}.id", "is missing")])
    return id


def _is_newer(version: Any) -> bool:
    return isinstance(version, int) and not isinstance(version, bool) and version > VERSION
