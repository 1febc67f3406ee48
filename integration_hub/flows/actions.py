"""What the buttons and commands do. Each says in its result what happened; faults come as ConnectorError for staff."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from connectors.contract.canonical import ObjectKind
from connectors.contract.capabilities import Adapter
from connectors.contract.errors import Misconfigured, Unmapped
from connectors.contract.results import AccountReport, Hint, SetupStep, Subscription
from connectors.contract.spec import Services
from connectors.registry import spec_for
from integration_hub.connections import adapters
from integration_hub.connections.models import Connection, Route
from integration_hub.engine import inbox, lanes
from integration_hub.engine.exchanges import ExchangeLog
from integration_hub.engine.models import Cursor, InboxEvent, OutboxItem
from integration_hub.records import store
from integration_hub.records.models import Record
from mappings.manager_rules import managers_of
from mappings.resolve import missing_codes
from mappings.rules import store_books

from . import backfill, poll, reconcile, walking
from .absorb import Found, absorb
from .desk import Desk, Prepared, rules_of
from .doors import keep_and_nudge
from .outward import prepare_customers, prepare_leads, prepare_orders
from .queue import send_lane
from .reading import LOOK, look_body
from .routing import objection, scope_of
from .services import services_for
from .transforms import TransformError, transformed

__all__ = [
    "backfill_counts",
    "compare_now",
    "pause_backfill",
    "pause_comparison",
    "readable_flows",
    "repeat_failed",
    "resume_backfill",
    "resume_comparison",
    "spec_of",
    "start_backfill",
    "start_comparison",
    "troubled_items",
]

spec_of = adapters.spec_of
start_backfill = backfill.start
pause_backfill = backfill.pause
resume_backfill = backfill.resume
repeat_failed = backfill.repeat_failed
troubled_items = backfill.troubled
backfill_counts = backfill.counts
readable_flows = walking.readable_flows
start_comparison = reconcile.start
compare_now = reconcile.compare_now
pause_comparison = reconcile.pause
resume_comparison = reconcile.resume


def capabilities(kind: str) -> Mapping[str, bool]:
    """What a system can do, by capability name; nothing is called."""
    adapter = opened_by_nobody(kind)
    return {field.name: getattr(adapter, field.name) is not None for field in fields(Adapter)}


def opened_by_nobody(kind: str) -> Adapter:
    """The system's connector without a connection: good for what needs no call. KeyError names the known kinds."""
    spec = spec_for(kind)
    return spec.open({field.key: field.sample for field in spec.settings}, _services_of_nobody(kind))


def _services_of_nobody(kind: str) -> Services:
    return services_for(Connection(kind=kind), ExchangeLog(0))


def hook_address(connection: Connection) -> str:
    """The address that the other system calls; whoever knows it and can sign may report changes."""
    return f"{settings.HUB_BASE_URL}{reverse('hook', args=[connection.hook_token])}"


def setup_steps(connection: Connection) -> Sequence[SetupStep]:
    """What staff do by hand in the other system."""
    return spec_of(connection).setup_steps(adapters.values_of(connection), hook_address(connection))


def order_url(connection: Connection, object_id: str) -> str:
    """Where staff open the order in the other system; empty when the system has no such page."""
    make = spec_of(connection).order_url
    return make(adapters.values_of(connection), object_id) if make is not None else ""


@contextmanager
def _open(connection: Connection) -> Iterator[Adapter]:
    """The opened connection; its exchanges are stored when the block ends, whatever happened in it."""
    log = ExchangeLog(connection.pk)
    try:
        yield adapters.open_adapter(connection, services_for(connection, log))
    finally:
        log.store()


def verify(connection: Connection) -> AccountReport:
    """Ask the system who we are and what is missing; the answer is kept on the connection."""
    with _open(connection) as adapter:
        if adapter.account is None:
            message = "This system offers nothing to verify."
            raise Misconfigured(message, code="not_supported")
        report = adapter.account.verify()
    connection.verified_at = timezone.now()
    connection.verify_report = {
        "account": report.account,
        "version": report.version,
        "passed": report.passed,
        "checks": [{"name": c.name, "passed": c.passed, "message": c.message, "cure": c.cure} for c in report.checks],
    }
    connection.settings = {**connection.settings, **report.facts}
    connection.save(update_fields=["verified_at", "verify_report", "settings", "updated_at"])
    return report


def pull_codes(connection: Connection) -> int:
    """Refresh the code books; returns how many codes there are."""
    with _open(connection) as adapter:
        if adapter.codes is None:
            message = "This system has no code books to read."
            raise Misconfigured(message, code="not_supported")
        books = adapter.codes.read_books()
    store_books(connection, books)
    return sum(len(book.entries) for book in books)


