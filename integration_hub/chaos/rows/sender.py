"""The sender repeats, shuffles and overtakes itself."""

import random

from integration_hub.bench.meter import quantile
from integration_hub.engine.models import InboxEvent

from .. import acts, courier
from ..findings import findings
from ..row import Findings, Row, at_most, exactly
from ..world import World


def repeats(world: World, orders: int) -> Findings:
    """Each webhook comes one to five times, its copies at the same moment."""
    acts.connect_doors(world)
    acts.warm_up(world)
    before = len(acts.writes(world, *_ORDER_WRITES))
    courier.hold(world, "order.created")
    acts.shop(world, orders)
    chance = random.Random(12)  # noqa: S311 - the same again
    copies = [each for delivery in courier.held(world) for each in [delivery] * chance.randint(1, 5)]
    log = courier.send(copies, senders=acts.SENDERS)
    acts.settle(world)
    return findings(
        world,
        {
            "repeats not answered 2xx": exactly(0, sum(not answer.is_acknowledged for answer in log)),
            "writes beyond one per order": exactly(0, len(acts.writes(world, *_ORDER_WRITES)) - before - orders),
            "events kept beyond one": exactly(0, _kept_more_than_once(world)),
            "answer to a repeat p99, ms": at_most(50, _repeat_p99(log), is_timing=True),
        },
        log=log,
    )


_ORDER_WRITES = ("orders/create", "orders/edit")


def _kept_more_than_once(world: World) -> int:
    """The sync log shows each state of an order once."""
    events = InboxEvent.objects.filter(connection=world.store, topic="order.created")
    return events.count() - events.values("object_id").distinct().count()


def _repeat_p99(log: list[courier.Answer]) -> float:
    seen: set[str] = set()
    repeated = []
    for answer in sorted(log, key=lambda each: each.at):
        if answer.delivery.id in seen:
            repeated.append(answer.ms)
        seen.add(answer.delivery.id)
    return quantile(repeated, 0.99)


ROWS = (
    Row(
        "F12",
        "Each webhook 1-5 times, in parallel",
        repeats,
        passes_when="one effect; repeats are answered 2xx within 50 ms",
    ),
)
