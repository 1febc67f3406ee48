"""The order endpoints: reading, writing, batches, notes and refunds."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from connectors.toolkit.sandbox import Reply, Request
from connectors.woocommerce.sandbox.answers import (
    Answers,
    Refusal,
    encode,
    is_true,
    json_body,
    paging,
)
from connectors.woocommerce.sandbox.listing import Lister, choice, found_or_refused, wish
from connectors.woocommerce.sandbox.records import Order, Refund, decimals_of, negative, units
from connectors.woocommerce.sandbox.shop import Shop
from connectors.woocommerce.sandbox.views import Views
from connectors.woocommerce.sandbox.writes import apply_order, checked_order, lenient_status

MAX_BATCH = 100
LIST_EXTRAS = (("status[0]", "any"), ("dp", "2"), ("context", "view"))
"""Defaults that the shop writes into the links of a list."""


@dataclass(slots=True)
class OrderDesk:
    shop: Shop
    views: Views
    answers: Answers
    lister: Lister
    log: Callable[..., None]
    refuses: Callable[..., bool]
    """The fault switch: whether any of these names is refused for good."""

    def listed(self, request: Request) -> Reply:
        where = paging(request)
        orders, total = self.lister.page(wish(request, self.shop), where.offset, where.end)
        places = request.one("dp")
        decimals = int(places) if places.isdigit() else None
        items = [self.views.order(order, decimals) for order in orders]
        return self.answers.page(request, items, total, where, link_extras=LIST_EXTRAS)

    def one(self, request: Request, number: str) -> Reply:
        order = found_or_refused(self.shop.find(int(number)))
        return self.answers.one(request, self.views.order(order))

    def create(self, request: Request) -> Reply:
        order = self._created(json_body(request))
        return self.answers.created(request, self.views.order(order), f"/orders/{order.id}")

    def update(self, request: Request, number: str) -> Reply:
        order = self._updated(int(number), json_body(request))
        return self.answers.one(request, self.views.order(order))

    def delete(self, request: Request, number: str) -> Reply:
        body = json_body(request)
        force = is_true(request.one("force") or str(body.get("force", "")))
        return self.answers.one(request, self._deleted(int(number), force=force))

    def batch(self, request: Request) -> Reply:
        """Not atomic: each item succeeds or carries its own error, in the order sent."""
        body = json_body(request)
        jobs = {name: body[name] for name in ("create", "update", "delete") if isinstance(body.get(name), list)}
        if sum(len(items) for items in jobs.values()) > MAX_BATCH:
            reason = f"Unable to accept more than {MAX_BATCH} items for this request."
            raise Refusal(413, "woocommerce_rest_request_entity_too_large", reason)
        done: dict[str, Any] = {
            name: [self._batch_item(name, item) for item in items] for name, items in jobs.items() if items
        }
        # PHP writes an empty map as a list.
        return Reply(200, encode(done or []), self.answers.headers(("POST", "PUT", "PATCH")))

    def statuses(self, request: Request) -> Reply:
        items = [{"slug": slug, "name": name} for slug, name in self.shop.statuses.items()]
        return self.answers.plain_list(request, items)

    def options(self, request: Request) -> Reply:
        """``OPTIONS /orders``: the part that clients read, which is the list of statuses."""
        slugs = ["auto-draft", *self.shop.statuses]
        filters = {"default": "any", "type": "array", "items": {"type": "string", "enum": ["any", "trash", *slugs]}}
        status = {"description": "Order status.", "type": "string", "default": "pending", "enum": slugs}
        described = {
            "namespace": "wc/v3",
            "methods": ["GET", "POST"],
            "endpoints": [{"methods": ["GET"], "args": {"status": filters}}, {"methods": ["POST"], "args": {}}],
            "schema": {
                "$schema": "http://json-schema.org/draft-04/schema#",
                "title": "shop_order",
                "type": "object",
                "properties": {"status": status | {"context": ["view", "edit"]}},
            },
            "_links": {"self": self.answers.href("/orders")},
        }
        return self.answers.one(request, described, ("GET", "POST"))

    # ----------------------------------------------------------------------------------------------------- notes

    def notes(self, request: Request, number: str) -> Reply:
        order = self._for_notes(number)
        kind = choice(request, "type", ("any", "customer", "internal"), "any")
        chosen = [note for note in order.notes if kind == "any" or note.for_customer == (kind == "customer")]
        items = [self.views.note(order.id, note) for note in chosen]
        return self.answers.plain_list(request, items, ("GET", "POST"))

    def add_note(self, request: Request, number: str) -> Reply:
        self._for_notes(number)
        body = json_body(request)
        text = str(body.get("note") or "")
        if not text:
            raise Refusal(400, "rest_missing_callback_param", "Missing parameter(s): note", params=["note"])
        order = found_or_refused(self.shop.find_to_write(int(number)))
        note = self.shop.add_note(order, text, for_customer=is_true(str(body.get("customer_note", ""))))
        self.log("orders/notes", id=order.id, note=note.id)
        return self.answers.created(request, self.views.note(order.id, note), f"/orders/{order.id}/notes/{note.id}")

    def _for_notes(self, number: str) -> Order:
        order = self.shop.find(int(number))
        if order is None:
            raise Refusal(404, "woocommerce_rest_order_invalid_id", "Invalid order ID.")
        return order

    # --------------------------------------------------------------------------------------------------- refunds

    def refunds(self, request: Request, number: str) -> Reply:
        order = self._for_refund(number)
        where = paging(request)
        newest_first = order.refunds[::-1]
        items = [self.views.refund(order, refund) for refund in newest_first[where.offset : where.end]]
        return self.answers.page(request, items, len(newest_first), where)

    def all_refunds(self, request: Request) -> Reply:
        where = paging(request)
        pairs = [(order, refund) for order in self.shop.orders.values() for refund in order.refunds]
        pairs.sort(key=lambda pair: (pair[1].created, pair[1].id), reverse=True)
        chosen = pairs[where.offset : where.end]
        items = [self.views.refund(order, refund, with_parent=True) for order, refund in chosen]
        return self.answers.page(request, items, len(pairs), where, allow=("GET",))

    def add_refund(self, request: Request, number: str) -> Reply:
        order, body = self._for_refund(number), json_body(request)
        try:
            amount, lines = self._refund_lines(order, body)
        except (ValueError, TypeError, KeyError):
            raise Refusal(
                400, "woocommerce_rest_invalid_order_refund", "Refund amount must be greater than zero."
            ) from None
        if body.get("api_refund", True) and order.payment_method in {"bacs", "cod", "cheque"}:
            # Only gateways with a pay-back of their own can be asked for one.
            reason = "The payment gateway for this order does not support automatic refunds."
            raise Refusal(500, "woocommerce_rest_cannot_create_order_refund", reason, plain_data=True)
        if amount > order.total - order.refunded or amount < 0:
            raise Refusal(500, "woocommerce_rest_cannot_create_order_refund", "Invalid refund amount.", plain_data=True)
        order = found_or_refused(self.shop.find_to_write(order.id))
        refund = self.shop.refund(order, amount, str(body.get("reason") or ""), lines)
        self.log("orders/refunds", id=order.id, refund=refund.id, amount=amount)
        # The shop leaves the pattern of the route in this header (seen on a live shop).
        path = f"/orders/(?P<order_id>[\\d]+)/refunds/{refund.id}"
        return self.answers.created(request, self.views.refund(order, refund), path)

    def _refund_lines(self, order: Order, body: dict[str, Any]) -> tuple[int, Any]:
        unit = decimals_of(order.currency)
        by_id = {line.id: line for line in order.items}
        lines = []
        for sent in body.get("line_items") or []:
            tax = sum(units(part.get("refund_total", 0), unit) for part in sent.get("refund_tax") or [])
            net, quantity = units(sent.get("refund_total", 0), unit), int(sent.get("quantity") or 0)
            lines.append(negative(by_id[int(sent["id"])], self.shop.next_id(), quantity, net, tax))
        worth = -sum(line.total + line.total_tax for line in lines)
        amount = units(body["amount"], unit) if body.get("amount") is not None else worth
        return amount, tuple(lines)

    def _for_refund(self, number: str) -> Order:
        order = self.shop.find(int(number))
        if order is None:
            raise Refusal(404, "woocommerce_rest_invalid_order_id", "Invalid order ID.")
        return order

    def refund_of(self, number: str, refund_id: str) -> Refund:
        wanted = int(refund_id)
        refund = next((one for one in self._for_refund(number).refunds if one.id == wanted), None)
        if refund is None:
            raise Refusal(404, "woocommerce_rest_invalid_order_refund_id", "Invalid order refund ID.")
        return refund

    def one_refund(self, request: Request, number: str, refund: str) -> Reply:
        found = self.refund_of(number, refund)
        return self.answers.one(request, self.views.refund(self._for_refund(number), found), ("GET", "DELETE"))

    # ---------------------------------------------------------------------------------------------------- writes

    def _created(self, body: dict[str, Any]) -> Order:
        if body.get("id"):
            raise Refusal(400, "woocommerce_rest_shop_order_exists", "Cannot create existing shop_order.")
        checked_order(self.shop, body)
        order = self.shop.new_order(str(body.get("created_via") or "rest-api"))
        apply_order(self.shop, order, body, is_new=True)
        self.shop.save_new(order)
        self.log("orders", id=order.id, total=order.total)
        return order

    def _updated(self, number: int, body: dict[str, Any]) -> Order:
        found = found_or_refused(self.shop.find(number), status=400)
        if self.refuses(str(found.id), found.number):
            # As a plugin does that hooks into saving: WC_Data_Exception becomes an error with the plugin's own code.
            raise Refusal(400, "order_locked", "This order is closed by accounting.")
        checked_order(self.shop, body)
        order = found_or_refused(self.shop.find_to_write(number), status=400)
        apply_order(self.shop, order, body, is_new=False)
        self.shop.save(order)
        self.log("orders/id", id=order.id, fields=sorted(body), status=order.status)
        return order

    def _deleted(self, number: int, *, force: bool) -> dict[str, Any]:
        """The answer shows the order as it was before."""
        found = found_or_refused(self.shop.find(number))
        if found.trashed and not force:
            raise Refusal(410, "woocommerce_rest_already_trashed", "The shop_order has already been deleted.")
        order = found_or_refused(self.shop.find_to_write(number))
        if not force:
            self.shop.touched(order)
        shown = self.views.order(order)
        if force:
            self.shop.delete(order)
        else:
            self.shop.trash(order)
        self.log("orders/delete", id=order.id, force=force)
        return shown

    def _batch_item(self, job: str, item: Any) -> dict[str, Any]:
        number = item if job == "delete" else item.get("id") if isinstance(item, dict) else None
        if job != "delete" and item.get("status"):
            item = item | {"status": lenient_status(self.shop, str(item["status"]))}
        try:
            match job:
                case "create":
                    return self.views.order(self._created(item))
                case "update":
                    return self.views.order(self._updated(int(number or 0), item))
            return self._deleted(int(number or 0), force=True)
        except Refusal as refusal:
            return {"id": number or 0, "error": refusal.body}
