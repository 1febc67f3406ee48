"""Compares both sides of a route, page by page; lists what differs, and heals it through the outbox."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from connectors.contract.canonical import ObjectKind, Order
from connectors.contract.capabilities import Adapter, StatusSource
from connectors.contract.errors import Misconfigured, Retryable, Unreadable
from connectors.contract.results import Page, StatusSeen
from integration_hub.connections.models import Connection, Route
from integration_hub.engine import jobs, lanes, links
from integration_hub.engine.exchanges import ExchangeLog
from integration_hub.engine.models import Backfill, Drift, OutboxItem, ReconcileRun
from integration_hub.records.models import Record

from . import healing, walking
from .definitions import OUTWARD, FlowName
from .desk import rules_of
from .differences import Difference, Sides, difference
from .queue import send_comparison, send_lane
from .routing import Scope, objection, scope_of
from .services import Deadline, opened

ORDER = ObjectKind.ORDER
State = OutboxItem.State
Source = ReconcileRun.Source

NOT_COMPARABLE = "This pair of systems cannot be compared: one of them does not let the hub read orders."

HANDS_OFF = timedelta(days=1)
"""For so long the workers leave alone what a command is doing."""

OPEN_STATES = (State.WAITING, State.IN_FLIGHT, State.PARKED, State.DEAD)


def start(
    route: Route,
    since: datetime | None = None,
    until: datetime | None = None,
    *,
    heals: bool = True,
    source: str = Source.HAND,
    user: Any = None,
    backfill: Backfill | None = None,
    is_for_workers: bool = True,
) -> ReconcileRun:
    """Begin a comparison; work starts within a second. Without ``since`` it begins at the route's start."""
    run = ReconcileRun.objects.create(
        route=route,
        since=since or (route.start_at if backfill is None else None),
        until=until,
        heals=heals,
        source=source,
        started_by=user,
        backfill=backfill,
        due_at=timezone.now() + (timedelta(0) if is_for_workers else HANDS_OFF),
    )
    if is_for_workers:
        send_due()
    return run


def compare_now(
    route: Route, since: datetime | None = None, until: datetime | None = None, *, heals: bool = True
) -> ReconcileRun:
    """Compare in this process, to the end; what is healed is delivered by the workers, who note how it ended. Raises
    ConnectorError when one of the sides cannot be read."""
    row = start(route, since, until, heals=heals, source=Source.COMMAND, is_for_workers=False)
    walking.work_on(ReconcileRun, row.pk, _walk_to_the_end, needs=_needs)
    row.refresh_from_db()
    if row.walked_at is None:
        ReconcileRun.objects.filter(pk=row.pk).update(state=ReconcileRun.State.FAILED, finished_at=timezone.now())
        raise Retryable(row.error or "The comparison was interrupted.", code="not_compared")
    return row


def _walk_to_the_end(row: ReconcileRun, _deadline: Deadline) -> None:
    _walk(row, Deadline(float("inf")))


def plan_night(route: Route, night: date, since: datetime, until: datetime) -> bool:
    """Begin the comparison of that night; False when there is one already."""
    row = ReconcileRun(route=route, night=night, since=since, until=until, source=Source.NIGHT, due_at=timezone.now())
    before = ReconcileRun.objects.filter(route=route, night=night)
    if before.exists():
        return False
    ReconcileRun.objects.bulk_create([row], ignore_conflicts=True)  # another supervisor may be as quick
    return True


def send_due() -> int:
    """Nudge every running comparison that nobody works on; returns how many."""
    return jobs.nudge_due(ReconcileRun, send_comparison)


def run(run_id: int, deadline: Deadline | None = None) -> None:
    """A slice of a comparison. Safe to run again from any point: the page reached is stored with what it led to."""
    walking.work_on(ReconcileRun, run_id, _walk, needs=_needs, deadline=deadline)


def _needs(row: ReconcileRun) -> tuple[Connection, Connection]:
    return row.route.store, row.route.crm


def pause(row: ReconcileRun) -> bool:
    return jobs.pause(row)


def resume(row: ReconcileRun) -> bool:
    """Go on at the page reached; False when it was neither paused nor stopped by an error."""
    resumed = jobs.resume(row)
    send_due()
    return resumed


def can_compare(route: Route) -> bool:
    """Whether both systems let the hub read orders; nothing is called."""
    return _readers(route, ExchangeLog(route.store_id), ExchangeLog(route.crm_id)) is not None


def _readers(route: Route, store_log: ExchangeLog, crm_log: ExchangeLog) -> tuple[Any, StatusSource] | None:
    store: Adapter = opened(route.store, store_log, is_patient=True)
    crm: Adapter = opened(route.crm, crm_log, is_patient=True)
    return None if store.orders is None or crm.status_source is None else (store.orders, crm.status_source)


def _walk(row: ReconcileRun, deadline: Deadline) -> None:
    if row.walked_at is not None:
        healing.follow_up(row)
        return
    store_log, crm_log = ExchangeLog(row.route.store_id), ExchangeLog(row.route.crm_id)
    try:
        readers = _readers(row.route, store_log, crm_log)
        if readers is None:
            jobs.stop(row, NOT_COMPARABLE)
            return
        _read_pages(row, *readers, (store_log, crm_log), deadline)
    finally:
        store_log.store()
        crm_log.store()


