"""Forgets what is old enough, in small steps: what holds most personal data goes first, links stay for ever."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone
from django_q.models import Task

from integration_hub.engine.models import Attempt, Exchange, InboxEvent, OutboxItem

STEP = 500
"""Rows per statement: some milliseconds, so that no door waits behind it."""

_FINISHED = (
    OutboxItem.State.DONE,
    OutboxItem.State.SKIPPED,
    OutboxItem.State.SUPERSEDED,
    OutboxItem.State.CANCELLED,
)


def prune(now: datetime | None = None) -> int:
    """Take one step of each kind; returns how many rows that touched. Work that is open is never touched, however
    old it is."""
    now = now or timezone.now()
    return _empty_bodies(_before(now, settings.HUB_KEEP_BODIES_DAYS)) + sum(
        _delete(rows(_before(now, days))) for rows, days in _rules()
    )


def _rules() -> Sequence[tuple[Callable[[datetime], QuerySet], int]]:  # type: ignore[type-arg]  # of several models
    return (
        (lambda end: Exchange.objects.filter(started_at__lt=end), settings.HUB_KEEP_EXCHANGES_DAYS),
        (lambda end: Attempt.objects.filter(started_at__lt=end), settings.HUB_KEEP_ATTEMPTS_DAYS),
        (_old_events, settings.HUB_KEEP_EVENTS_DAYS),
        (
            lambda end: OutboxItem.objects.filter(state__in=_FINISHED, updated_at__lt=end),
            settings.HUB_KEEP_ITEMS_DAYS,
        ),
        (lambda end: Task.objects.filter(stopped__lt=end), settings.HUB_KEEP_ATTEMPTS_DAYS),
    )


def _before(now: datetime, days: int) -> datetime:
    return now - timedelta(days=days)


def _old_events(end: datetime) -> QuerySet[InboxEvent]:
    return InboxEvent.objects.filter(received_at__lt=end).exclude(state=InboxEvent.State.NEW)


def _empty_bodies(end: datetime) -> int:
    """The event stays in the timeline; what the shop sent with it goes."""
    old = _old_events(end).exclude(body=b"").order_by("received_at")
    return InboxEvent.objects.filter(pk__in=list(old.values_list("pk", flat=True)[:STEP])).update(body=b"", headers={})


def _delete(rows: QuerySet) -> int:  # type: ignore[type-arg]  # of several models
    keys = list(rows.order_by("pk").values_list("pk", flat=True)[:STEP])
    if not keys:
        return 0
    rows.model._default_manager.filter(pk__in=keys).delete()
    return len(keys)
