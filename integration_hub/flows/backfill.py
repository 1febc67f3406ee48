"""Brings over old objects: page by page, on a lane of its own, from where it stopped."""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from django.db import InterfaceError, OperationalError, transaction
from django.db.models import F, Q
from django.utils import timezone

from connectors.contract.canonical import ObjectKind
from connectors.contract.errors import ConnectorError, Fault, Misconfigured, RateLimited, Unreadable
from connectors.contract.results import Page, UnreadableObject
from integration_hub.connections.models import Route
from integration_hub.engine import lanes
from integration_hub.engine.exchanges import ExchangeLog
from integration_hub.engine.models import Backfill, BackfillFault, OutboxItem

from .absorb import Found, absorb
from .definitions import OUTWARD, FlowName
from .queue import send_backfill, send_lane
from .routing import Scope, scope_of
from .services import Deadline, opened

logger = logging.getLogger(__name__)

MOST_WAITING = 2_000
"""Reading stops while this much waits to be sent, so neither memory nor the tables grow with the shop's age."""

CHECK_AGAIN = timedelta(seconds=2)
AFTER_A_FAULT = timedelta(seconds=30)
LEASE = timedelta(minutes=5)

_KINDS = {flow: kind for kind, flow in OUTWARD.items()}


def start(
    route: Route,
    flow: str,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    ids: Sequence[str] = (),
    user: Any = None,
) -> Backfill:
    """Begin a backfill; work starts within a second."""
    backfill = Backfill.objects.create(
        route=route, flow=flow, since=since, until=until, ids=list(ids), started_by=user, due_at=timezone.now()
    )
    send_due()
    return backfill


def send_due() -> int:
    """Nudge every running backfill that nobody works on; returns how many."""
    now = timezone.now()
    free = Q(lease_until=None) | Q(lease_until__lt=now)
    due = Backfill.objects.filter(free, state=Backfill.State.RUNNING, due_at__lte=now)
    sent = 0
    for backfill_id in due.values_list("pk", flat=True):
        with transaction.atomic():
            if Backfill.objects.filter(free, pk=backfill_id).update(lease_until=now + LEASE):
                send_backfill(backfill_id)
                sent += 1
    return sent


def run(backfill_id: int, deadline: Deadline | None = None) -> None:
    """Read pages until the slice is over, enough waits to be sent, or all is read. Safe to run again from any point:
    the page reached is stored together with what it held."""
    deadline = deadline or Deadline()
    backfill = Backfill.objects.select_related("route__store", "route__crm").filter(pk=backfill_id).first()
    if backfill is None or backfill.state != Backfill.State.RUNNING:
        return
    store = backfill.route.store
    log = ExchangeLog(store.pk)
    scope = scope_of(store, is_backfill=True, only_route=backfill.route)
    try:
        _read_pages(backfill, scope, opened(store, log), deadline)
    except RateLimited as error:
        _rest(backfill, error.retry_after or CHECK_AGAIN)
    except Misconfigured as error:
        store.pause(error.message)
        _stop(backfill, error.message)
    except ConnectorError as error:
        backfill.error = error.message
        _rest(backfill, AFTER_A_FAULT)
    except (OperationalError, InterfaceError):
        raise  # the database is away; the lease runs out
    except Exception as error:
        logger.exception("backfill %s failed", backfill.pk)
        backfill.error = f"An error inside the hub ({type(error).__name__}). It is tried again; if it stays, report it."
        _rest(backfill, AFTER_A_FAULT)
    finally:
        log.store()


def _read_pages(backfill: Backfill, scope: Scope, adapter: Any, deadline: Deadline) -> None:
    kind = _KINDS[FlowName(backfill.flow)]
    source = {ObjectKind.ORDER: adapter.orders, ObjectKind.CUSTOMER: adapter.customers}.get(kind)
    if source is None:
        _stop(backfill, f"“{scope.connection}” does not let the hub read {backfill.flow}.")
        return
    lane_id = scope.lane_id(backfill.route.crm_id, OUTWARD[kind])
    overlap: frozenset[str] = frozenset()
    while not deadline.has_passed:
        if _waiting(lane_id) >= MOST_WAITING:
            _rest(backfill, CHECK_AGAIN)
            return
        page = _page(backfill, kind, source)
        # Pages of a list that moves repeat each other's edge; nobody is to see 66 of 60 read.
        page = replace(page, items=[each for each in page.items if each.id not in overlap])
        overlap = frozenset(each.id for each in page.items)
        if not _store(backfill, scope, kind, page):
            return
        lanes.nudge([lane_id], send_lane)
    _rest(backfill, timedelta(0))


