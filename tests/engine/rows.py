"""Rows that engine tests start from, and threads that race each other."""

import threading
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeVar

from django.db import connection as database
from django.utils import timezone

from integration_hub.connections.models import Connection, Route
from integration_hub.engine import lanes, outbox
from integration_hub.engine.models import Lane, OutboxItem

T = TypeVar("T")


def store(name: str = "Shop") -> Connection:
    return Connection.objects.create(kind="woocommerce", role="store", name=name)


def crm(name: str = "CRM") -> Connection:
    return Connection.objects.create(kind="retailcrm", role="crm", name=name)


def route(name: str = "Shop → CRM", **fields: Any) -> Route:
    fields.setdefault("mode", Route.Mode.LIVE)
    return Route.objects.create(name=name, store=store(f"{name}: store"), crm=crm(f"{name}: CRM"), **fields)


def lane_of(a_route: Route, *, is_backfill: bool = False) -> Lane:
    return lanes.outbound_lane(a_route.crm_id, "orders", is_backfill=is_backfill)


def work(a_route: Route, object_id: str = "1001", **fields: Any) -> outbox.Work:
    values: dict[str, Any] = {
        "route_id": a_route.pk,
        "lane_id": lane_of(a_route).pk,
        "flow": "orders",
        "kind": "order",
        "object_id": object_id,
        "accepted_at": timezone.now(),
    }
    return outbox.Work(**(values | fields))


def one_waiting(a_route: Route) -> OutboxItem:
    outbox.enqueue([work(a_route)])
    return OutboxItem.objects.get()


def claim(a_route: Route, owner: str = "worker", limit: int = 50) -> list[OutboxItem]:
    """Claim from the route's live lane."""
    return outbox.claim(lane_of(a_route).pk, owner, limit)


def settled(
    item: OutboxItem, state: str, outcome: str = "retry", *, owner: str | None = None, **fields: Any
) -> list[OutboxItem]:
    """Settle one item; returns what settle returned."""
    settlement = outbox.Settlement(item=item, state=state, outcome=outcome, **fields)
    return outbox.settle([settlement], started_at=timezone.now(), batch="", owner=owner)


def states() -> list[tuple[str, str]]:
    """(object, state) of every row, oldest first."""
    return list(OutboxItem.objects.order_by("pk").values_list("object_id", "state"))


def soon(seconds: float = 60) -> datetime:
    return timezone.now() + timedelta(seconds=seconds)


def race(number: int, act: Callable[[int], T]) -> list[T]:
    """Run ``act`` in that many threads at the same moment, each with a database connection of its own.

    Raises the first exception that any of them met.
    """
    barrier = threading.Barrier(number)
    results: list[Any] = [None] * number
    faults: list[BaseException] = []

    def run(place: int) -> None:
        try:
            database.ensure_connection()
            barrier.wait(timeout=20)
            results[place] = act(place)
        except BaseException as fault:  # noqa: BLE001 - handed to the test's own thread
            faults.append(fault)
        finally:
            database.close()

    threads = [threading.Thread(target=run, args=(place,)) for place in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    if faults:
        raise faults[0]
    return results


def sent_to(calls: list[tuple[int, bool]]) -> Callable[[int, bool], None]:
    """A queue that only notes what is put on it."""
    return lambda lane_id, is_backfill: calls.append((lane_id, is_backfill))


def ids(items: Sequence[OutboxItem]) -> list[str]:
    return [item.object_id for item in items]
