"""Reads what arrived: event -> changes -> present states -> records and outbox."""

import json
import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import InterfaceError, OperationalError, transaction
from django.utils import timezone

from connectors.contract.canonical import ObjectKind, Order
from connectors.contract.capabilities import Adapter
from connectors.contract.errors import ConnectorError, Misconfigured, RateLimited, Retryable, Unreadable
from connectors.contract.results import (
    Change,
    Gone,
    Hint,
    HookEvent,
    NotRelevant,
    Seen,
    StatusSeen,
    UnreadableObject,
)
from connectors.contract.spec import Role
from integration_hub.connections.models import Connection
from integration_hub.engine import inbox, lanes
from integration_hub.engine.exchanges import ExchangeLog
from integration_hub.engine.models import InboxEvent, Lane
from integration_hub.records import store
from integration_hub.records.models import Record as RecordRow

from .absorb import Found, Verdict, absorb
from .absorb_statuses import BEING_WRITTEN, NOT_LINKED_YET, FoundStatus, absorb_statuses
from .queue import send_lane
from .routing import Scope, scope_of
from .services import Deadline, opened

logger = logging.getLogger(__name__)

EventState = InboxEvent.State

BATCH = 100
"""Events read together: one fetch of the stores that take a hundred ids, and a short transaction."""

LOOK = "hub.look"
"""Topic of our own events: a poll or a staff member says "look at this object". The body is JSON."""

NOTE_EVENT_EVERY = timedelta(seconds=10)

WRITING_TAKES = timedelta(seconds=1)
"""Until an order that is being sent is looked at again."""

LINK_TRIES = 4
"""About three minutes for our own order to be linked before a CRM's hint about it is taken for somebody else's."""

TWO_STATES = "Two different states bear the same time; the present one is read."

_RANK = (
    EventState.FAILED,
    EventState.NEW,
    EventState.DONE,
    EventState.ECHO,
    EventState.SUPERSEDED,
    EventState.IGNORED,
)
"""Of several objects in one event, the first of these that occurs names the event's end."""


@dataclass(slots=True)
class _Reading:
    """One event and what its changes came to."""

    event: InboxEvent
    verdicts: list[Verdict] = field(default_factory=list)
    is_postponed: bool = False


@dataclass(slots=True)
class _Batch:
    scope: Scope
    adapter: Adapter
    founds: list[tuple[_Reading, Found]] = field(default_factory=list)
    statuses: list[tuple[_Reading, FoundStatus]] = field(default_factory=list)
    hints: list[tuple[_Reading, Hint]] = field(default_factory=list)
    lanes: set[int] = field(default_factory=set)


def look_body(hint: Hint, *, by_hand: bool = False) -> bytes:
    """The body of an event of ours that asks to look at an object."""
    return json.dumps({"kind": hint.kind, "id": hint.id, "by": hint.by, "by_hand": by_hand}).encode()


def receive(lane: Lane, owner: str, deadline: Deadline) -> set[int]:
    """Read the due events of a connection whose inbound lane ``owner`` holds; returns the lanes that have work now."""
    touched: set[int] = set()
    connection, log = lane.connection, ExchangeLog(lane.connection_id)
    if connection.is_paused or lane.paused_at is not None:
        return touched
    try:
        adapter = opened(connection, log, deadline=deadline)
    except Misconfigured as error:
        connection.pause(error.message)
        return touched
    scope = scope_of(connection)
    is_ours = True
    while is_ours and not connection.is_paused and not deadline.has_passed:
        events = inbox.claim(connection.pk, BATCH)
        if events:
            touched |= _read_safely(scope, adapter, log, events)
        # A short batch was the last; what comes in from now on is found when the lease is given back.
        is_ours = len(events) == BATCH and lanes.renew(lane.pk, owner)
        if is_ours:
            # There is much to read: others deliver meanwhile.
            lanes.nudge(touched, send_lane)
            touched = set()
    return touched


