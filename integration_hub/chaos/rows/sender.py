"""The sender repeats, shuffles and overtakes itself."""

import random
from collections.abc import Iterator, Sequence
from itertools import groupby

from integration_hub.bench.meter import quantile
from integration_hub.engine.models import InboxEvent, OutboxItem

from .. import acts, courier
from ..courier import Delivery
from ..findings import findings
from ..row import Findings, Row, at_least, at_most, exactly
from ..world import World

ORDER_WRITES = ("orders/create", "orders/edit")
WINDOW = 40
"""Orders whose versions are shuffled together."""


def repeats(world: World, orders: int) -> Findings:
    """Each webhook comes one to five times, its copies at the same moment."""
    acts.connect_doors(world)
    acts.warm_up(world)
    before = len(acts.writes(world, *ORDER_WRITES))
    courier.hold(world, "order.created")
    acts.shop(world, orders)
    chance = random.Random(12)  # noqa: S311 - the same again
    copies = [each for delivery in courier.held(world) for each in [delivery] * chance.randint(1, 5)]
    log = courier.send(copies, senders=acts.SENDERS)
    acts.settle(world)
    timed = [] if world.is_small else courier.send(copies[:500], senders=2, rate=acts.STEADY_RATE)
    acts.settle(world)
    return findings(
        world,
        {
            "repeats not answered 2xx": exactly(0, sum(not answer.is_acknowledged for answer in log)),
            "writes beyond one per order": exactly(0, len(acts.writes(world, *ORDER_WRITES)) - before - orders),
            "events kept beyond one": exactly(0, _kept_more_than_once(world)),
            "answer to a repeat p99, ms": at_most(50, quantile([answer.ms for answer in timed], 0.99), is_timing=True),
        },
        dead=0,
        log=log,
        note="answers to repeats are timed at 50 a second, after the flood",
    )


def _kept_more_than_once(world: World) -> int:
    """The sync log shows each state of an order once."""
    events = InboxEvent.objects.filter(connection=world.store, topic="order.created")
    return events.count() - events.values("object_id").distinct().count()


def versions(world: World, orders: int) -> Findings:
    """Three versions of each order, which arrive in any order within a window of forty orders."""
    acts.connect_doors(world)
    acts.warm_up(world)
    courier.hold(world, *acts.ORDER_TOPICS)
    acts.shop(world, orders)
    # A shop's versions bear the second; within one second nobody could tell them apart.
    world.pass_time(1.1)
    world.shop.post("change", {"touch": 10 * orders, "seed": 2})
    world.pass_time(1.1)
    world.shop.post("change", {"statuses": 10 * orders, "to": "completed", "seed": 3})
    shuffled = list(_shuffled(courier.held(world)))
    log = courier.send(shuffled, senders=1)
    acts.settle(world)
    superseded = InboxEvent.objects.filter(connection=world.store, state=InboxEvent.State.SUPERSEDED).count()
    return findings(
        world,
        {
            "old versions logged as superseded": at_least(_overtaken(shuffled), superseded),
            "versions of which some were old": at_least(1, _overtaken(shuffled)),
        },
        dead=0,
        log=log,
    )


def _shuffled(deliveries: Sequence[Delivery]) -> Iterator[Delivery]:
    chance = random.Random(13)  # noqa: S311 - the same again
    by_window = sorted(deliveries, key=_window)
    for _, window in groupby(by_window, key=_window):
        together = list(window)
        chance.shuffle(together)
        yield from together


def _window(delivery: Delivery) -> int:
    return int(delivery.id) // WINDOW


def _overtaken(sent: Sequence[Delivery]) -> int:
    """Deliveries that come after a newer version of their order. Versions differ by what staff did."""
    newest: dict[str, int] = {}
    old = 0
    for delivery in sent:
        version = _version(delivery)
        old += version < newest.get(delivery.id, 0)
        newest[delivery.id] = max(version, newest.get(delivery.id, 0))
    return old


def _version(delivery: Delivery) -> int:
    return 2 if b'"status":"completed"' in delivery.body and delivery.topic == "order.updated" else (
        1 if b"Cambio de direcci" in delivery.body else 0
    )  # fmt: skip


def overtaking(world: World, orders: int) -> Findings:
    """Payments before their orders, orders before their customers."""
    world.set_route(sync_customers=True)
    acts.connect_doors(world, only_topics="order.created")
    acts.warm_up(world)
    courier.hold(world, *acts.ORDER_TOPICS, "customer.created")
    acts.shop(world, orders, customers=orders, guests=orders, guest_share=0.2)
    world.pass_time(1.1)
    world.shop.post("change", {"pay": orders, "seed": 4})
    deliveries = courier.held(world)
    log = []
    for topic in ("order.updated", "order.created", "customer.created"):
        log += courier.send([each for each in reversed(deliveries) if each.topic == topic])
        world.wait("the hub", acts.is_quiet)
    acts.settle(world)
    dead = OutboxItem.objects.filter(state__in=[OutboxItem.State.DEAD, OutboxItem.State.PARKED]).count()
    failed = InboxEvent.objects.filter(state=InboxEvent.State.FAILED).count()
    order_log = [answer for answer in log if answer.delivery.topic in acts.ORDER_TOPICS]
    return findings(
        world,
        {
            "payments before their orders": at_least(1, _paid_first(deliveries)),
            "dead or parked": exactly(0, dead),
            "events that failed": exactly(0, failed),
        },
        dead=0,
        log=order_log,
    )


def _paid_first(deliveries: Sequence[Delivery]) -> int:
    return sum(each.topic == "order.updated" for each in deliveries)


ROWS = (
    Row(
        "F12",
        "Each webhook 1-5 times, in parallel",
        repeats,
        orders=5_000,
        passes_when="one effect; repeats are answered 2xx within 50 ms",
    ),
    Row(
        "F13",
        "3 versions per order, shuffled in a window of 40 orders",
        versions,
        orders=3_000,
        small=40,
        passes_when="old versions are logged as superseded",
    ),
    Row(
        "F14",
        "Order before its customer, payment before its order",
        overtaking,
        orders=2_000,
        passes_when="waits or makes the missing part; nothing dead",
    ),
)
