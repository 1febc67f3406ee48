"""The inbox: keeping what arrived, handing it out in batches, recording what became of it."""

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import IntegrityError, connection, transaction
from django.db.models import F
from django.utils import timezone

from connectors.contract.errors import without_promise

from .bulk import save_each, save_grouped
from .models import InboxEvent
from .retry import SCHEDULE, retry_delay

State = InboxEvent.State

MAX_TRIES = len(SCHEDULE)
"""Covers about 18 hours in which the source cannot be read; then the event is shown as failed, with a button."""


SUSPECT_AFTER = 2
FEW_SUSPECTS = 25
"""So that hundreds of innocents that were in the same hands twice do not go one by one."""

KILLED_ITS_WORKER = f"The worker stopped in the middle of it, {MAX_TRIES} times. Report it, then replay it."


@dataclass(frozen=True, slots=True)
class Arrival:
    """What came through a door, before anybody looked into it."""

    connection_id: int
    topic: str
    dedup_key: str
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    source: str = InboxEvent.Source.WEBHOOK


def keep(arrivals: Sequence[Arrival]) -> int:
    """Store events; a repeated dedup key is the event that is there already. Returns how many were new."""
    now = timezone.now()
    rows = [
        InboxEvent(
            connection_id=arrival.connection_id,
            source=arrival.source,
            topic=arrival.topic[:120],
            dedup_key=arrival.dedup_key,
            headers=dict(arrival.headers),
            body=arrival.body,
            due_at=now,
            received_at=now,
        )
        for arrival in arrivals
    ]
    if len(rows) == 1:
        return int(_keep_one(rows[0]))
    with transaction.atomic():
        before = _present(arrivals)
        InboxEvent.objects.bulk_create(rows, ignore_conflicts=True)
    return len({(row.connection_id, row.dedup_key) for row in rows} - before)


def _keep_one(row: InboxEvent) -> bool:
    """One statement that commits itself: this is done for every webhook."""
    try:
        with transaction.atomic() if connection.in_atomic_block else nullcontext():
            row.save(force_insert=True)
    except IntegrityError:
        return False
    return True


def _present(arrivals: Sequence[Arrival]) -> set[tuple[int, str]]:
    return set(
        InboxEvent.objects.filter(
            connection_id__in={a.connection_id for a in arrivals}, dedup_key__in=[a.dedup_key for a in arrivals]
        ).values_list("connection_id", "dedup_key")
    )


def claim(connection_id: int, limit: int, *, suspects_first: bool = False) -> list[InboxEvent]:
    """The next due events of a connection, oldest first; the lane's lease keeps others away.

    The try is counted before the event is looked into, so one that kills its worker cannot do so for ever: such an
    event has tries but no reason why it was put off. After two workers it goes with few others and then alone, apart
    from those that are above suspicion, and in the end it is failed. ``suspects_first``: also while others are due.
    """
    now = timezone.now()
    due = InboxEvent.objects.filter(connection_id=connection_id, state=State.NEW, due_at__lte=now)
    events = list(due.order_by("due_at", "pk")[:limit])
    spent = [event.pk for event in events if event.tries >= MAX_TRIES]
    if spent:
        InboxEvent.objects.filter(pk__in=spent).update(state=State.FAILED, reason=KILLED_ITS_WORKER, processed_at=now)
        events = [event for event in events if event.pk not in spent]
    sound = [event for event in events if not _is_suspect(event)]
    suspects = [event for event in events if _is_suspect(event)]
    events = _few(suspects) if suspects and (suspects_first or not sound) else sound
    # Without its reason, an event whose worker dies now is told from one that was put off.
    InboxEvent.objects.filter(pk__in=[event.pk for event in events]).update(tries=F("tries") + 1, reason="")
    for event in events:
        event.tries += 1
    return events


def has_suspects(connection_id: int, now: datetime) -> bool:
    """Whether events are due that a claim of the others leaves behind."""
    due = InboxEvent.objects.filter(connection_id=connection_id, state=State.NEW, due_at__lte=now)
    return due.filter(tries__gte=SUSPECT_AFTER, reason="").exists()


def _is_suspect(event: InboxEvent) -> bool:
    """One worker may die of anything, and takes a whole batch with it; two may have died of this event."""
    return event.tries >= SUSPECT_AFTER and not event.reason


def _few(suspects: Sequence[InboxEvent]) -> list[InboxEvent]:
    """Those that lost the fewest workers, as many as are risked together."""
    fewest = min(event.tries for event in suspects)
    return [event for event in suspects if event.tries == fewest][: FEW_SUSPECTS if fewest == SUSPECT_AFTER else 1]


def finish(event: InboxEvent, state: str, reason: str = "") -> None:
    """Set the event's end in memory; ``save_all`` stores a batch of them."""
    event.state = state
    event.reason = reason
    event.processed_at = timezone.now()


def postpone(
    event: InboxEvent, reason: str, *, retry_after: timedelta | None = None, counts_as_try: bool = True
) -> None:
    """Look into the event later, in memory; after the last try it is failed."""
    if not counts_as_try:
        event.tries = max(event.tries - 1, 0)
    elif event.tries >= MAX_TRIES:
        finish(event, State.FAILED, without_promise(reason))
        return
    event.reason = reason
    event.due_at = timezone.now() + retry_delay(max(event.tries, 1), retry_after)


def wait(event: InboxEvent, reason: str, delay: timedelta) -> None:
    """Look into the event a little later, in memory; it is nobody's fault and counts as no try."""
    event.tries = max(event.tries - 1, 0)
    event.reason = reason
    event.due_at = timezone.now() + delay


def save_all(events: Sequence[InboxEvent]) -> None:
    """Store the ends and postponements of a batch."""
    if not events:
        return
    latest = max((event.processed_at for event in events if event.processed_at), default=None)
    for event in events:
        event.processed_at = latest if event.processed_at else None
    save_grouped(events, ["state", "reason", "processed_at"])
    save_grouped([event for event in events if event.state == State.NEW], ["tries", "due_at"])
    named = [event for event in events if event.object_id]
    if named:
        save_each(named, ["object_kind", "object_id"])


def replay(events: Sequence[InboxEvent]) -> int:
    """Read events again, by hand; returns how many were at rest."""
    return (
        InboxEvent.objects.filter(pk__in=[event.pk for event in events])
        .exclude(state=State.NEW)
        .update(state=State.NEW, tries=0, due_at=timezone.now(), reason="", processed_at=None)
    )


def due_connections(now: datetime) -> list[int]:
    """Connections that have events to read now."""
    return list(
        InboxEvent.objects.filter(state=State.NEW, due_at__lte=now)
        .order_by("connection_id")
        .values_list("connection_id", flat=True)
        .distinct()
    )


def has_due(connection_id: int, now: datetime) -> bool:
    """Whether the connection has events to read now."""
    return InboxEvent.objects.filter(connection_id=connection_id, state=State.NEW, due_at__lte=now).exists()
