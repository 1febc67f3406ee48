"""Processes of the hub are killed in the middle of their work."""

from functools import partial
from time import monotonic

from .. import acts, killer
from ..findings import findings
from ..row import Findings, Row, at_least, at_most
from ..world import World

RATE = 50
KILL_EVERY_SECONDS = 2.0


def killed_workers(world: World, orders: int) -> Findings:
    """Orders come in steadily while one worker after the other dies, in whatever it is doing."""
    acts.connect_doors(world)
    acts.warm_up(world)
    every = KILL_EVERY_SECONDS if not world.is_small else 0.7
    with killer.killing(partial(killer.workers, world), every=every) as killed:
        acts.shop(world, orders, rate=RATE)
        world.wait("the shoppers", lambda: acts.has_sent_all(world))
    began = monotonic()
    acts.settle(world)
    return findings(
        world,
        {
            "workers killed": at_least(2, len(killed)),
            "ack p99, ms": at_most(250, acts.ack_p99_ms(acts.deliveries(world)), is_timing=True),
            "backlog empty after, s": at_most(60, monotonic() - began, is_timing=True),
        },
        note="3,000 orders: 50 a second for the 60 s of killing" if not world.is_small else "",
    )


ROWS = (
    Row(
        "F1",
        "Worker processes killed -9 every 2 s for 60 s, idle ones too",
        killed_workers,
        orders=3_000,
        small=100,
        passes_when="the door answers within 250 ms (p99); the backlog is empty 60 s after the last kill",
        needs_processes=True,
    ),
)
