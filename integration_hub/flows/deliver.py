"""Drains a lane: claim, translate, send, record; again until nothing is due or the time slice is over."""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, TypeGuard

from django.db import InterfaceError, OperationalError, transaction
from django.utils import timezone

from connectors.contract.capabilities import Adapter
from connectors.contract.errors import (
    ConnectorError,
    MethodLimited,
    Misconfigured,
    OutcomeUnknown,
    RateLimited,
    Rejected,
    Retryable,
)
from connectors.contract.results import NotWritten, Outcome, Refused, Written
from integration_hub.connections.adapters import open_adapter
from integration_hub.connections.models import Connection, Route
from integration_hub.engine import breaker, lanes, links, outbox
from integration_hub.engine.due import count_due, has_due, more_is_coming
from integration_hub.engine.exchanges import ExchangeLog
from integration_hub.engine.models import Lane, OutboxItem

from . import people
from .backward import prepare_statuses, remember_written
from .backward_details import number_works, prepare_numbers, prepare_paid, remember_numbers
from .definitions import FlowName
from .desk import Desk, Preparation, Prepared, desk_for, dry_run
from .doors import keep_and_nudge
from .helping import Helper
from .outcomes import InternalError, internal, settlements_of
from .outward import also_joints, prepare_customers, prepare_leads, prepare_orders
from .ownership import looks, moved_in_store, yield_to_owner
from .products import prepare_products
from .queue import send_lane
from .services import Deadline, services_for
from .windows import windows_of

logger = logging.getLogger(__name__)

INTERNAL_ERRORS_TO_PAUSE = 5
"""The same fault of ours over and over would bury a lane's items; staff resume it after the update."""

RENEW_EVERY = timedelta(seconds=10)
"""Well inside the lease; not at every call, because each renewal is a write."""

BATCH_WITHOUT_SINK = 50

BACKFILL_BATCHES = 3
"""A sink splits what it is given; on a backfill lane it gets more, so that the customers of several calls share one.
A live lane records its outcomes sooner instead."""


MOST_HELD = timedelta(seconds=10)
"""How long a part of a call is held back while a backfill reads on; a slow store's orders are not kept for ever."""

LOOK_AGAIN = timedelta(seconds=1)
"""At a part that is held back."""


@dataclass(frozen=True, slots=True)
class Flow:
    """How one flow is prepared and which capability sends it."""

    prepare: Callable[[Sequence[OutboxItem], Desk], list[Preparation]]
    sink: Callable[[Adapter], Any]
    put: Callable[[Any], Callable[[Sequence[Any]], Sequence[Outcome]]]


FLOWS: Mapping[str, Flow] = {
    FlowName.ORDERS: Flow(prepare_orders, lambda a: a.order_sink, lambda sink: sink.put_orders),
    FlowName.CUSTOMERS: Flow(prepare_customers, lambda a: a.customer_sink, lambda sink: sink.put_customers),
    FlowName.LEADS: Flow(prepare_leads, lambda a: a.lead_sink, lambda sink: sink.put_leads),
    FlowName.CATALOG: Flow(prepare_products, lambda a: a.catalog_sink, lambda sink: sink.put_products),
    FlowName.STATUSES: Flow(prepare_statuses, lambda a: a.status_sink, lambda sink: sink.put_statuses),
    FlowName.PAID: Flow(prepare_paid, lambda a: a.paid_sink, lambda sink: sink.put_paid),
    FlowName.NUMBERS: Flow(prepare_numbers, lambda a: a.number_sink, lambda sink: sink.put_numbers),
}


def drain(lane: Lane, owner: str, deadline: Deadline) -> int:
    """Deliver what is due on a lane whose lease ``owner`` holds; returns how many items were worked on.

    Returns early when the connection or lane is paused, sleeps, or its breaker is open.
    """
    connection = lane.connection
    outbox.recover(lane.pk, owner)
    if connection.is_paused or lane.paused_at is not None:
        return 0
    try:
        worker = _Worker(lane, connection, owner, deadline)
    except Misconfigured as error:
        connection.pause(error.message)
        return 0
    worked = 0
    while not deadline.has_passed and worker.may_go_on():
        size = worker.batch_size
        if not size:
            lanes.put_to_sleep(lane.pk, timezone.now() + LOOK_AGAIN)
            break
        count = worker.run_batch(size)
        worked += count
        if count == size:
            worker.helper.call(connection)
        if count < size and not has_due(lane.pk, timezone.now()):
            break
    return worked