def _read_pages(
    row: ReconcileRun, source: Any, crm: StatusSource, logs: Sequence[ExchangeLog], deadline: Deadline
) -> None:
    scope = scope_of(row.route.store, is_backfill=True, only_route=row.route)
    lane_id = scope.lane_id(row.route.crm_id, OUTWARD[ORDER])
    while not deadline.has_passed:
        if walking.is_full(lane_id):
            jobs.rest(row, walking.CHECK_AGAIN)
            return
        page = walking.without_overlap(row, source.scan(row.since, row.until, row.position))
        _store(row, scope, crm, page)
        for log in logs:
            log.store()
        if not page.has_more:
            jobs.advance(row, walked_at=timezone.now())
            healing.follow_up(row)
            return
    jobs.rest(row, timedelta(0))


def _store(row: ReconcileRun, scope: Scope, crm: StatusSource, page: Page[Any]) -> None:
    """Compare a page; keep what was found, what is to heal it and the place reached in one transaction."""
    orders: list[Order] = walking.readable(page)
    faults = walking.unreadable(page)
    sides = _look(row.route, crm, orders)
    wanted = [order for order in orders if order.id in sides.seen or not _objection(row.route, sides, order)]
    open_ids = _open_ids(row.route, [order.id for order in wanted])
    found = [each for order in wanted if order.id not in open_ids and (each := difference(sides, order)) is not None]
    with transaction.atomic():
        touched, items = healing.heal(row.route, scope, sides, found) if row.heals and found else ((), {})
        Drift.objects.bulk_create([_drift(row, each, items.get(each.order.id)) for each in found])
        Drift.objects.bulk_create([_unread(row, each) for each in faults])
        jobs.advance(
            row,
            position=page.cursor,
            last_ids=row.last_ids,
            total=page.total if page.total is not None else row.total,
            in_store=F("in_store") + len(page.items),
            in_hub=F("in_hub") + len(sides.known),
            in_crm=F("in_crm") + len(sides.seen),
            unwanted=F("unwanted") + len(orders) - len(wanted),
            open_items=F("open_items") + len(open_ids),
            drifts_found=F("drifts_found") + len(found) + len(faults),
            sent=F("sent") + len(items),
            error="",
        )
    row.position = page.cursor
    row.total = page.total if page.total is not None else row.total
    lanes.nudge(touched, send_lane)


def _objection(route: Route, sides: Sides, order: Order) -> str:
    return objection(route, ORDER, order, is_linked=order.id in sides.crm_links)


def _look(route: Route, crm: StatusSource, orders: Sequence[Order]) -> Sides:
    """What hub and CRM know of those orders: three queries, and the CRM's calls for as many as it takes at once."""
    ids = [order.id for order in orders]
    known = Record.objects.filter(connection=route.store_id, kind=ORDER, object_id__in=ids)
    linked = links.sides(route.store_id, ORDER, ids)
    others = links.counterparts(linked.values(), route.crm_id)
    crm_links = {order_id: others[link.group] for order_id, link in linked.items() if link.group in others}
    return Sides(
        route=route,
        rules=rules_of(route),
        known=frozenset(known.values_list("object_id", flat=True)),
        links={order_id: link for order_id, link in linked.items() if order_id in crm_links},
        crm_links=crm_links,
        seen=_seen(route, crm, orders, {order_id: link.object_id for order_id, link in crm_links.items()}),
    )


def _seen(route: Route, crm: StatusSource, orders: Sequence[Order], crm_ids: dict[str, str]) -> dict[str, StatusSeen]:
    """By the ids that we gave; those that are not found so, by the CRM's own, if we know them."""
    try:
        named = {route.id_prefix + order.known_as: order.id for order in orders}
        found = {
            named[each.external_id]: each
            for part in _chunks(list(named), crm.max_fetch)
            for each in crm.statuses([], part)
            if each.external_id in named
        }
        own = {crm_ids[each]: each for each in named.values() if each not in found and each in crm_ids}
        rest = [each for part in _chunks(list(own), crm.max_fetch) for each in crm.statuses(part, [])]
        return found | {own[each.id]: each for each in rest if each.id in own}
    except Misconfigured as error:
        raise walking.SideRefusedError(route.crm, error.message) from error


def _open_ids(route: Route, ids: Sequence[str]) -> set[str]:
    flows = (FlowName.ORDERS, FlowName.STATUSES)
    rows = OutboxItem.objects.filter(route=route, flow__in=flows, object_id__in=ids, state__in=OPEN_STATES)
    return set(rows.values_list("object_id", flat=True))


def _drift(row: ReconcileRun, each: Difference, item_id: int | None) -> Drift:
    return Drift(
        run=row,
        kind=each.kind,
        object_id=each.order.id[:200],
        label=(each.order.number or each.order.id)[:200],
        store_value=each.store_value[:200],
        crm_value=each.crm_value[:200],
        message=each.message,
        item_id=item_id,
        result=Drift.Result.WAITING if item_id else Drift.Result.LISTED,
    )


def _unread(row: ReconcileRun, each: Any) -> Drift:
    message = Unreadable(f"{each.kind} {each.id}", each.faults).message
    return Drift(run=row, kind=Drift.Kind.UNREADABLE, object_id=each.id[:200], label=each.id[:200], message=message)


def _chunks(names: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    return (names[start : start + size] for start in range(0, len(names), size))
