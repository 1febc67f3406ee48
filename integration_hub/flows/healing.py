"""What a comparison does about differences, and how that ended."""

from collections.abc import Sequence
from datetime import timedelta

from django.db.models import F
from django.utils import timezone

from connectors.contract.canonical import ObjectKind
from integration_hub.connections.models import Route
from integration_hub.engine import jobs, links, outbox
from integration_hub.engine.models import Drift, OutboxItem, ReconcileRun

from .absorb import Found, absorb
from .absorb_statuses import status_payload
from .definitions import FlowName, status_mark
from .differences import Difference, Sides
from .routing import Scope
from .walking import CHECK_AGAIN

ORDER = ObjectKind.ORDER
State = OutboxItem.State
Result = Drift.Result

TRIGGER = "reconcile"

WAITED_FOR = timedelta(hours=24)
"""After that the comparison ends, and says of the rest that it is still on its way."""

PATIENCE = timedelta(minutes=1)
SELDOM = timedelta(seconds=30)
STEP = 500

_RESULTS = {
    State.DONE: Result.HEALED,
    State.SKIPPED: Result.LEFT,
    State.CANCELLED: Result.LEFT,
    State.PARKED: Result.PARKED,
    State.DEAD: Result.REFUSED,
}


def heal(route: Route, scope: Scope, sides: Sides, found: Sequence[Difference]) -> tuple[set[int], dict[str, int]]:
    """Put what heals them on the outbox, in the caller's transaction; returns the lanes that have work now, and the
    item by order id."""
    _forget_marks(route, sides, found)
    taken = absorb(scope, [_found(each) for each in found])
    works = [_status_work(route, scope, each) for each in found if each.crm_wins]
    outbox.enqueue(works)
    items = _open_items(route, FlowName.ORDERS, [each.order.id for each in found if not each.crm_wins])
    items |= _open_items(route, FlowName.STATUSES, [each.order.id for each in found if each.crm_wins])
    return set(taken.lanes) | {work.lane_id for work in works}, items


def _found(each: Difference) -> Found:
    order = each.order
    return Found(
        kind=ORDER,
        id=order.id,
        record=order,
        version=order.updated_at,
        accepted_at=timezone.now(),
        trigger=TRIGGER,
        is_present=True,
        by_hand=True,
    )


def _forget_marks(route: Route, sides: Sides, found: Sequence[Difference]) -> None:
    """The store's status is to be sent although the hub believes the CRM to have it."""
    changed = []
    for each in found:
        link = sides.links.get(each.order.id)
        if each.kind in {Drift.Kind.STATUS, Drift.Kind.MISSING_IN_CRM} and not each.crm_wins and link is not None:
            link.aspects = {key: value for key, value in link.aspects.items() if key != status_mark(route.crm_id)}
            changed.append(link)
    links.save_aspects(changed)


def _status_work(route: Route, scope: Scope, each: Difference) -> outbox.Work:
    assert each.seen is not None  # noqa: S101 - the CRM's status can only win when there is one
    return outbox.Work(
        route_id=route.pk,
        lane_id=scope.lane_id(route.store_id, FlowName.STATUSES),
        flow=FlowName.STATUSES,
        kind=ORDER,
        object_id=each.order.id,
        label=each.order.number[:200],
        payload=status_payload(each.seen),
        version=each.seen.changed_at or timezone.now(),
        trigger=TRIGGER,
        accepted_at=timezone.now(),
        is_backfill=True,
    )


def _open_items(route: Route, flow: str, ids: Sequence[str]) -> dict[str, int]:
    rows = OutboxItem.objects.filter(route=route, flow=flow, object_id__in=ids, state=State.WAITING)
    return dict(rows.values_list("object_id", "pk"))


# --- afterwards -------------------------------------------------------------------------------------------------------


def follow_up(row: ReconcileRun) -> None:
    """Note how the deliveries ended; the comparison is done when none is on its way any more."""
    waiting = row.drifts.filter(result=Result.WAITING)
    last, healed = 0, 0
    while True:
        drifts = list(waiting.filter(pk__gt=last).select_related("item").order_by("pk")[:STEP])
        if not drifts:
            break
        last = drifts[-1].pk
        settled = [drift for drift in drifts if _settle(drift)]
        Drift.objects.bulk_update(settled, ["result", "message", "resolved_at", "item"])
        healed += sum(drift.result == Result.HEALED for drift in settled)
    if healed:
        jobs.advance(row, healed=F("healed") + healed)
    now = timezone.now()
    begun = row.walked_at or now
    if now - begun > WAITED_FOR or not waiting.exists():
        jobs.finish(row)
    else:
        jobs.rest(row, CHECK_AGAIN if now - begun < PATIENCE else SELDOM)


def _settle(drift: Drift) -> bool:
    """Take over the end of the drift's delivery, in memory; False while it has none."""
    item = _newest(drift.item)
    drift.item = item
    result = _RESULTS.get(State(item.state)) if item is not None else Result.LEFT
    if result is None:
        return False
    drift.result, drift.resolved_at = result, timezone.now()
    if item is not None and item.reason and result != Result.HEALED:
        drift.message = item.reason
    return True


def _newest(item: OutboxItem | None) -> OutboxItem | None:
    """The item that took its place, when a newer change of the same object did."""
    if item is None or item.state != State.SUPERSEDED:
        return item
    same = OutboxItem.objects.filter(
        object_kind=item.object_kind, object_id=item.object_id, route=item.route_id, flow=item.flow, pk__gt=item.pk
    )
    return same.order_by("-pk").first()
