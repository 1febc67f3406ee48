"""CRM to store: turns a status that the CRM told into what the store is to do."""

from collections.abc import Sequence

from django.db import transaction

from connectors.contract.canonical import ObjectKind
from connectors.contract.errors import Unmapped
from connectors.contract.results import StatusDraft, Written
from integration_hub.connections.models import Route
from integration_hub.engine import echo, links
from integration_hub.engine.bulk import save_each
from integration_hub.engine.links import Joint
from integration_hub.engine.models import Link, OutboxItem
from integration_hub.records import store
from integration_hub.records.models import Record
from mappings.resolve import translate_status_back
from mappings.rules import note_seen

from .absorb import take_turn
from .definitions import status_mark
from .desk import Desk, Preparation, Prepared, parked, skipped

ORDER = ObjectKind.ORDER

STORE_HAS_IT = "The store has this status already."
IGNORED = "This CRM status is ignored on purpose."
STORE_WINS = "The store changed the status as well, and on this route the store wins."


def prepare_statuses(items: Sequence[OutboxItem], desk: Desk) -> list[Preparation]:
    """A draft per item, or the reason why there is none; same order as the items."""
    records: dict[tuple[int, str], Record] = {}
    sides: dict[tuple[int, str], Link] = {}
    for route in desk.routes.values():
        ids = {item.object_id for item in items if item.route_id == route.pk}
        records |= {(route.pk, key): row for key, row in store.load(route.store_id, ORDER, ids).items()}
        sides |= {(route.pk, key): side for key, side in links.sides(route.store_id, ORDER, ids).items()}
    return [
        _status(item, desk, records.get((item.route_id, item.object_id)), sides.get((item.route_id, item.object_id)))
        for item in items
    ]


def _status(item: OutboxItem, desk: Desk, row: Record | None, side: Link | None) -> Preparation:
    route, crm_status = desk.route_of(item), str(item.payload.get("status", ""))
    rules, families = desk.rules_of(item), [str(each) for each in item.payload.get("families", ())]
    if not families or ("status", crm_status) in rules.backward:
        note_seen(route.pk, "crm", [("status", crm_status, "")])
    try:
        status = translate_status_back(rules, crm_status, families)
    except Unmapped as problem:
        return parked(item, "to_store", problem, families)
    translation = {"status": [[crm_status, status]]}
    if status is None:
        return skipped(item, IGNORED, translation)
    if row is not None and row.status == status and not item.is_outcome_unknown:
        return skipped(item, STORE_HAS_IT, translation)
    if row is not None and row.status != status and side is not None and _store_wins(route, row, side):
        return skipped(item, STORE_WINS, translation)
    draft = StatusDraft(
        target_id=item.object_id,
        status=status,
        change_id=f"{item.pk}-{item.version.timestamp():.6f}" if item.version else str(item.pk),
        order_number=row.number if row is not None else "",
        expected_status=row.status if row is not None else "",
        comment=str(item.payload.get("comment", "")),
        changed_at=item.version,
    )
    return Prepared(
        item=item,
        route=route,
        draft=draft,
        translation=translation,
        joints=lambda _written: _joints(route, item, status),
        is_status_write=True,
    )


def _store_wins(route: Route, row: Record, side: Link) -> bool:
    """The store's own change has not been taken over by the CRM yet, and the route says that the store wins."""
    if route.status_owner != Route.Side.STORE or route.status_flow != Route.StatusFlow.BOTH:
        return False
    mark = echo.mark_of(side.aspects, status_mark(route.crm_id))
    return echo.judge(mark, echo.fingerprint(row.status)) is echo.Verdict.NEWS


def _joints(route: Route, item: OutboxItem, status: str) -> list[Joint]:
    return [
        Joint(
            left=(route.crm_id, ORDER, str(item.payload["crm_id"])),
            right=(route.store_id, ORDER, item.object_id),
            right_aspects=echo.with_mark({}, status_mark(route.crm_id), echo.after_writing(echo.fingerprint(status))),
        )
    ]


def remember_written(written: Sequence[tuple[Prepared, Written]]) -> None:
    """The store has these statuses now, and the hub has set them: both at once, so that whoever takes in the store's
    next word of these orders can tell. Without this the next edit of the order would send the old one to the CRM."""
    for route in {each.route for each, _ in written}:
        ours = [(each, outcome) for each, outcome in written if each.route == route]
        statuses = {each.item.object_id: each.draft.status for each, _ in ours}
        with transaction.atomic():
            take_turn(route.store)
            rows = store.load(route.store_id, ORDER, statuses)
            for row in rows.values():
                row.status = statuses[row.object_id]
                row.content = {**row.content, "status": row.status}
                row.fingerprints = store.fingerprints(row.content, ORDER)
            save_each(list(rows.values()), ["status", "content", "fingerprints"])
            links.join([joint for each, outcome in ours for joint in each.joints(outcome)])
