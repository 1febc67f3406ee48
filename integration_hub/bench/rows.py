"""The rows of the table. Each runs a hub of its own on a fresh database and returns plain figures."""

import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from time import monotonic, sleep
from typing import Any

from django.conf import settings

from integration_hub.connections.models import Connection, Route
from integration_hub.demo.desk import Desk
from integration_hub.demo.pair import running_pair
from integration_hub.engine.exchanges import ExchangeLog
from integration_hub.engine.models import Backfill
from integration_hub.flows import actions
from integration_hub.flows.services import opened

from . import archive as past
from . import calls as asked
from . import feed
from .counting.counter import total
from .meter import Meter, quantile

SENDERS = 20
PATIENCE_SECONDS = 900.0
Figures = dict[str, Any]


class BenchError(Exception):
    """A row did not come to its end."""


@dataclass(frozen=True, slots=True)
class Bench:
    """One shop, one CRM, and the hub between them."""

    shop: Desk
    crm_desk: Desk
    store: Connection
    crm: Connection
    route: Route
    hub_pid: int
    counts: Path

    def crm_state(self) -> Mapping[str, Any]:
        state: Mapping[str, Any] = self.crm_desk.get("state")
        return state


@contextmanager
def hub_between(*, base_url_path: str = "hooks") -> Iterator[Bench]:
    """A hub that works, with webhooks in place; everything ends with the block."""
    counts = Path(tempfile.mkdtemp(prefix="hub-bench-"))
    # Statements are counted in the processes that the hub starts.
    os.environ["HUB_COUNT_QUERIES"] = str(counts)
    with running_pair("bench-run") as pair:
        store = pair.store
        if base_url_path == "hooks":
            actions.ensure_webhooks(store)
        else:
            _point_webhooks_at(store, f"{settings.HUB_BASE_URL}/{base_url_path}/{store.hook_token}/")
        yield Bench(pair.shop, pair.crm_desk, store, pair.crm, pair.route, pair.hub.pid, counts)


def _point_webhooks_at(store: Connection, address: str) -> None:
    manager = opened(store, ExchangeLog(store.pk)).webhook_manager
    assert manager is not None  # noqa: S101 - the stand-in has webhooks
    manager.ensure(address)


# --- rows -------------------------------------------------------------------------------------------------------------


def burst(orders: int) -> Figures:
    """Webhook -> mapped -> CRM, twenty senders, as fast as it goes."""
    with hub_between() as bench:
        _warm_up(bench)
        return _send_and_measure(bench, orders)


def baseline(orders: int) -> Figures:
    """The same with the plain design."""
    with hub_between(base_url_path="baseline") as bench:
        _warm_up(bench)
        return _send_and_measure(bench, orders)


def _warm_up(bench: Bench, orders: int = 60) -> None:
    """Every worker has loaded its code before the clock starts."""
    bench.shop.post("webhooks", {"only_topics": "order.created", "senders": SENDERS})
    bench.shop.post("shop", {"orders": orders, "seed": 99, "rate": 30, **_SHOPPERS})
    _wait(lambda: bench.crm_state()["orders"] >= orders)


_HISTORY = {"customers": 2_000, "guest_share": 0, "everyone_has_email": True, "seed": 1}
"""Registered buyers who come back: each guest would cost one look-up call, each customer a fiftieth of one."""

_SHOPPERS = {"customers": 500, "guests": 100, "guest_share": 0.2}


def _send_and_measure(bench: Bench, orders: int) -> Figures:
    before, statements = bench.crm_state(), total(bench.counts)
    with Meter(bench.hub_pid) as meter:
        first = bench.shop.post("shop", {"orders": orders, "seed": 1, **_SHOPPERS})["orders"][0]["id"]
        _wait(lambda: bench.crm_state()["orders"] >= before["orders"] + orders)
    statements = total(bench.counts) - statements
    after = bench.crm_state()
    sent, written = _times(bench, first)
    seconds = max(written.values()) - min(sent.values())
    return {
        "orders": orders,
        "orders_per_second": round(orders / seconds, 1),
        "seconds": round(seconds, 2),
        **_cpu(meter, orders),
        "peak_memory_mb": round(meter.peak_mb),
        "queries_per_order": round(statements / orders, 2),
        "crm_calls_per_order": round((after["total_calls"] - before["total_calls"]) / orders, 4),
        "door_p99_ms": _door_p99(bench, first),
        "lost": orders - len(written),
        "duplicated": after["orders"] - before["orders"] - orders,
    }


def reflect(orders: int, per_second: int = 50) -> Figures:
    """How long an order takes to be seen in the CRM at a steady rate."""
    with hub_between() as bench:
        _warm_up(bench)
        before = bench.crm_state()
        first = 1001 + before["orders"]
        with Meter(bench.hub_pid) as meter:
            bench.shop.post("shop", {"orders": orders, "seed": 2, "rate": per_second, **_SHOPPERS})
            _wait(lambda: bench.crm_state()["orders"] >= before["orders"] + orders)
        sent, written = _times(bench, first)
        waited = [(written[key] - sent[key]) * 1000 for key in written]
        return {
            "orders": orders,
            "per_second": per_second,
            "reflect_ms": {f"p{int(share * 100)}": round(quantile(waited, share)) for share in (0.5, 0.95, 0.99)},
            "door_p99_ms": _door_p99(bench, first),
            **_cpu(meter, orders),
            "crm_calls_per_order": round((bench.crm_state()["total_calls"] - before["total_calls"]) / orders, 4),
            "lost": orders - len(written),
        }