def check_webhooks(connection: Connection) -> Sequence[Subscription]:
    """The state of the webhooks over there; empty when the system's are set up by hand."""
    with _open(connection) as adapter:
        return adapter.webhook_manager.check(hook_address(connection)) if adapter.webhook_manager else ()


def ensure_webhooks(connection: Connection) -> Sequence[Subscription]:
    """Create missing webhooks and switch on those that were switched off; returns their state after it."""
    with _open(connection) as adapter:
        return adapter.webhook_manager.ensure(hook_address(connection)) if adapter.webhook_manager else ()


def poll_now(connection: Connection) -> int:
    """Make every poll of the connection due; returns how many there are."""
    poll.cursors_for(connection)
    due = Cursor.objects.filter(connection=connection)
    count = due.update(due_at=timezone.now())
    poll.send_due()
    return count


def look_again(records: Iterable[Record]) -> int:
    """Read the objects from their source once more, and send them whatever the routes' filters say."""
    count = 0
    now = timezone.now()
    for record in records:
        arrival = inbox.Arrival(
            connection_id=record.connection_id,
            topic=LOOK,
            dedup_key=f"hand:{record.kind}:{record.object_id}:{now.timestamp()}"[:200],
            body=look_body(Hint(ObjectKind(record.kind), record.object_id), by_hand=True),
            source=InboxEvent.Source.HAND,
        )
        count += keep_and_nudge(record.connection_id, [arrival])
    return count


def resync(records: Iterable[Record], by: str) -> int:
    """Send the newest known state on every route that carries it, whatever its filters; returns how many objects."""
    rows = list(Record.objects.select_related("connection").filter(pk__in=[record.pk for record in records]))
    for connection in {row.connection for row in rows}:
        founds = [_as_found(row, by) for row in rows if row.connection_id == connection.pk]
        lanes.nudge(absorb(scope_of(connection), founds).lanes, send_lane)
    return len(rows)


def _as_found(row: Record, by: str) -> Found:
    return Found(
        kind=ObjectKind(row.kind),
        id=row.object_id,
        record=store.canonical(row),
        version=row.version,
        accepted_at=timezone.now(),
        trigger=f"by hand: {by}"[:80],
        is_present=True,
        by_hand=True,
        is_urgent=True,
    )


@dataclass(frozen=True, slots=True)
class Preview:
    """What would be sent on one route: the translation, or what keeps the object from it."""

    route: Route
    translation: Mapping[str, Any]
    missing: Sequence[str]
    objection: str
    draft: Any = None


def preview(record: Record) -> list[Preview]:
    """What each route of the record's store would send now. Nothing is written and nothing is called."""
    routes = Route.objects.filter(store=record.connection_id).select_related("store", "crm")
    return [_preview_on(record, route) for route in routes]


_PREPARE = {
    ObjectKind.ORDER: prepare_orders,
    ObjectKind.CUSTOMER: prepare_customers,
    ObjectKind.LEAD: prepare_leads,
}


def _preview_on(record: Record, route: Route) -> Preview:
    kind, canonical = ObjectKind(record.kind), store.canonical(record)
    reason = objection(route, kind, canonical, is_linked=False) if kind in _PREPARE else "Not sent to CRMs."
    try:
        changed: Any = transformed(route, canonical)
    except TransformError as error:
        return Preview(route, {}, [], error.message)
    rules = rules_of(route)
    missing = (
        missing_codes(rules, changed, with_status=True, with_payments=route.sync_payments)
        if kind == ObjectKind.ORDER
        else ()
    )
    if missing or kind not in _PREPARE:
        return Preview(route, {}, [f"{use.kind}: {use.code}" for use in missing], reason)
    item = OutboxItem(route=route, object_kind=kind, object_id=record.object_id, label=record.number)
    try:
        [prepared] = _PREPARE[kind](
            [item], Desk({route.pk: route}, {route.pk: rules}, managers=managers_of({route.pk: route.crm_id}))
        )
    except Unmapped as problem:
        return Preview(route, {}, [problem.code], reason)
    if not isinstance(prepared, Prepared):
        return Preview(route, {}, [], prepared.message)
    return Preview(route, prepared.translation, [], reason, prepared.draft)


def prepare_connection(connection: Connection) -> None:
    """What a new or changed connection needs: its polls. Webhooks and books are made by their buttons."""
    poll.cursors_for(connection)


def late_polls(now: datetime) -> list[Cursor]:
    """Polls that should have succeeded by now."""
    rows = Cursor.objects.select_related("connection").filter(connection__paused_at=None)
    return [
        row for row in rows if (now - (row.succeeded_at or row.start_at)).total_seconds() > 3 * row.interval_seconds
    ]
