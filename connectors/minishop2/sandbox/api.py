"""``api.php``: the hub's commands. One address, POST only; every command may be repeated."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from connectors.minishop2.sandbox.catalog import CATEGORIES
from connectors.minishop2.sandbox.outbox import Outbox
from connectors.minishop2.sandbox.shop import PAID, Json, Order, RefusedError, Shop
from connectors.minishop2.sandbox.signing import refusal
from connectors.minishop2.sandbox.views import customer_view, dictionaries, is_draft, moment, order_view, product_view
from connectors.toolkit.sandbox import Reply, Request, Sandbox

MAX_BODY_BYTES = 1_000_000
MAX_IDS = 100
REPLAY = timedelta(minutes=10)
"""How long a call that was taken cannot be played again."""

MAX_NUMBER = 20
"""``num`` is a varchar(20)."""


class FaultError(Exception):
    """An answer that is no success."""

    def __init__(self, http: int, code: str, message: str, **more: Any) -> None:
        super().__init__(message)
        self.reply = Reply(http, {"ok": False, "error": {"code": code, "message": message, **more}})


@dataclass(slots=True)
class Api:
    sandbox: Sandbox
    shop: Shop
    outbox: Outbox
    taken: dict[str, datetime] = field(default_factory=dict)
    """By ``webhook-id``: when it was taken."""

    def receive(self, request: Request) -> Reply:
        try:
            self._genuine(request)
            body = _object(request.body)
            answer = self._command(str(body.get("action", "")))(body)
            return Reply(body={"ok": True, "time": moment(self.shop.now()), **answer})
        except FaultError as fault:
            return fault.reply

    def wrong_method(self, _request: Request) -> Reply:
        return FaultError(405, "method", "POST only").reply

    def _genuine(self, request: Request) -> None:
        if len(request.body) > MAX_BODY_BYTES:
            raise FaultError(413, "too_large", "At most 1 MB")
        now = self.shop.now()
        reason = refusal(self.outbox.secrets, request.headers, request.body, now.timestamp())
        if reason == "clock":
            raise FaultError(401, "clock", f"The call is too far from the shop's time, {moment(now)}", time=moment(now))
        if reason:
            raise FaultError(401, "bad_signature", "The signature is wrong")
        id = request.headers["webhook-id"]
        if now - self.taken.get(id, now - REPLAY) < REPLAY:
            raise FaultError(425, "replay", "This webhook-id was taken before")
        self.taken[id] = now

    def _command(self, action: str) -> Callable[[Json], Json]:
        command = self._commands().get(action)
        if command is None or action in self.shop.left_out:
            raise FaultError(404, "unknown_action", "This plug-in does not know that command")
        return command

    def _commands(self) -> dict[str, Callable[[Json], Json]]:
        return {
            "ping": self._ping,
            "dictionaries": lambda _body: dictionaries(),
            "order.get": self._orders,
            "order.list": self._list_orders,
            "order.set_status": self._set_status,
            "order.set_paid": lambda body: self._set_status({**body, "status": PAID, "is_paid": True}),
            "order.set_number": self._set_number,
            "customer.get": lambda body: {"customers": self._named(body, self.shop.customers, customer_view)},
            "customer.list": lambda body: self._page(body, "customers", self.shop.customers.values(), customer_view),
            "product.get": lambda body: {"products": self._named(body, self._goods(), product_view)},
            "product.list": lambda body: self._page(body, "products", self._goods().values(), product_view),
            "category.list": lambda _body: {
                "categories": [{"id": id, "parent_id": up, "name": name, "active": True} for id, up, name in CATEGORIES]
            },
            "outbox.retry": lambda body: {"retried": self.outbox.retry([str(uid) for uid in body.get("ids") or ()])},
        }

    def _ping(self, _body: Json) -> Json:
        shop = self.shop
        warnings = []
        if shop.engine == "minishop2" and shop.engine_version.startswith("4.4.1"):
            text = "miniShop2 4.4.1 may leave new orders without a status. Update it."
            warnings.append({"code": "minishop2_4_4_1", "message": text})
        return {
            "protocol": shop.protocol,
            "engine": shop.engine,
            "engine_version": shop.engine_version,
            "modx_version": "2.8.6-pl",
            "php_version": "8.1.2",
            "plugin": shop.plugin,
            "timezone": "Europe/Moscow",
            "currency": shop.currency,
            "weight_unit": "kg",
            "outbox": self.outbox.summary(),
            "actions": [name for name in self._commands() if name not in shop.left_out],
            "warnings": warnings,
        }

    # --- orders -------------------------------------------------------------------------------------------------------

    def _orders(self, body: Json) -> Json:
        placed = {id: order for id, order in self.shop.orders.items() if not is_draft(order)}
        if "numbers" in body:
            numbers = {str(number) for number in _bounded(body["numbers"])}
            return {"orders": [order_view(self.shop, one) for one in placed.values() if one.number in numbers]}
        return {"orders": self._named(body, placed, order_view)}

    def _list_orders(self, body: Json) -> Json:
        placed = [order for order in self.shop.orders.values() if not is_draft(order)]
        page = self._page(body, "orders", placed, order_view)
        bounds = [_time(body, name) for name in ("created_from", "created_to", "updated_since")]
        if not any(bounds):
            page["total"] = len(placed)
        return page

    def _set_status(self, body: Json) -> Json:
        change_id = _text(body, "change_id")
        if change_id in self.shop.results:
            return self.shop.results[change_id]
        order = self._order(body)
        status = body.get("status")
        if not isinstance(status, int) or isinstance(status, bool):
            raise FaultError(400, "bad_request", "status must be the id of a status")
        if body.get("is_paid") and order.paid is not None:
            return self._stored(change_id, "unchanged", order)
        if order.status == status:
            return self._stored(change_id, "unchanged", order)
        expected = body.get("expected_status")
        if expected is not None and expected != order.status:
            raise FaultError(409, "conflict", "The order is in another status", status=_status(self.shop, order))
        if self.sandbox.faults.refuses(str(order.id), order.number):
            raise FaultError(422, "refused", "The order is locked")
        try:
            self.shop.change_status(order, status, "api")
        except RefusedError as refused:
            raise FaultError(422, refused.code, str(refused)) from None
        self.sandbox.log_write("order.set_status", order=order.id, status=status, silent=body.get("silent") is True)
        self.outbox.note("order.status", "order", order.id, order_view(self.shop, order), change_id)
        return self._stored(change_id, "changed", order)

    def _set_number(self, body: Json) -> Json:
        order, number = self._order(body), _text(body, "number")
        if self.sandbox.faults.refuses(str(order.id), order.number):
            raise FaultError(422, "refused", "The order is locked")
        is_new = order.properties.get("crm_number") != number or (
            body.get("rewrite") is True and order.number != number
        )
        if body.get("rewrite") is True:
            if len(number) > MAX_NUMBER:
                raise FaultError(422, "refused", f"A number has at most {MAX_NUMBER} characters")
            order.number = number
        order.properties = order.properties | {"crm_number": number}
        self.sandbox.log_write("order.set_number", order=order.id, number=number)
        return {"result": "changed" if is_new else "unchanged"}

    def _stored(self, change_id: str, result: str, order: Order) -> Json:
        self.shop.results[change_id] = {"result": result, "status": _status(self.shop, order)}
        return self.shop.results[change_id]

    def _order(self, body: Json) -> Order:
        order = self.shop.orders.get(_number(body.get("id")))
        if order is None or is_draft(order):
            raise FaultError(404, "not_found", "There is no such order")
        return order

    # --- lists --------------------------------------------------------------------------------------------------------

    def _goods(self) -> Any:
        return {id: product for id, product in self.shop.goods.items() if not product.is_deleted}

    def _named(self, body: Json, rows: Any, view: Callable[[Shop, Any], Json]) -> list[Json]:
        ids = [_number(id) for id in _bounded(body.get("ids"))]
        return [view(self.shop, rows[id]) for id in dict.fromkeys(ids) if id in rows]

    def _page(self, body: Json, name: str, rows: Iterable[Any], view: Callable[[Shop, Any], Json]) -> Json:
        after, limit = _number(body.get("after_id", 0)), min(max(_number(body.get("limit", MAX_IDS)), 1), MAX_IDS)
        since, until = _time(body, "created_from"), _time(body, "created_to")
        changed = _time(body, "updated_since")
        found = sorted((row for row in rows if row.id > after), key=lambda row: row.id)
        found = [row for row in found if _is_between(row, since, until, changed)]
        page = found[:limit]
        return {
            name: [view(self.shop, row) for row in page],
            "next_after_id": page[-1].id if len(found) > limit else None,
        }


def _is_between(row: Any, since: datetime | None, until: datetime | None, changed: datetime | None) -> bool:
    """Only orders and customers have times here; goods are as old as the shop."""
    created = getattr(row, "created", None)
    if created is None:
        return True
    newest = getattr(row, "changed", created).replace(microsecond=0)
    created = created.replace(microsecond=0)
    return (
        (since is None or created >= since)
        and (until is None or created < until)
        and (changed is None or newest >= changed)
    )


def _status(shop: Shop, order: Order) -> Json:
    view: Json = order_view(shop, order)["status"]
    return view


def _object(body: bytes) -> Json:
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        raise FaultError(400, "bad_request", "The body is not JSON") from None
    if not isinstance(value, dict):
        raise FaultError(400, "bad_request", "A JSON object is expected")
    return value


def _bounded(value: Any) -> list[Any]:
    if not isinstance(value, list) or len(value) > MAX_IDS:
        raise FaultError(400, "bad_request", f"A list of at most {MAX_IDS} is expected")
    return value


def _number(value: Any) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, str) and value.isdigit():
        return int(value)
    raise FaultError(400, "bad_request", "A whole number is expected")


def _text(body: Json, key: str) -> str:
    value = body.get(key)
    if not isinstance(value, str) or not value:
        raise FaultError(400, "bad_request", f"{key} is missing")
    return value


def _time(body: Json, key: str) -> datetime | None:
    if not body.get(key):
        return None
    try:
        found = datetime.fromisoformat(str(body[key]))
    except ValueError:
        raise FaultError(400, "bad_request", f"{key} is no time") from None
    if found.tzinfo is None:
        raise FaultError(400, "bad_request", f"{key} has no offset")
    return found
