"""The control desk of the shop: shoppers, staff, old orders, and lists for checkers."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from random import Random
from typing import Any

from connectors.toolkit.sandbox import Reply, Request
from connectors.toolkit.sandbox.traffic import GUESTS_FROM, Queue, Traffic, traffic_of
from connectors.woocommerce.sandbox.auth import Authentication
from connectors.woocommerce.sandbox.deliveries import Dispatcher
from connectors.woocommerce.sandbox.history import SETTLED_SECONDS, History, untaken
from connectors.woocommerce.sandbox.records import Order, gmt_text, money
from connectors.woocommerce.sandbox.shop import Shop
from connectors.woocommerce.sandbox.shoppers import CUSTOM_STATUS

NEXT_STATUS = {
    "pending": ("processing",),
    "on-hold": ("processing",),
    "processing": ("completed", CUSTOM_STATUS),
    CUSTOM_STATUS: ("completed",),
    "failed": ("cancelled",),
}
"""How staff move an order on."""

DAY_SECONDS = 86_400


@dataclass(slots=True)
class Controls:
    shop: Shop
    dispatcher: Dispatcher
    authentication: Authentication
    queue: Queue

    def go_shopping(self, request: Request) -> Reply:
        """``POST shop``: with a rate (orders a second) in the background, without one at once."""
        body = _body(request)
        if "senders" in body:
            self.dispatcher.set({"senders": body["senders"]})
        wanted, rate = int(body.get("orders", 1)), float(body.get("rate", 0))
        traffic = traffic_of(body, tag=self.shop.settings.tag)
        if rate > 0:
            self.queue.send(wanted, rate, lambda: self.shop.shop_one(traffic))
            return Reply(body={"orders": [], "placing": wanted})
        orders = [self.shop.shop_one(traffic) for _ in range(wanted)]
        rows = [
            {"id": order.id, "number": order.number, "kind": order.kind, "status": order.status} for order in orders
        ]
        return Reply(body={"orders": rows, "placing": 0})

    def change(self, request: Request) -> Reply:
        """``POST change``: staff move orders on (``statuses``), take payments (``pay``) and edit (``touch``)."""
        body = _body(request)
        random = Random(body.get("seed", 1))
        only = set(body.get("ids", ()))
        pool = [order for order in self.shop.orders.values() if not order.trashed and (not only or order.id in only)]
        to = body.get("to")
        moves: list[dict[str, Any]] = []
        for order in _drawn(random, [one for one in pool if to or one.status in NEXT_STATUS], body.get("statuses", 0)):
            before = order.status
            self.shop.set_status(order, to or random.choice(NEXT_STATUS[before]), "staff")
            self.shop.save(order)
            moves.append({"id": order.id, "from": before, "to": order.status})
        payable = [one for one in pool if one.paid is None and one.status in {"pending", "on-hold", "failed"}]
        paid = _drawn(random, payable, body.get("pay", 0))
        for order in paid:
            self.shop.pay(order, "staff")
            self.shop.save(order)
        touched = _drawn(random, pool, body.get("touch", 0))
        for order in touched:
            order.customer_note = f"Cambio de dirección n.º {random.randrange(1000)}"
            order.shipping = order.shipping | {"address_1": f"Calle Nueva {random.randrange(1, 99)}"}
            self.shop.save(order)
        names = [order.id for order in paid], [order.id for order in touched]
        return Reply(body={"statuses": moves, "paid": names[0], "touched": names[1]})

    def add_history(self, request: Request) -> Reply:
        """``POST history``: old orders that fire no webhooks and take no memory. Once in the life of a shop."""
        if self.shop.history is not None:
            return Reply(409, {"error": "this shop has a history already; reset first"})
        body, shop = _body(request), self.shop
        wanted, customers = int(body.get("orders", 1000)), int(body.get("customers", 100))
        share = float(body.get("guest_share", 0.35))
        traffic = Traffic(
            seed=int(body.get("seed", 1)),
            customers=customers,
            guests=int(body.get("guests", max(customers // 4, 1))),
            guest_share=share,
            everyone_has_email=bool(body.get("everyone_has_email", False)),
            tag=str(body.get("tag", shop.settings.tag)),
        )
        end = shop.now() - int(body.get("days_ago", 3)) * DAY_SECONDS - SETTLED_SECONDS
        start = end - int(body.get("days", 730)) * DAY_SECONDS
        quiet, shop.emit = shop.emit, lambda _resource, _event, _id: None
        for number in range(customers):
            shop.account(number, traffic.tag)
        shop.emit = quiet
        first = shop.next_order_id
        shop.next_order_id += wanted
        shop.history = History(
            first, wanted, start, end, traffic, shop.goods, shop.settings.currency, lambda who: _account(shop, who)
        )
        shop.version += 1
        bounds = {"from": gmt_text(start), "until": gmt_text(end)}
        return Reply(body={"first_id": first, "last_id": first + wanted - 1, "orders": wanted} | bounds)

    def orders(self, request: Request) -> Reply:
        """``GET orders``: what exists. ``?history=1`` lists the old ones too, without totals (those take a while)."""
        rows = [self._row(order) for order in self.shop.orders.values()]
        history = self.shop.history
        if history and request.one("history") == "1":
            rows += [
                {
                    "id": history.first_id + place,
                    "number": str(history.first_id + place),
                    "status": history.status(place),
                    "total": None,
                    "modified": gmt_text(history.modified(place)),
                }
                for place in untaken(history)
            ]
        return Reply(body=sorted(rows, key=lambda row: row["id"]))

    def _row(self, order: Order) -> dict[str, Any]:
        return {
            "id": order.id,
            "number": order.number,
            "status": order.shown_status,
            "total": money(order.total, self.shop.decimals),
            "modified": gmt_text(order.modified),
            "kind": order.kind,
            "created_via": order.created_via,
            "email": order.billing["email"],
            "refunded": money(order.refunded, self.shop.decimals),
            "note": order.customer_note,
            "categories": sorted(
                {
                    self.shop.goods[line.product_id].category[0]
                    for line in order.items
                    if line.product_id in self.shop.goods
                }
            ),
        }

    def status_writes(self, request: Request) -> Reply:
        """``GET status_writes``: every change of a status, oldest first; ``?by=rest`` only those of API clients."""
        by = request.one("by")
        writes = [asdict(write) for write in self.shop.status_writes if not by or write.by == by]
        return Reply(
            body=[
                {"order_id": one.pop("order_id"), "from": one.pop("before"), "to": one.pop("after"), **one}
                for one in writes
            ]
        )

    def deliveries(self, request: Request) -> Reply:
        """``GET deliveries``: every delivery, oldest first; ``?topic=`` and ``?id=`` narrow."""
        return Reply(body=self.dispatcher.ledger.listed(request.one("topic"), request.one("id")))

    def webhooks(self, request: Request) -> Reply:
        """``POST webhooks``: how deliveries behave."""
        return Reply(body=self.dispatcher.set(_body(request)))

    def held(self, request: Request) -> Reply:
        """``POST held``: takes up to ``most`` deliveries that the switch ``hold`` kept back, oldest first."""
        return Reply(body=self.dispatcher.take_held(int(_body(request).get("most", 100))))

    def site(self, request: Request) -> Reply:
        """``POST site``: ``https_seen`` and ``header_dropped`` of a running shop."""
        body, authentication = _body(request), self.authentication
        authentication.https_seen = bool(body.get("https_seen", authentication.https_seen))
        authentication.header_dropped = bool(body.get("header_dropped", authentication.header_dropped))
        return Reply(body={"https_seen": authentication.https_seen, "header_dropped": authentication.header_dropped})


def _account(shop: Shop, who: int) -> int:
    return 0 if who >= GUESTS_FROM else shop.accounts.get(who, 0)


def _drawn(random: Random, pool: Sequence[Order], wanted: Any) -> list[Order]:
    return random.sample(pool, min(int(wanted), len(pool)))


def _body(request: Request) -> dict[str, Any]:
    body = request.json() if request.body else {}
    if not isinstance(body, dict):
        message = "the body must be an object"
        raise TypeError(message)
    return body


def summary(shop: Shop) -> dict[str, Any]:
    """Counts for an independent checker."""
    waiting = shop.history.count - len(shop.history.taken) if shop.history else 0
    return {
        "orders": len(shop.orders) + waiting,
        "history_orders": waiting,
        "orders_by_status": dict(Counter(order.shown_status for order in shop.orders.values())),
        "customers": len(shop.customers),
        "refunds": sum(len(order.refunds) for order in shop.orders.values()),
        "status_writes": dict(Counter(write.by for write in shop.status_writes)),
        "counts": dict(shop.counts),
    }
