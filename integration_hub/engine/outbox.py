"""The outbox: putting work on it, claiming it, and recording what became of it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from .bulk import save_grouped
from .due import due_items
from .lanes import LEASE
from .models import Attempt, OutboxItem
from .models.outbox import OPEN_STATES
from .retry import SCHEDULE, is_last, retry_delay

State = OutboxItem.State

WORKER_LOST = "worker_lost"

_RACES = 5
"""Two writers that insert the same object's open row: one loses, reads again and finds it. More is a fault of ours."""

FRESH_SHARE = 5
"""Behind a backlog every fifth place of a batch is for what came last."""

Key = tuple[int, str, str, str]
"""(route, flow, kind, object id): what an open row stands for."""


@dataclass(frozen=True, slots=True)
class Work:
    """One object that one route must deliver."""

    route_id: int
    lane_id: int
    flow: str
    kind: str
    object_id: str
    accepted_at: datetime
    label: str = ""
    payload: Mapping[str, Any] = field(default_factory=dict)
    version: datetime | None = None
    trigger: str = ""
    due_at: datetime | None = None
    is_urgent: bool = False
    """By a staff member's hand: the item gives up its back-off and is tried at once."""

    is_backfill: bool = False

    @property
    def key(self) -> Key:
        return (self.route_id, self.flow, self.kind, self.object_id)


@dataclass(frozen=True, slots=True)
class Settlement:
    """What became of a claimed item.

    ``state`` is where it goes; ``due_at`` counts for WAITING; ``counts_as_try`` False gives the try back.
    """

    item: OutboxItem
    state: str
    outcome: str
    message: str = ""
    code: str = ""
    due_at: datetime | None = None
    blocked_on: str = ""
    counts_as_try: bool = True
    is_outcome_unknown: bool = False
    translation: Mapping[str, Any] = field(default_factory=dict)
    traceback: str = ""


def enqueue(works: Iterable[Work]) -> int:
    """Put the newest state of each object on its one open row, or make that row. Returns how many objects.

    A dead or parked row becomes waiting again, since what it failed on may have changed; a waiting row keeps its
    place and its back-off. Nothing is lost when a worker claims the row at the same moment: then a new one is made.
    """
    newest = {work.key: work for work in works}
    for race in range(_RACES):
        try:
            with transaction.atomic():
                _enqueue_once(newest)
        except IntegrityError:
            if race == _RACES - 1:
                raise
        else:
            return len(newest)
    return len(newest)


def _enqueue_once(newest: Mapping[Key, Work]) -> None:
    now = timezone.now()
    open_rows = _open_rows(newest)
    for row in open_rows.values():
        _refresh(row, newest[_key(row)], now)
    save_grouped(
        list(open_rows.values()),
        [
            "payload",
            "version",
            "label",
            "trigger",
            "state",
            "due_at",
            "tries",
            "lane_id",
            "accepted_at",
            "is_urgent",
            "blocked_on",
            "updated_at",
        ],
    )
    OutboxItem.objects.bulk_create(
        OutboxItem(
            route_id=work.route_id,
            lane_id=work.lane_id,
            flow=work.flow,
            object_kind=work.kind,
            object_id=work.object_id,
            label=work.label,
            payload=dict(work.payload),
            version=work.version,
            trigger=work.trigger,
            accepted_at=work.accepted_at,
            due_at=work.due_at or now,
            is_urgent=work.is_urgent,
        )
        for key, work in newest.items()
        if key not in open_rows
    )


def _refresh(row: OutboxItem, work: Work, now: datetime) -> None:
    row.payload = dict(work.payload)
    row.version = work.version
    row.label = work.label or row.label
    row.trigger = work.trigger or row.trigger
    row.updated_at = now
    if row.state != State.WAITING or not work.is_backfill:  # live work never moves behind a backfill
        row.lane_id = work.lane_id
    if row.state != State.WAITING or work.is_urgent:
        row.tries = 0
        row.due_at = work.due_at or now
        row.accepted_at = work.accepted_at
    row.is_urgent = row.is_urgent or work.is_urgent
    row.state = State.WAITING
    row.blocked_on = ""


def _key(row: OutboxItem) -> Key:
    return (row.route_id, row.flow, row.object_kind, row.object_id)