def _read_safely(scope: Scope, adapter: Adapter, log: ExchangeLog, events: Sequence[InboxEvent]) -> set[int]:
    """Read a batch; one that breaks is read event by event, so that only the event that is to blame fails."""
    try:
        return _read_batch(scope, adapter, log, events)
    except (OperationalError, InterfaceError):
        raise  # the database is away; the events stay as they are
    except Exception as error:  # noqa: BLE001 - whatever it is, it must end as a row that staff see
        if len(events) == 1:
            _fail(events[0], error)
            return set()
    parts = [_read_safely(scope, adapter, log, [event]) for event in events]
    return set().union(*parts)


def _fail(event: InboxEvent, error: Exception) -> None:
    logger.error("event %s could not be taken in", event.pk, exc_info=error)
    event.object_kind = event.object_id = ""
    inbox.finish(event, EventState.FAILED, _internal(error))
    inbox.save_all([event])


def _internal(error: Exception) -> str:
    return f"An error inside the hub while reading ({type(error).__name__}). Replay it after an update."


def _read_batch(scope: Scope, adapter: Adapter, log: ExchangeLog, events: Sequence[InboxEvent]) -> set[int]:
    batch = _Batch(scope, adapter)
    readings = [_Reading(event) for event in events]
    try:
        for reading in readings:
            _read(batch, reading)
        _fetch(batch)
        with transaction.atomic():
            _absorb(batch)
            _finish(readings)
    finally:
        log.store()
    _note_event(scope.connection, events[-1].received_at)
    return batch.lanes


def _note_event(connection: Connection, moment: datetime) -> None:
    """To the nearest seconds: this row is written for every batch otherwise."""
    if connection.last_event_at is None or moment - connection.last_event_at > NOTE_EVENT_EVERY:
        connection.last_event_at = moment
        Connection.objects.filter(pk=connection.pk).update(last_event_at=moment)


def _read(batch: _Batch, reading: _Reading) -> None:
    event = reading.event
    try:
        changes = _changes(batch.adapter, event)
    except Unreadable as error:
        reading.verdicts.append(Verdict(EventState.FAILED, error.message))
        return
    except Exception as error:
        logger.exception("event %s could not be read", event.pk)
        reading.verdicts.append(Verdict(EventState.FAILED, _internal(error)))
        return
    for change in changes:
        _sort(batch, reading, change)


def _changes(adapter: Adapter, event: InboxEvent) -> Sequence[Change]:
    if event.topic == LOOK:
        wanted = json.loads(bytes(event.body))
        return [Hint(ObjectKind(wanted["kind"]), wanted["id"], wanted["by"])]
    if adapter.webhooks is None:
        return [NotRelevant("This system sends no webhooks.")]
    return adapter.webhooks.read(HookEvent(event.topic, event.headers, bytes(event.body), event.received_at))


def _sort(batch: _Batch, reading: _Reading, change: Change) -> None:
    event = reading.event
    match change:
        case Seen():
            _name(event, change.kind, change.id)
            batch.founds.append((reading, _found(event, change, is_present=False)))
        case Hint():
            _name(event, change.kind, change.id)
            batch.hints.append((reading, change))
        case Gone():
            _name(event, change.kind, change.id)
            reading.verdicts.append(_mark_gone(batch.scope.connection, change))
        case StatusSeen() if batch.scope.connection.role == Role.CRM:
            _name(event, ObjectKind.ORDER, change.id)
            batch.statuses.append((reading, FoundStatus(change, event.received_at, _trigger(event))))
        case StatusSeen():
            _name(event, ObjectKind.ORDER, change.id)
            _store_status(batch, reading, change)
        case UnreadableObject():
            _name(event, change.kind, change.id)
            reading.verdicts.append(_unreadable(change))
        case NotRelevant():
            reading.verdicts.append(Verdict(EventState.IGNORED, change.reason))


def _name(event: InboxEvent, kind: ObjectKind, object_id: str) -> None:
    if not event.object_id:
        event.object_kind, event.object_id = kind, object_id[:200]


def _trigger(event: InboxEvent) -> str:
    return f"{event.source}: {event.topic}"[:80] if event.topic != LOOK else event.source


