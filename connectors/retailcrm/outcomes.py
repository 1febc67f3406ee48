"""Running the steps of a batch so that what one object meets never hides what another one achieved."""

from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from connectors.contract.errors import ConnectorError, NotTried, OutcomeUnknown, RateLimited, Rejected, Retryable
from connectors.contract.results import NotWritten, Outcome, Refused

K = TypeVar("K")
T = TypeVar("T")


def one_by_one(items: Iterable[T], write: Callable[[T], Outcome]) -> list[Outcome]:
    """Writes each; a refusal is that item's own, any other fault ends the run: the rest is marked, not tried.

    What stands in the way of one call (rate, key, network) stands in the way of the next as well, and twenty
    time-outs in a row would hold the worker for ten minutes.
    """
    outcomes: list[Outcome] = []
    blocked: ConnectorError | None = None
    for item in items:
        if blocked is not None:
            outcomes.append(NotWritten(blocked))
            continue
        outcome = _outcome(item, write)
        outcomes.append(outcome)
        if isinstance(outcome, NotWritten):
            blocked = not_tried(outcome.error)
    return outcomes


def _outcome(item: T, write: Callable[[T], Outcome]) -> Outcome:
    try:
        return write(item)
    except Rejected as refusal:
        return Refused(refusal.message, refusal.code)
    except ConnectorError as error:
        return NotWritten(error)


def not_tried(error: ConnectorError) -> ConnectorError:
    """What ``error`` means for objects that were not sent any more: they are innocent, and known not to be there."""
    if isinstance(error, Retryable) and not isinstance(error, RateLimited):
        message = "Not sent, because a call before it failed. The hub sends it by itself."
        return NotTried(message, code="not_tried", retry_after=error.retry_after)
    return error


def shared(keys: Iterable[K], error: ConnectorError) -> dict[K, Outcome]:
    """What a failed call on behalf of many means for each: when its outcome is unknown, it is so for all; else one of
    them is charged with it, and the others come again at once."""
    first, *others = keys
    rest = error if isinstance(error, OutcomeUnknown) else not_tried(error)
    outcomes: dict[K, Outcome] = {first: NotWritten(error)}
    outcomes.update((key, NotWritten(rest)) for key in others)
    return outcomes


def raised_if_nothing_was_written(outcomes: Sequence[Outcome]) -> Sequence[Outcome]:
    """The outcomes; raises instead when one and the same fault stopped the whole batch before anything was written."""
    first = outcomes[0] if outcomes else None
    if isinstance(first, NotWritten) and not (first.id or first.also) and all(outcome == first for outcome in outcomes):
        raise first.error
    return outcomes
