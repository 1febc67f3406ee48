"""The control desk of the RetailCRM stand-in: managers at work, triggers, and lists for checkers."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any
from urllib.parse import urlencode

from connectors.retailcrm.sandbox import catalog_load, orders, payments
from connectors.retailcrm.sandbox.account import MANAGER, Account, Json, Key, Refusal
from connectors.retailcrm.sandbox.data import SCOPES
from connectors.retailcrm.sandbox.payments import payments_of
from connectors.retailcrm.sandbox.wire import FORM
from connectors.toolkit.sandbox import Reply, Request, Sandbox
from connectors.toolkit.sandbox.background import deliver

TRIGGER_TIMEOUT_SECONDS = 5.0


class Desk:
    """Adds the controls to a sandbox and sends its triggers."""

    def __init__(self, sandbox: Sandbox, account: Account) -> None:
        self._sandbox = sandbox
        self._account = account
        self._triggers: list[Json] = []
        self._etags: dict[str, str] = {}

    def open(self) -> None:
        for method, name, handler in (
            ("POST", "set_status", self._set_status),
            ("POST", "edit_order", self._edit_order),
            ("POST", "create_order", self._create_order),
            ("POST", "pay", self._pay),
            ("POST", "triggers", self._add_trigger),
            ("POST", "options", self._set_options),
            ("POST", "keys", self._add_key),
            ("POST", "offers", self._add_offers),
            ("POST", "load_catalog", self._load_catalog),
            ("GET", "offers", lambda _request: Reply(body=self._account.offers)),
            ("GET", "modules", lambda _request: Reply(body=list(self._account.modules.values()))),
            ("POST", "books", self._add_to_books),
            ("POST", "custom_fields", self._add_custom_fields),
            ("GET", "orders", lambda _request: Reply(body=[self._order_row(o) for o in self._account.orders.values()])),
            (
                "GET",
                "customers",
                lambda _request: Reply(body=[_customer_row(c) for c in self._account.customers.values()]),
            ),
        ):
            self._sandbox.control(method, name, handler)
        self._sandbox.add_state(self._state)
        self._sandbox.on_reset(self._account.clear)

    def fire_triggers(self, order: Json) -> None:
        """Call each address as the CRM's "HTTP request" action does: a form, once, without signature."""
        rows = {"retailCRM_action": "change_status", "order_id": order.get("externalId", ""), "status": order["status"]}
        body = urlencode(rows).encode()
        for trigger in self._triggers:
            if trigger.get("site") in {None, order["site"]}:
                self._sandbox.call_later(0, partial(self._send, trigger["address"], body))

    def _send(self, address: str, body: bytes) -> None:
        status = deliver(address, body, {"Content-Type": FORM}, TRIGGER_TIMEOUT_SECONDS)
        with self._sandbox.lock:
            self._account.counters["triggers_sent"] += 1
            self._account.counters["triggers_failed"] += not 200 <= status < 300

    def _set_status(self, request: Request) -> Reply:
        wanted = request.json()
        if "random" in wanted:
            return self._shuffle(wanted)
        order = self._find(wanted)
        with _as_manager():
            order = orders.edit_order(self._account, order, {"status": wanted["status"]}, MANAGER)
        return Reply(body=self._order_row(order))

    def _shuffle(self, wanted: Json) -> Reply:
        """Managers pick some orders and move each to another status."""
        chance = random.Random(wanted.get("seed", 0))
        statuses = wanted.get("statuses") or list(self._account.book("statuses"))
        every = list(self._account.orders.values())
        rows = []
        for order in chance.sample(every, min(int(wanted["random"]), len(every))):
            others = [status for status in statuses if status != order["status"]]
            if others:
                sent = {"status": chance.choice(others)}
                with _as_manager():
                    rows.append(self._order_row(orders.edit_order(self._account, order, sent, MANAGER)))
        return Reply(body={"changed": rows})

    def _edit_order(self, request: Request) -> Reply:
        wanted = request.json()
        order = self._find(wanted)
        with _as_manager():
            order = orders.edit_order(self._account, order, wanted["fields"], MANAGER)
        return Reply(body=self._order_row(order))

    def _create_order(self, request: Request) -> Reply:
        wanted = request.json()
        site = wanted.get("site", self._account.sites[0])
        with _as_manager():
            order = orders.create_order(self._account, site, wanted["fields"], MANAGER)
        return Reply(201, self._order_row(order))

    def _pay(self, request: Request) -> Reply:
        """A manager notes money: ``{"order", "amount"?, "status"?, "new"?}``. The order's first payment that is not in
        that status is set to it; with ``new`` (a payment type), or without any payment, one is added."""
        wanted = request.json()
        order, status = self._find(wanted), wanted.get("status", "paid")
        sent: Json = {"status": status, "paidAt": self._account.now()}
        sent |= {"amount": wanted["amount"]} if "amount" in wanted else {}
        open_ones = [row for row in payments_of(self._account, order) if row["status"] != status]
        with _as_manager():
            if open_ones and "new" not in wanted:
                payments.edit_payment(self._account, open_ones[0], sent, MANAGER)
            else:
                kind = wanted.get("new", "cash")
                new = {**sent, "type": kind, "order": {"id": order["id"]}}
                payments.create_payment(self._account, order["site"], new, MANAGER)
        return Reply(body=self._order_row(order))

    def _add_trigger(self, request: Request) -> Reply:
        trigger = request.json()
        if trigger.get("event", "status") != "status":
            message = "the only event is 'status'"
            raise ValueError(message)
        if trigger not in self._triggers:
            self._triggers.append({"address": trigger["address"], "event": "status", "site": trigger.get("site")})
        return Reply(201, {"triggers": self._triggers})

    def _set_options(self, request: Request) -> Reply:
        self._account.options.set(request.json())
        return Reply(body={"set": True})

    def _add_key(self, request: Request) -> Reply:
        wanted = request.json()
        sites = tuple(wanted.get("sites") or self._account.sites)
        scopes = frozenset(wanted.get("scopes", SCOPES))
        self._account.keys[wanted["key"]] = Key(wanted["key"], scopes, sites, "sites" not in wanted)
        return Reply(201, {"keys": len(self._account.keys)})

    def _add_offers(self, request: Request) -> Reply:
        self._account.add_offers(request.json())
        return Reply(201, {"offers": len(self._account.offers)})

    def _load_catalog(self, request: Request) -> Reply:
        """``{"address", "site"?}``: fetch the catalog file as every few hours, and say what is in it."""
        wanted = request.json()
        site = wanted.get("site", self._account.sites[0])
        loaded, body = catalog_load.fetch(wanted["address"], self._etags.get(wanted["address"], ""))
        if loaded.status == 200:
            catalog_load.read(loaded, body)
            catalog_load.take_over(self._account, site, loaded)
            self._etags[wanted["address"]] = loaded.etag
        counts = {"categories": loaded.categories, "offers": len(loaded.offers), "bytes": loaded.bytes}
        return Reply(body={"status": loaded.status, **counts, "faults": loaded.faults})

    def _add_to_books(self, request: Request) -> Reply:
        """``{"statuses": [{"code", "name", ...}]}``: entries shaped like those there are; the same code replaces."""
        for book, rows in request.json().items():
            content = self._account.books[book][1]
            model: Json = next(iter(self._account.book(book).values()), {})
            for row in rows:
                entry = model | {"name": row["code"]} | row if "name" in model else model | row
                if isinstance(content, dict):
                    content[row["code"]] = entry
                else:
                    content[:] = [*(old for old in content if old["code"] != row["code"]), entry]
        return Reply(201, {"books": sorted(request.json())})

    def _add_custom_fields(self, request: Request) -> Reply:
        """``[{"entity", "code", "type"?, "name"?}]``"""
        model = self._account.custom_fields[0]
        for row in request.json():
            entry = model | {"name": row["code"], "type": "string"} | row
            self._account.custom_fields.append(entry)
        return Reply(201, {"custom_fields": len(self._account.custom_fields)})

    def _find(self, wanted: Json) -> Json:
        """By our id (``order``) or the CRM's (``id``)."""
        sites = [wanted["site"]] if wanted.get("site") else self._account.sites
        by, value = ("id", wanted["id"]) if "id" in wanted else ("externalId", wanted["order"])
        with _as_manager():
            return orders.find_order(self._account, sites, by, str(value))

    def _order_row(self, order: Json) -> Json:
        paid = payments_of(self._account, order)
        return {
            "id": order["id"],
            "externalId": order.get("externalId", ""),
            "site": order["site"],
            "number": order["number"],
            "status": order["status"],
            "totalSumm": orders.order_total(order),
            "customerId": order["customer"],
            "payments": [{name: row.get(name) for name in ("type", "status", "amount", "externalId")} for row in paid],
            "updated": order["updated"],
            "customerComment": order.get("customerComment", ""),
        }

    def _state(self) -> dict[str, Any]:
        account, counters = self._account, self._account.counters
        named = [(order["site"], order["externalId"]) for order in account.orders.values() if order.get("externalId")]
        return {
            "orders": len(account.orders),
            "customers": len(account.customers),
            "payments": len(account.payments),
            "offers": len(account.offers),
            "created_twice": len(named) - len(set(named)),
            "orders_refused_as_existing": counters["orders_refused_as_existing"],
            "customers_refused_as_existing": counters["customers_refused_as_existing"],
            "orders_refused": counters["orders_refused"],
            "order_writes": counters["order_writes"],
            "customer_writes": counters["customer_writes"],
            "payment_writes": counters["payment_writes"],
            "history_records": len(account.order_history) + len(account.customer_history),
            "triggers": len(self._triggers),
            "triggers_sent": counters["triggers_sent"],
            "triggers_failed": counters["triggers_failed"],
        }


@contextmanager
def _as_manager() -> Iterator[None]:
    """The vendor's refusals become faults of the control call."""
    try:
        yield
    except Refusal as refusal:
        message = f"{refusal.message} {refusal.errors or ''}".strip()
        raise ValueError(message) from refusal


def _customer_row(customer: Json) -> Json:
    names = ("id", "externalId", "site", "email", "firstName", "lastName", "phones", "subscribed")
    return {name: customer.get(name, "") for name in names} | {"orders": customer["_count"]}
