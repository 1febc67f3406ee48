"""Takes in states of objects: keeps the newest, recognises repeats and echoes, and puts the rest on the outbox."""

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from connectors.contract.canonical import ObjectKind, Order, Product, Record
from integration_hub.catalog.schedule import changed as catalog_changed
from integration_hub.connections.models import Connection, Route
from integration_hub.engine import echo, links, outbox
from integration_hub.engine.models import InboxEvent, Link
from integration_hub.records import store
from integration_hub.records.models import Record as RecordRow

from .definitions import OUTWARD, status_mark
from .routing import Scope, due_in_window, objection
from .standing import being_set

EventState = InboxEvent.State


@dataclass(frozen=True, slots=True)
class Found:
    """The state of one object, from wherever it came.

    ``is_present`` True: it was read just now, so it wins over an equally old state that says something else.
    ``by_hand``: staff want it sent whatever the route's filters say and even if nothing changed; with ``filters_count``
    only the start date is set aside.
    ``is_urgent``: somebody waits for it, so neither a back-off nor the route's daily window holds it.
    """

    kind: ObjectKind
    id: str
    record: Record
    version: datetime | None
    accepted_at: datetime
    trigger: str = ""
    is_present: bool = False
    by_hand: bool = False
    filters_count: bool = False
    is_urgent: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a found state, in the words of an inbox event."""

    state: str
    reason: str = ""
    must_fetch: bool = False


@dataclass(frozen=True, slots=True)
class Absorbed:
    """One verdict per found state, in the same order, and the lanes that now have work."""

    verdicts: Sequence[Verdict]
    lanes: frozenset[int]


UNCHANGED = Verdict(EventState.IGNORED, "Nothing changed that the routes carry.")
OLDER = Verdict(EventState.SUPERSEDED, "A newer state of this object is known.")
AMBIGUOUS = Verdict(EventState.NEW, must_fetch=True)
ECHO = Verdict(EventState.ECHO, "The status that the hub itself had set.")
PASSED_ON = Verdict(EventState.DONE)


@dataclass(slots=True)
class _Batch:
    """What is known while a batch is absorbed, and what it leads to."""

    scope: Scope
    now: datetime
    known: dict[tuple[str, str], RecordRow]
    linked: dict[tuple[str, str], Link]
    reached: set[tuple[uuid.UUID, int]]
    """Which objects are in which CRM, by (group of the link, CRM)."""
    rows: dict[tuple[str, str], RecordRow] = field(default_factory=dict)
    confirmed: dict[tuple[str, str], RecordRow] = field(default_factory=dict)
    """Known states that were said again with a newer version."""
    being_set: dict[str, dict[int, str]] | None = None
    """Statuses that are being set in the store, by order and route; read once, when the first one matters."""

    works: list[outbox.Work] = field(default_factory=list)

    def is_in_crm(self, route: Route, link: Link | None) -> bool:
        return link is not None and (link.group, route.crm_id) in self.reached


def absorb(scope: Scope, founds: Sequence[Found]) -> Absorbed:
    """Keep the newest states and enqueue what the routes want, in one transaction.

    Absorbers of one connection take turns, so that an older state never overwrites a newer one that another worker
    is just storing.
    """
    with transaction.atomic(savepoint=False):
        take_turn(scope.connection)
        batch = _Batch(scope, timezone.now(), *_look_up(scope, founds))
        verdicts = [_judge(batch, found) for found in founds]
        store.save(batch.rows.values())
        RecordRow.objects.bulk_update(
            [row for key, row in batch.confirmed.items() if key not in batch.rows], ["version"]
        )
        outbox.enqueue(batch.works)
        if any(kind == ObjectKind.PRODUCT for kind, _ in batch.rows):
            catalog_changed(scope.connection.pk)
    return Absorbed(verdicts, frozenset(work.lane_id for work in batch.works))


def take_turn(connection: Connection) -> None:
    """Wait until no other worker absorbs for this connection; lasts until the transaction ends."""
    Connection.objects.select_for_update(no_key=True).only("pk").get(pk=connection.pk)


def _look_up(
    scope: Scope, founds: Sequence[Found]
) -> tuple[dict[tuple[str, str], RecordRow], dict[tuple[str, str], Link], set[tuple[uuid.UUID, int]]]:
    known: dict[tuple[str, str], RecordRow] = {}
    linked: dict[tuple[str, str], Link] = {}
    for kind in {found.kind for found in founds}:
        ids = {found.id for found in founds if found.kind == kind}
        known |= {(kind, row.object_id): row for row in store.load(scope.connection.pk, kind, ids).values()}
        linked |= {(kind, side.object_id): side for side in links.sides(scope.connection.pk, kind, ids).values()}
    return known, linked, links.reached(linked.values(), {route.crm_id for route in scope.routes})


def _judge(batch: _Batch, found: Found) -> Verdict:
    key = (found.kind, found.id)
    content = found.record.model_dump(mode="json", exclude_defaults=True)
    prints = store.fingerprints(content, found.kind)
    old = batch.known.get(key)
    if old is not None and not found.by_hand:
        verdict = _against(old, found, prints)
        if verdict is UNCHANGED and _is_newer(found, old):
            # Said again later: what was said in between and arrives last is old by now.
            old.version = found.version
            batch.confirmed[key] = old
        if verdict is UNCHANGED and _is_our_status(batch, found.record, batch.linked.get(key)):
            return _pass_on_to_others(batch, found, batch.linked[key])
        if verdict is not None:
            return verdict
    if old is not None and _is_newer(old, found):
        # By hand or by a backfill, from a page that was read before the newest state came in: that one is sent.
        return _enqueue(batch, found, batch.linked.get(key))
    row = store.row_for(
        batch.scope.connection.pk,
        found.kind,
        found.id,
        found.record,
        content=content,
        prints=prints,
        version=found.version,
        now=batch.now,
    )
    batch.known[key] = batch.rows[key] = row
    link = batch.linked.get(key)
    if old is not None and link is not None and not found.by_hand and _only_the_status_changed(old, found, prints):
        setting, verdicts = _being_set(batch, found), _status_verdicts(batch, found.record, link)
        if setting or (verdicts and echo.Verdict.NEWS not in verdicts):
            return _pass_on_to_others(batch, found, link, setting)
    return _enqueue(batch, found, link)


def _against(old: RecordRow, found: Found, prints: dict[str, str]) -> Verdict | None:
    """The verdict that the known state alone leads to; None when this one is news."""
    is_same = prints == old.fingerprints and not old.is_gone
    if old.version is not None and found.version is not None:
        if found.version < old.version:
            return OLDER
        if found.version == old.version and not is_same and not found.is_present:
            # Two states with one time stamp: only the store knows which is the present one.
            return AMBIGUOUS
    return UNCHANGED if is_same else None


def _is_newer(one: Found | RecordRow, other: Found | RecordRow) -> bool:
    return one.version is not None and other.version is not None and one.version > other.version


def _only_the_status_changed(old: RecordRow, found: Found, prints: dict[str, str]) -> bool:
    changed = {aspect for aspect, value in prints.items() if old.fingerprints.get(aspect) != value}
    return isinstance(found.record, Order) and changed == {"status"}


def _being_set(batch: _Batch, found: Found) -> set[int]:
    """Routes whose CRM has us set this very status just now: the store tells of it before we know that it is done."""
    if batch.being_set is None:
        batch.being_set = being_set(
            _outward(batch.scope), [id for kind, id in batch.linked if kind == ObjectKind.ORDER]
        )
    status = getattr(found.record, "status", "")
    return {route_id for route_id, set_ in batch.being_set.get(found.id, {}).items() if set_ == status}


def _is_our_status(batch: _Batch, record: Record, link: Link | None) -> bool:
    """Whether an unchanged order bears the status that a CRM had us set: the shop tells us of our own write."""
    if link is None or not isinstance(record, Order):
        return False
    return echo.Verdict.ECHO in _status_verdicts(batch, record, link)


def _pass_on_to_others(batch: _Batch, found: Found, link: Link, setting: Collection[int] = ()) -> Verdict:
    """A status that one CRM had us set is news for the other CRMs of the same store."""
    others = [
        route
        for route in _outward(batch.scope)
        if route.pk not in setting
        and _is_news_for(batch, route, found, link)
        and not objection(route, found.kind, found.record, is_linked=batch.is_in_crm(route, link))
    ]
    batch.works += [_work(batch, route, found) for route in others]
    return PASSED_ON if others else ECHO


def _is_news_for(batch: _Batch, route: Route, found: Found, link: Link) -> bool:
    if not batch.is_in_crm(route, link):
        return bool(route.order_statuses)  # it may be the status that the route waits for
    print_ = echo.fingerprint(getattr(found.record, "status", ""))
    mark = echo.mark_of(link.aspects, status_mark(route.crm_id))
    return (
        route.status_flow in {Route.StatusFlow.BOTH, Route.StatusFlow.TO_CRM}
        and echo.judge(mark, print_) is echo.Verdict.NEWS
    )


def _status_verdicts(batch: _Batch, record: Record, link: Link) -> set[echo.Verdict]:
    print_ = echo.fingerprint(getattr(record, "status", ""))
    marks = [echo.mark_of(link.aspects, status_mark(route.crm_id)) for route in _outward(batch.scope)]
    return {echo.judge(mark, print_) for mark in marks}


def _outward(scope: Scope) -> list[Route]:
    return [route for route in scope.routes if route.store_id == scope.connection.pk]


def _enqueue(batch: _Batch, found: Found, link: Link | None) -> Verdict:
    objections = []
    accepted = False
    for route in _outward(batch.scope):
        if found.kind == ObjectKind.PRODUCT and not route.sync_prices and batch.scope.keeps_products(route):
            accepted = True  # the catalog file and the manager rules look at the record itself
            continue
        is_linked = batch.is_in_crm(route, link)
        reason = objection(
            route,
            found.kind,
            found.record,
            is_linked=is_linked,
            by_hand=found.by_hand and not found.filters_count,
            start_counts=not found.by_hand,
        )
        if reason:
            objections.append(reason)
            continue
        accepted = True
        batch.works.append(_work(batch, route, found))
    if accepted:
        return PASSED_ON
    return Verdict(EventState.IGNORED, " ".join(objections) or "No route leads on from this store.")


def _work(batch: _Batch, route: Route, found: Found) -> outbox.Work:
    return outbox.Work(
        route_id=route.pk,
        lane_id=batch.scope.lane_id(route.crm_id, OUTWARD[found.kind]),
        flow=OUTWARD[found.kind],
        kind=found.kind,
        object_id=found.id,
        label=_label(found),
        version=found.version,
        trigger=found.trigger,
        accepted_at=found.accepted_at,
        due_at=batch.now if found.is_urgent else due_in_window(route, batch.now),
        is_urgent=found.is_urgent,
        is_backfill=batch.scope.is_backfill,
    )


def _label(found: Found) -> str:
    if isinstance(found.record, Order):
        return found.record.number[:200] or found.id
    if isinstance(found.record, Product):
        return found.record.sku[:200] or found.id
    return found.id
