"""One event while it is read: its changes, the states they lead to, and what became of them."""

import json
from dataclasses import dataclass, field
from typing import Any

from django.utils import timezone

from connectors.contract.canonical import ObjectKind
from connectors.contract.capabilities import Adapter
from connectors.contract.errors import Unreadable
from connectors.contract.results import Gone, Hint, Seen, UnreadableObject
from integration_hub.catalog.schedule import changed as catalog_changed
from integration_hub.connections.models import Connection
from integration_hub.engine import inbox
from integration_hub.engine.models import InboxEvent
from integration_hub.records.models import Record as RecordRow

from .absorb import Found, Verdict
from .absorb_statuses import FoundStatus
from .routing import Scope

EventState = InboxEvent.State

LOOK = InboxEvent.OWN_LOOK
"""Topic of our own events: a poll or a staff member says "look at this object". The body is JSON."""


@dataclass(slots=True)
class Reading:
    """One event and what its changes came to."""

    event: InboxEvent
    verdicts: list[Verdict] = field(default_factory=list)
    is_postponed: bool = False


@dataclass(slots=True)
class Batch:
    scope: Scope
    adapter: Adapter
    founds: list[tuple[Reading, Found]] = field(default_factory=list)
    statuses: list[tuple[Reading, FoundStatus]] = field(default_factory=list)
    hints: list[tuple[Reading, Hint]] = field(default_factory=list)
    lanes: set[int] = field(default_factory=set)


def look_body(hint: Hint, *, by_hand: bool = False) -> bytes:
    """The body of an event of ours that asks to look at an object."""
    return json.dumps({"kind": hint.kind, "id": hint.id, "by": hint.by, "by_hand": by_hand}).encode()


def name(event: InboxEvent, kind: ObjectKind, object_id: str) -> None:
    if not event.object_id:
        event.object_kind, event.object_id = kind, object_id[:200]


def trigger(event: InboxEvent) -> str:
    return f"{event.source}: {event.topic}"[:80] if event.topic != LOOK else event.source


def found_in(event: InboxEvent, seen: Seen, *, is_present: bool) -> Found:
    return Found(
        kind=seen.kind,
        id=seen.id,
        record=seen.record,
        version=seen.version,
        accepted_at=event.received_at,
        trigger=trigger(event),
        is_present=is_present,
        by_hand=event.topic == LOOK and bool(json.loads(bytes(event.body)).get("by_hand")),
    )


def unreadable(change: UnreadableObject) -> Verdict:
    error = Unreadable(f"{change.kind} {change.id}", change.faults)
    return Verdict(EventState.FAILED, error.message)


def mark_gone(connection: Connection, change: Gone) -> Verdict:
    marked = RecordRow.objects.filter(
        connection=connection, kind=change.kind, object_id=change.id, is_gone=False
    ).update(is_gone=True, seen_at=timezone.now())
    if marked and change.kind == ObjectKind.PRODUCT:
        catalog_changed(connection.pk)
    if marked:
        return Verdict(EventState.DONE, "Deleted there. Nothing is deleted on the other side.")
    return Verdict(EventState.IGNORED, "Deleted there; the hub had not seen it.")


def postpone(reading: Reading, reason: str, *, retry_after: Any = None, counts_as_try: bool = True) -> None:
    inbox.postpone(reading.event, reason, retry_after=retry_after, counts_as_try=counts_as_try)
    reading.is_postponed = True
