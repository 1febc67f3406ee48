"""Statuses, paid marks and the CRM's order numbers back to the shop."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, TypeVar

from connectors.contract.backward import NumberDraft, PaidDraft
from connectors.contract.errors import ConnectorError, Misconfigured, RateLimited, Rejected
from connectors.contract.results import NotWritten, Outcome, Refused, StatusDraft, Written

from .client import NUMBER_TYPE, PAID_TYPE, STATUS_TYPE, Client, moment

D = TypeVar("D", StatusDraft, PaidDraft, NumberDraft)

MAX_BATCH = 10
"""Messages go one by one; a claim of ten keeps the worker's bookkeeping small and its slice short."""

NO_USE_TO_GO_ON = frozenset({"unreachable", "no_answer", "slice_over"})
"""Codes of faults that the next message would meet as well, each after a full time-out."""


class Sink:
    """``status_sink``, ``paid_sink`` and ``number_sink``: one message per draft, in order, to the same address.

    A shop that does not answer, wants a rest or refuses our key ends the batch; what was not tried is NotWritten and
    comes again.
    """

    max_batch = MAX_BATCH

    def __init__(self, client: Client) -> None:
        self._client = client

    def put_statuses(self, drafts: Sequence[StatusDraft]) -> Sequence[Outcome]:
        return _each(drafts, self._put_status)

    def put_paid(self, drafts: Sequence[PaidDraft]) -> Sequence[Outcome]:
        return _each(drafts, self._put_paid)

    def put_numbers(self, drafts: Sequence[NumberDraft]) -> Sequence[Outcome]:
        return _each(drafts, self._put_number)

    def _put_status(self, draft: StatusDraft) -> Outcome:
        data = {
            "order_id": draft.target_id,
            "order_number": draft.order_number,
            "status": draft.status,
            "expected_status": draft.expected_status,
            "change_id": draft.change_id,
            "comment": draft.comment,
            "changed_at": moment(draft.changed_at) if draft.changed_at is not None else None,
        }
        return self._post(STATUS_TYPE, draft, data, draft.changed_at)

    def _put_paid(self, draft: PaidDraft) -> Outcome:
        data = {
            "order_id": draft.target_id,
            "order_number": draft.order_number,
            "change_id": draft.change_id,
            "paid_at": moment(draft.paid_at) if draft.paid_at is not None else None,
            "amount": str(draft.amount.amount) if draft.amount is not None else None,
            "currency": draft.amount.currency if draft.amount is not None else None,
        }
        return self._post(PAID_TYPE, draft, data, draft.paid_at)

    def _put_number(self, draft: NumberDraft) -> Outcome:
        data = {
            "order_id": draft.target_id,
            "order_number": draft.order_number,
            "change_id": draft.change_id,
            "number": draft.number,
        }
        return self._post(NUMBER_TYPE, draft, data, None)

    def _post(self, type: str, draft: D, data: dict[str, Any], happened_at: datetime | None) -> Outcome:
        try:
            self._client.post(type, draft.change_id, data, happened_at)
        except Rejected as refusal:
            return Refused(refusal.message, refusal.code)
        except ConnectorError as fault:
            return NotWritten(fault)
        return Written(draft.target_id)


def _each(drafts: Sequence[D], put: Callable[[D], Outcome]) -> Sequence[Outcome]:
    outcomes: list[Outcome] = []
    stopped_by: ConnectorError | None = None
    for draft in drafts:
        if stopped_by is not None:
            outcomes.append(NotWritten(stopped_by))
            continue
        outcome = put(draft)
        outcomes.append(outcome)
        if isinstance(outcome, NotWritten) and _ends_the_batch(outcome.error):
            stopped_by = outcome.error
    return outcomes


def _ends_the_batch(error: ConnectorError) -> bool:
    return isinstance(error, Misconfigured | RateLimited) or error.code in NO_USE_TO_GO_ON