def _open_rows(keys: Iterable[Key]) -> dict[Key, OutboxItem]:
    """The open rows of those objects, locked until the transaction ends."""
    wanted = set(keys)
    rows = OutboxItem.objects.filter(
        route_id__in={key[0] for key in wanted}, object_id__in={key[3] for key in wanted}, state__in=OPEN_STATES
    )
    if connection.features.has_select_for_update:
        rows = rows.select_for_update().order_by("pk")
    return {_key(row): row for row in rows if _key(row) in wanted}


def claim(lane_id: int, owner: str, limit: int, *, from_lane: int | None = None) -> list[OutboxItem]:
    """Take up to ``limit`` due items, oldest first; behind a backlog some of the newest come along, so that after an
    outage a fresh order does not wait for all that gathered. The try is counted here, before anything is sent: a
    worker that is killed has used it up. Items ``from_lane`` are moved to the lane that takes them."""
    now = timezone.now()
    due = due_items(now).filter(lane_id=from_lane or lane_id)
    with transaction.atomic():
        if connection.features.has_select_for_update_skip_locked:
            due = due.select_for_update(skip_locked=True, of=("self",))
        items = _without_suspects(_both_ends(due, limit))
        OutboxItem.objects.filter(pk__in=[item.pk for item in items]).update(
            state=State.IN_FLIGHT,
            lane_id=lane_id,
            tries=F("tries") + 1,
            lease_owner=owner,
            lease_until=now + LEASE,
            updated_at=now,
        )
    for item in items:
        item.state = State.IN_FLIGHT
        item.lane_id = lane_id
        item.tries += 1
        item.lease_owner = owner
    return items


