"""A small world over real HTTP: a WooCommerce stand-in, a RetailCRM stand-in, and the hub between them.

Tasks run in the test's own process: ``pump`` does what the queue's workers and the ticker would do. Calls of the
stand-ins to the hub are kept by a ``Mailbox`` until the test hands them to the hub's door.
"""

import json
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from importlib import import_module
from typing import Any

from django.test import Client
from django.utils import timezone
from django_q.models import OrmQ

from connectors.toolkit.sandbox.listener import Listener, WireReply, WireRequest
from integration_hub.connections.models import Connection, Route
from integration_hub.demo.mapping import map_shop
from integration_hub.engine import inbox, lanes
from integration_hub.engine.due import due_lanes
from integration_hub.engine.models import Attempt, Cursor, InboxEvent, Lane, OutboxItem
from integration_hub.flows import actions, backfill, poll, sweep, tasks
from mappings.models import CodeRule

HOOK_SECRET = "ab" * 20


class Clock:
    """A second clock for rate limits: sleeping moves it, so nobody waits."""

    def __init__(self) -> None:
        self._ahead = 0.0

    def time(self) -> float:
        return time.time() + self._ahead

    def sleep(self, seconds: float) -> None:
        self._ahead += seconds


def call(url: str, body: Any = None, *, method: str | None = None) -> Any:
    """Talks to a stand-in's control desk."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data=data, method=method or ("GET" if body is None else "POST"))  # noqa: S310
    with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310 - loopback only
        return json.loads(answer.read() or b"null")


def stand_in(kind: str, **options: Any) -> Any:
    """A stand-in that is not started yet."""
    box = import_module(f"connectors.{kind}.sandbox").make(**options)
    box.reset = lambda: call(f"{box.url}/__sandbox__/reset", {})
    return box


class Mailbox:
    """Answers 200 to every call and keeps it; ``deliver`` hands the calls to the hub's door, in any order."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._listener = Listener(("127.0.0.1", 0), self._take)
        self.url = f"http://127.0.0.1:{self._listener.port}"
        self.calls: list[WireRequest] = []

    def __enter__(self) -> "Mailbox":
        self._listener.start("mailbox")
        return self

    def __exit__(self, *_details: object) -> None:
        self._listener.stop()

    def _take(self, request: WireRequest) -> WireReply:
        self.calls.append(request)
        return WireReply(200, {"content-type": "application/json"}, b"{}")

    def take(self) -> list[WireRequest]:
        """What has come so far; the mailbox is empty afterwards."""
        calls, self.calls = self.calls, []
        return calls

    def deliver(self, calls: Sequence[WireRequest] | None = None) -> list[int]:
        """Hand calls to the door; returns the statuses that it answered."""
        return [self._post(each) for each in (self.take() if calls is None else calls)]

    def _post(self, call_: WireRequest) -> int:
        headers = {name: value for name, value in call_.headers.items() if name not in {"content-length", "host"}}
        kind = headers.pop("content-type", "application/json")
        return self._client.post(call_.target, call_.body, content_type=kind, headers=headers).status_code


@dataclass
class World:
    """``store_box`` and ``crm_box`` are the vendors' side, the rest is the hub's."""

    store_box: Any
    crm_box: Any
    store: Connection
    crm: Connection
    route: Route

    # the shop and the CRM

    def shop(self, orders: int = 1, **options: Any) -> list[dict[str, Any]]:
        """Shoppers buy; 21 consecutive orders show every kind that the stand-in knows."""
        rows: list[dict[str, Any]] = call(
            f"{self.store_box.url}/__sandbox__/shop", {"orders": orders, "seed": 21, **options}
        )["orders"]
        return rows

    def change(self, **wanted: Any) -> dict[str, Any]:
        """Shop staff at work."""
        changed: dict[str, Any] = call(f"{self.store_box.url}/__sandbox__/change", {"seed": 1, **wanted})
        return changed

    def set_crm_status(self, external_id: object, status: str) -> None:
        """A manager moves an order in the CRM."""
        call(f"{self.crm_box.url}/__sandbox__/set_status", {"order": str(external_id), "status": status})

    def pay_in_crm(self, external_id: object, **wanted: Any) -> None:
        """A manager notes in the CRM that the order is paid."""
        call(f"{self.crm_box.url}/__sandbox__/pay", {"order": str(external_id), **wanted})

    def store_orders(self) -> dict[str, dict[str, Any]]:
        """The shop's orders by id."""
        return {str(row["id"]): row for row in call(f"{self.store_box.url}/__sandbox__/orders")}

    def crm_orders(self) -> dict[str, dict[str, Any]]:
        """The CRM's orders by external id; the test fails when one is there twice."""
        rows = call(f"{self.crm_box.url}/__sandbox__/orders")
        found = {row["externalId"]: row for row in rows}
        assert len(found) == len(rows), "an order is in the CRM twice"
        return found

    def crm_customers(self) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = call(f"{self.crm_box.url}/__sandbox__/customers")
        return rows

    def status_writes(self) -> list[dict[str, Any]]:
        """Statuses that the shop's API was told to set, by whomever."""
        rows: list[dict[str, Any]] = call(f"{self.store_box.url}/__sandbox__/status_writes?by=rest")
        return rows

    def writes(self, box: Any) -> Counter[str]:
        """What was written over there, by call."""
        return Counter(row["call"] for row in call(f"{box.url}/__sandbox__/writes"))

    def calls(self, box: Any) -> int:
        """Calls that a stand-in had, dropped ones too."""
        return int(call(f"{box.url}/__sandbox__/state")["total_calls"])

    def faults(self, box: Any, **switches: Any) -> None:
        call(f"{box.url}/__sandbox__/faults", {"reset": True, **switches})

    # the hub

    def map(self, kind: str, store_code: str, crm_code: str, **fields: Any) -> CodeRule:
        return CodeRule.objects.create(route=self.route, kind=kind, store_code=store_code, crm_code=crm_code, **fields)

    def set_route(self, **fields: Any) -> None:
        """What staff change on the route's page."""
        for name, value in fields.items():
            setattr(self.route, name, value)
        self.route.save()

    def poll(self, purpose: str) -> Cursor:
        """Do one poll now, whoever's it is; returns its cursor."""
        cursor = Cursor.objects.get(purpose=purpose)
        poll.poll(cursor.pk)
        cursor.refresh_from_db()
        return cursor

    def sync(self) -> None:
        """Poll everything once and work until it is quiet."""
        for purpose in ("orders", "changes"):
            self.poll(purpose)
        pump()

    def connect_doors(self) -> None:
        """Webhooks and triggers point at the hub. Empties nothing: the pings are in the mailbox."""
        actions.ensure_webhooks(self.store)
        trigger = {"address": actions.hook_address(self.crm), "event": "status"}
        call(f"{self.crm_box.url}/__sandbox__/triggers", trigger)

    def wait_for_senders(self) -> None:
        """Returns when the stand-ins have sent what they had to say."""
        assert self.store_box.dispatcher.wait_until_idle(20)
        assert self.crm_box.wait_until_quiet(20)


