"""Fetches what events only hint at: many objects in one call, and when it fails the events wait."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from connectors.contract.canonical import ObjectKind
from connectors.contract.errors import ConnectorError, Misconfigured, RateLimited, Retryable
from connectors.contract.results import Gone, Hint, Seen, UnreadableObject
from connectors.contract.spec import Role

from .absorb import Verdict
from .absorb_details import wants_details
from .absorb_statuses import FoundStatus
from .reading import Batch, EventState, Reading, found_in, mark_gone, postpone, trigger, unreadable


def fetch(batch: Batch) -> None:
    hints = batch.hints
    batch.hints = []
    if batch.scope.connection.role == Role.CRM:
        _fetch_statuses(batch, hints)
        return
    for kind in {hint.kind for _, hint in hints}:
        _fetch_objects(batch, kind, [(reading, hint) for reading, hint in hints if hint.kind == kind])


def _fetch_objects(batch: Batch, kind: ObjectKind, hints: Sequence[tuple[Reading, Hint]]) -> None:
    sources: Mapping[ObjectKind, Any] = {
        ObjectKind.ORDER: batch.adapter.orders,
        ObjectKind.CUSTOMER: batch.adapter.customers,
        ObjectKind.PRODUCT: batch.adapter.products,
    }
    source = sources.get(kind)
    if kind == ObjectKind.PRODUCT and not any(map(batch.scope.keeps_products, batch.scope.routes)):
        # Shops tell of a product with every order for it; nobody is to be asked for what nobody wants.
        for reading, _ in hints:
            reading.verdicts.append(Verdict(EventState.IGNORED, "No route needs the products of this store."))
        return
    if source is None:
        for reading, _ in hints:
            reading.verdicts.append(Verdict(EventState.IGNORED, f"This system does not let the hub read a {kind}."))
        return
    by_id: dict[str, list[Reading]] = {}
    for reading, hint in hints:
        by_id.setdefault(hint.id, []).append(reading)
    for ids in _chunks(list(by_id), source.max_fetch):
        readings = [reading for object_id in ids for reading in by_id[object_id]]
        found: Mapping[str, Any] | None = _guarded(batch, readings, lambda ids=ids: source.fetch(ids))
        if found is None:
            continue
        for object_id in ids:
            for reading in by_id[object_id]:
                _take_fetched(batch, reading, kind, object_id, found.get(object_id))


def _take_fetched(batch: Batch, reading: Reading, kind: ObjectKind, object_id: str, found: Any) -> None:
    if found is None:
        reading.verdicts.append(mark_gone(batch.scope.connection, Gone(kind, object_id)))
    elif isinstance(found, UnreadableObject):
        reading.verdicts.append(unreadable(found))
    else:
        seen = Seen(kind, object_id, found, found.updated_at)
        batch.founds.append((reading, found_in(reading.event, seen, is_present=True)))


def _fetch_statuses(batch: Batch, hints: Sequence[tuple[Reading, Hint]]) -> None:
    source, read = _status_reader(batch)
    if source is None:
        for reading, _ in hints:
            reading.verdicts.append(Verdict(EventState.IGNORED, "This system does not let the hub read statuses."))
        return
    for part in _chunks(list(hints), source.max_fetch):
        ids = sorted({hint.id for _, hint in part if hint.by == "id"})
        external_ids = sorted({hint.id for _, hint in part if hint.by == "external_id"})
        readings = [reading for reading, _ in part]
        seen = _guarded(batch, readings, lambda i=ids, e=external_ids: read(i, e))
        if seen is None:
            continue
        by_id = {status.id: status for status in seen}
        by_external_id = {status.external_id: status for status in seen if status.external_id}
        for reading, hint in part:
            status = (by_id if hint.by == "id" else by_external_id).get(hint.id)
            if status is None:
                reading.verdicts.append(Verdict(EventState.IGNORED, "The CRM does not know this order."))
            else:
                found = FoundStatus(status, reading.event.received_at, trigger(reading.event))
                batch.statuses.append((reading, found))


def _status_reader(batch: Batch) -> tuple[Any, Any]:
    """What is asked for the CRM's orders, and how: for the status alone unless a route wants more."""
    details = batch.adapter.detail_source
    if details is not None and wants_details(batch.scope):
        return details, details.details
    source = batch.adapter.status_source
    return source, source.statuses if source is not None else None


def _guarded(batch: Batch, readings: Iterable[Reading], call: Any) -> Any:
    """Run a read; when it fails the events wait, and the connection is paused when staff have to act."""
    try:
        return call()
    except ConnectorError as error:
        if isinstance(error, Misconfigured):
            batch.scope.connection.pause(error.message)
        retry_after = error.retry_after if isinstance(error, Retryable) else None
        is_free = isinstance(error, RateLimited | Misconfigured)
        for reading in readings:
            postpone(reading, error.message, retry_after=retry_after, counts_as_try=not is_free)
    return None


def _chunks(items: Sequence[Any], size: int) -> Iterable[Sequence[Any]]:
    return (items[start : start + size] for start in range(0, len(items), size))
