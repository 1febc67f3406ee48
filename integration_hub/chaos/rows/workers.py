"""Processes of the hub are killed in the middle of their work."""

from functools import partial
from time import monotonic

from integration_hub.engine.models import InboxEvent

from .. import acts, killer
from ..findings import findings
from ..row import Findings, Row, at_least, at_most, exactly
from ..world import World

KILL_EVERY_SECONDS = 2.0
SMALL_KILL_EVERY_SECONDS = 1.0
MANY = 15
"""Of thirty tries in a minute; some find nobody, because workers are just being started again."""

NOTE = "3,000 orders: 50 a second for the 60 s of killing"


def killed_workers(world: World, orders: int) -> Findings:
    """Orders come in steadily while one worker after the other dies, in whatever it is doing."""
    acts.connect_doors(world)
    acts.warm_up(world)
    with killer.killing(partial(killer.workers, world), every=_every(world)) as killed:
        acts.shop(world, orders, rate=acts.STEADY_RATE)
        world.wait("the shoppers", lambda: acts.has_sent_all(world))
    began = monotonic()
    acts.settle(world)
    return findings(
        world,
        {
            "workers killed": at_least(1 if world.is_small else MANY, len(killed)),
            "ack p99, ms": at_most(250, acts.ack_p99_ms(acts.deliveries(world)), is_timing=True),
            "backlog empty after, s": at_most(60, monotonic() - began, is_timing=True),
        },
        dead=0,
        note=NOTE,
    )


def _every(world: World) -> float:
    return SMALL_KILL_EVERY_SECONDS if world.is_small else KILL_EVERY_SECONDS


def killed_web(world: World, orders: int) -> Findings:
    """The shop sends again what was not acknowledged, and nothing else."""
    acts.connect_doors(world, resend_seconds=0.5)
    acts.warm_up(world)
    with killer.killing(partial(killer.web_processes, world), every=_every(world)) as killed:
        acts.shop(world, orders, rate=acts.STEADY_RATE)
        world.wait("the shoppers", lambda: acts.has_sent_all(world))
    acts.settle(world)
    events = InboxEvent.objects.filter(connection=world.store)
    unread = events.filter(state=InboxEvent.State.FAILED).count() + events.filter(body=b"").count()
    return findings(
        world,
        {
            "web processes killed": at_least(1, len(killed)),
            "half-written inbox rows": exactly(0, unread),
            "events kept beyond one": exactly(0, events.count() - len(acts.acknowledged(world))),
        },
        dead=0,
        note=NOTE,
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
    Row(
        "F2",
        "Web processes killed -9 every 2 s",
        killed_web,
        orders=3_000,
        small=100,
        passes_when="only unacknowledged requests need to be sent again; no half-written inbox row",
        needs_processes=True,
    ),
)
