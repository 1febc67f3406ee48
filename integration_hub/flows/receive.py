"""Reads what arrived: event -> changes -> present states -> records and outbox."""

import json
import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import InterfaceError, OperationalError, transaction
from django.utils import timezone

from connectors.contract.canonical import ObjectKind, Order
from connectors.contract.capabilities import Adapter
from connectors.contract.errors import Misconfigured, Unreadable
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

from .absorb import Found, Verdict, absorb
from .absorb_statuses import BEING_WRITTEN, NOT_LINKED_YET, FoundStatus, absorb_statuses
from .fetch import fetch
from .queue import send_lane
from .reading import (
    LOOK,
    Batch,
    EventState,
    Reading,
    found_in,
    look_body,
    mark_gone,
    name,
    postpone,
    trigger,
    unreadable,
)
from .routing import Scope, scope_of
from .services import Deadline, opened

logger = logging.getLogger(__name__)

BATCH = 100
"""Events read together: one fetch of the stores that take a hundred ids, and a short transaction."""

NOTE_EVENT_EVERY = timedelta(seconds=10)

WRITING_TAKES = timedelta(seconds=1)
"""Until an order that is being sent is looked at again."""

LINK_TRIES = 8
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
    turn = 0
    while is_ours and not connection.is_paused and not deadline.has_passed:
        # In turns, so that neither new events nor those that are under suspicion wait for the last of the others.
        events = inbox.claim(connection.pk, BATCH, suspects_first=turn % 2 == 1)
        turn += 1
        if events:
            touched |= _read_safely(scope, adapter, log, events)
        # A short batch was the last; what comes in from now on is found when the lease is given back.
        has_more = len(events) == BATCH or (events and inbox.has_suspects(connection.pk, timezone.now()))
        is_ours = bool(has_more) and lanes.renew(lane.pk, owner)
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
    batch = Batch(scope, adapter)
    readings = [Reading(event) for event in events]
    try:
        for reading in readings:
            _read(batch, reading)
        fetch(batch)
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


def _read(batch: Batch, reading: Reading) -> None:
    event = reading.event
    try:
        changes = _changes(batch.adapter, event)
    except Unreadable as error:
        reading.verdicts.append(Verdict(EventState.FAILED, error.message))
        return
    except (OperationalError, InterfaceError):
        raise  # the database is away; the events stay as they are
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


def _sort(batch: Batch, reading: Reading, change: Change) -> None:
    event = reading.event
    match change:
        case Seen():
            name(event, change.kind, change.id)
            batch.founds.append((reading, found_in(event, change, is_present=False)))
        case Hint():
            name(event, change.kind, change.id)
            batch.hints.append((reading, change))
        case Gone():
            name(event, change.kind, change.id)
            reading.verdicts.append(mark_gone(batch.scope.connection, change))
        case StatusSeen() if batch.scope.connection.role == Role.CRM:
            name(event, ObjectKind.ORDER, change.id)
            batch.statuses.append((reading, FoundStatus(change, event.received_at, trigger(event))))
        case StatusSeen():
            name(event, ObjectKind.ORDER, change.id)
            _store_status(batch, reading, change)
        case UnreadableObject():
            name(event, change.kind, change.id)
            reading.verdicts.append(unreadable(change))
        case NotRelevant():
            reading.verdicts.append(Verdict(EventState.IGNORED, change.reason))


def _store_status(batch: Batch, reading: Reading, change: StatusSeen) -> None:
    """A store told only the new status of an order: the known order, with that status."""
    rows = store.load(batch.scope.connection.pk, ObjectKind.ORDER, [change.id])
    if change.id not in rows:
        postpone(reading, "The order itself has not arrived yet.")
        return
    order: Order = store.canonical(rows[change.id])
    version = change.changed_at or reading.event.received_at
    changed = order.model_copy(update={"status": change.status, "updated_at": version})
    seen = Seen(ObjectKind.ORDER, change.id, changed, version)
    batch.founds.append((reading, found_in(reading.event, seen, is_present=False)))


def _absorb(batch: Batch) -> None:
    _absorb_founds(batch, batch.founds)
    if batch.statuses:
        taken = absorb_statuses(batch.scope, [found for _, found in batch.statuses])
        batch.lanes |= taken.lanes
        for (reading, _), verdict in zip(batch.statuses, taken.verdicts, strict=True):
            if verdict is BEING_WRITTEN:
                inbox.wait(reading.event, verdict.reason, WRITING_TAKES)
                reading.is_postponed = True
            elif verdict is NOT_LINKED_YET and reading.event.tries < LINK_TRIES:
                postpone(reading, verdict.reason)
            else:
                reading.verdicts.append(
                    verdict if verdict is not NOT_LINKED_YET else Verdict(EventState.IGNORED, verdict.reason)
                )


def _absorb_founds(batch: Batch, founds: Sequence[tuple[Reading, Found]]) -> None:
    if not founds:
        return
    taken = absorb(batch.scope, [found for _, found in founds])
    batch.lanes |= taken.lanes
    for (reading, found), verdict in zip(founds, taken.verdicts, strict=True):
        if verdict.must_fetch:
            _look_again(reading, found)
        else:
            reading.verdicts.append(verdict)


def _look_again(reading: Reading, found: Found) -> None:
    """Two different states bear the same time: read the present one, with the next batch."""
    event = reading.event
    event.topic, event.due_at, event.reason = LOOK, timezone.now(), TWO_STATES
    event.body = look_body(Hint(found.kind, found.id))
    reading.is_postponed = True
    InboxEvent.objects.filter(pk=event.pk).update(topic=event.topic, body=event.body)


def _finish(readings: Sequence[Reading]) -> None:
    for reading in readings:
        if reading.is_postponed:
            continue
        verdict = min(reading.verdicts, key=lambda each: _RANK.index(EventState(each.state)), default=None)
        if verdict is None:
            verdict = Verdict(EventState.IGNORED, "The event names nothing that flows.")
        inbox.finish(reading.event, verdict.state, verdict.reason)
    inbox.save_all([reading.event for reading in readings])
