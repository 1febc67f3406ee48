"""What moves an order: comments, invoice, shipment, cancel, hold, credit memo (Magento_Sales)."""

from collections.abc import Callable
from dataclasses import dataclass

from connectors.magento2.sandbox.auth import bare, refusal
from connectors.magento2.sandbox.documents import invoice, is_invoiced, is_shipped, refund, ship
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
            reply = act(order, request.json() if request.body else {})
            if reply.status == 200 and reply.body is not False:
                self.log(name, order=str(order["entity_id"]), status=order.get("status"))
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
            self.store.set_status(order, order["state"], status, "rest")
        return Reply(body=True)

    @property
    def _is_strict(self) -> bool:
        return tuple(int(part) for part in self.version.split(".")) >= (2, 4, 7)

    def _fits(self, order: Json, status: str) -> bool:
        return any(code == status and state == order["state"] for code, _label, state, _default in STATUSES)

    def _cancel(self, order: Json, _body: Json) -> Reply:
        if order["state"] not in {"new", "pending_payment"}:
            return Reply(body=False)
        self.store.set_status(order, "canceled", "canceled", "rest")
        return Reply(body=True)

    def _hold(self, order: Json, _body: Json) -> Reply:
        if order["state"] in {"holded", "canceled", "complete", "closed"}:
            return refusal(400, "A hold action is not available.")
        order["hold_before_state"], order["hold_before_status"] = order["state"], order.get("status", order["state"])
        self.store.set_status(order, "holded", "holded", "rest")
        return Reply(body=True)

    def _unhold(self, order: Json, _body: Json) -> Reply:
        if order["state"] != "holded":
            return refusal(400, "You cannot remove the hold.")
        self.store.set_status(order, order.pop("hold_before_state"), order.pop("hold_before_status"), "rest")
        return Reply(body=True)

    def _invoice(self, order: Json, _body: Json) -> Reply:
        if order["state"] in {"holded", "canceled", "closed"} or is_invoiced(order):
            said = "The order does not allow an invoice to be created."
            return refusal(400, f"Invoice Document Validation Error(s):\n{said}")
        return bare(invoice(self.store, order, "rest"))

    def _ship(self, order: Json, _body: Json) -> Reply:
        if order["state"] in {"holded", "canceled", "closed"} or is_shipped(order):
            said = "The order does not allow a shipment to be created."
            return refusal(400, f"Shipment Document Validation Error(s):\n{said}")
        return bare(ship(self.store, order, "rest"))

    def _refund(self, order: Json, _body: Json) -> Reply:
        if not order.get("total_paid") or order["state"] == "closed":
            said = "The order does not allow a creditmemo to be created."
            return refusal(400, f"Creditmemo Document Validation Error(s):\n{said}")
        return bare(refund(self.store, order, "rest"))
