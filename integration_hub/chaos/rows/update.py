"""The hub is updated while orders come in: stopped, migrated, started, with a second web process beside it."""

import os
import signal
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from time import monotonic, sleep

from django.conf import settings
from django.core.management import call_command
from django.utils import timezone

from integration_hub.demo.stage import free_port
from integration_hub.engine.models import Lane
from integration_hub.web.processes import Child
from integration_hub.web.supervisor import standard_children

from .. import acts, courier, doorbell
from ..findings import findings
from ..row import Findings, Row, at_least, at_most, exactly
from ..world import ChaosError, World

RATE = 50
BEFORE = "0002_long_jobs"
"""Of the engine: what comes after it makes indexes on the tables that doors write to."""

LATENCY_MS = 300
"""Of the CRM: with it there is always a worker in the middle of its slice."""


def update_under_load(world: World, orders: int) -> Findings:
    acts.connect_doors(world)
    acts.warm_up(world)
    courier.hold(world, acts.ORDER_TOPICS[0])
    acts.shop(world, orders)
    deliveries = courier.held(world)
    assert world.hub is not None  # noqa: S101 - the row says needs_processes
    world.crm_fails(latency_ms=LATENCY_MS)
    with _second_web() as second, ThreadPoolExecutor(1) as pool:
        sender = pool.submit(_send, deliveries, world.hub.address, second)
        world.wait("work in hand", lambda: _leases() > 0, 60.0)
        world.pass_time(1.0)
        began = monotonic()
        os.kill(world.hub.pid, signal.SIGTERM)
        world.wait("the leases", lambda: not _leases(), 90.0)
        released = monotonic() - began
        world.hub.stop()
        stopped = monotonic() - began
        call_command("migrate", "engine", BEFORE, verbosity=0, interactive=False)
        call_command("migrate", verbosity=0, interactive=False)
        world.hub.start()
        away = monotonic() - began
        log = sender.result()
    acts.settle(world)
    return findings(
        world,
        {
            "deliveries": at_least(orders, len(log)),
            "answers of 5xx": exactly(0, sum(answer.status >= 500 for answer in log)),
            "not acknowledged": exactly(0, sum(not answer.is_acknowledged for answer in log)),
            "leases released after SIGTERM, s": at_most(10, released, is_timing=True),
        },
        log=log,
        note=f"stopped after {stopped:.1f} s, back after {away:.1f} s; a refused call goes to the second web process",
    )


def _leases() -> int:
    return Lane.objects.filter(lease_until__gt=timezone.now()).exclude(lease_owner="").count()


@contextmanager
def _second_web() -> Iterator[str]:
    """As on a second machine: a web server alone, on the same database."""
    port = free_port(0)
    folder = settings.HUB_DATA_DIR / "second-web"
    web: Child = standard_children(folder, bind=f"127.0.0.1:{port}")[0]
    web.start()
    address = f"http://127.0.0.1:{port}"
    try:
        end = monotonic() + 60
        while doorbell.ring(f"{address}/health/live").status == 0:
            if monotonic() > end:
                message = "the second web process did not start"
                raise ChaosError(message)
            sleep(0.1)
        yield address
    finally:
        web.ask_to_stop()
        web.wait(30)
        web.kill()


def _send(deliveries: Sequence[courier.Delivery], first: str, second: str) -> list[courier.Answer]:
    """As a proxy with two web processes behind it: what the one refuses to take goes to the other."""
    began = monotonic()

    def one(place: int, delivery: courier.Delivery) -> courier.Answer:
        sleep(max(began + place / RATE - monotonic(), 0.0))
        [answer] = courier.send([delivery], senders=1)
        if answer.status == 0:
            [answer] = courier.send([replace(delivery, url=delivery.url.replace(first, second))], senders=1)
        return answer

    with ThreadPoolExecutor(20) as pool:
        return list(pool.map(one, range(len(deliveries)), deliveries))


ROWS = (
    Row(
        "F31",
        "Update under load: SIGTERM, migrations while webhooks arrive",
        update_under_load,
        orders=3_000,
        small=150,
        passes_when="leases released within 10 s; no 5xx with two web processes",
        needs_processes=True,
    ),
)