def _both_ends(due: QuerySet[OutboxItem], limit: int) -> list[OutboxItem]:
    oldest = list(due.order_by("due_at", "pk")[: limit + 1])
    if len(oldest) <= limit or limit < FRESH_SHARE:
        return oldest[:limit]
    fresh = list(due.order_by("-due_at", "-pk")[: limit // FRESH_SHARE])
    taken = {item.pk for item in fresh}
    return [*[item for item in oldest if item.pk not in taken][: limit - len(fresh)], *reversed(fresh)]


def _without_suspects(items: list[OutboxItem]) -> list[OutboxItem]:
    """An item that was in the hands of two workers when they died goes alone, so that it takes no others with it."""
    suspect = next((place for place, item in enumerate(items) if _is_suspect(item)), None)
    return items if suspect is None else items[: max(suspect, 1)]


def _is_suspect(item: OutboxItem) -> bool:
    return item.tries >= 2 and item.reason_code == WORKER_LOST


def recover(lane_id: int, owner: str) -> int:
    """Give back what a dead worker of this lane held; only the holder of the lane's lease may call it.

    Whether its request arrived is unknown, so the next try looks the object up before it writes.
    """
    orphans = list(OutboxItem.objects.filter(lane_id=lane_id, state=State.IN_FLIGHT).exclude(lease_owner=owner)[:1_000])
    if not orphans:
        return 0
    settle([_orphaned(item) for item in orphans], started_at=timezone.now(), batch="")
    return len(orphans)


def _orphaned(item: OutboxItem) -> Settlement:
    is_over = is_last(item.tries)
    message = "The worker stopped in the middle. The object is looked up before it is written again."
    # At the place it had: what came later may need what this one has written, without knowing of it.
    due_at = timezone.now() + retry_delay(1) if item.tries > 1 else item.due_at
    if is_over:
        message = f"The worker stopped in the middle, {len(SCHEDULE)} repeats included. Report it, then send it again."
    return Settlement(
        item=item,
        state=State.DEAD if is_over else State.WAITING,
        outcome=Attempt.Outcome.UNKNOWN,
        message=message,
        code=WORKER_LOST,
        due_at=due_at,
        is_outcome_unknown=True,
    )


def settle(
    settlements: Sequence[Settlement], *, started_at: datetime, batch: str, owner: str | None = None
) -> list[OutboxItem]:
    """Record what became of claimed items, with one attempt each; returns the items that were still ours.

    An item that goes back to waiting and meets a newer row of the same object ends as superseded; when its outcome is
    unknown the newer row inherits that. With ``owner`` given, items that another worker took over meanwhile are left
    alone: their new holder records them.
    """
    tries = [settlement.item.tries for settlement in settlements]
    for race in range(_RACES):
        try:
            with transaction.atomic():
                return _settle_once(settlements, started_at, batch, owner)
        except IntegrityError:
            if race == _RACES - 1:
                raise
            for settlement, before in zip(settlements, tries, strict=True):
                settlement.item.tries = before
    return []


def _settle_once(
    settlements: Sequence[Settlement], started_at: datetime, batch: str, owner: str | None
) -> list[OutboxItem]:
    now = timezone.now()
    mine = _still_ours(settlements, owner)
    stays_open = [s for s in mine if s.state in OPEN_STATES]
    newer = _open_rows([_key(s.item) for s in stays_open]) if stays_open else {}
    inherited: list[OutboxItem] = []
    for settlement in mine:
        _apply(settlement, now)
        other = newer.get(_key(settlement.item)) if settlement.state in OPEN_STATES else None
        if other is not None:
            settlement.item.state = State.SUPERSEDED
            settlement.item.finished_at = now
            if settlement.is_outcome_unknown:
                other.is_outcome_unknown = True
                inherited.append(other)
    if inherited:
        save_grouped(inherited, ["is_outcome_unknown"])
    save_grouped(
        [s.item for s in mine],
        [
            "state",
            "tries",
            "due_at",
            "reason",
            "reason_code",
            "blocked_on",
            "is_outcome_unknown",
            "lease_owner",
            "lease_until",
            "finished_at",
            "updated_at",
        ],
    )
    Attempt.objects.bulk_create(_attempt(s, started_at, now, batch) for s in mine)
    return [s.item for s in mine]


def _still_ours(settlements: Sequence[Settlement], owner: str | None) -> list[Settlement]:
    rows = OutboxItem.objects.filter(pk__in=[s.item.pk for s in settlements], state=State.IN_FLIGHT)
    if owner is not None:
        rows = rows.filter(lease_owner=owner)
    if connection.features.has_select_for_update:
        rows = rows.select_for_update()
    held = set(rows.values_list("pk", flat=True))
    return [s for s in settlements if s.item.pk in held]


def _apply(settlement: Settlement, now: datetime) -> None:
    item = settlement.item
    item.state = settlement.state
    item.reason = _storable(settlement.message) if settlement.state != State.DONE else ""
    item.reason_code = _storable(settlement.code)[:120] if settlement.state != State.DONE else ""
    item.blocked_on = settlement.blocked_on
    item.is_outcome_unknown = settlement.is_outcome_unknown
    item.due_at = settlement.due_at or now
    item.lease_owner = ""
    item.lease_until = None
    item.updated_at = now
    item.finished_at = None if settlement.state in OPEN_STATES else now
    if not settlement.counts_as_try:
        item.tries = max(item.tries - 1, 0)


def _attempt(settlement: Settlement, started_at: datetime, now: datetime, batch: str) -> Attempt:
    item = settlement.item
    delivered = settlement.outcome == Attempt.Outcome.WRITTEN
    return Attempt(
        item=item,
        route_id=item.route_id,
        flow=item.flow,
        object_kind=item.object_kind,
        object_id=item.object_id,
        label=item.label,
        number=max(item.tries, 1),
        trigger=item.trigger,
        outcome=settlement.outcome,
        code=_storable(settlement.code)[:120],
        message=_storable(settlement.message),
        translation=dict(settlement.translation),
        traceback=settlement.traceback,
        batch=batch,
        started_at=started_at,
        duration_ms=_milliseconds(now - started_at),
        reflect_ms=_milliseconds(now - item.accepted_at) if delivered else None,
    )


def _storable(words: str) -> str:
    """A vendor's words as PostgreSQL can keep them: without NUL, and with nothing that cannot be encoded."""
    return words.replace("\x00", "").encode("utf-8", "replace").decode("utf-8")


def _milliseconds(delay: timedelta) -> int:
    return max(int(delay.total_seconds() * 1000), 0)


def send_again(items: Iterable[OutboxItem], trigger: str) -> int:
    """Make items wait for an immediate fresh try, by hand; returns how many.

    Items that moved on meanwhile (being sent right now, or replaced by a newer row) are left alone.
    """
    keys = [item.pk for item in items]
    return OutboxItem.objects.filter(pk__in=keys, state__in=OPEN_STATES).update(
        state=State.WAITING,
        due_at=timezone.now(),
        tries=0,
        blocked_on="",
        trigger=trigger,
        is_urgent=True,
        updated_at=timezone.now(),
    )


def cancel(items: Iterable[OutboxItem], reason: str) -> int:
    """Give up on open items; they stay in the log as cancelled."""
    now = timezone.now()
    return OutboxItem.objects.filter(pk__in=[item.pk for item in items], state__in=OPEN_STATES).update(
        state=State.CANCELLED, reason=reason, finished_at=now, updated_at=now
    )
