"""Marks orders as paid in the shop. No money is moved."""

from collections.abc import Sequence
from typing import Any

from connectors.contract.backward import PaidDraft
from connectors.contract.errors import ConnectorError, NotTried, RateLimited, Rejected, Retryable
from connectors.contract.results import NotWritten, Outcome, Refused, Written
from connectors.toolkit.dates import parse_gmt
from connectors.woocommerce import client
from connectors.woocommerce.lenient import as_map, identifier, text
from connectors.woocommerce.lines import UNPAID_STATUSES
from connectors.woocommerce.links import order_url
from connectors.woocommerce.orders import numeric
from connectors.woocommerce.transport import Transport

ENDED = frozenset({"cancelled", "refunded", "trash"})
"""Paying one of these would revive it: stock, mails and all."""

WAITING = frozenset({*UNPAID_STATUSES, "on-hold"})


class PaidSink:
    """``paid_sink`` capability. ``set_paid`` runs the shop's own "payment complete": status, date, mails, stock."""

    max_batch = 20
    """One call each; a mail is sent inside of it."""

    def __init__(self, shop: Transport) -> None:
        self._shop = shop

    def put_paid(self, drafts: Sequence[PaidDraft]) -> Sequence[Outcome]:
        """Reads all first, in one call: an order that is paid already is left alone, so a repeat does nothing."""
        ids = numeric([draft.target_id for draft in drafts])
        found = client.orders_by_id(self._shop, ids, fields=_FIELDS).rows if ids else []
        present = {identifier(row.get("id")): row for row in map(as_map, found)}
        outcomes: list[Outcome] = []
        for draft in drafts:
            last = outcomes[-1] if outcomes else None
            if isinstance(last, NotWritten):
                outcomes.append(NotWritten(_not_tried(last.error)))  # what stopped that call stops the next one as well
                continue
            outcomes.append(self._put(draft, present.get(draft.target_id)))
        return outcomes

    def _put(self, draft: PaidDraft, row: Any) -> Outcome:
        if row is None:
            return Refused(
                f"Order {_name(draft)} is no longer in the shop, or in its trash. It was not marked.", "gone"
            )
        if is_paid(row):
            return self._written(draft, row, "The shop had it as paid already.")
        if text(row.get("status")) in ENDED:
            message = (
                f"Order {_name(draft)} is “{text(row.get('status'))}” in the shop and was not marked as paid, which "
                "would revive it. Change its status in the shop first if it is to go on."
            )
            return Refused(message, "order_ended")
        try:
            return self._pay(draft, row)
        except Rejected as refusal:
            return Refused(f"Order {_name(draft)}: {refusal.message}", refusal.code)
        except ConnectorError as problem:
            return NotWritten(problem)

    def _pay(self, draft: PaidDraft, row: Any) -> Outcome:
        """``set_paid``, and where the shop takes no payment in that status (on-hold in some versions) the status that
        a payment leads to."""
        paid = as_map(client.set_paid(self._shop, draft.target_id))
        if not is_paid(paid) and text(paid.get("status")) in WAITING:
            after = "processing" if row.get("needs_processing") is not False else "completed"
            paid = as_map(client.set_status(self._shop, draft.target_id, after))
        if not is_paid(paid):
            message = (
                f"The shop took the mark for order {_name(draft)}, but does not show the order as paid (status "
                f"“{text(paid.get('status'))}”). Mark it in the shop."
            )
            return Refused(message, "not_paid")
        moved = text(paid.get("status"))
        note = f"The shop moved it to “{moved}”." if moved != text(row.get("status")) else ""
        return self._written(draft, paid, note)

    def _written(self, draft: PaidDraft, row: Any, note: str) -> Written:
        try:
            changed_at = parse_gmt(text(row.get("date_modified_gmt")))
        except ValueError:
            changed_at = None
        return Written(draft.target_id, order_url(self._shop.site, draft.target_id), note, changed_at)


def _not_tried(error: ConnectorError) -> ConnectorError:
    """What a failed call means for orders behind it: they are not charged with it."""
    if isinstance(error, Retryable) and not isinstance(error, RateLimited):
        message = "Not marked yet, because a call before it failed. The hub comes back to it by itself."
        return NotTried(message, code="not_tried", retry_after=error.retry_after)
    return error


_FIELDS = "id,status,date_paid_gmt,date_modified_gmt,needs_processing"


def is_paid(row: Any) -> bool:
    """``date_paid`` survives a move back to an unpaid status, where it means nothing."""
    return bool(text(row.get("date_paid_gmt"))) and text(row.get("status")) not in UNPAID_STATUSES


def _name(draft: PaidDraft) -> str:
    return draft.order_number or draft.target_id