class _Worker:
    """One drain: the open connector and what it needs between batches."""

    def __init__(self, lane: Lane, connection: Connection, owner: str, deadline: Deadline) -> None:
        self.lane, self.connection, self.owner = lane, connection, owner
        self.log = ExchangeLog(connection.pk)
        self.renewed_at = timezone.now()
        services = services_for(
            connection, self.log, deadline=deadline, before_call=self._keep_lease, is_patient=lane.is_backfill
        )
        self.adapter = open_adapter(connection, services)
        self.flow = FLOWS[lane.flow]
        self.sink = self.flow.sink(self.adapter)
        self.windows = windows_of(connection.pk)
        self.has_stopped = False
        self.helper = Helper(lane, connection, self._most_at_once)

    def may_go_on(self) -> bool:
        now = timezone.now()
        if self.has_stopped or (self.lane.sleeps_until is not None and self.lane.sleeps_until > now):
            return False
        if breaker.is_probing(self.connection):
            return breaker.take_probe(self.connection)
        return breaker.open_until(self.connection, now) is None

    @property
    def batch_size(self) -> int:
        """One item while a system that was away is probed, else as many as the sink takes together."""
        if breaker.is_probing(self.connection):
            return 1
        return self._full_calls(self._most_at_once) if self.lane.is_backfill else self._most_at_once

    @property
    def _most_at_once(self) -> int:
        size: int = self.sink.max_batch if self.sink is not None else BATCH_WITHOUT_SINK
        return size

    def _full_calls(self, size: int) -> int:
        """As many whole calls as there is work for: a backfill is in no hurry, and half a call costs a whole one. 0
        while there is not even one and the rest is just being read."""
        due = count_due(self.lane.pk, size * BACKFILL_BATCHES)
        if due < size and more_is_coming(self.lane, MOST_HELD):
            return 0
        return due - due % size if due > size else size

    def run_batch(self, size: int) -> int:
        for lane_id in filter(None, (self.lane.pk, self.lane.helps_id)):
            self.windows.hold_back(lane_id, timezone.now())
        items = outbox.claim(self.lane.pk, self.owner, size) or self.helper.take_over(self.owner, size)
        if not items:
            return 0
        started_at = timezone.now()
        settlements, prepared = self._prepare(items)
        prepared, outcomes = self._yield(prepared)
        if outcomes or not prepared:
            self._record(settlements, prepared, outcomes, started_at)
        else:
            with people.claimed(prepared, self.connection.pk, self.owner) as shared:
                settlements += settlements_of(shared.busy, [NotWritten(people.is_busy()) for _ in shared.busy])
                outcomes = self._send(shared.free) if shared.free else []
                self._record(settlements, shared.free, outcomes, started_at)
        self._keep_lease()
        return len(items)

    def _prepare(self, items: Sequence[OutboxItem]) -> tuple[list[outbox.Settlement], list[Prepared]]:
        settlements: list[outbox.Settlement] = []
        prepared: list[Prepared] = []
        for each in _prepared(self.flow, items):
            if isinstance(each, outbox.Settlement):
                settlements.append(each)
            elif each.route.mode == Route.Mode.DRY_RUN:
                settlements.append(dry_run(each))
            else:
                prepared.append(each)
        return settlements, prepared

    def _send(self, prepared: Sequence[Prepared]) -> list[Outcome]:
        if self.sink is None:
            missing = f"“{self.connection}” cannot take {self.lane.flow}."
            return [Refused(missing, code="not_supported") for _ in prepared]
        return send(self.flow.put(self.sink), prepared)

    def _yield(self, prepared: list[Prepared]) -> tuple[list[Prepared], list[Outcome]]:
        """Before orders are sent: statuses that their owner changed are left out; outcomes when he cannot be asked."""
        if self.lane.flow != FlowName.ORDERS or self.sink is None or not prepared:
            return prepared, []
        try:
            kept, moved = yield_to_owner(prepared, self.adapter.status_source)
        except (Retryable, Misconfigured) as error:
            return prepared, [NotWritten(error) for _ in prepared]
        if moved:
            keep_and_nudge(self.connection.pk, looks(self.connection.pk, moved, self.log.batch))
        return kept, []

    def _record(
        self,
        settlements: list[outbox.Settlement],
        prepared: Sequence[Prepared],
        outcomes: Sequence[Outcome],
        started_at: datetime,
    ) -> None:
        pairs = list(zip(prepared, outcomes, strict=True))
        moved = moved_in_store(prepared, outcomes)
        if moved:
            keep_and_nudge(self.connection.pk, looks(self.connection.pk, moved, self.log.batch))
        written = [(each, outcome) for each, outcome in pairs if isinstance(outcome, Written)]
        remember_written([(each, outcome) for each, outcome in written if each.is_status_write])
        if self.lane.flow == FlowName.NUMBERS:
            remember_numbers([each for each, _ in written])
        numbers = number_works(written, timezone.now())
        settlements = [*settlements, *settlements_of(prepared, outcomes)]
        was_heard = self.log.was_heard
        with transaction.atomic():
            links.join([joint for each, outcome in pairs for joint in _joints(each, outcome)])
            outbox.settle(settlements, started_at=started_at, batch=self.log.batch, owner=self.owner)
            self.log.store()
            outbox.enqueue(numbers)
        lanes.nudge({work.lane_id for work in numbers}, send_lane)
        self._react(outcomes, settlements, was_heard=was_heard)

    def _react(self, outcomes: Sequence[Outcome], settlements: Sequence[outbox.Settlement], *, was_heard: bool) -> None:
        """What the outcomes mean for the lane and the connection."""
        errors = {id(outcome.error): outcome.error for outcome in outcomes if isinstance(outcome, NotWritten)}
        for error in errors.values():
            if isinstance(error, Misconfigured):
                self.connection.pause(error.message)
                self.has_stopped = True
            elif _holds_lane(error):
                until = timezone.now() + (error.retry_after or timedelta(seconds=1))
                self.lane.sleeps_until = until
                lanes.put_to_sleep(self.lane.pk, until)
        if outcomes and all(_is_outage(outcome) for outcome in outcomes):
            breaker.failed(self.connection, was_heard=was_heard)
        elif any(isinstance(outcome, Written | Refused) for outcome in outcomes):
            breaker.worked(self.connection)
        self._count_internal_errors(sum(each.code == "internal" for each in settlements))

    def _count_internal_errors(self, faults: int) -> None:
        if not faults:
            if self.lane.internal_errors:
                self.lane.internal_errors = 0
                Lane.objects.filter(pk=self.lane.pk).update(internal_errors=0)
            return
        self.lane.internal_errors += faults
        Lane.objects.filter(pk=self.lane.pk).update(internal_errors=self.lane.internal_errors)
        if self.lane.internal_errors >= INTERNAL_ERRORS_TO_PAUSE:
            lanes.pause([self.lane.pk], "The same internal error came up again and again. See the sync log.")
            self.has_stopped = True

    def _keep_lease(self) -> None:
        if timezone.now() - self.renewed_at < RENEW_EVERY:
            return
        if not lanes.renew(self.lane.pk, self.owner):
            raise Retryable("Another worker has taken over this lane.", code="lease_lost")
        self.renewed_at = timezone.now()


