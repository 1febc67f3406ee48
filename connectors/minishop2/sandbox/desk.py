"""The control desk: shoppers, staff of the shop, the plug-in's settings, and lists for checkers."""

import base64
from dataclasses import dataclass, fields
from datetime import timedelta
from random import Random
from typing import Any

from connectors.minishop2.sandbox.outbox import Outbox, payload_of_removed
from connectors.minishop2.sandbox.shop import CANCELLED, DRAFT, NEW, PAID, SENT, STATUSES, Json, Order, Shop
from connectors.minishop2.sandbox.shoppers import Traffic, place_order
from connectors.minishop2.sandbox.views import customer_view, is_draft, order_view, product_view
from connectors.toolkit.sandbox import Reply, Request, Sandbox

NEXT = {NEW: (PAID, 6), 6: (SENT,), PAID: (SENT,)}
"""How staff move an order on."""


@dataclass(slots=True)
class Desk:
    sandbox: Sandbox
    shop: Shop
    outbox: Outbox
    still_shopping: int = 0
    round: int = 0
    """Goes up with each reset: shoppers of an earlier round go home."""

    def hub(self, request: Request) -> Reply:
        """``POST hub {"address"}``: the plug-in's ``hub_url``; a ping goes there, and what waits is sent."""
        self.outbox.hub_url = str(request.json()["address"])
        due = self.outbox.wake()
        self.outbox.note("ping", "ping", 0, None)
        return Reply(body={"due": due})

    def sleep(self, request: Request) -> Reply:
        """``POST sleep {"asleep": true}``: events are noted and not sent, until it is false again."""
        self.outbox.is_asleep = bool(request.json().get("asleep", True))
        return Reply(body={"due": 0 if self.outbox.is_asleep else self.outbox.wake()})

    def plugin(self, request: Request) -> Reply:
        """``POST plugin``: any of engine, engine_version, plugin, protocol, left_out, clock_offset_seconds, currency,
        secrets."""
        wanted = request.json()
        for name in ("engine", "engine_version", "plugin", "protocol", "currency"):
            if name in wanted:
                setattr(self.shop, name, wanted[name])
        self.shop.left_out = tuple(wanted.get("left_out", self.shop.left_out))
        if "clock_offset_seconds" in wanted:
            self.shop.clock_offset = timedelta(seconds=wanted["clock_offset_seconds"])
        if "secrets" in wanted:
            for secret in wanted["secrets"]:
                base64.b64decode(str(secret).removeprefix("whsec_"), validate=True)
            self.outbox.secrets = [str(secret) for secret in wanted["secrets"]]
        return Reply(body={"secrets": len(self.outbox.secrets)})

    # --- shoppers -----------------------------------------------------------------------------------------------------

    def go_shopping(self, request: Request) -> Reply:
        """``POST shop``: with a rate (orders a second) in the background, without one at once."""
        wanted = request.json()
        known = {one.name for one in fields(Traffic)}
        traffic = Traffic(**{name: value for name, value in wanted.items() if name in known})
        count, rate = int(wanted.get("orders", 1)), float(wanted.get("rate", 0))
        if rate > 0:
            self.still_shopping += count
            this_round = self.round
            for place in range(count):
                self.sandbox.call_later(place / rate, lambda: self._one_more(traffic, this_round))
            return Reply(body={"orders": [], "placing": count})
        rows = [_row(self._buy(traffic)) for _ in range(count)]
        return Reply(body={"orders": rows, "placing": 0})

    def _one_more(self, traffic: Traffic, this_round: int) -> None:
        with self.sandbox.lock:
            if self.round == this_round:
                self._buy(traffic)
                self.still_shopping -= 1

    def _buy(self, traffic: Traffic) -> Order:
        known = set(self.shop.customers)
        order = place_order(self.shop, traffic)
        for id in set(self.shop.customers) - known:
            self.outbox.note("customer.saved", "customer", id, customer_view(self.shop, self.shop.customers[id]))
        self._tell("order.created", order)
        return order

    def send_home(self) -> None:
        self.round += 1
        self.still_shopping = 0

    def lead(self, request: Request) -> Reply:
        """``POST lead``: a form is sent; the body is the lead's fields."""
        wanted = {"id": f"lead-{len(self.outbox.rows)}", "created_at": self.shop.now().isoformat(), **request.json()}
        self.outbox.note("lead.created", "lead", wanted["id"], wanted)
        return Reply(body=wanted)

    # --- staff --------------------------------------------------------------------------------------------------------

    def set_status(self, request: Request) -> Reply:
        """``POST set_status {"order", "status"}``: a manager of the shop, under the shop's own rules."""
        wanted = request.json()
        order = self.shop.orders[int(wanted["order"])]
        self.shop.change_status(order, int(wanted["status"]), "staff")
        self._tell("order.status", order)
        return Reply(body=_row(order))

    def change(self, request: Request) -> Reply:
        """``POST change``: staff move orders on (``statuses``), take payments (``pay``) and edit (``touch``)."""
        wanted = request.json()
        chance = Random(wanted.get("seed", 1))
        pool = [order for order in self.shop.orders.values() if not is_draft(order)]
        moved = _drawn(chance, [order for order in pool if order.status in NEXT], wanted.get("statuses", 0))
        for order in moved:
            self.shop.change_status(order, chance.choice(NEXT[order.status]), "staff")
            self._tell("order.status", order)
        paid = _drawn(chance, [order for order in pool if order.status == NEW], wanted.get("pay", 0))
        for order in paid:
            self.shop.change_status(order, PAID, "staff")
            self._tell("order.status", order)
        touched = _drawn(chance, pool, wanted.get("touch", 0))
        for order in touched:
            order.address = order.address | {"building": str(chance.randrange(1, 99)), "comment": "The other door"}
            order.updated = self.shop.now()
            self._tell("order.updated", order)
        names = [[order.id for order in group] for group in (moved, paid, touched)]
        return Reply(body=dict(zip(("statuses", "paid", "touched"), names, strict=True)))

    def edit(self, request: Request) -> Reply:
        """``POST edit {"order", "set": {...}, "address": {...}, "quietly"?}``: whatever staff may change."""
        wanted = request.json()
        order = self.shop.orders[int(wanted["order"])]
        for name, value in wanted.get("set", {}).items():
            if name not in {"comment", "manager_comment", "number", "properties", "discounts", "delivery", "payment"}:
                raise KeyError(name)
            setattr(order, name, value)
        order.address = order.address | wanted.get("address", {})
        if not wanted.get("quietly"):
            order.updated = self.shop.now()
            self._tell("order.updated", order)
        return Reply(body=_row(order))

    def remove(self, request: Request) -> Reply:
        """``POST remove {"order"}``: deleted for good."""
        order = self.shop.orders.pop(int(request.json()["order"]))
        removed = payload_of_removed(order.id, order.number)
        self.outbox.note("order.removed", "order", order.id, removed)
        return Reply(body=removed)

    def draft(self, _request: Request) -> Reply:
        """``POST draft``: a cart of ``ms2_tmp_storage = db``, a row among the orders. The plug-in keeps silent."""
        order = place_order(self.shop, Traffic())
        order.status, order.log = DRAFT, []
        return Reply(body=_row(order))

    def product(self, request: Request) -> Reply:
        """``POST product {"id", "price"?, "removed"?}``: saved, or put into the bin."""
        wanted = request.json()
        product = self.shop.goods[int(wanted["id"])]
        if wanted.get("removed"):
            product.is_deleted = True
            self.outbox.note("product.removed", "product", product.id, payload_of_removed(product.id))
        else:
            self.outbox.note("product.saved", "product", product.id, product_view(self.shop, product))
        return Reply(body={"id": product.id})

    def customer(self, request: Request) -> Reply:
        """``POST customer {"id", "full_name"?}``: a buyer edits the profile."""
        wanted = request.json()
        known = self.shop.customers[int(wanted["id"])]
        known.full_name = str(wanted.get("full_name", known.full_name))
        self.outbox.note("customer.saved", "customer", known.id, customer_view(self.shop, known))
        return Reply(body={"id": known.id})

    # --- lists --------------------------------------------------------------------------------------------------------

    def orders(self, _request: Request) -> Reply:
        """``GET orders``: what exists, without drafts."""
        return Reply(body=[_row(order) for order in self.shop.orders.values() if not is_draft(order)])

    def view(self, request: Request) -> Reply:
        """``GET view?order=101``: the order as the plug-in tells it."""
        return Reply(body=order_view(self.shop, self.shop.orders[int(request.one("order"))]))

    def status_writes(self, request: Request) -> Reply:
        """``GET status_writes?by=api``: every change of a status, by the hub or by ``staff``."""
        by = request.one("by")
        return Reply(body=[row for row in self.shop.status_writes if by in {"", row["by"]}])

    def deliveries(self, request: Request) -> Reply:
        """``GET deliveries?topic=order.created``: events that the hub has taken."""
        return Reply(body=self.outbox.deliveries(request.one("topic")))

    def state(self) -> dict[str, Any]:
        placed = [order for order in self.shop.orders.values() if not is_draft(order)]
        return {
            "orders": len(placed),
            "customers": len(self.shop.customers),
            "drafts": len(self.shop.orders) - len(placed),
            "still_shopping": self.still_shopping,
            "outbox": self.outbox.summary(),
            "statuses_applied": sum(row["by"] == "api" for row in self.shop.status_writes),
            "events_sent": self.outbox.counters["events_sent"],
            "events_accepted": self.outbox.counters["events_accepted"],
        }

    def _tell(self, event: str, order: Order) -> None:
        self.outbox.note(event, "order", order.id, order_view(self.shop, order))


def _row(order: Order) -> Json:
    return {
        "id": order.id,
        "number": order.number,
        "status": order.status,
        "status_name": STATUSES[order.status].name if order.status in STATUSES else "",
        "is_paid": order.paid is not None,
        "is_cancelled": order.status == CANCELLED,
        "total": f"{order.total:.2f}",
        "kind": order.kind,
        "properties": order.properties,
    }


def _drawn(chance: Random, pool: list[Order], wanted: int) -> list[Order]:
    return chance.sample(pool, min(int(wanted), len(pool)))
