"""Takes in statuses that a CRM tells: finds the store's order, recognises echoes, and sends the rest back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from connectors.contract.canonical import ObjectKind
from connectors.contract.results import StatusSeen
from integration_hub.connections.models import Route
from integration_hub.engine import echo, links, outbox
from integration_hub.engine.models import InboxEvent, Link, OutboxItem
from integration_hub.records import store

from .absorb import Absorbed, Verdict, take_turn
from .absorb_details import is_newly_paid, note, objection_back, paid_work
from .definitions import FlowName
from .routing import Scope, due_in_window

EventState = InboxEvent.State
ORDER = ObjectKind.ORDER

NOT_OURS = Verdict(EventState.IGNORED, "This order was made in the CRM and is in no connected store.")
NOT_LINKED_YET = Verdict(
    EventState.NEW, "The CRM names an order of ours that the hub has not linked yet; it may still be on its way."
)
BEING_WRITTEN = Verdict(
    EventState.NEW, "The hub is writing this order just now, so this may be its own status; looked at again at once."
)
ECHO = Verdict(EventState.ECHO, "The status that the hub itself had set.")
KNOWN = Verdict(EventState.IGNORED, "This status was passed on before.")
PASSED_ON = Verdict(EventState.DONE)
PAID = Verdict(EventState.DONE, "The order is paid in the CRM; the store is told.")


@dataclass(frozen=True, slots=True)
class FoundStatus:
    """A status seen in the CRM, and when and why we looked."""

    seen: StatusSeen
    accepted_at: datetime
    trigger: str = ""


@dataclass(slots=True)
class _Batch:
    scope: Scope
    now: datetime
    crm_sides: dict[str, Link]
    store_sides: dict[tuple[int, str], Link]
    """By (store connection, group of the link)."""

    being_written: frozenset[str]
    """Ids in the CRM."""

    marked: dict[int, Link] = field(default_factory=dict)
    works: list[outbox.Work] = field(default_factory=list)


def absorb_statuses(scope: Scope, founds: Sequence[FoundStatus]) -> Absorbed:
    """Enqueue the statuses that are news for the stores, in one transaction; one verdict per found status."""
    with transaction.atomic(savepoint=False):
        take_turn(scope.connection)
        batch = _look_up(scope, founds)
        verdicts = [_judge(batch, found) for found in founds]
        links.save_aspects(list(batch.marked.values()))
        outbox.enqueue(_with_numbers(scope, batch.works))
    return Absorbed(verdicts, frozenset(work.lane_id for work in batch.works))


def _with_numbers(scope: Scope, works: Sequence[outbox.Work]) -> list[outbox.Work]:
    """Each with its order's number, by which staff know it. One query for each store."""
    stores = {route.pk: route.store_id for route in scope.routes}
    ids: dict[int, set[str]] = {}
    for work in works:
        ids.setdefault(stores[work.route_id], set()).add(work.object_id)
    numbers = {store_id: store.numbers(store_id, ORDER, wanted) for store_id, wanted in ids.items()}
    return [replace(work, label=numbers[stores[work.route_id]].get(work.object_id, "")) for work in works]


def _look_up(scope: Scope, founds: Sequence[FoundStatus]) -> _Batch:
    crm_sides = links.sides(scope.connection.pk, ORDER, {found.seen.id for found in founds})
    being_written = _being_written(scope, founds, crm_sides)
    _link_by_external_id(scope, [found for found in founds if found.seen.id not in being_written], crm_sides)
    store_sides = _store_sides(scope, crm_sides)
    return _Batch(scope, timezone.now(), crm_sides, store_sides, being_written)


def _store_sides(scope: Scope, crm_sides: Mapping[str, Link]) -> dict[tuple[int, str], Link]:
    return {
        (route.store_id, str(group)): side
        for route in _inward(scope)
        for group, side in links.counterparts(crm_sides.values(), route.store_id).items()
    }


def _being_written(scope: Scope, founds: Sequence[FoundStatus], crm_sides: Mapping[str, Link]) -> frozenset[str]:
    """Orders that a worker is sending to this CRM right now: what is seen of them may be what it has just written,
    and its marks are not stored yet."""
    orders = _store_sides(scope, crm_sides)
    written: set[str] = set()
    for route in _inward(scope):
        crm_ids = {}
        for found in founds:
            side = crm_sides.get(found.seen.id)
            order = orders.get((route.store_id, str(side.group))) if side is not None else None
            order_id = order.object_id if order is not None else found.seen.external_id.removeprefix(route.id_prefix)
            crm_ids[order_id] = found.seen.id
        flying = OutboxItem.objects.filter(
            route=route, flow=FlowName.ORDERS, object_id__in=crm_ids, state=OutboxItem.State.IN_FLIGHT
        )
        written |= {crm_ids[order_id] for order_id in flying.values_list("object_id", flat=True)}
    return frozenset(written)


