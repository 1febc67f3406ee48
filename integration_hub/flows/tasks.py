"""The only functions that the task queue may call. Each takes one row's id and may run twice without harm."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import InterfaceError, OperationalError
from django.utils import timezone

from integration_hub.engine import inbox, keeper, lanes
from integration_hub.engine.due import has_due
from integration_hub.engine.models import Lane

from . import backfill as backfills
from . import poll as polls
from . import reconcile
from .catalog import read_catalog
from .deliver import drain
from .feeds import build_feed
from .queue import send_lane
from .receive import receive
from .services import Deadline

logger = logging.getLogger(__name__)


def work(lane_id: int) -> None:
    """Do what is due on a lane: read events, or deliver items. An event's deliveries follow in the same task, so that
    an order does not wait for the queue twice."""
    for touched in sorted(_work_once(lane_id)):
        _work_once(touched)


def _work_once(lane_id: int) -> set[int]:
    deadline = Deadline()
    owner = lanes.new_owner()
    with _lease(lane_id, owner) as lane:
        if lane is None:
            return set()
        touched = receive(lane, owner, deadline) if lane.direction == Lane.Direction.IN else set()
        if lane.direction == Lane.Direction.OUT:
            drain(lane, owner, deadline)
    _ask_again(lane)
    return touched


@contextmanager
def _lease(lane_id: int, owner: str) -> Iterator[Lane | None]:
    if not lanes.take(lane_id, owner):
        yield None
        return
    try:
        try:
            with keeper.kept(lambda: lanes.renew(lane_id, owner)):
                yield Lane.objects.select_related("connection").get(pk=lane_id)
        except (OperationalError, InterfaceError):
            raise
        except BaseException:
            lanes.release(lane_id, owner)
            raise
        lanes.release(lane_id, owner)
    except (OperationalError, InterfaceError):
        # The database is away, with items in hand: else the lane would rest until the lease runs out.
        keeper.later(lambda: lanes.abandon(lane_id, owner))
        raise


def _ask_again(lane: Lane) -> None:
    """Work that came in while the lease was being given back would otherwise wait for the sweep."""
    now = timezone.now()
    is_inbound = lane.direction == Lane.Direction.IN
    if inbox.has_due(lane.connection_id, now) if is_inbound else has_due(lane.pk, now):
        fresh = Lane.objects.select_related("connection").get(pk=lane.pk)
        closed = () if is_inbound else (fresh.sleeps_until, fresh.connection.breaker_open_until)
        is_paused = fresh.paused_at is not None or fresh.connection.is_paused
        if not is_paused and all(until is None or until <= now for until in closed):
            lanes.nudge([lane.pk], send_lane)


def poll(cursor_id: int) -> None:
    """Read what changed since a cursor."""
    polls.poll(cursor_id)


def catalog(reading_id: int) -> None:
    """Read the next pages of a store's catalog."""
    read_catalog(reading_id)


def feed(feed_id: int) -> None:
    """Build a catalog file."""
    build_feed(feed_id)


def backfill(backfill_id: int) -> None:
    """Read the next pages of a backfill."""
    backfills.run(backfill_id)


def compare(run_id: int) -> None:
    """Compare the next pages of both sides of a route."""
    reconcile.run(run_id)