def _waiting(lane_id: int) -> int:
    waiting = OutboxItem.objects.filter(lane_id=lane_id, state=OutboxItem.State.WAITING)
    return len(waiting.values_list("pk")[:MOST_WAITING])


def _page(backfill: Backfill, kind: ObjectKind, source: Any) -> Page[Any]:
    if not backfill.ids:
        page: Page[Any] = source.scan(backfill.since, backfill.until, backfill.position)
        return page
    done = int(backfill.position or 0)
    wanted = backfill.ids[done : done + source.max_fetch]
    found = source.fetch(wanted)
    absent = Fault("id", "the store has no such object")
    items = [found.get(each) or UnreadableObject(kind, each, (absent,)) for each in wanted]
    end = done + len(wanted)
    return Page(items, str(end), has_more=end < len(backfill.ids), total=len(backfill.ids))


def _store(backfill: Backfill, scope: Scope, kind: ObjectKind, page: Page[Any]) -> bool:
    """Keep a page and the place reached, in one transaction; False when there is nothing more to do."""
    now = timezone.now()
    readable = [each for each in page.items if not isinstance(each, UnreadableObject)]
    faults = [each for each in page.items if isinstance(each, UnreadableObject)]
    founds = [
        Found(
            kind=kind,
            id=each.id,
            record=each,
            version=each.updated_at,
            accepted_at=now,
            trigger=f"backfill {backfill.pk}",
            is_present=True,
            by_hand=True,
        )
        for each in readable
    ]
    with transaction.atomic():
        taken = absorb(scope, founds)
        _note_faults(backfill, faults)
        backfill.position = page.cursor
        backfill.total = page.total if page.total is not None else backfill.total
        updated = Backfill.objects.filter(pk=backfill.pk, state=Backfill.State.RUNNING).update(
            position=page.cursor,
            total=backfill.total,
            read=F("read") + len(page.items),
            queued=F("queued") + sum(verdict.state == "done" for verdict in taken.verdicts),
            unreadable=F("unreadable") + len(faults),
            error="",
            lease_until=now + LEASE,
        )
    if not page.has_more:
        Backfill.objects.filter(pk=backfill.pk).update(
            state=Backfill.State.DONE, finished_at=timezone.now(), lease_until=None, due_at=None
        )
        lanes.nudge(taken.lanes, send_lane)
        return False
    return bool(updated)


def _note_faults(backfill: Backfill, faults: Iterable[UnreadableObject]) -> None:
    BackfillFault.objects.bulk_create(
        BackfillFault(
            backfill=backfill,
            object_id=each.id[:200],
            message=Unreadable(f"{each.kind} {each.id}", each.faults).message,
        )
        for each in faults
    )


def _rest(backfill: Backfill, delay: timedelta) -> None:
    Backfill.objects.filter(pk=backfill.pk).update(
        due_at=timezone.now() + delay, lease_until=None, error=backfill.error
    )


def _stop(backfill: Backfill, reason: str) -> None:
    Backfill.objects.filter(pk=backfill.pk).update(
        state=Backfill.State.FAILED, error=reason, lease_until=None, finished_at=timezone.now()
    )


def pause(backfill: Backfill) -> bool:
    """Stop reading after the present page; False when it was not running."""
    return bool(
        Backfill.objects.filter(pk=backfill.pk, state=Backfill.State.RUNNING).update(state=Backfill.State.PAUSED)
    )


def resume(backfill: Backfill) -> bool:
    """Go on at the page reached; False when it was neither paused nor stopped by an error."""
    resumed = Backfill.objects.filter(pk=backfill.pk, state__in=[Backfill.State.PAUSED, Backfill.State.FAILED]).update(
        state=Backfill.State.RUNNING, error="", due_at=timezone.now(), lease_until=None, finished_at=None
    )
    send_due()
    return bool(resumed)
