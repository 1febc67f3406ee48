"""Forgets what is old enough, in small steps: what holds most personal data goes first, links stay for ever.

Every step finds its rows by an index and touches at most STEP of them, whatever the tables hold; no OFFSET, no count.
Several supervisors may do this at once: each takes rows that no other has in hand.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone
from django_q.models import Task

from integration_hub.engine.models import (
    Attempt,
    Backfill,
    BackfillFault,
    Drift,
    Exchange,
    Heartbeat,
    InboxEvent,
    OutboxItem,
    ReconcileRun,
)
from integration_hub.engine.models.jobs import LongJob

STEP = 500
"""Rows per statement: some milliseconds, so that no door waits behind it."""

FORGOTTEN_MACHINE = timedelta(days=7)
"""A machine that has not been seen for so long was taken away."""

_FINISHED = (
    OutboxItem.State.DONE,
    OutboxItem.State.SKIPPED,
    OutboxItem.State.SUPERSEDED,
    OutboxItem.State.CANCELLED,
)
_ENDED = (LongJob.State.DONE, LongJob.State.FAILED)

Rows = QuerySet[Any]


def prune(now: datetime | None = None) -> int:
    """Take one step of each kind; returns how many rows that touched. Work that is open is never touched, however
    old it is."""
    now = now or timezone.now()
    return sum(step(now) for step in _STEPS)


# --- bodies first -----------------------------------------------------------------------------------------------------


def _empty_bodies(now: datetime) -> int:
    """The event stays in the timeline; what the shop sent with it goes."""
    end = _before(now, settings.HUB_KEEP_BODIES_DAYS)
    old = InboxEvent.objects.filter(received_at__lt=end).exclude(state=InboxEvent.State.NEW).exclude(body=b"")
    return touch(old.order_by("received_at"), lambda rows: rows.update(body=b"", headers={}))


def _empty_exchanges(now: datetime) -> int:
    """The call, its status and its duration stay a while longer."""
    return _walk_on(
        "exchange", Exchange, _before(now, settings.HUB_KEEP_BODIES_DAYS), request_body="", response_body=""
    )


def _walk_on(name: str, model: type[Exchange], end: datetime, **values: str) -> int:
    """Rows of a log are appended and never changed, so the place reached is one number: no search for what is left."""
    mark = Heartbeat.objects.filter(name=f"prune:{name}").first()
    reached = int(mark.detail["pk"]) if mark is not None else 0
    ahead = model.objects.filter(pk__gt=reached).order_by("pk").values_list("pk", "started_at")[:STEP]
    keys = [pk for pk, started_at in ahead if started_at < end]
    if not keys:
        return 0
    touched = model.objects.filter(pk__in=keys).update(**values)
    here = {"at": timezone.now(), "detail": {"pk": keys[-1]}}
    Heartbeat.objects.update_or_create(name=f"prune:{name}", defaults=here)
    return touched


# --- then rows --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Rule:
    """Rows of one table that are older than a setting says. ``rows(end)`` is ordered by the index that finds them."""

    setting: str
    rows: Callable[[datetime], Rows]

    def __call__(self, now: datetime) -> int:
        end = _before(now, getattr(settings, self.setting))
        return touch(self.rows(end), lambda rows: rows.delete()[0])


def _items(state: str) -> Callable[[datetime], Rows]:
    """One state at a time: the index is by state and time."""
    return lambda end: OutboxItem.objects.filter(state=state, updated_at__lt=end).order_by("updated_at")


def _drifts(end: datetime) -> Rows:
    """Before their comparisons: one may have a hundred thousand."""
    old = ReconcileRun.objects.filter(state__in=_ENDED, finished_at__lt=end)
    return Drift.objects.filter(run__in=old).order_by("run_id", "result")


def _faults(end: datetime) -> Rows:
    old = Backfill.objects.filter(state__in=_ENDED, finished_at__lt=end)
    return BackfillFault.objects.filter(backfill__in=old).order_by("backfill_id")


def _comparisons(end: datetime) -> Rows:
    rows = ReconcileRun.objects.filter(state__in=_ENDED, finished_at__lt=end)
    return rows.exclude(Exists(Drift.objects.filter(run=OuterRef("pk")))).order_by("pk")


def _backfills(end: datetime) -> Rows:
    rows = Backfill.objects.filter(state__in=_ENDED, finished_at__lt=end)
    return rows.exclude(Exists(BackfillFault.objects.filter(backfill=OuterRef("pk")))).order_by("pk")


def _events(end: datetime) -> Rows:
    return InboxEvent.objects.filter(received_at__lt=end).exclude(state=InboxEvent.State.NEW).order_by("received_at")


def _heartbeats(now: datetime) -> int:
    gone = Heartbeat.objects.filter(name__startswith="supervisor:", at__lt=now - FORGOTTEN_MACHINE)
    return int(gone.delete()[0])


_STEPS: tuple[Callable[[datetime], int], ...] = (
    _empty_bodies,
    _empty_exchanges,
    _Rule("HUB_KEEP_EXCHANGES_DAYS", lambda end: Exchange.objects.filter(started_at__lt=end).order_by("started_at")),
    _Rule("HUB_KEEP_ATTEMPTS_DAYS", lambda end: Attempt.objects.filter(started_at__lt=end).order_by("started_at")),
    _Rule("HUB_KEEP_EVENTS_DAYS", _events),
    *(_Rule("HUB_KEEP_ITEMS_DAYS", _items(state)) for state in _FINISHED),
    _Rule("HUB_KEEP_REPORTS_DAYS", _drifts),
    _Rule("HUB_KEEP_REPORTS_DAYS", _comparisons),
    _Rule("HUB_KEEP_REPORTS_DAYS", _faults),
    _Rule("HUB_KEEP_REPORTS_DAYS", _backfills),
    _Rule("HUB_KEEP_ATTEMPTS_DAYS", lambda end: Task.objects.filter(stopped__lt=end).order_by("stopped")),
    _heartbeats,
)


def _before(now: datetime, days: int) -> datetime:
    return now - timedelta(days=days)


def touch(rows: Rows, act: Callable[[Rows], int]) -> int:
    """Do something to the first rows, in one short transaction; returns how many there were."""
    with transaction.atomic():
        if connection.features.has_select_for_update_skip_locked:
            rows = rows.select_for_update(skip_locked=True, of=("self",))
        keys = list(rows.values_list("pk", flat=True)[:STEP])
        if keys:
            act(rows.model._default_manager.filter(pk__in=keys))
    return len(keys)