def _inward(scope: Scope) -> list[Route]:
    return [route for route in scope.routes if route.crm_id == scope.connection.pk]


def _link_by_external_id(scope: Scope, founds: Sequence[FoundStatus], crm_sides: dict[str, Link]) -> None:
    """Link orders that bear our id but have no link: it was lost in a crash, or another tool had sent the order."""
    unlinked = {f.seen.id: f.seen.external_id for f in founds if f.seen.id not in crm_sides and f.seen.external_id}
    for route in _inward(scope):
        ours = {
            crm_id: external_id.removeprefix(route.id_prefix)
            for crm_id, external_id in unlinked.items()
            if external_id.startswith(route.id_prefix)
        }
        recorded = store.load(route.store_id, ORDER, set(ours.values()))
        joints = [
            links.Joint(left=(route.store_id, ORDER, order_id), right=(route.crm_id, ORDER, crm_id))
            for crm_id, order_id in ours.items()
            if order_id in recorded
        ]
        links.join(joints)
        crm_sides |= links.sides(scope.connection.pk, ORDER, {joint.right[2] for joint in joints})


def _judge(batch: _Batch, found: FoundStatus) -> Verdict:
    side = batch.crm_sides.get(found.seen.id)
    if found.seen.id in batch.being_written:
        return BEING_WRITTEN
    if side is None:
        return NOT_LINKED_YET if found.seen.external_id else NOT_OURS
    is_paid_now = _take_details(batch, found, side)
    verdict = _judge_status(batch, found, side)
    return PAID if is_paid_now and verdict is not PASSED_ON else verdict


def _take_details(batch: _Batch, found: FoundStatus, side: Link) -> bool:
    """Note what else the CRM tells; True when a store is to be told that the order is paid."""
    routes = [route for route in _inward(batch.scope) if (route.store_id, str(side.group)) in batch.store_sides]
    aspects = side.aspects
    note(side, routes, found.seen)
    takers = [route for route in routes if route.paid_back and not objection_back(route, found.seen)]
    is_told = bool(takers) and is_newly_paid(side, found.seen)
    if side.aspects != aspects:
        batch.marked[side.pk] = side
    for route in takers if is_told else ():
        order_id = batch.store_sides[route.store_id, str(side.group)].object_id
        work = paid_work(
            batch.scope,
            route,
            order_id,
            found.seen,
            accepted_at=found.accepted_at,
            trigger=found.trigger,
            now=batch.now,
        )
        batch.works.append(work)
    return is_told


def _judge_status(batch: _Batch, found: FoundStatus, side: Link) -> Verdict:
    print_ = echo.fingerprint(found.seen.status)
    mark = echo.mark_of(side.aspects, "status")
    match echo.judge(mark, print_):
        case echo.Verdict.ECHO:
            return ECHO
        case echo.Verdict.KNOWN:
            return KNOWN
        case echo.Verdict.NEWS:
            pass
    side.aspects = echo.with_mark(side.aspects, "status", echo.after_seeing(mark, print_))
    batch.marked[side.pk] = side
    return _enqueue(batch, found, side)


def _enqueue(batch: _Batch, found: FoundStatus, side: Link) -> Verdict:
    reasons = []
    is_passed_on = False
    for route in _inward(batch.scope):
        order = batch.store_sides.get((route.store_id, str(side.group)))
        if order is None:
            continue
        if route.status_flow not in {Route.StatusFlow.BOTH, Route.StatusFlow.TO_STORE}:
            reasons.append(f"“{route}” does not send statuses back; noted only.")
            continue
        if reason := objection_back(route, found.seen):
            reasons.append(reason)
            continue
        is_passed_on = True
        batch.works.append(_work(batch, route, order.object_id, found))
    if is_passed_on:
        return PASSED_ON
    return Verdict(EventState.IGNORED, " ".join(reasons) or "The order's route was switched off or removed.")


def status_payload(seen: StatusSeen) -> dict[str, Any]:
    """What the way back has to know of a status."""
    families = {"families": list(seen.families)} if seen.families else {}
    return {"status": seen.status, "crm_id": seen.id, "comment": seen.comment, **families}


def _work(batch: _Batch, route: Route, order_id: str, found: FoundStatus) -> outbox.Work:
    seen = found.seen
    return outbox.Work(
        route_id=route.pk,
        lane_id=batch.scope.lane_id(route.store_id, FlowName.STATUSES),
        flow=FlowName.STATUSES,
        kind=ORDER,
        object_id=order_id,
        payload=status_payload(seen),
        version=seen.changed_at or found.accepted_at,
        trigger=found.trigger,
        accepted_at=found.accepted_at,
        due_at=due_in_window(route, batch.now),
    )
