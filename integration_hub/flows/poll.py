"""Polls: what webhooks missed. The cursor moves only after its page is stored."""

import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from django.db import InterfaceError, OperationalError, transaction
from django.db.models import Q
from django.utils import timezone

from connectors.contract.canonical import ObjectKind
from connectors.contract.capabilities import Adapter
from connectors.contract.errors import ConnectorError, Misconfigured, Unreadable
from connectors.contract.results import Gone, Hint, NotRelevant, Page, Seen, StatusSeen, UnreadableObject
from integration_hub.connections.models import Connection
from integration_hub.engine import inbox, lanes
from integration_hub.engine.exchanges import ExchangeLog
from integration_hub.engine.models import Cursor, InboxEvent
from integration_hub.engine.retry import retry_delay

from . import webhooks
from .absorb import Found, absorb
from .queue import send_lane, send_poll
from .reading import LOOK, look_body
from .routing import Scope, routes_with_products, scope_of
from .services import Deadline, opened

logger = logging.getLogger(__name__)

EventState = InboxEvent.State

ORDERS, CUSTOMERS, PRODUCTS, CHANGES, HOOKS = "orders", "customers", "products", "changes", "webhooks"

EVERY = {ORDERS: 300, CUSTOMERS: 300, PRODUCTS: 600, CHANGES: 60, HOOKS: 300}
"""Seconds. Store webhooks are fast and polls only close their gaps; a CRM's history is often the only way back."""

LOOK_BACK = timedelta(days=1)
"""How far back a first poll begins: what happened while the hub was being set up."""

POLL_LEASE = timedelta(minutes=5)

SOONEST_AGAIN, LATEST_AGAIN = timedelta(seconds=10), timedelta(minutes=10)
"""After a failure. A poll is a probe as well: a system that is away is not asked more often than the breaker allows."""

NOTED_REASON = "Found by a poll; no webhook had told it."


def cursors_for(connection: Connection) -> None:
    """Make the cursors that this system can serve; existing ones stay where they are."""
    adapter = opened(connection, ExchangeLog(connection.pk))
    now = timezone.now()
    capable = {
        ORDERS: adapter.orders_changed,
        CUSTOMERS: adapter.customers_changed,
        PRODUCTS: adapter.products_changed,
        CHANGES: adapter.change_source,
        HOOKS: adapter.webhook_manager,
    }
    Cursor.objects.bulk_create(
        [
            Cursor(
                connection=connection,
                purpose=purpose,
                start_at=now - LOOK_BACK,
                interval_seconds=EVERY[purpose],
                due_at=now,
            )
            for purpose, capability in capable.items()
            if capability is not None
        ],
        ignore_conflicts=True,
    )


def send_due() -> int:
    """Nudge every poll that is due and that nobody is doing; returns how many."""
    now = timezone.now()
    free = Q(lease_until=None) | Q(lease_until__lt=now)
    due = Cursor.objects.filter(free, due_at__lte=now, connection__paused_at=None)
    sent = 0
    for cursor_id in due.values_list("pk", flat=True):
        with transaction.atomic():
            if Cursor.objects.filter(free, pk=cursor_id).update(lease_until=now + POLL_LEASE):
                send_poll(cursor_id)
                sent += 1
    return sent


def poll(cursor_id: int, deadline: Deadline | None = None) -> None:
    """Read all that changed since the cursor, page by page; a page that fails leaves the cursor before it."""
    deadline = deadline or Deadline()
    cursor = Cursor.objects.select_related("connection").filter(pk=cursor_id).first()
    if cursor is None or cursor.connection.is_paused:
        return
    log = ExchangeLog(cursor.connection_id)
    try:
        has_more = _POLLS[cursor.purpose](cursor, opened(cursor.connection, log), deadline)
    except ConnectorError as error:
        _failed(cursor, error.message, retry_after=getattr(error, "retry_after", None))
        if isinstance(error, Misconfigured):
            cursor.connection.pause(error.message)
    except (OperationalError, InterfaceError):
        raise  # the database is away; the lease runs out
    except Exception as error:
        logger.exception("poll %s failed", cursor.pk)
        _failed(cursor, f"An error inside the hub ({type(error).__name__}). It is tried again; if it stays, report it.")
    else:
        _succeeded(cursor, has_more=has_more)
    finally:
        log.store()


def _failed(cursor: Cursor, message: str, *, retry_after: timedelta | None = None) -> None:
    cursor.failures += 1
    cursor.error = message
    delay = min(max(retry_delay(cursor.failures, retry_after), SOONEST_AGAIN), LATEST_AGAIN)
    cursor.due_at = timezone.now() + delay
    cursor.lease_until = None
    cursor.save(update_fields=["failures", "error", "due_at", "lease_until"])


def _succeeded(cursor: Cursor, *, has_more: bool) -> None:
    now = timezone.now()
    cursor.failures, cursor.error, cursor.succeeded_at, cursor.lease_until = 0, "", now, None
    cursor.due_at = now if has_more else now + timedelta(seconds=cursor.interval_seconds)
    cursor.save(update_fields=["failures", "error", "succeeded_at", "due_at", "lease_until"])


# --- stores: whole objects --------------------------------------------------------------------------------------------


def _poll_orders(cursor: Cursor, adapter: Adapter, deadline: Deadline) -> bool:
    assert adapter.orders_changed is not None  # noqa: S101 - the cursor exists because the capability does
    return _poll_objects(cursor, ObjectKind.ORDER, adapter.orders_changed.changed, deadline)


def _poll_customers(cursor: Cursor, adapter: Adapter, deadline: Deadline) -> bool:
    assert adapter.customers_changed is not None  # noqa: S101 - as above
    return _poll_objects(cursor, ObjectKind.CUSTOMER, adapter.customers_changed.changed, deadline)