def _found(event: InboxEvent, seen: Seen, *, is_present: bool) -> Found:
    return Found(
        kind=seen.kind,
        id=seen.id,
        record=seen.record,
        version=seen.version,
        accepted_at=event.received_at,
        trigger=_trigger(event),
        is_present=is_present,
        by_hand=event.topic == LOOK and bool(json.loads(bytes(event.body)).get("by_hand")),
    )


def _unreadable(change: UnreadableObject) -> Verdict:
    error = Unreadable(f"{change.kind} {change.id}", change.faults)
    return Verdict(EventState.FAILED, error.message)


def _mark_gone(connection: Connection, change: Gone) -> Verdict:
    marked = RecordRow.objects.filter(
        connection=connection, kind=change.kind, object_id=change.id, is_gone=False
    ).update(is_gone=True, seen_at=timezone.now())
    if marked:
        return Verdict(EventState.DONE, "Deleted there. Nothing is deleted on the other side.")
    return Verdict(EventState.IGNORED, "Deleted there; the hub had not seen it.")


def _store_status(batch: _Batch, reading: _Reading, change: StatusSeen) -> None:
    """A store told only the new status of an order: the known order, with that status."""
    rows = store.load(batch.scope.connection.pk, ObjectKind.ORDER, [change.id])
    if change.id not in rows:
        _postpone(reading, "The order itself has not arrived yet.")
        return
    order: Order = store.canonical(rows[change.id])
    version = change.changed_at or reading.event.received_at
    changed = order.model_copy(update={"status": change.status, "updated_at": version})
    seen = Seen(ObjectKind.ORDER, change.id, changed, version)
    batch.founds.append((reading, _found(reading.event, seen, is_present=False)))


# --- fetching -------------------------------------------------------------------------------------------------------


def _fetch(batch: _Batch) -> None:
    hints = batch.hints
    batch.hints = []
    if batch.scope.connection.role == Role.CRM:
        _fetch_statuses(batch, hints)
        return
    for kind in {hint.kind for _, hint in hints}:
        _fetch_objects(batch, kind, [(reading, hint) for reading, hint in hints if hint.kind == kind])


def _fetch_objects(batch: _Batch, kind: ObjectKind, hints: Sequence[tuple[_Reading, Hint]]) -> None:
    source = {ObjectKind.ORDER: batch.adapter.orders, ObjectKind.CUSTOMER: batch.adapter.customers}.get(kind)
    if source is None:
        for reading, _ in hints:
            reading.verdicts.append(Verdict(EventState.IGNORED, f"This system does not let the hub read a {kind}."))
        return
    by_id: dict[str, list[_Reading]] = {}
    for reading, hint in hints:
        by_id.setdefault(hint.id, []).append(reading)
    for ids in _chunks(list(by_id), source.max_fetch):
        readings = [reading for object_id in ids for reading in by_id[object_id]]
        found: Mapping[str, Any] | None = _guarded(batch, readings, lambda ids=ids: source.fetch(ids))
        if found is None:
            continue
        for object_id in ids:
            for reading in by_id[object_id]:
                _take_fetched(batch, reading, kind, object_id, found.get(object_id))


def _take_fetched(batch: _Batch, reading: _Reading, kind: ObjectKind, object_id: str, found: Any) -> None:
    if found is None:
        reading.verdicts.append(_mark_gone(batch.scope.connection, Gone(kind, object_id)))
    elif isinstance(found, UnreadableObject):
        reading.verdicts.append(_unreadable(found))
    else:
        seen = Seen(kind, object_id, found, found.updated_at)
        batch.founds.append((reading, _found(reading.event, seen, is_present=True)))