def make_world(store_box: Any, crm_box: Any) -> World:
    shop = import_module("connectors.woocommerce.sandbox")
    store = Connection.objects.create(
        kind="woocommerce",
        role="store",
        name="Shop",
        settings={"site": store_box.url, "timeout_seconds": 2},
        secrets={"consumer_key": shop.KEY, "consumer_secret": shop.SECRET, "webhook_secret": HOOK_SECRET},
    )
    crm = Connection.objects.create(
        kind="retailcrm",
        role="crm",
        name="CRM",
        settings={
            "address": crm_box.url, "site": "main", "timezone": "Europe/Moscow", "currency": "EUR",
            "timeout_seconds": 2,
        },
        secrets={"api_key": "sandbox-key"},
    )  # fmt: skip
    route = Route.objects.create(
        name="Shop → CRM", store=store, crm=crm, mode=Route.Mode.LIVE, start_at=timezone.now() - timedelta(days=30)
    )
    map_shop(route)
    actions.prepare_connection(store)
    actions.prepare_connection(crm)
    return World(store_box, crm_box, store, crm, route)


def pump(rounds: int = 20) -> None:
    """Work until nothing is due, as workers and ticker do: nudged tasks, and what the sweep would nudge."""
    for _ in range(rounds):
        sweep.release_parked()
        OrmQ.objects.all().delete()
        Lane.objects.update(is_nudged=False)
        due = {lanes.inbound_lane(pk).pk for pk in inbox.due_connections(timezone.now())}
        due |= set(due_lanes(timezone.now()))
        workable = sweep._workable(due)
        if not workable:
            return
        for lane_id in sorted(workable):
            tasks.work(lane_id)
    message = "the hub does not come to rest"
    raise AssertionError(message)


def items(**filters: Any) -> Counter[tuple[str, str]]:
    """Outbox rows by (flow, state)."""
    return Counter(OutboxItem.objects.filter(**filters).values_list("flow", "state"))


def events(**filters: Any) -> Counter[str]:
    """Inbox events by state."""
    return Counter(InboxEvent.objects.filter(**filters).values_list("state", flat=True))


def attempts(**filters: Any) -> Counter[tuple[str, str]]:
    """The sync log by (flow, outcome)."""
    return Counter(Attempt.objects.filter(**filters).values_list("flow", "outcome"))


def run_backfill(row: Any) -> None:
    """Do a slice of a backfill and deliver what it queued."""
    backfill.run(row.pk)
    row.refresh_from_db()
    pump()


@contextmanager
def second_crm(world: World, *, starts_now: bool = False) -> Iterator[World]:
    """A second CRM that the same shop feeds."""
    with stand_in("retailcrm", currency="EUR") as box:
        crm = Connection.objects.create(
            kind="retailcrm",
            role="crm",
            name="Second CRM",
            settings={**world.crm.settings, "address": box.url},
            secrets=world.crm.secrets,
        )
        start_at = timezone.now() if starts_now else world.route.start_at
        route = Route.objects.create(name="Shop → Second", store=world.store, crm=crm, mode="live", start_at=start_at)
        map_shop(route)
        yield World(world.store_box, box, world.store, crm, route)
