"""Brings over old objects: page by page, on a lane of its own, from where it stopped."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from connectors.contract.canonical import ObjectKind
from connectors.contract.errors import Fault, Unreadable
from connectors.contract.results import Page, UnreadableObject
from integration_hub.connections.models import Route
from integration_hub.engine import jobs, lanes
from integration_hub.engine.exchanges import ExchangeLog
from integration_hub.engine.models import Backfill, BackfillFault, InboxEvent, OutboxItem

from . import walking
from .absorb import Found, Verdict, absorb
from .definitions import OUTWARD, FlowName
from .numbers import is_between
from .queue import send_backfill, send_lane
from .routing import Scope, scope_of
from .services import Deadline, opened

State = OutboxItem.State

MOST_REPEATED = 10_000
"""Objects that one "run the failed ones again" takes; it can be pressed again for the rest."""

CUSTOMERS_FIRST = "Waits until the customers that were started before are read."

ABSENT = Fault("id", "the store has no such object")


def start(
    route: Route,
    flow: str,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    ids: Sequence[str] = (),
    numbers: tuple[str, str] = ("", ""),
    user: Any = None,
    repeats: Backfill | None = None,
) -> Backfill:
    """Begin a backfill; work starts within a second."""
    backfill = Backfill.objects.create(
        route=route,
        flow=flow,
        since=since,
        until=until,
        ids=list(ids),
        number_from=numbers[0].strip(),
        number_to=numbers[1].strip(),
        started_by=user,
        repeats=repeats,
        due_at=timezone.now(),
    )
    send_due()
    return backfill


def send_due() -> int:
    """Nudge every running backfill that nobody works on; returns how many."""
    return jobs.nudge_due(Backfill, send_backfill)


def run(backfill_id: int, deadline: Deadline | None = None) -> None:
    """Read pages until the slice is over, enough waits to be sent, or all is read. Safe to run again from any point:
    the page reached is stored together with what it held."""
    walking.work_on(
        Backfill,
        backfill_id,
        _walk,
        needs=lambda backfill: (backfill.route.store, backfill.route.crm),
        deadline=deadline,
    )


def _walk(backfill: Backfill, deadline: Deadline) -> None:
    store = backfill.route.store
    log = ExchangeLog(store.pk)
    try:
        _read_pages(backfill, opened(store, log, is_patient=True), log, deadline)
    finally:
        log.store()


def _read_pages(backfill: Backfill, adapter: Any, log: ExchangeLog, deadline: Deadline) -> None:
    kind = walking.KINDS[FlowName(backfill.flow)]
    source = walking.SOURCES[kind](adapter)
    scope = scope_of(backfill.route.store, is_backfill=True, only_route=backfill.route)
    if source is None:
        jobs.stop(backfill, f"“{scope.connection}” does not let the hub read {backfill.flow}.")
        return
    lane_id = scope.lane_id(backfill.route.crm_id, OUTWARD[kind])
    if kind == ObjectKind.ORDER and _customers_are_read(backfill):
        jobs.rest(backfill, walking.CHECK_AGAIN, CUSTOMERS_FIRST)
        return
    while not deadline.has_passed:
        if walking.is_full(lane_id):
            jobs.rest(backfill, walking.CHECK_AGAIN)
            return
        page = walking.without_overlap(backfill, _page(backfill, kind, source))
        _store(backfill, scope, kind, page)
        log.store()
        lanes.nudge([lane_id], send_lane)
        if not page.has_more:
            jobs.finish(backfill)
            return
    jobs.rest(backfill, timedelta(0))


def _customers_are_read(backfill: Backfill) -> bool:
    """Whether a backfill of customers that was started before is still reading: buyers who are in the CRM already
    cost their orders nothing."""
    earlier = Backfill.objects.filter(route=backfill.route_id, flow=FlowName.CUSTOMERS, pk__lt=backfill.pk)
    return earlier.filter(state=Backfill.State.RUNNING).exists()


def _page(backfill: Backfill, kind: ObjectKind, source: Any) -> Page[Any]:
    if not backfill.ids:
        page: Page[Any] = source.scan(backfill.since, backfill.until, backfill.position)
        return page
    done = int(backfill.position or 0)
    wanted = backfill.ids[done : done + source.max_fetch]
    found = source.fetch(wanted)
    items = [found.get(each) or UnreadableObject(kind, each, (ABSENT,)) for each in wanted]
    end = done + len(wanted)
    return Page(items, str(end), has_more=end < len(backfill.ids), total=len(backfill.ids))


def _store(backfill: Backfill, scope: Scope, kind: ObjectKind, page: Page[Any]) -> None:
    """Keep a page and the place reached, in one transaction."""
    inside = [each for each in walking.readable(page) if _is_numbered(backfill, each)]
    faults = walking.unreadable(page)
    founds = [_found(backfill, kind, each) for each in inside]
    backfill.position = page.cursor
    backfill.total = page.total if page.total is not None else backfill.total
    with transaction.atomic():
        taken = absorb(scope, founds)
        _note_faults(backfill, faults)
        if backfill.ids:
            _note_left_out(backfill, founds, taken.verdicts)
        queued = sum(verdict.state == InboxEvent.State.DONE for verdict in taken.verdicts)
        jobs.advance(
            backfill,
            position=page.cursor,
            last_ids=backfill.last_ids,
            total=backfill.total,
            read=F("read") + len(page.items),
            queued=F("queued") + queued,
            unwanted=F("unwanted") + len(page.items) - len(faults) - queued,
            unreadable=F("unreadable") + len(faults),
            error="",
        )


def _is_numbered(backfill: Backfill, each: Any) -> bool:
    if not backfill.number_from and not backfill.number_to:
        return True
    return is_between(getattr(each, "number", "") or each.id, backfill.number_from, backfill.number_to)


def _found(backfill: Backfill, kind: ObjectKind, each: Any) -> Found:
    return Found(
        kind=kind,
        id=each.id,
        record=each,
        version=each.updated_at,
        accepted_at=timezone.now(),
        trigger=trigger_of(backfill),
        is_present=True,
        by_hand=True,
        filters_count=not backfill.ids,
    )


def trigger_of(backfill: Backfill) -> str:
    """How the sync log names what this backfill led to."""
    return f"backfill {backfill.pk}"


def _note_faults(backfill: Backfill, faults: Iterable[UnreadableObject]) -> None:
    BackfillFault.objects.bulk_create(
        BackfillFault(
            backfill=backfill,
            object_id=each.id[:200],
            code="absent" if each.faults == (ABSENT,) else "unreadable",
            message=Unreadable(f"{each.kind} {each.id}", each.faults).message,
        )
        for each in faults
    )


def _note_left_out(backfill: Backfill, founds: Sequence[Found], verdicts: Sequence[Verdict]) -> None:
    """Staff named these objects, so they are told of each that the route does not carry."""
    BackfillFault.objects.bulk_create(
        BackfillFault(backfill=backfill, object_id=found.id, code="left_out", message=verdict.reason)
        for found, verdict in zip(founds, verdicts, strict=True)
        if verdict.state != InboxEvent.State.DONE
    )


def pause(backfill: Backfill) -> bool:
    """Stop reading; what is queued already is still sent. False when it was not running."""
    return jobs.pause(backfill)


def resume(backfill: Backfill) -> bool:
    """Go on at the page reached; False when it was neither paused nor stopped by an error."""
    resumed = jobs.resume(backfill)
    send_due()
    return resumed


# --- what became of it ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Counts:
    """Of what was queued: what is still on its way, what needs somebody, and what is settled."""

    on_the_way: int
    troubled: int
    settled: int


def counts(backfill: Backfill) -> Counts:
    """Three bounded counts over open items; what is no longer open was delivered or became unnecessary."""
    open_items = OutboxItem.objects.filter(
        route=backfill.route_id, flow=backfill.flow, trigger=trigger_of(backfill)
    ).order_by()
    on_the_way = open_items.filter(state__in=[State.WAITING, State.IN_FLIGHT]).count()
    stuck = troubled(backfill).order_by().count()
    return Counts(on_the_way, stuck, max(backfill.queued - on_the_way - stuck, 0))


def troubled(backfill: Backfill) -> Any:
    """Its deliveries that need somebody: dead letters, and what waits for a mapping."""
    return OutboxItem.objects.filter(
        route=backfill.route_id,
        flow=backfill.flow,
        state__in=[State.DEAD, State.PARKED],
        trigger=trigger_of(backfill),
    )


def repeat_failed(backfill: Backfill, user: Any = None) -> Backfill | None:
    """A new backfill of what this one could not bring over; None when there is nothing. The store is read again, so
    what was corrected there meanwhile counts."""
    unread = backfill.faults.order_by("pk").values_list("object_id", flat=True)[:MOST_REPEATED]
    refused = troubled(backfill).order_by("pk").values_list("object_id", flat=True)[:MOST_REPEATED]
    ids = [each for each in dict.fromkeys([*unread, *refused]) if each][:MOST_REPEATED]
    if not ids:
        return None
    return start(backfill.route, backfill.flow, ids=ids, user=user, repeats=backfill)
