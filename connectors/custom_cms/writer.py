"""Statuses back to the shop."""

from collections.abc import Sequence

from connectors.contract.errors import ConnectorError, Misconfigured, RateLimited, Rejected
from connectors.contract.results import NotWritten, Outcome, Refused, StatusDraft, Written

from .client import STATUS_TYPE, Client, moment

MAX_BATCH = 10
"""Messages go one by one; a claim of ten keeps the worker's bookkeeping small and its slice short."""

NO_USE_TO_GO_ON = frozenset({"unreachable", "no_answer", "slice_over"})
"""Codes of faults that the next message would meet as well, each after a full time-out."""


class StatusSink:
    max_batch = MAX_BATCH

    def __init__(self, client: Client) -> None:
        self._client = client

    def put_statuses(self, drafts: Sequence[StatusDraft]) -> Sequence[Outcome]:
        """One message per draft, in order. A shop that does not answer, wants a rest or refuses our key ends the batch;
        what was not tried is NotWritten and comes again."""
        outcomes: list[Outcome] = []
        stopped_by: ConnectorError | None = None
        for draft in drafts:
            if stopped_by is not None:
                outcomes.append(NotWritten(stopped_by))
                continue
            outcome = self._put(draft)
            outcomes.append(outcome)
            if isinstance(outcome, NotWritten) and _ends_the_batch(outcome.error):
                stopped_by = outcome.error
        return outcomes

    def _put(self, draft: StatusDraft) -> Outcome:
        data = {
            "order_id": draft.target_id,
            "order_number": draft.order_number,
            "status": draft.status,
            "expected_status": draft.expected_status,
            "change_id": draft.change_id,
            "comment": draft.comment,
            "changed_at": moment(draft.changed_at) if draft.changed_at is not None else None,
        }
        try:
            self._client.post(STATUS_TYPE, draft.change_id, data, draft.changed_at)
        except Rejected as refusal:
            return Refused(refusal.message, refusal.code)
        except ConnectorError as fault:
            return NotWritten(fault)
        return Written(draft.target_id)


def _ends_the_batch(error: ConnectorError) -> bool:
    return isinstance(error, Misconfigured | RateLimited) or error.code in NO_USE_TO_GO_ON
