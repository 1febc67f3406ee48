"""Statuses into the shop. The order is read first and last: what an action answers is not what it did."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

from connectors.contract.canonical import ObjectKind
from connectors.contract.errors import AGAIN, ConnectorError, OutcomeUnknown, Rejected, Retryable
from connectors.contract.results import NotWritten, Outcome, Refused, StatusDraft, UnreadableObject, Written
from connectors.toolkit.lenient import Reading, as_map, text

from .client import Client
from .codes import info
from .config import Config
from .errors import STATUS_REFUSED
from .plans import Action, is_needless, plan
from .walk import Listing, by_ids, numeric

MAX_BATCH = 20
"""One read for all of them, and two or more calls each."""

_LINE = "parent_item_id,qty_ordered,qty_canceled,qty_invoiced"
_FIELDS = f"items[entity_id,increment_id,state,status,items[{_LINE}]],total_count"

ORDERS: Listing[Mapping[str, Any]] = Listing(
    ObjectKind.ORDER, "orders", "entity_id", "entity_id", lambda row: row, fields=_FIELDS
)
"""What has to be known of an order before it is moved."""


class StatusSink:
    """``status_sink`` capability."""

    def __init__(self, client: Client, config: Config) -> None:
        self._client, self._config = client, config

    @property
    def max_batch(self) -> int:
        return MAX_BATCH

    def put_statuses(self, drafts: Sequence[StatusDraft]) -> Sequence[Outcome]:
        outcomes: list[Outcome] = []
        for start in range(0, len(drafts), MAX_BATCH):
            outcomes += self._batch(drafts[start : start + MAX_BATCH])
        return outcomes

    def _batch(self, drafts: Sequence[StatusDraft]) -> list[Outcome]:
        """What stands in the way of one call stands in the way of the next, so the rest is not tried."""
        orders = self._orders([draft.target_id for draft in drafts])
        outcomes: list[Outcome] = []
        blocked: ConnectorError | None = None
        for draft in drafts:
            if blocked is not None:
                outcomes.append(NotWritten(blocked))
                continue
            try:
                outcomes.append(self._one(draft, orders.get(draft.target_id)))
            except Rejected as refusal:
                outcomes.append(Refused(refusal.message, refusal.code))
            except ConnectorError as error:
                outcomes.append(NotWritten(error))
                blocked = _not_tried(error)
        return outcomes

    def _orders(self, ids: Sequence[str]) -> dict[str, Mapping[str, Any] | UnreadableObject]:
        found = by_ids(self._client, ORDERS, numeric(ids))
        return {each.id if isinstance(each, UnreadableObject) else ORDERS.id_of(each): each for each in found}

    def _one(self, draft: StatusDraft, order: Mapping[str, Any] | UnreadableObject | None) -> Outcome:
        if order is None:
            return Refused("The shop has no such order (any more).", code="not_found")
        if isinstance(order, UnreadableObject):
            return Refused(" ".join(fault.message for fault in order.faults), code="unreadable")
        return self._moved(draft, order)

    def _moved(self, draft: StatusDraft, order: Mapping[str, Any]) -> Outcome:
        id = draft.target_id
        state = text(order.get("state"))
        now = text(order.get("status")) or state
        if now == draft.status:
            return Written(id)
        if draft.expected_status and now != draft.expected_status:
            message = f"The order is in status “{now}” by now, not “{draft.expected_status}”."
            return Refused(message, code="moved_meanwhile")
        chosen = self._config.status_actions
        steps = plan(draft.status, state, self._states, chosen, is_invoiced=_is_invoiced(order))
        for step in steps:
            if is_needless(step, now, self._states):
                continue
            refusal = self._take(step, draft, now)
            if refusal is not None:
                return refusal
            now = text(self._client.get(f"orders/{id}/statuses"))
            if now == draft.status:
                return Written(id)
        if steps[-1:] == [Action.NOTE]:
            return Written(id, note=f"Noted in the shop; the order stays in status “{now}”.")
        done = ", ".join(step.value for step in steps)
        if steps and steps[-1] is not Action.COMMENT:
            return Written(id, note=f"Done in the shop: {done}. That led to status “{now}”.")
        message = f"The shop did {done or 'nothing'}, and the order is in status “{now}” and not “{draft.status}”."
        return Refused(message, code=STATUS_REFUSED)

    def _take(self, step: Action, draft: StatusDraft, now: str) -> Refused | None:
        """One step; None when it went through."""
        id, notify = draft.target_id, self._config.notify_buyers
        match step:
            case Action.COMMENT:
                return self._comment(draft, draft.status, now)
            case Action.NOTE:
                # A comment without a status once took the order's own away (magento2#34180).
                self._client.post(f"orders/{id}/comments", self._history(draft, now))
            case Action.INVOICE:
                # capture: whether the payment provider is asked for the money; that is the shop's business.
                self._client.post(f"order/{id}/invoice", {"capture": False, "notify": notify})
            case Action.SHIP:
                self._client.post(f"order/{id}/ship", {"notify": notify})
            case Action.REFUND:
                if not self._config.allow_refunds:
                    message = "This status needs a credit memo, which the connection does not allow the hub to make."
                    return Refused(message, code="refund_not_allowed")
                self._client.post(f"order/{id}/refund", {"notify": notify})
            case Action.CANCEL | Action.HOLD | Action.UNHOLD:
                if self._client.post(f"orders/{id}/{step.value}") is not True:
                    message = (
                        f"The shop did not {step.value} the order, and says no more. It is in status “{now}”; an order "
                        "that was invoiced, shipped or is on hold cannot be cancelled."
                    )
                    return Refused(message, code=f"not_{step.value}")
        return None

    def _comment(self, draft: StatusDraft, status: str, now: str) -> Refused | None:
        """Up to 2.4.6 any text is taken as a status, so one that the shop is known not to have is not sent."""
        if self._states and status not in self._states:
            message = f"The shop has no order status “{status}”. It has: {', '.join(sorted(self._states))}."
            return Refused(message[:600], code=STATUS_REFUSED)
        try:
            self._client.post(f"orders/{draft.target_id}/comments", self._history(draft, status))
        except Rejected as refusal:
            if refusal.code != STATUS_REFUSED:
                raise
            message = f"{refusal.message} The order is in status “{now}”."
            return Refused(message, code=STATUS_REFUSED)
        return None

    def _history(self, draft: StatusDraft, status: str) -> dict[str, Any]:
        return {
            "statusHistory": {
                "comment": draft.comment or f"Status from the CRM: {draft.status}",
                "status": status,
                "is_customer_notified": int(self._config.notify_buyers),
                "is_visible_on_front": 0,
                "parent_id": int(draft.target_id),
                "entity_name": "order",
            }
        }

    @cached_property
    def _states(self) -> dict[str, list[str]]:
        """States of each status, where the companion module tells; none for a status that belongs to no state."""
        told = info(self._client)
        found: dict[str, list[str]] = {}
        rows = as_map(told).get("order_statuses")
        for row in map(as_map, rows if isinstance(rows, list) else []):
            if status := text(row.get("status")):
                found.setdefault(status, []).extend(filter(None, [text(row.get("state"))]))
        return found


def _is_invoiced(order: Mapping[str, Any]) -> bool:
    """Whether the shop would make no further invoice. Rows with a parent are invoiced with it."""
    reading = Reading()
    rows = order.get("items")
    for row in map(as_map, rows if isinstance(rows, list) else []):
        ordered, *settled = (reading.amount(row, f"qty_{name}", "") for name in ("ordered", "canceled", "invoiced"))
        if not row.get("parent_item_id") and ordered > sum(settled):
            return False
    return True


def _not_tried(error: ConnectorError) -> ConnectorError:
    """What an error means for orders that were not touched any more: their outcome is known."""
    if isinstance(error, OutcomeUnknown):
        message = f"Not sent, because the shop stopped answering. {AGAIN}"
        return Retryable(message, code="not_tried", retry_after=error.retry_after)
    return error
