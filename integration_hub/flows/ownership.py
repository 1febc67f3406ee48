"""When both sides change one status: the owner of the route's statuses wins, whoever was quicker."""

from collections.abc import Sequence

from connectors.contract.canonical import ObjectKind
from connectors.contract.capabilities import StatusSource
from connectors.contract.results import Hint, Outcome, Refused, StatusSeen
from integration_hub.connections.models import Route
from integration_hub.engine import echo, inbox
from integration_hub.engine.models import InboxEvent

from .definitions import MOVED_MEANWHILE
from .desk import Prepared
from .outward import without_status
from .reading import LOOK, look_body

ORDER = ObjectKind.ORDER


def crm_owns(route: Route) -> bool:
    """Whether the CRM's status stands against the store's."""
    return route.status_flow == Route.StatusFlow.BOTH and route.status_owner == Route.Side.CRM


def yield_to_owner(prepared: Sequence[Prepared], source: StatusSource | None) -> tuple[list[Prepared], list[str]]:
    """Leave out statuses that would overwrite a change by the CRM that owns them, and that we had not heard of when the
    drafts were made: hearing of it since does not make them any newer.

    One read for the whole batch, and only when it sends a status to an order that is there. Returns the batch and
    the ids of the CRM's orders to look at. Raises ConnectorError.
    """
    doubtful = {
        each.draft.target_id: each
        for each in prepared
        if crm_owns(each.route) and each.draft.target_id and each.draft.status is not None
    }
    if source is None or not doubtful:
        return list(prepared), []
    ids = list(doubtful)
    moved = {
        seen.id
        for start in range(0, len(ids), source.max_fetch)
        for seen in source.statuses(ids[start : start + source.max_fetch], [])
        if seen.id in doubtful and _was_moved(doubtful[seen.id], seen)
    }
    return [without_status(each) if each.draft.target_id in moved else each for each in prepared], sorted(moved)


def _was_moved(each: Prepared, seen: StatusSeen) -> bool:
    if each.crm_mark is None or each.draft.status in (seen.status, *seen.families):
        return False
    return echo.judge(each.crm_mark, echo.fingerprint(seen.status)) is echo.Verdict.NEWS


def moved_in_store(prepared: Sequence[Prepared], outcomes: Sequence[Outcome]) -> list[str]:
    """The store's orders that were not in the status which the hub knew."""
    return [
        each.item.object_id
        for each, outcome in zip(prepared, outcomes, strict=True)
        if each.is_status_write and isinstance(outcome, Refused) and outcome.code == MOVED_MEANWHILE
    ]


def looks(connection_id: int, order_ids: Sequence[str], why: str) -> list[inbox.Arrival]:
    """Events of ours that ask to read those orders now. ``why`` makes them differ from earlier ones."""
    return [
        inbox.Arrival(
            connection_id=connection_id,
            topic=LOOK,
            dedup_key=f"conflict:{order_id}:{why}"[:200],
            body=look_body(Hint(ORDER, order_id)),
            source=InboxEvent.Source.POLL,
        )
        for order_id in order_ids
    ]
