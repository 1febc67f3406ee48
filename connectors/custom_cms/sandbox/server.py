"""The shop: its door for the hub's status webhooks, its pushes to the hub with retries, and the controls.

Both directions are signed after Standard Webhooks (https://www.standardwebhooks.com), with the scheme's own library.
"""

import json
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from uuid import uuid4

from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from connectors.custom_cms.sandbox.shoppers import FIRST_ORDER, Json, made_up_order
from connectors.toolkit.sandbox import Reply, Request, Sandbox
from connectors.toolkit.sandbox.background import deliver

SECRET = "whsec_c2FuZGJveC1zZWNyZXQtZm9yLXRlc3RzLW9ubHk="
STATUSES = ("new", "accepted", "packed", "shipped", "delivered", "returned", "cancelled")
_AFTER_END = {"delivered": {"returned"}, "returned": set(), "cancelled": set()}
"""What may follow a status that ends the work on an order; all other moves are possible."""

_NOTES = frozenset({"order.paid", "order.number"})
PUSH_TIMEOUT_SECONDS = 10.0
RETRY_SECONDS = (0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
"""Much shorter than a real shop's, so that tests and the demo need not wait."""

_ANSWERED = range(200, 300)
_REFUSED = frozenset({400, 401, 403, 404, 409, 410, 413, 415, 422})


@dataclass(frozen=True, slots=True)
class Target:
    """Where the shop pushes: the hub's API, the connection's token and the secret that signs."""

    hub: str
    token: str
    secret: str

    def url(self, thing: str) -> str:
        base = self.hub.rstrip("/")
        return f"{base if base.endswith('/api/v1') else base + '/api/v1'}/push/{self.token}/{thing}"


@dataclass(slots=True)
class _Shop:
    secret: str
    clock: Callable[[], datetime]
    echo: bool = False
    strict: bool = False
    target: Target | None = None
    orders: dict[str, Json] = field(default_factory=dict)
    applied: dict[str, int] = field(default_factory=dict)  # webhook-id -> status that was answered
    counters: Counter[str] = field(default_factory=Counter)

    def clear(self) -> None:
        self.orders.clear()
        self.applied.clear()
        self.counters.clear()


def make(
    port: int = 0,
    *,
    secret: str = SECRET,
    echo: bool = False,
    strict: bool = False,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Sandbox:
    """A shop without orders.

    ``echo``: it pushes an order back when the hub has changed its status, as many do. ``strict``: it refuses a change
    that was made for another status than the order has (``expected_status``).
    """
    sandbox = Sandbox("custom_cms", port=port)
    shop = _Shop(secret, clock, echo, strict)
    pusher = _Pusher(sandbox, shop)
    door = _Door(sandbox, shop, pusher)
    sandbox.route("POST", "/hub-status", door.receive)
    sandbox.control("POST", "push", pusher.push_new)
    sandbox.control("POST", "shop", pusher.shop)
    sandbox.control("POST", "set_status", pusher.set_status)
    sandbox.control("GET", "orders", lambda _request: Reply(body=list(shop.orders.values())))
    sandbox.add_state(lambda: {"orders": len(shop.orders)} | {name: shop.counters[name] for name in _COUNTERS})
    sandbox.on_reset(shop.clear)
    return sandbox


_COUNTERS = (
    "pushes_sent",
    "pushes_accepted",
    "pushes_refused",
    "pushes_given_up",
    "statuses_applied",
    "statuses_repeated",
    "statuses_refused",
    "signatures_refused",
)


class _Door:
    """Receives the hub's status webhooks."""

    def __init__(self, sandbox: Sandbox, shop: _Shop, pusher: "_Pusher") -> None:
        self._sandbox = sandbox
        self._shop = shop
        self._pusher = pusher

    def receive(self, request: Request) -> Reply:
        """200 applied, repeated or a ping; 400 not readable; 401 not signed by us; 404, 409, 422 refused."""
        try:
            body = Webhook(self._shop.secret).verify(request.body, dict(request.headers))
        except (WebhookVerificationError, ValueError, IndexError):
            # The library does not foresee a signature without a comma, or a body that is not JSON or not UTF-8.
            self._shop.counters["signatures_refused"] += 1
            return Reply(401, {"error": "the signature is wrong, missing or too old"})
        message_id = request.headers["webhook-id"]
        if message_id in self._shop.applied:
            self._shop.counters["statuses_repeated"] += 1
            return Reply(self._shop.applied[message_id], {"repeated": True})
        if not isinstance(body, dict):
            return Reply(400, {"error": "a JSON object is expected"})
        if body.get("type") in {"ping", "test"}:
            return Reply(body={"pong": True})
        data = body.get("data", body)
        if not isinstance(data, dict):
            return Reply(400, {"error": "data must be a JSON object"})
        reply = self._note(body["type"], data) if body.get("type") in _NOTES else self._apply(data)
        if reply.status in _ANSWERED:
            self._shop.applied[message_id] = reply.status
        return reply

    def _apply(self, data: Json) -> Reply:
        order_id, status = str(data.get("order_id", "")), str(data.get("status", ""))
        order = self._shop.orders.get(order_id)
        fault = self._fault(order, order_id, status, str(data.get("expected_status", "")))
        if fault is not None:
            self._shop.counters["statuses_refused"] += 1
            return fault
        assert order is not None  # noqa: S101 - _fault has refused unknown orders
        is_new = order["status"] != status
        if is_new:
            order |= {"status": status, "updated_at": self._shop.clock().isoformat()}
            self._shop.counters["statuses_applied"] += 1
            self._sandbox.log_write("hub-status", order=order_id, status=status)
            if self._shop.echo:
                self._pusher.push([order])
        return Reply(body={"order_id": order_id, "status": status, "changed": is_new})

    def _note(self, kind: str, data: Json) -> Reply:
        """``order.paid`` and ``order.number``: the order is paid, or shows another number from now on."""
        order = self._shop.orders.get(str(data.get("order_id", "")))
        if order is None:
            return Reply(404, {"error": f"there is no order {data.get('order_id')}"})
        now = self._shop.clock().isoformat()
        if kind == "order.paid":
            order |= {"paid_at": data.get("paid_at") or now, "updated_at": now}
        else:
            order |= {"number": str(data.get("number", "")), "updated_at": now}
        self._sandbox.log_write(kind, order=order["id"])
        if self._shop.echo:
            self._pusher.push([order])
        return Reply(body={"order_id": order["id"]})

    def _fault(self, order: Json | None, order_id: str, status: str, expected: str) -> Reply | None:
        if order is None:
            return Reply(404, {"error": f"there is no order {order_id}"})
        if status not in STATUSES:
            return Reply(422, {"error": f"there is no status {status}", "known": list(STATUSES)})
        if self._sandbox.faults.refuses(order_id, order["number"]):
            return Reply(409, {"error": f"order {order_id} is locked"})
        has_moved_on = self._shop.strict and expected not in {"", order["status"], status}
        if has_moved_on and order["status"] != status:
            return Reply(409, {"error": f"order {order_id} is {order['status']} and no longer {expected}"})
        if order["status"] != status and status not in _AFTER_END.get(order["status"], STATUSES):
            return Reply(409, {"error": f"order {order_id} is {order['status']} and cannot become {status}"})
        return None


@dataclass(frozen=True, slots=True)
class _Message:
    """One push; a repeat keeps its id, so that the hub can tell it from a second message."""

    url: str
    secret: str
    body: str
    id: str = field(default_factory=lambda: f"msg_{uuid4().hex}")
    attempt: int = 0


class _Pusher:
    """Sends orders to the hub, and repeats what was not answered."""

    def __init__(self, sandbox: Sandbox, shop: _Shop) -> None:
        self._sandbox = sandbox
        self._shop = shop

    def push_new(self, request: Request) -> Reply:
        """``{"hub", "token", "secret"?, "orders": n, "seed"?, "batch"?}``: n made-up shoppers buy."""
        wanted = request.json()
        self._shop.target = Target(wanted["hub"], wanted["token"], wanted.get("secret") or self._shop.secret)
        orders = self._new_orders(wanted)
        size = max(1, int(wanted.get("batch", 1)))
        for start in range(0, len(orders), size):
            self.push(orders[start : start + size])
        return Reply(202, {"orders": [order["id"] for order in orders]})

    def shop(self, request: Request) -> Reply:
        """``{"orders": n, "seed"?}``: n made-up shoppers buy, and nobody is told."""
        return Reply(body={"orders": self._new_orders(request.json())})

    def _new_orders(self, wanted: Json) -> list[Json]:
        chance, first = random.Random(wanted.get("seed", 0)), FIRST_ORDER + len(self._shop.orders)
        numbers = range(first, first + int(wanted.get("orders", 1)))
        orders = [made_up_order(number, chance, self._shop.clock()) for number in numbers]
        self._shop.orders |= {order["id"]: order for order in orders}
        return orders

    def set_status(self, request: Request) -> Reply:
        """``{"order", "status"}``, or ``{"random": n, "seed"?, "statuses"?}``: the shop's staff move orders on.

        With ``only_status`` the shop pushes the bare change instead of the whole order.
        """
        wanted = request.json()
        moves = self._random_moves(wanted) if "random" in wanted else [(wanted["order"], wanted["status"])]
        for order_id, status in moves:
            if status not in STATUSES:
                message = f"there is no status {status}"
                raise ValueError(message)
            order = self._shop.orders[order_id]
            order |= {"status": status, "updated_at": self._shop.clock().isoformat()}
            if wanted.get("only_status"):
                change = {"order_id": order_id, "status": status, "changed_at": order["updated_at"]}
                self._post("status-changes", {"status_change": change})
            else:
                self.push([order])
        return Reply(body={"changed": [{"order": order_id, "status": status} for order_id, status in moves]})

    def push(self, orders: list[Json]) -> None:
        """In the background: one order as ``{"order": ...}``, several as ``{"orders": [...]}``."""
        self._post("orders", {"order": orders[0]} if len(orders) == 1 else {"orders": orders})

    def _post(self, thing: str, content: Json) -> None:
        """Nothing happens before the first ``push`` has said where the hub is."""
        if self._shop.target is not None:
            message = _Message(self._shop.target.url(thing), self._shop.target.secret, json.dumps(content))
            self._sandbox.call_later(0, partial(self._send, message))

    def _send(self, message: _Message) -> None:
        now = datetime.now(UTC)
        signature = Webhook(message.secret).sign(message.id, now, message.body)
        headers = {"Content-Type": "application/json", "webhook-id": message.id, "webhook-signature": signature}
        headers["webhook-timestamp"] = str(int(now.timestamp()))
        status = deliver(message.url, message.body.encode(), headers, PUSH_TIMEOUT_SECONDS)
        with self._sandbox.lock:
            self._note(message, status)

    def _note(self, message: _Message, status: int) -> None:
        self._shop.counters["pushes_sent"] += 1
        if status in _ANSWERED:
            self._shop.counters["pushes_accepted"] += 1
        elif status in _REFUSED:
            self._shop.counters["pushes_refused"] += 1
        elif message.attempt < len(RETRY_SECONDS):
            again = replace(message, attempt=message.attempt + 1)
            self._sandbox.call_later(RETRY_SECONDS[message.attempt], partial(self._send, again))
        else:
            self._shop.counters["pushes_given_up"] += 1

    def _random_moves(self, wanted: Json) -> list[tuple[str, str]]:
        chance = random.Random(wanted.get("seed", 0))
        every = list(self._shop.orders.values())
        moves = []
        for order in chance.sample(every, min(int(wanted["random"]), len(every))):
            possible = _AFTER_END.get(order["status"], set(wanted.get("statuses") or STATUSES)) - {order["status"]}
            if possible:
                moves.append((order["id"], chance.choice(sorted(possible))))
        return moves
