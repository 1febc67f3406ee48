"""Sets the status of orders in the shop."""

from collections import deque
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from connectors.contract.errors import ConnectorError, Misconfigured, Rejected, Retryable
from connectors.contract.results import NotWritten, Outcome, Refused, StatusDraft, Written
from connectors.toolkit.dates import parse_gmt
from connectors.woocommerce import client
from connectors.woocommerce.errors import TOO_HEAVY, error_of_item
from connectors.woocommerce.lenient import as_map, identifier, text
from connectors.woocommerce.links import order_url
from connectors.woocommerce.orders import numeric
from connectors.woocommerce.reader import DRAFT_STATUSES, GONE_STATUS
from connectors.woocommerce.transport import Transport

REFUNDED = "refunded"

_CALLS_WITHOUT_SUCCESS = 7
"""The whole, both halves, all quarters: when all of them fail it is the shop and not an order."""

_TIME_TO_HALVE = timedelta(seconds=40)
"""A host's gateway gives up after 30 to 60 s; longer than this the worker has no time for another round."""


class StatusSink:
    """``status_sink`` capability. Setting a status twice is one change: the second time the shop does nothing.

    Reads before it writes only for drafts with ``expected_status``: a status that somebody moved meanwhile is left
    alone, one that is already there is not written again.
    """

    def __init__(self, shop: Transport, *, allow_refunded: bool) -> None:
        self._shop = shop
        self._allow_refunded = allow_refunded
        self._statuses: frozenset[str] = frozenset()

    @property
    def max_batch(self) -> int:
        return client.MAX_BATCH

    def put_statuses(self, drafts: Sequence[StatusDraft]) -> Sequence[Outcome]:
        outcomes: list[Outcome | None] = [self._refusal(draft) for draft in drafts]
        self._compare(drafts, outcomes)
        open_drafts = [draft for draft, outcome in zip(drafts, outcomes, strict=True) if outcome is None]
        if len(open_drafts) > 1:
            for index, draft in enumerate(drafts):
                if outcomes[index] is None:
                    outcomes[index] = self._unknown(draft)
            open_drafts = [draft for draft, outcome in zip(drafts, outcomes, strict=True) if outcome is None]
        written = iter(self._write(open_drafts))
        return [next(written) if outcome is None else outcome for outcome in outcomes]

    # --- what needs no write ------------------------------------------------------------------------------------------

    def _refusal(self, draft: StatusDraft) -> Refused | None:
        if not numeric([draft.target_id]):
            return Refused(f"“{draft.target_id}” is not the id of a WooCommerce order.", code="invalid_id")
        if draft.status == REFUNDED and not self._allow_refunded:
            message = (
                f"Order {_name(draft)} was not set to “refunded”: WooCommerce would book a full refund with it, "
                "without giving money back. Refund it in the shop, or allow this in the connection's settings."
            )
            return Refused(message, code="refunded_not_allowed")
        if not draft.status or draft.status in {*DRAFT_STATUSES, GONE_STATUS}:
            return _no_such_status(draft)
        return None

    def _compare(self, drafts: Sequence[StatusDraft], outcomes: list[Outcome | None]) -> None:
        """Settles drafts with ``expected_status`` that need no write, in one call for all of them."""
        chosen = [i for i, draft in enumerate(drafts) if outcomes[i] is None and draft.expected_status]
        if not chosen:
            return
        ids = numeric([drafts[i].target_id for i in chosen])
        rows = map(as_map, client.orders_by_id(self._shop, ids, fields="id,status,date_modified_gmt").rows)
        present = {identifier(row.get("id")): row for row in rows}
        for index in chosen:
            outcomes[index] = self._settled(drafts[index], present.get(drafts[index].target_id))

    def _settled(self, draft: StatusDraft, row: Any) -> Outcome | None:
        if row is None:
            message = f"Order {_name(draft)} is no longer in the shop, or in its trash. It was not brought back."
            return Refused(message, code="gone")
        status = text(row.get("status"))
        if status == draft.status:
            return self._written(draft, row, note="The shop had this status already.")
        if status != draft.expected_status:
            message = (
                f"Order {_name(draft)} is “{status}” in the shop by now, not “{draft.expected_status}”. "
                f"It was not set to “{draft.status}”."
            )
            return Refused(message, code="moved_meanwhile")
        return None

    def _unknown(self, draft: StatusDraft) -> Refused | None:
        """A batch does not check statuses: the shop would take an unknown one for ``pending``."""
        if draft.status not in self._statuses:
            self._statuses = frozenset(client.order_statuses(self._shop))
        return None if draft.status in self._statuses else _no_such_status(draft)

    # --- writing ------------------------------------------------------------------------------------------------------

    def _write(self, drafts: Sequence[StatusDraft]) -> list[Outcome]:
        """Halves a batch that is too heavy, so that one order that crashes the shop does not hold up the others.

        Raises when nothing at all was written in passing.
        """
        outcomes: dict[int, Outcome] = {}
        parts = deque([list(range(len(drafts)))] if drafts else [])
        calls, deadline = 0, self._shop.now() + _TIME_TO_HALVE
        while parts:
            part, calls = parts.popleft(), calls + 1
            try:
                outcomes |= zip(part, self._write_part([drafts[index] for index in part]), strict=True)
            except ConnectorError as problem:
                is_heavy = problem.code in TOO_HEAVY
                is_hopeless = self._shop.now() > deadline or (calls >= _CALLS_WITHOUT_SUCCESS and not outcomes)
                if is_heavy and len(part) > 1 and not is_hopeless:
                    middle = len(part) // 2
                    parts += [part[:middle], part[middle:]]
                    continue
                if is_hopeless or not (is_heavy or isinstance(problem, Rejected)):
                    part = [*part, *(index for waiting in parts for index in waiting)]  # would fare the same
                    parts.clear()
                outcomes |= {index: _failed(drafts[index], problem) for index in part}
        failures = [outcome.error for outcome in outcomes.values() if isinstance(outcome, NotWritten)]
        if failures and len(failures) == len(outcomes):
            raise failures[0]
        return [outcomes[index] for index in range(len(drafts))]

    def _write_part(self, drafts: Sequence[StatusDraft]) -> list[Outcome]:
        if len(drafts) == 1:
            return [
                self._written(drafts[0], as_map(client.set_status(self._shop, drafts[0].target_id, drafts[0].status)))
            ]
        results = client.set_statuses(self._shop, [(draft.target_id, draft.status) for draft in drafts])
        if [identifier(as_map(result).get("id")) for result in results] != [draft.target_id for draft in drafts]:
            message = "The shop's answer to a batch does not name the orders that were sent. They are set again."
            raise Retryable(message, code="batch_answer")
        outcomes = [self._result(draft, as_map(result)) for draft, result in zip(drafts, results, strict=True)]
        if any(isinstance(outcome, Written) for outcome in outcomes):
            outcomes = [_of_this_one_alone(draft, each) for draft, each in zip(drafts, outcomes, strict=True)]
        return outcomes

    def _result(self, draft: StatusDraft, result: Any) -> Outcome:
        if "error" not in result:
            return self._written(draft, result)
        return _failed(draft, error_of_item(result["error"]))

    def _written(self, draft: StatusDraft, row: Any, note: str = "") -> Written:
        status = text(row.get("status"))
        if status and status != draft.status:
            note = f"The shop moved it on to “{status}” by itself."
        try:
            changed_at = parse_gmt(text(row.get("date_modified_gmt")))
        except ValueError:
            changed_at = None
        return Written(draft.target_id, order_url(self._shop.site, draft.target_id), note, changed_at)


def _failed(draft: StatusDraft, problem: ConnectorError) -> Outcome:
    if isinstance(problem, Rejected):
        return Refused(f"Order {_name(draft)}: {problem.message}", problem.code)
    return NotWritten(problem)


def _of_this_one_alone(draft: StatusDraft, outcome: Outcome) -> Outcome:
    """A right that is missing for one order, while the same call changed others, is no matter of the connection."""
    if isinstance(outcome, NotWritten) and isinstance(outcome.error, Misconfigured):
        return Refused(f"Order {_name(draft)}: {outcome.error.message}", outcome.error.code)
    return outcome


def _no_such_status(draft: StatusDraft) -> Refused:
    message = (
        f"The shop has no order status “{draft.status}”, so order {_name(draft)} keeps the one it has. "
        "Refresh the code books and choose another status in the mapping."
    )
    return Refused(message, code="unknown_status")


def _name(draft: StatusDraft) -> str:
    return draft.order_number or draft.target_id
