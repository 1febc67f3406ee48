"""From what a connector returned or raised to what becomes of the item. One table, read top to bottom."""

import traceback
from collections.abc import Sequence
from datetime import timedelta

from django.utils import timezone

from connectors.contract.errors import (
    ConnectorError,
    Misconfigured,
    NotTried,
    OutcomeUnknown,
    RateLimited,
    Rejected,
    Retryable,
    without_promise,
)
from connectors.contract.results import NOT_TAKEN, NotWritten, Outcome, Refused, Written
from integration_hub.connections.models import Route
from integration_hub.engine.models import Attempt, OutboxItem
from integration_hub.engine.outbox import Settlement
from integration_hub.engine.retry import SCHEDULE, Comeback, comeback, is_last

from .definitions import MOVED_MEANWHILE
from .desk import Prepared, skipped

State = OutboxItem.State
Outcomes = Attempt.Outcome

PAUSED_RETRY = timedelta(seconds=30)
"""An item that waits for a paused connection is looked at again soon after it is resumed."""


NOT_TRIED_RETRY = timedelta(seconds=1)
"""An item that stood behind another's failed call is innocent: it goes with the next batch."""


class InternalError(ConnectorError):
    """A fault of ours on its way to its row; carries what was raised."""

    def __init__(self, cause: BaseException) -> None:
        super().__init__("internal", code="internal")
        self.cause = cause


def settlements_of(prepared: Sequence[Prepared], outcomes: Sequence[Outcome]) -> list[Settlement]:
    """What becomes of items that were sent together; those that failed come back together."""
    failed = comeback(timezone.now())
    return [settlement(each, outcome, failed) for each, outcome in zip(prepared, outcomes, strict=True)]


def settlement(prepared: Prepared, outcome: Outcome, failed: Comeback) -> Settlement:
    """What becomes of an item whose draft had this outcome."""
    match outcome:
        case Written():
            return Settlement(
                item=prepared.item,
                state=State.DONE,
                outcome=Outcomes.WRITTEN,
                message=" ".join(part for part in (prepared.note, outcome.note) if part),
                translation=prepared.translation,
            )
        case Refused() if prepared.is_status_write and outcome.code == MOVED_MEANWHILE:
            return _moved_meanwhile(prepared, outcome, failed)
        case Refused(code=code) if code == NOT_TAKEN:
            return skipped(prepared.item, outcome.message, prepared.translation)
        case Refused():
            return Settlement(
                item=prepared.item,
                state=State.DEAD,
                outcome=Outcomes.REFUSED,
                message=outcome.message,
                code=outcome.code,
                translation=prepared.translation,
            )
        case NotWritten():
            return settlement_of_error(prepared, outcome.error, failed)


def _moved_meanwhile(prepared: Prepared, outcome: Refused, failed: Comeback) -> Settlement:
    """The store's order changed just before: the status is set on top of that when the CRM owns statuses, once the hub
    has read the order; when the store owns them, the store's change stands."""
    route = prepared.route
    if route.status_flow == Route.StatusFlow.BOTH and route.status_owner == Route.Side.STORE:
        return skipped(prepared.item, f"{outcome.message} On this route the store wins.", prepared.translation)
    error = Retryable(outcome.message, code=outcome.code)
    return _again_or_dead(prepared, error, Outcomes.RETRY, failed, is_unknown=False)


def settlement_of_error(prepared: Prepared, error: BaseException, failed: Comeback) -> Settlement:
    """What becomes of an item whose try raised this."""
    item = prepared.item
    match error:
        case RateLimited():
            return _waiting(
                prepared,
                error,
                Outcomes.RATE_LIMITED,
                failed,
                due=error.retry_after or timedelta(seconds=1),
                counts_as_try=False,
            )
        case NotTried():
            due = max(error.retry_after or NOT_TRIED_RETRY, NOT_TRIED_RETRY)
            return _waiting(prepared, error, Outcomes.RETRY, failed, due=due, counts_as_try=False)
        case OutcomeUnknown():
            return _again_or_dead(prepared, error, Outcomes.UNKNOWN, failed, is_unknown=True)
        case Retryable():
            return _again_or_dead(prepared, error, Outcomes.RETRY, failed, is_unknown=item.is_outcome_unknown)
        case Misconfigured():
            return _waiting(prepared, error, Outcomes.MISCONFIGURED, failed, due=PAUSED_RETRY, counts_as_try=False)
        case InternalError():
            return internal(item, error.cause, was_sent=True)
        case Rejected() | ConnectorError():
            return Settlement(
                item=item,
                state=State.DEAD,
                outcome=Outcomes.REFUSED,
                message=error.message,
                code=error.code,
                translation=prepared.translation,
            )
        case _:
            return internal(item, error, was_sent=True)


def internal(item: OutboxItem, error: BaseException, *, was_sent: bool) -> Settlement:
    """A fault of ours: shown in plain words, with the traceback kept apart for developers. When it arose while the
    object was on its way, staff's "send again" looks it up first."""
    return Settlement(
        item=item,
        state=State.DEAD,
        outcome=Outcomes.INTERNAL,
        message=f"An error inside the hub ({type(error).__name__}). Send it again; if it stays, report it.",
        code="internal",
        is_outcome_unknown=was_sent or item.is_outcome_unknown,
        traceback="".join(traceback.format_exception(error, limit=-12, chain=False))[-8_000:],
    )


def _again_or_dead(
    prepared: Prepared, error: Retryable, outcome: Attempt.Outcome, failed: Comeback, *, is_unknown: bool
) -> Settlement:
    item = prepared.item
    if is_last(item.tries):
        return Settlement(
            item=item,
            state=State.DEAD,
            outcome=outcome,
            message=f"Given up after {len(SCHEDULE)} repeats. Last answer: {without_promise(error.message)}",
            code=error.code,
            is_outcome_unknown=is_unknown,
            translation=prepared.translation,
        )
    return Settlement(
        item=item,
        state=State.WAITING,
        outcome=outcome,
        message=error.message,
        code=error.code,
        due_at=failed.due(item.tries, error.retry_after),
        is_outcome_unknown=is_unknown,
        translation=prepared.translation,
    )


def _waiting(
    prepared: Prepared,
    error: ConnectorError,
    outcome: Attempt.Outcome,
    failed: Comeback,
    *,
    due: timedelta,
    counts_as_try: bool,
) -> Settlement:
    return Settlement(
        item=prepared.item,
        state=State.WAITING,
        outcome=outcome,
        message=error.message,
        code=error.code,
        due_at=failed.at + due,
        counts_as_try=counts_as_try,
        is_outcome_unknown=prepared.item.is_outcome_unknown,
        translation=prepared.translation,
    )
