"""Work in the background (backfills, comparisons, catalogs): who does it, where it stands, when it goes on.

All writes of a worker name it as the owner, so one that lost its lease, or whose job was paused, changes nothing.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, TypeVar

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from . import lanes
from .models.jobs import Leased, LongJob

J = TypeVar("J", bound=Leased)

NUDGE_IS_STALE_AFTER = timedelta(seconds=60)
"""Workers for long jobs may be busy with other slices for a while; a second task for one job finds the lease taken."""

RUNNING = LongJob.State.RUNNING

Send = Callable[[int], None]


class JobLostError(Exception):
    """The job was paused, or another worker took it over: what was just read is dropped, and read again."""


def nudge_due(model: type[J], send: Send, among: Q | None = None) -> int:
    """Ask for work on every job that is due and that nobody works on; returns how many."""
    now = timezone.now()
    asked = Q(nudged_at__gt=now - NUDGE_IS_STALE_AFTER)
    due = _rows(model).filter(_free(), model.workable(), among or Q(), due_at__lte=now).exclude(asked)
    sent = 0
    for pk in due.values_list("pk", flat=True):
        with transaction.atomic():
            if _rows(model).filter(_free(), pk=pk).exclude(asked).update(nudged_at=now):
                send(pk)
                sent += 1
    return sent


def take(model: type[J], pk: int, owner: str, *related: str) -> J | None:
    """The job, when it runs and nobody else works on it."""
    now = timezone.now()
    taken = (
        _rows(model)
        .filter(_free(), model.workable(), pk=pk)
        .update(lease_owner=owner, lease_until=now + lanes.LEASE, nudged_at=None)
    )
    return _rows(model).select_related(*related).get(pk=pk) if taken else None


def renew(job: Leased) -> bool:
    """Keep the lease; False when it was lost or the job was paused."""
    return bool(_mine(job).update(lease_until=timezone.now() + lanes.LEASE))


def advance(job: Leased, **values: Any) -> None:
    """Store the place reached, in the transaction of what it led to; raises JobLostError, which undoes both."""
    if not _mine(job).update(lease_until=timezone.now() + lanes.LEASE, **values):
        raise JobLostError


def rest(job: LongJob, delay: timedelta, error: str = "") -> None:
    """Give the worker back; the job goes on after ``delay``."""
    give_back(job, due_at=timezone.now() + delay, error=error)


def give_back(job: Leased, **values: Any) -> None:
    """Give the worker back and store what it found."""
    _mine(job).update(lease_owner="", lease_until=None, nudged_at=None, **values)


def stop(job: LongJob, reason: str) -> None:
    """Stop until somebody presses resume."""
    _end(job, LongJob.State.FAILED, reason)


def finish(job: LongJob) -> None:
    _end(job, LongJob.State.DONE, "")


def _end(job: LongJob, state: str, error: str) -> None:
    give_back(job, state=state, error=error, due_at=None, finished_at=timezone.now())


def pause(job: LongJob) -> bool:
    """Stop at once: the page in hand is read again later. False when it was not running."""
    rows = _rows(type(job)).filter(pk=job.pk, state=RUNNING)
    return bool(rows.update(state=LongJob.State.PAUSED, lease_owner="", lease_until=None, nudged_at=None))


def resume(job: LongJob) -> bool:
    """Go on at the place reached; False when it was neither paused nor stopped by an error."""
    rows = _rows(type(job)).filter(pk=job.pk, state__in=[LongJob.State.PAUSED, LongJob.State.FAILED])
    resumed = rows.update(
        state=RUNNING, error="", due_at=timezone.now(), lease_owner="", lease_until=None, finished_at=None
    )
    return bool(resumed)


def release_dead(model: type[Leased], is_alive: Callable[[int], bool]) -> int:
    """Give back the jobs of workers of this machine that are no more; returns how many."""
    held = _rows(model).exclude(lease_owner="").values_list("pk", "lease_owner")
    dead = [(pk, owner) for pk, owner in held if lanes.is_dead(owner, is_alive)]
    return sum(
        _rows(model).filter(pk=pk, lease_owner=owner).update(lease_owner="", lease_until=None, nudged_at=None)
        for pk, owner in dead
    )


def stands_still(model: type[Leased], for_long: timedelta) -> bool:
    """Whether a job was asked for that long ago and no worker came for it."""
    return _rows(model).filter(model.workable(), nudged_at__lt=timezone.now() - for_long).exists()


def _mine(job: J) -> QuerySet[J]:
    return _rows(type(job)).filter(type(job).workable(), pk=job.pk, lease_owner=job.lease_owner)


def _free() -> Q:
    return Q(lease_until=None) | Q(lease_until__lt=timezone.now())


def _rows(model: type[J]) -> QuerySet[J]:
    return model._default_manager.all()
