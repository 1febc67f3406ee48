"""A small world over real HTTP: a WooCommerce stand-in, a RetailCRM stand-in, and the hub between them.

Tasks run in the test's own process: ``pump`` does what the queue's workers and the ticker would do.
"""

import json
import urllib.request
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from django.utils import timezone

from integration_hub.connections.models import Connection, Route
from integration_hub.engine import inbox, lanes, outbox
from integration_hub.engine.models import Lane
from integration_hub.flows import sweep, tasks
from mappings.models import CodeRule

STORE_TO_CRM = {
    "status": {
        "pending": "new",
        "processing": "assembling",
        "on-hold": "availability-confirmed",
        "completed": "complete",
        "cancelled": "cancel-other",
        "refunded": "return",
        "failed": "no-call",
        "en-camino": "delivering",
    },
}


def call(url: str, body: Any = None, *, method: str | None = None) -> Any:
    """Talks to a stand-in's control desk."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data=data, method=method or ("GET" if body is None else "POST"))  # noqa: S310
    with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310 - loopback only
        return json.loads(answer.read() or b"null")


@dataclass
class World:
    store_box: Any
    crm_box: Any
    store: Connection
    crm: Connection
    route: Route

    def store_orders(self) -> list[dict[str, Any]]:
        orders: list[dict[str, Any]] = call(f"{self.store_box.url}/__sandbox__/orders")
        return orders

    def crm_orders(self) -> list[dict[str, Any]]:
        orders: list[dict[str, Any]] = call(f"{self.crm_box.url}/__sandbox__/orders")
        return orders

    def map(self, kind: str, store_code: str, crm_code: str, **fields: Any) -> CodeRule:
        return CodeRule.objects.create(
            route=self.route, kind=kind, store_code=store_code, crm_code=crm_code, **fields
        )


def stand_in(kind: str, **options: Any) -> Any:
    return import_module(f"connectors.{kind}.sandbox").make(**options)


def pump(rounds: int = 20) -> None:
    """Work until nothing is due."""
    for _ in range(rounds):
        sweep.release_parked()
        now = timezone.now()
        due = {lanes.inbound_lane(pk).pk for pk in inbox.due_connections(now)} | set(outbox.due_lanes(now))
        if not due:
            return
        for lane in Lane.objects.filter(pk__in=due).order_by("pk"):
            tasks.work(lane.pk)
