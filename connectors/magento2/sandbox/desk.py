"""The control desk of the shop: shoppers, staff, old orders, the companion's settings, and lists for checkers."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random
from typing import Any

from connectors.magento2.sandbox.auth import Guard
from connectors.magento2.sandbox.documents import invoice, is_invoiced, move
from connectors.magento2.sandbox.goods import CATEGORY
from connectors.magento2.sandbox.outbox import Outbox
from connectors.magento2.sandbox.shoppers import bought, buy
from connectors.magento2.sandbox.store import Json, Store
from connectors.toolkit.sandbox import Reply, Request, Sandbox
from connectors.toolkit.sandbox.traffic import Queue, traffic_of

NEXT_STATUS = {
    "pending": ("processing",),
    "processing": ("complete", "packed"),
    "packed": ("complete",),
    "holded": ("processing",),
}
"""How staff move an order on."""

MOVES = frozenset({"statuses", "pay", "touch"})
DAY_SECONDS = 86_400


@dataclass(slots=True)
class Desk:
    """``poison``: orders that break every page they stand on; ``most``: the largest page that the shop allows."""

    store: Store
    outbox: Outbox
    guard: Guard
    queue: Queue
    tag: str = ""
    poison: set[int] = field(default_factory=set)
    most: int = 0

    def stand_at(self, box: Sandbox) -> None:
        posts = (
            self.shop, self.change, self.delete, self.history, self.webhooks, self.held, self.ping, self.options
        )  # fmt: skip
        for handler in posts:
            box.control("POST", handler.__name__, handler)
        for handler in (self.orders, self.customers, self.status_writes, self.deliveries):
            box.control("GET", handler.__name__, handler)
        box.add_state(self.state)
        for clear in (self.queue.send_home, self.store.clear, self.outbox.clear, self._clear):
            box.on_reset(clear)

    def _clear(self) -> None:
        self.poison.clear()
        self.guard.missing.clear()
        self.guard.takes_bearer = False
        self.most = 0

    # --- shoppers and staff -------------------------------------------------------------------------------------------

    def shop(self, request: Request) -> Reply:
        """``POST shop``: with a rate (orders a second) in the background, without one at once."""
        body = _body(request)
        if "senders" in body:
            self.outbox.set({"senders": body["senders"]})
        wanted, rate = int(body.get("orders", 1)), float(body.get("rate", 0))
        traffic = traffic_of(body, tag=self.tag)
        if rate > 0:
            self.queue.send(wanted, rate, lambda: buy(self.store, traffic))
            return Reply(body={"orders": [], "placing": wanted})
        placed = [buy(self.store, traffic) for _ in range(wanted)]
        rows = [{"id": each["entity_id"], "number": each["increment_id"], "status": each["status"]} for each in placed]
        return Reply(body={"orders": rows, "placing": 0})

    def change(self, request: Request) -> Reply:
        """``POST change``: staff move orders on (``statuses``), take payments (``pay``) and edit (``touch``), of all
        orders or of ``ids``; or ``{"id" or "ids", ...columns}``: an import writes columns, the time of change too."""
        body = _body(request)
        if MOVES.isdisjoint(body):
            return self._write(body)
        chance, to = Random(body.get("seed", 1)), body.get("to")
        only = {int(each) for each in body.get("ids", ())}
        pool = [order for id, order in self.store.orders.items() if (not only or id in only) and self._is_new(id)]
        moves: list[Json] = []
        movable = [order for order in pool if to or order.get("status") in NEXT_STATUS]
        for order in _drawn(chance, movable, body.get("statuses", 0)):
            before = order.get("status")
            move(self.store, order, str(to or chance.choice(NEXT_STATUS[order["status"]])))
            moves.append({"id": order["entity_id"], "from": before, "to": order["status"]})
        payable = [each for each in pool if each["state"] in {"new", "pending_payment"} and not is_invoiced(each)]
        paid = _drawn(chance, payable, body.get("pay", 0))
        for order in paid:
            invoice(self.store, order, "staff")
        touched = _drawn(chance, pool, body.get("touch", 0))
        for order in touched:
            self._edit(order, chance)
        names = [[order["entity_id"] for order in group] for group in (paid, touched)]
        return Reply(body={"statuses": moves, "paid": names[0], "touched": names[1]})

    def _is_new(self, id: int) -> bool:
        return id not in self.store.old

    def _edit(self, order: Json, chance: Random) -> None:
        order["customer_note"] = f"Another door n.º {chance.randrange(1000)} «Ñ»"
        for assigned in order["extension_attributes"]["shipping_assignments"]:
            assigned["shipping"]["address"]["street"] = [f"New street {chance.randrange(1, 99)}"]
        self.store.save(order)

    def _write(self, wanted: Json) -> Reply:
        for number in wanted.pop("ids", None) or [wanted.pop("id")]:
            order = self.store.orders[int(number)]
            self.store.save(order)
            order |= wanted  # which may name a time of change of its own
        return Reply(body={"changed": True})

    def delete(self, request: Request) -> Reply:
        """``POST delete {"ids"}``: orders are gone for good."""
        ids = [int(each) for each in _body(request)["ids"]]
        for id in ids:
            self.store.delete(id)
        return Reply(body={"deleted": ids})

    def history(self, request: Request) -> Reply:
        """``POST history``: old orders, of which nobody is told. Once in the life of a shop."""
        if self.store.old:
            return Reply(409, {"error": "this shop has a history already; reset first"})
        body = _body(request)
        wanted, customers = int(body.get("orders", 1000)), int(body.get("customers", 100))
        guests = int(body.get("guests", max(customers // 4, 1)))
        traffic = traffic_of(body, tag=self.tag, customers=customers, guests=guests)
        end = self.store.clock() - int(body.get("days_ago", 3)) * DAY_SECONDS
        start = end - int(body.get("days", 730)) * DAY_SECONDS
        step = (end - start) / max(wanted, 1)
        ids = [bought(self.store, traffic, place, start + place * step)["entity_id"] for place in range(wanted)]
        bounds = {"from": _text(start), "until": _text(end)}
        return Reply(body={"first_id": ids[0], "last_id": ids[-1], "orders": wanted} | bounds)

    # --- the companion ------------------------------------------------------------------------------------------------

    def webhooks(self, request: Request) -> Reply:
        """``POST webhooks``: the module's settings (``address``, ``secret``) and how its sender behaves."""
        return Reply(body=self.outbox.set(_body(request)))

    def held(self, request: Request) -> Reply:
        """``POST held``: takes up to ``most`` events that the switch ``hold`` kept back, oldest first."""
        return Reply(body=self.outbox.take_held(int(_body(request).get("most", 100))))

    def ping(self, _request: Request) -> Reply:
        """``POST ping``: a test event."""
        self.outbox.ping()
        return Reply(body={"address": self.outbox.address})

    def deliveries(self, request: Request) -> Reply:
        """``GET deliveries``: every delivery, oldest first; ``?topic=`` and ``?id=`` narrow."""
        return Reply(body=self.outbox.ledger.listed(request.one("topic"), request.one("id")))

    # --- what checkers ask --------------------------------------------------------------------------------------------

    def options(self, request: Request) -> Reply:
        """``{"missing": [resources], "bearer": bool, "poison": [order ids], "max_page": n}``."""
        wanted = _body(request)
        self.guard.missing = set(wanted.get("missing", self.guard.missing))
        self.guard.takes_bearer = bool(wanted.get("bearer", self.guard.takes_bearer))
        self.poison = set(wanted.get("poison", self.poison))
        self.most = int(wanted.get("max_page", self.most))
        return Reply(body={"set": True})

    def orders(self, request: Request) -> Reply:
        """``GET orders``: what exists, in the order of ids. ``?history=1`` lists the old ones too."""
        is_all = request.one("history") == "1"
        return Reply(body=[_row(order) for id, order in self.store.orders.items() if is_all or self._is_new(id)])

    def customers(self, _request: Request) -> Reply:
        return Reply(body=list(self.store.customers.values()))

    def status_writes(self, request: Request) -> Reply:
        """``GET status_writes``: every change of a status, oldest first; ``?by=rest`` only those of API clients."""
        by = request.one("by")
        return Reply(body=[row for row in self.store.status_writes if by in {"", row["by"]}])

    def state(self) -> dict[str, Any]:
        store = self.store
        return {
            "orders": len(store.orders),
            "history_orders": len(store.old),
            "orders_by_status": dict(Counter(str(order.get("status")) for order in store.orders.values())),
            "customers": len(store.customers),
            "status_writes": dict(Counter(row["by"] for row in store.status_writes)),
            "still_shopping": self.queue.still_shopping,
            "webhooks": self.outbox.state(),
        }


def _row(order: Json) -> Json:
    """The vendor's own fields, and those that every stand-in has."""
    shared = {
        "id": order["entity_id"],
        "number": order["increment_id"],
        "status": order.get("status") or "",
        "total": f"{order['grand_total']:.2f}",
        "note": order.get("customer_note", ""),
        "modified": order["updated_at"],
        "email": order["customer_email"],
        "categories": [CATEGORY],
    }
    return {**order, **shared}


def _text(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S")


def _drawn(chance: Random, pool: Sequence[Json], wanted: Any) -> list[Json]:
    return chance.sample(pool, min(int(wanted), len(pool)))


def _body(request: Request) -> dict[str, Any]:
    body = request.json() if request.body else {}
    if not isinstance(body, Mapping):
        message = "the body must be an object"
        raise TypeError(message)
    return dict(body)