def backfill(orders: int) -> Figures:
    """Old orders of the shop, read page by page and uploaded in batches."""
    with hub_between() as bench:
        bench.shop.post("history", _HISTORY | {"orders": orders})
        before = bench.crm_state()
        began = monotonic()
        with Meter(bench.hub_pid, progress=lambda: int(bench.crm_state()["orders"])) as meter:
            run = actions.start_backfill(bench.route, "orders")
            _wait(lambda: bench.crm_state()["orders"] >= before["orders"] + orders)
        seconds = monotonic() - began
        run.refresh_from_db()
        after = bench.crm_state()
        return {
            "orders": orders,
            "orders_per_second": round(orders / seconds, 1),
            "seconds": round(seconds, 1),
            "crm_calls_per_order": round((after["total_calls"] - before["total_calls"]) / orders, 5),
            **_cpu(meter, orders),
            "peak_memory_mb": round(meter.peak_mb),
            "memory_growth": _growth(meter, orders),
            "unreadable": Backfill.objects.get(pk=run.pk).unreadable,
            "lost": before["orders"] + orders - after["orders"],
        }


def archive(orders: int) -> Figures:
    """All that a shop has, into an empty CRM: customers first, then orders, guests among them."""
    with hub_between() as bench:
        customers = past.prepare(bench, orders)
        before = bench.crm_state()
        began = monotonic()
        with Meter(bench.hub_pid, progress=lambda: int(bench.crm_state()["orders"])) as meter:
            run = past.Archive(bench)
            try:
                run.wait(customers, orders, PATIENCE_SECONDS)
            except TimeoutError as end:
                raise BenchError(str(end)) from None
        seconds, after = monotonic() - began, bench.crm_state()
        calls = after["total_calls"] - run.calls_for_customers
        return {
            "orders": orders,
            "customers": customers,
            "guests": after["customers"] - customers,
            "orders_per_second": round(orders / max(seconds - run.seconds_for_customers, 0.001), 1),
            "seconds": round(seconds, 1),
            "crm_calls_per_order": round(calls / orders, 5),
            "crm_calls_per_customer": round((run.calls_for_customers - before["total_calls"]) / customers, 5),
            **_cpu(meter, orders),
            "peak_memory_mb": round(meter.peak_mb),
            "memory_growth": _growth(meter, orders),
            "progress_steps": len(set(run.shares)),
            "progress_astray": int(not run.is_steady()),
            "troubles": sum(run.troubles().values()),
            "lost": before["orders"] + orders - after["orders"],
            "duplicated": after["created_twice"],
        }


def calls(orders: int) -> Figures:
    """Requests per order in each CRM, live and old orders, within the vendors' limits."""
    return asked.measure(orders, _wait)


def icml(offers: int) -> Figures:
    """A catalog of that many offers as a file."""
    return feed.build(offers)


def _cpu(meter: Meter, orders: int) -> Figures:
    parts = {part: round(seconds * 1000 / orders, 2) for part, seconds in meter.cpu_seconds.items()}
    return {
        "cpu_ms_per_order": round(sum(parts.values()), 2),
        "cpu_ms_by_part": parts,
        "machine_busy": round(meter.machine_busy, 2),
    }


def _growth(meter: Meter, orders: int) -> float:
    """Mean memory in the last tenth over that in the second tenth, minus 1."""
    early = [megabytes for done, megabytes in meter.samples if 0.1 * orders <= done <= 0.2 * orders]
    late = [megabytes for done, megabytes in meter.samples if done >= 0.9 * orders]
    if not early or not late:
        return 0.0
    return round(sum(late) / len(late) / (sum(early) / len(early)) - 1, 3)


# --- from the stand-ins' own logs ----------------------------------------------------------------------------------


def _times(bench: Bench, first: int) -> tuple[dict[str, float], dict[str, float]]:
    """When each order's webhook was first sent, and when the CRM first had it; seconds since the epoch."""
    sent: dict[str, float] = {}
    for row in bench.shop.get("deliveries?topic=order.created"):
        if row["id"] >= first:
            sent.setdefault(str(row["id"]), row["at"])
    written: dict[str, float] = {}
    for row in bench.crm_desk.get("writes"):
        if row["call"] == "orders/create" and row["order"] in sent:
            written.setdefault(row["order"], datetime.fromisoformat(row["at"]).timestamp())
    return sent, written


def _door_p99(bench: Bench, first: int) -> float:
    rows = bench.shop.get("deliveries?topic=order.created")
    return round(quantile([row["ms"] for row in rows if row["id"] >= first], 0.99), 1)


def _wait(is_done: Callable[[], bool]) -> None:
    end = monotonic() + PATIENCE_SECONDS
    while monotonic() < end:
        if is_done():
            return
        sleep(0.2)
    message = f"not finished after {PATIENCE_SECONDS:.0f} s"
    raise BenchError(message)