def _prepared(flow: Flow, items: Sequence[OutboxItem]) -> list[Preparation]:
    """Translate a batch; an item that breaks the translation itself becomes a dead letter and holds up nobody."""
    try:
        return flow.prepare(items, desk_for(items))
    except (OperationalError, InterfaceError):
        raise  # the database is away, which is no fault of the item's
    except Exception as error:
        if len(items) == 1:
            logger.exception("translation of %s %s failed", items[0].object_kind, items[0].pk)
            return [internal(items[0], error, was_sent=False)]
    return [each for item in items for each in _prepared(flow, [item])]


def send(put: Callable[[Sequence[Any]], Sequence[Outcome]], prepared: Sequence[Prepared]) -> list[Outcome]:
    """Send a batch; one that is refused as a whole is halved until the bad item is found."""
    drafts = [each.draft for each in prepared]
    try:
        outcomes = list(put(drafts))
    except Rejected as error:
        if len(prepared) == 1:
            return [Refused(error.message, code=error.code)]
        return _halved(put, prepared)
    except (Retryable, Misconfigured) as error:
        return [NotWritten(error) for _ in prepared]
    except (OperationalError, InterfaceError):
        raise  # the database is away; whoever takes the items up looks them up first
    except Exception as error:
        if len(prepared) == 1:
            logger.exception("sending %s failed", prepared[0].item.pk)
            return [NotWritten(InternalError(error))]
        # Part of the batch may have been written before the fault, so each is looked up before it is sent again.
        return _halved(put, [_cautious(each) for each in prepared])
    if len(outcomes) != len(drafts):
        message = "The connector answered for a different number of objects than it was given."
        return [NotWritten(OutcomeUnknown(message, code="short_answer")) for _ in drafts]
    return outcomes


def _halved(put: Callable[[Sequence[Any]], Sequence[Outcome]], prepared: Sequence[Prepared]) -> list[Outcome]:
    middle = len(prepared) // 2
    return [*send(put, prepared[:middle]), *send(put, prepared[middle:])]


def _cautious(prepared: Prepared) -> Prepared:
    if not hasattr(prepared.draft, "must_look_up"):
        return prepared
    return replace(prepared, draft=replace(prepared.draft, must_look_up=True))


def _joints(prepared: Prepared, outcome: Outcome) -> Sequence[links.Joint]:
    match outcome:
        case Written() if prepared.is_status_write:
            return ()  # remembered with the status, before anybody could take it for the store's own
        case Written():
            return prepared.joints(outcome)
        case Refused() if outcome.id:
            return prepared.joints(Written(outcome.id))
        case NotWritten() if outcome.id:
            return prepared.joints(Written(outcome.id, also=outcome.also))
        case NotWritten():
            return also_joints(prepared.route, outcome.also)
        case _:
            return ()


def _holds_lane(error: ConnectorError) -> TypeGuard[RateLimited]:
    """Whether no other object may be tried either before the limit has passed."""
    return isinstance(error, RateLimited) and not isinstance(error, MethodLimited) and error.code != "slice_over"


def _is_outage(outcome: Outcome) -> bool:
    if not isinstance(outcome, NotWritten):
        return False
    error = outcome.error
    return isinstance(error, Retryable) and not isinstance(error, RateLimited) and error.code != "lease_lost"
