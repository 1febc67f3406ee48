"""Into the shop: statuses, "paid", and the CRM's number of an order. One command each, all safe to repeat."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from connectors.contract.backward import NumberDraft, PaidDraft
from connectors.contract.errors import ConnectorError, Misconfigured, RateLimited, Rejected
from connectors.contract.results import NOT_TAKEN, NotWritten, Outcome, Refused, StatusDraft, Written
from connectors.toolkit.lenient import as_map, identifier, plain

from .client import Client, Json
from .config import Config, ExternalId
from .errors import CONFLICT, UNKNOWN_ACTION
from .sources import numeric

MAX_BATCH = 10
"""Commands go one by one; a claim of ten keeps the worker's bookkeeping small and its slice short."""

MOVED_MEANWHILE = "moved_meanwhile"
"""The contract's word for a status that was compared and did not fit (``StatusDraft``)."""

NO_USE_TO_GO_ON = frozenset({"unreachable", "no_answer", "slice_over"})
"""Codes of faults that the next command would meet as well, each after a full time-out."""

D = TypeVar("D", StatusDraft, PaidDraft, NumberDraft)


class StatusSink:
    """``status_sink`` capability. The shop's own status service does the work, with its rules and e-mails."""

    max_batch = MAX_BATCH

    def __init__(self, client: Client, config: Config) -> None:
        self._client = client
        self._config = config

    def put_statuses(self, drafts: Sequence[StatusDraft]) -> Sequence[Outcome]:
        return one_by_one(drafts, self._put)

    def _put(self, draft: StatusDraft) -> Outcome:
        answer = self._client.set_status(
            draft.target_id,
            draft.status,
            draft.change_id,
            expected=draft.expected_status,
            silent=self._config.silent,
        )
        note = "The shop had this status already." if answer.get("result") == "unchanged" else ""
        there = as_map(answer.get("status"))
        if (id := identifier(there.get("id"))) and id != draft.status:
            note = f"The shop moved it on to “{plain(there.get('name')) or id}” by itself."
        return Written(draft.target_id, note=note)


class PaidSink:
    """``paid_sink`` capability: the shop's own "paid" status, whichever that is there."""

    max_batch = MAX_BATCH

    def __init__(self, client: Client) -> None:
        self._client = client

    def put_paid(self, drafts: Sequence[PaidDraft]) -> Sequence[Outcome]:
        return one_by_one(drafts, self._put)

    def _put(self, draft: PaidDraft) -> Outcome:
        return _written(draft, self._client.set_paid(draft.target_id, draft.change_id), "It was paid there already.")


class NumberSink:
    """``number_sink`` capability: kept beside the shop's own number, or in its place when staff want that."""

    max_batch = MAX_BATCH

    def __init__(self, client: Client, config: Config) -> None:
        self._client = client
        # Where the CRM knows orders by the shop's number, another number would make another order of it.
        self._rewrite = config.rewrite_number and config.external_id is not ExternalId.NUMBER

    def put_numbers(self, drafts: Sequence[NumberDraft]) -> Sequence[Outcome]:
        return one_by_one(drafts, self._put)

    def _put(self, draft: NumberDraft) -> Outcome:
        try:
            answer = self._client.set_number(draft.target_id, draft.number, draft.change_id, rewrite=self._rewrite)
        except Misconfigured as problem:
            if problem.code != UNKNOWN_ACTION:
                raise
            return Refused("The plug-in in the shop is too old to keep the CRM's number.", code=NOT_TAKEN)
        return _written(draft, answer, "The shop showed this number already.")


def one_by_one(drafts: Sequence[D], put: Callable[[D], Outcome]) -> list[Outcome]:
    """One outcome per draft, in order. A shop that does not answer, wants a rest or refuses our key ends the batch;
    what was not tried is NotWritten and comes again."""
    outcomes: list[Outcome] = []
    stopped_by: ConnectorError | None = None
    for draft in drafts:
        if stopped_by is not None:
            outcomes.append(NotWritten(stopped_by))
            continue
        outcome = _guarded(draft, put)
        outcomes.append(outcome)
        if isinstance(outcome, NotWritten) and _ends_the_batch(outcome.error):
            stopped_by = outcome.error
    return outcomes


def _guarded(draft: D, put: Callable[[D], Outcome]) -> Outcome:
    if not numeric([draft.target_id]):
        return Refused(f"“{draft.target_id[:50]}” is not the id of an order in this shop.", code="invalid_id")
    try:
        return put(draft)
    except Rejected as refusal:
        code = MOVED_MEANWHILE if refusal.code == CONFLICT else refusal.code
        return Refused(f"Order {draft.order_number or draft.target_id}: {refusal.message}", code)
    except ConnectorError as fault:
        return NotWritten(fault)


def _written(draft: Any, answer: Json, unchanged: str) -> Written:
    return Written(draft.target_id, note=unchanged if answer.get("result") == "unchanged" else "")


def _ends_the_batch(error: ConnectorError) -> bool:
    return isinstance(error, Misconfigured | RateLimited) or error.code in NO_USE_TO_GO_ON