def _poll_products(cursor: Cursor, adapter: Adapter, deadline: Deadline) -> bool:
    """Only for stores whose products some route needs; the walk through the whole of it comes first anyhow."""
    assert adapter.products_changed is not None  # noqa: S101 - as above
    if not routes_with_products().filter(store=cursor.connection_id).exists():
        return False
    return _poll_objects(cursor, ObjectKind.PRODUCT, adapter.products_changed.changed, deadline)


def _poll_objects(cursor: Cursor, kind: ObjectKind, read: Callable[[str, Any], Page[Any]], deadline: Deadline) -> bool:
    scope = scope_of(cursor.connection)
    while not deadline.has_passed:
        page = read(cursor.position, cursor.start_at)
        touched = _take_page(scope, cursor, kind, page)
        lanes.nudge(touched, send_lane)
        if not page.has_more:
            return False
    return True


def _take_page(scope: Scope, cursor: Cursor, kind: ObjectKind, page: Page[Any]) -> frozenset[int]:
    now = timezone.now()
    founds = [
        Found(
            kind=kind,
            id=each.id,
            record=each,
            version=each.updated_at,
            accepted_at=now,
            trigger="poll",
            is_present=True,
        )
        for each in page.items
        if not isinstance(each, UnreadableObject)
    ]
    with transaction.atomic():
        taken = absorb(scope, founds)
        news = [
            found for found, verdict in zip(founds, taken.verdicts, strict=True) if verdict.state == EventState.DONE
        ]
        _note(cursor, kind, news)
        _note_unreadable(cursor, [each for each in page.items if isinstance(each, UnreadableObject)])
        _move(cursor, page.cursor)
    return taken.lanes


def _note(cursor: Cursor, kind: ObjectKind, news: Sequence[Found]) -> None:
    """A line in the inbox for what the poll brought, so that the timeline shows where it came from."""
    now = timezone.now()
    InboxEvent.objects.bulk_create(
        [
            InboxEvent(
                connection_id=cursor.connection_id,
                source=InboxEvent.Source.POLL,
                topic=f"{kind}.changed",
                dedup_key=f"poll:{kind}:{found.id}:{found.version or now}"[:200],
                state=EventState.DONE,
                reason=NOTED_REASON,
                object_kind=kind,
                object_id=found.id,
                due_at=now,
                received_at=now,
                processed_at=now,
            )
            for found in news
        ],
        ignore_conflicts=True,
    )


def _note_unreadable(cursor: Cursor, unreadable: Sequence[UnreadableObject]) -> None:
    now = timezone.now()
    InboxEvent.objects.bulk_create(
        [
            InboxEvent(
                connection_id=cursor.connection_id,
                source=InboxEvent.Source.POLL,
                topic=LOOK,
                body=look_body(Hint(each.kind, each.id)),
                dedup_key=f"unreadable:{each.kind}:{each.id}:{now:%Y-%m-%d}"[:200],
                state=EventState.FAILED,
                reason=Unreadable(f"{each.kind} {each.id}", each.faults).message,
                object_kind=each.kind,
                object_id=each.id[:200],
                due_at=now,
                received_at=now,
                processed_at=now,
            )
            for each in unreadable
        ],
        ignore_conflicts=True,
    )


# --- CRMs: hints ------------------------------------------------------------------------------------------------------


def _poll_changes(cursor: Cursor, adapter: Adapter, deadline: Deadline) -> bool:
    assert adapter.change_source is not None  # noqa: S101 - as above
    while not deadline.has_passed:
        page = adapter.change_source.poll(cursor.position, cursor.start_at)
        hints = [hint for change in page.items if (hint := _hint(change)) is not None]
        with transaction.atomic():
            inbox.keep([_look(cursor, hint, page.cursor) for hint in hints])
            _move(cursor, page.cursor)
        if hints:
            lanes.nudge([lanes.inbound_lane(cursor.connection_id).pk], send_lane)
        if not page.has_more:
            return False
    return True


def _hint(change: Any) -> Hint | None:
    """What to look at. States that a history tells are old by nature, so the present one is read."""
    match change:
        case Hint():
            return change
        case StatusSeen():
            return Hint(ObjectKind.ORDER, change.id)
        case Seen() | Gone() | NotRelevant() | UnreadableObject():
            return None
    return None


def _look(cursor: Cursor, hint: Hint, position: str) -> inbox.Arrival:
    return inbox.Arrival(
        connection_id=cursor.connection_id,
        topic=LOOK,
        dedup_key=f"poll:{hint.kind}:{hint.by}:{hint.id}:{position}"[:200],
        body=look_body(hint),
        source=InboxEvent.Source.POLL,
    )


def _poll_webhooks(cursor: Cursor, adapter: Adapter, _deadline: Deadline) -> bool:
    """Webhooks that the other side switched off or lost are made anew, and the polls catch up at once."""
    from .actions import hook_address  # noqa: PLC0415 - actions uses this module for "poll now"

    assert adapter.webhook_manager is not None  # noqa: S101 - as above
    if webhooks.look_after(cursor.connection, adapter.webhook_manager, hook_address(cursor.connection)):
        Cursor.objects.filter(connection=cursor.connection).exclude(purpose=HOOKS).update(due_at=timezone.now())
    return False


def _move(cursor: Cursor, position: str) -> None:
    cursor.position = position
    cursor.lease_until = timezone.now() + POLL_LEASE
    cursor.save(update_fields=["position", "lease_until"])


_POLLS: Mapping[str, Callable[[Cursor, Adapter, Deadline], bool]] = {
    ORDERS: _poll_orders,
    CUSTOMERS: _poll_customers,
    PRODUCTS: _poll_products,
    CHANGES: _poll_changes,
    HOOKS: _poll_webhooks,
}