def _fetch_statuses(batch: _Batch, hints: Sequence[tuple[_Reading, Hint]]) -> None:
    source = batch.adapter.status_source
    if source is None:
        for reading, _ in hints:
            reading.verdicts.append(Verdict(EventState.IGNORED, "This system does not let the hub read statuses."))
        return
    for part in _chunks(list(hints), source.max_fetch):
        ids = sorted({hint.id for _, hint in part if hint.by == "id"})
        external_ids = sorted({hint.id for _, hint in part if hint.by == "external_id"})
        readings = [reading for reading, _ in part]
        seen = _guarded(batch, readings, lambda i=ids, e=external_ids: source.statuses(i, e))
        if seen is None:
            continue
        by_id = {status.id: status for status in seen}
        by_external_id = {status.external_id: status for status in seen if status.external_id}
        for reading, hint in part:
            status = (by_id if hint.by == "id" else by_external_id).get(hint.id)
            if status is None:
                reading.verdicts.append(Verdict(EventState.IGNORED, "The CRM does not know this order."))
            else:
                found = FoundStatus(status, reading.event.received_at, _trigger(reading.event))
                batch.statuses.append((reading, found))


def _guarded(batch: _Batch, readings: Iterable[_Reading], call: Any) -> Any:
    """Run a read; when it fails the events wait, and the connection is paused when staff have to act."""
    try:
        return call()
    except ConnectorError as error:
        if isinstance(error, Misconfigured):
            batch.scope.connection.pause(error.message)
        retry_after = error.retry_after if isinstance(error, Retryable) else None
        is_free = isinstance(error, RateLimited | Misconfigured)
        for reading in readings:
            _postpone(reading, error.message, retry_after=retry_after, counts_as_try=not is_free)
    return None


def _postpone(reading: _Reading, reason: str, *, retry_after: Any = None, counts_as_try: bool = True) -> None:
    inbox.postpone(reading.event, reason, retry_after=retry_after, counts_as_try=counts_as_try)
    reading.is_postponed = True


def _chunks(items: Sequence[Any], size: int) -> Iterable[Sequence[Any]]:
    return (items[start : start + size] for start in range(0, len(items), size))


# --- taking in ------------------------------------------------------------------------------------------------------


def _absorb(batch: _Batch) -> None:
    _absorb_founds(batch, batch.founds)
    if batch.statuses:
        taken = absorb_statuses(batch.scope, [found for _, found in batch.statuses])
        batch.lanes |= taken.lanes
        for (reading, _), verdict in zip(batch.statuses, taken.verdicts, strict=True):
            if verdict is BEING_WRITTEN:
                inbox.wait(reading.event, verdict.reason, WRITING_TAKES)
                reading.is_postponed = True
            elif verdict is NOT_LINKED_YET and reading.event.tries < LINK_TRIES:
                _postpone(reading, verdict.reason)
            else:
                reading.verdicts.append(
                    verdict if verdict is not NOT_LINKED_YET else Verdict(EventState.IGNORED, verdict.reason)
                )


def _absorb_founds(batch: _Batch, founds: Sequence[tuple[_Reading, Found]]) -> None:
    if not founds:
        return
    taken = absorb(batch.scope, [found for _, found in founds])
    batch.lanes |= taken.lanes
    for (reading, found), verdict in zip(founds, taken.verdicts, strict=True):
        if verdict.must_fetch:
            _look_again(reading, found)
        else:
            reading.verdicts.append(verdict)


def _look_again(reading: _Reading, found: Found) -> None:
    """Two different states bear the same time: read the present one, with the next batch."""
    event = reading.event
    event.topic, event.due_at, event.reason = LOOK, timezone.now(), TWO_STATES
    event.body = look_body(Hint(found.kind, found.id))
    reading.is_postponed = True
    InboxEvent.objects.filter(pk=event.pk).update(topic=event.topic, body=event.body)


def _finish(readings: Sequence[_Reading]) -> None:
    for reading in readings:
        if reading.is_postponed:
            continue
        verdict = min(reading.verdicts, key=lambda each: _RANK.index(EventState(each.state)), default=None)
        if verdict is None:
            verdict = Verdict(EventState.IGNORED, "The event names nothing that flows.")
        inbox.finish(reading.event, verdict.state, verdict.reason)
    inbox.save_all([reading.event for reading in readings])
