"""What moves an order: comments, invoice, shipment, cancel, hold, credit memo (Magento_Sales)."""

from collections.abc import Callable
from dataclasses import dataclass

from connectors.magento2.sandbox.auth import bare, refusal
from connectors.magento2.sandbox.store import STATUSES, Json, Store
from connectors.toolkit.sandbox import Reply, Request

NO_ENTITY = "The entity that was requested doesn't exist. Verify the entity and try again."


@dataclass(slots=True)
class Actions:
    """``version`` decides what a comment may do to the status."""

    store: Store
    version: str
    refuses: Callable[..., bool]
    log: Callable[..., None]

    def of(self, name: str) -> Callable[..., Reply]:
        """The handler of an action; ``faults.refuse`` names orders by id."""
        act: Callable[[Json, Json], Reply] = getattr(self, f"_{name}")

        def handle(request: Request, number: str) -> Reply:
            order = self.store.orders.get(int(number))
            if order is None:
                return refusal(404, NO_ENTITY)
            if self.refuses(number, order["increment_id"]):
                return refusal(400, "The order is refused by the stand-in, as it was told to.")
            before = order.get("status")
            reply = act(order, request.json() if request.body else {})
            if reply.status == 200 and reply.body is not False:
                self.log(name, order=str(order["entity_id"]), status=order.get("status"))
                if order.get("status") != before:
                    self.store.status_writes.append(
                        {"id": order["entity_id"], "from": before, "to": order.get("status")}
                    )
            return reply

        return handle

    def _comment(self, order: Json, body: Json) -> Reply:
        history = body.get("statusHistory") or {}
        for name in ("comment", "is_customer_notified", "is_visible_on_front", "parent_id"):
            if name not in history:
                return refusal(400, '"%fieldName" is required. Enter and try again.', {"fieldName": name})
        status = history.get("status")
        if self._is_strict and status is not None and not self._fits(order, status):
            message = 'Unable to add comment: The status "%1" is not part of the order status history.'
            return refusal(400, message, [status])
        order["status_histories"].append(history)
        if not self._is_strict or status is not None:
            # Before 2.4.7 a comment without a status leaves the order without one (magento2#34180).
            self.store.set_status(order, order["state"], status)
        return Reply(body=True)

    @property
    def _is_strict(self) -> bool:
        return tuple(int(part) for part in self.version.split(".")) >= (2, 4, 7)

    def _fits(self, order: Json, status: str) -> bool:
        return any(code == status and state == order["state"] for code, _label, state, _default in STATUSES)

    def _cancel(self, order: Json, _body: Json) -> Reply:
        if order["state"] not in {"new", "pending_payment"}:
            return Reply(body=False)
        self.store.set_status(order, "canceled", "canceled")
        return Reply(body=True)

    def _hold(self, order: Json, _body: Json) -> Reply:
        if order["state"] in {"holded", "canceled", "complete", "closed"}:
            return refusal(400, "A hold action is not available.")
        order["hold_before_state"], order["hold_before_status"] = order["state"], order.get("status", order["state"])
        self.store.set_status(order, "holded", "holded")
        return Reply(body=True)

    def _unhold(self, order: Json, _body: Json) -> Reply:
        if order["state"] != "holded":
            return refusal(400, "You cannot remove the hold.")
        self.store.set_status(order, order.pop("hold_before_state"), order.pop("hold_before_status"))
        return Reply(body=True)

    def _invoice(self, order: Json, _body: Json) -> Reply:
        lines = [row for row in order["items"] if "parent_item_id" not in row]
        if order["state"] in {"holded", "canceled", "closed"} or all(r["qty_invoiced"] for r in lines):
            said = "The order does not allow an invoice to be created."
            return refusal(400, f"Invoice Document Validation Error(s):\n{said}")
        for row in lines:
            row["qty_invoiced"] = row["qty_ordered"]
        order["total_due"], order["total_paid"] = 0, order["grand_total"]
        self._settle(order)
        return self._document()

    def _ship(self, order: Json, _body: Json) -> Reply:
        lines = [row for row in order["items"] if "parent_item_id" not in row]
        if order["state"] in {"holded", "canceled", "closed"} or all(r["qty_shipped"] for r in lines):
            said = "The order does not allow a shipment to be created."
            return refusal(400, f"Shipment Document Validation Error(s):\n{said}")
        for row in lines:
            row["qty_shipped"] = row["qty_ordered"]
        self._settle(order)
        return self._document()

    def _refund(self, order: Json, _body: Json) -> Reply:
        if not order.get("total_paid") or order["state"] == "closed":
            said = "The order does not allow a creditmemo to be created."
            return refusal(400, f"Creditmemo Document Validation Error(s):\n{said}")
        order["total_refunded"] = order["grand_total"]
        self.store.set_status(order, "closed", "closed")
        return self._document()

    def _settle(self, order: Json) -> None:
        """Invoiced and shipped is complete, either alone is processing."""
        lines = [row for row in order["items"] if "parent_item_id" not in row]
        is_done = all(row["qty_invoiced"] and row["qty_shipped"] for row in lines)
        state = "complete" if is_done else "processing"
        if state != order["state"]:
            self.store.set_status(order, state, state)
        self.store.touch(order)

    def _document(self) -> Reply:
        """Ids of documents come as text."""
        self.store.documents += 1
        return bare(str(self.store.documents))
