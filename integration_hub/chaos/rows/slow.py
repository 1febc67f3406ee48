"""Clients that take for ever to say what they want."""

from django.conf import settings

from integration_hub.bench.meter import quantile

from .. import acts, doorbell
from ..findings import findings
from ..proxy import buffering_proxy, slow_clients
from ..row import Findings, Row, at_most, exactly
from ..world import World

RATE = 50
CLIENTS, CLIENTS_IN_SUITE = 200, 40


def slow_senders(world: World, orders: int) -> Findings:
    """In the documented set-up: behind a proxy that reads a call to its end. Then, for comparison, without one."""
    assert world.hub is not None  # noqa: S101 - the row says needs_processes
    count = CLIENTS_IN_SUITE if world.is_small else CLIENTS
    with buffering_proxy(world.hub.address) as proxy:
        settings.HUB_BASE_URL = proxy
        acts.connect_doors(world)
        acts.warm_up(world)
        with slow_clients(proxy, count):
            world.pass_time(2.0)
            before = len(acts.deliveries(world))
            acts.shop(world, orders, rate=RATE)
            world.wait("the senders", lambda: acts.has_sent_all(world))
        rows = acts.deliveries(world)[before:]
        acts.settle(world)
    with slow_clients(world.hub.address, count):
        world.pass_time(2.0)
        bare = [doorbell.ring(f"{world.hub.address}/hooks/{doorbell.NOBODY}/", timeout=5.0) for _ in range(5)]
    settings.HUB_BASE_URL = world.hub.address
    return findings(
        world,
        {
            "not acknowledged": exactly(0, sum(not 200 <= row["status"] < 300 for row in rows)),
            "ack p99 of good clients, ms": at_most(1_000, acts.ack_p99_ms(rows), is_timing=True),
        },
        note=f"{count} slow clients; without a proxy {sum(ring.status == 0 for ring in bare)} of 5 good calls had no "
        f"answer in 5 s, the others {quantile([ring.seconds for ring in bare if ring.status], 0.99):.2f} s at most",
    )


ROWS = (
    Row(
        "F25",
        "200 slow clients",
        slow_senders,
        orders=2_000,
        small=60,
        passes_when="good clients are answered within 1 s (p99) in the documented set-up, behind a proxy",
        needs_processes=True,
    ),
)
