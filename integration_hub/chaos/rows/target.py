"""The target fails, hangs, cuts its answers, drops calls or refuses an object."""

from collections.abc import Mapping
from time import monotonic
from typing import Any

from integration_hub.bench.meter import quantile
from integration_hub.demo.pair import MAGENTO_BITRIX, WOO_RETAIL, Kinds
from integration_hub.engine.models import Attempt, OutboxItem

from .. import acts
from ..findings import findings
from ..row import Criterion, Findings, Row, at_most, exactly
from ..world import World

STEADY: Mapping[Kinds, int] = {WOO_RETAIL: 50, MAGENTO_BITRIX: 15}
"""Orders a second: the second pair has what Bitrix24's own two calls a second carry."""

ORDER_WRITES = "orders/(upload|create)"
WRITES = "(orders|customers)/(upload|create)"
GUESTS: Mapping[str, Any] = {"customers": 0, "guests": 400, "guest_share": 1.0}

TIMEOUT_NOTE = "the connection's time-out is 1 s: a call that hangs holds its lane for as long as the time-out is"


def errors(world: World, orders: int) -> Findings:
    """First without a fault, to know how long it takes; then as many with one."""
    acts.connect_doors(world)
    acts.warm_up(world, **acts.REGULARS)
    began = monotonic()
    acts.shop(world, orders, **acts.REGULARS)
    acts.settle(world)
    unhindered = monotonic() - began

    before = acts.crm_state(world)
    world.crm_fails(error_rate=0.2)
    began = monotonic()
    acts.shop(world, orders, **acts.REGULARS)
    world.wait("the senders", lambda: acts.has_sent_all(world))
    world.wait("the hub", acts.is_quiet)
    hindered = monotonic() - began
    acts.settle(world)
    calls = _calls_per_batch(before, acts.crm_state(world))
    return findings(
        world,
        {
            "calls per delivered batch": at_most(1.35, calls, is_timing=True),
            "time beside the fault-free": at_most(2.0, hindered / unhindered, is_timing=True),
        },
        dead=0,
        note=f"as many orders without the fault before, in {unhindered:.1f} s",
    )


def _calls_per_batch(before: dict[str, Any], after: dict[str, Any]) -> float:
    """Calls that arrived, over calls that were answered as asked."""
    calls: int = after["total_calls"] - before["total_calls"]
    refused: int = after["refused_calls"] - before["refused_calls"]
    return calls / max(calls - refused, 1)


def hangs(world: World, orders: int) -> Findings:
    return _writes_unseen(world, orders, hang_rate=0.05, hang_seconds=2.0)


def cuts(world: World, orders: int) -> Findings:
    return _writes_unseen(world, orders, drop_after_rate=0.05)


def _writes_unseen(world: World, orders: int, **fault: Any) -> Findings:
    """Steady traffic while orders are written unseen; then guests, of whom some are made unseen as well."""
    world.set_crm(timeout_seconds=1)
    acts.connect_doors(world)
    acts.warm_up(world)
    first = _next_order(world)
    if world.is_small:
        fault = {name: 0.3 if name.endswith("_rate") else value for name, value in fault.items()}
    world.crm_fails(only=ORDER_WRITES, **fault)
    acts.shop(world, orders, rate=_steady(world))
    world.wait("the shoppers", lambda: acts.has_sent_all(world))
    world.wait("the hub", acts.is_quiet)
    reflect = [seconds for order, seconds in acts.reflect_seconds(world).items() if int(order) >= first]

    world.crm_fails(only=WRITES, **fault)
    acts.shop(world, orders // 10, seed=3, **GUESTS)
    world.wait("the shoppers", lambda: acts.has_sent_all(world))
    world.wait("the hub", acts.is_quiet)
    acts.settle(world)
    return findings(
        world,
        {
            "answers lost": _at_least_one(world),
            "reflect p99, s": at_most(2.0, quantile(reflect, 0.99), is_timing=True),
        },
        dead=0,
        note=f"{orders} orders at {STEADY[world.kinds]} a second and {orders // 10} of guests; {TIMEOUT_NOTE}",
    )


def _steady(world: World) -> int:
    return 0 if world.is_small else STEADY[world.kinds]


def _at_least_one(_world: World) -> Criterion:
    """The fault has struck: else the row proves nothing."""
    unknown = Attempt.objects.filter(outcome=Attempt.Outcome.UNKNOWN).count()
    return Criterion(1, unknown, unknown >= 1)


def _next_order(world: World) -> int:
    return 1 + max((row["id"] for row in world.shop.get("orders")), default=0)


def drops(world: World, orders: int) -> Findings:
    """The connection is dropped before the write."""
    acts.connect_doors(world)
    acts.warm_up(world)
    world.crm_fails(only=WRITES, drop_before_rate=0.3 if world.is_small else 0.05)
    acts.shop(world, orders, rate=_steady(world))
    world.wait("the shoppers", lambda: acts.has_sent_all(world))
    world.wait("the hub", acts.is_quiet)
    acts.settle(world)
    return findings(
        world,
        {
            "answers lost": _at_least_one(world),
            "tried again after, s": at_most(5.0, _longest_first_wait(), is_timing=True),
        },
        dead=0,
        note="3,000 orders at 50 a second",
    )


def _longest_first_wait() -> float:
    """From the end of an item's failed first try to its second one, the longest of all."""
    ends: dict[int | None, float] = {
        row.item_id: row.started_at.timestamp() + row.duration_ms / 1000
        for row in Attempt.objects.filter(number=1, outcome=Attempt.Outcome.UNKNOWN).order_by("pk")
    }
    begins: dict[int | None, float] = {}
    for row in Attempt.objects.filter(item_id__in=ends, number=2).order_by("pk"):
        begins.setdefault(row.item_id, row.started_at.timestamp())
    return max((begin - ends[item] for item, begin in begins.items()), default=0.0)


def refusals(world: World, orders: int) -> Findings:
    """Five orders are refused for good; which, nobody can know beforehand."""
    acts.connect_doors(world)
    acts.warm_up(world, **acts.REGULARS)
    acts.shop(world, 1, seed=98, **acts.REGULARS)  # its number tells those of the next
    acts.settle(world)
    first = _next_order(world)
    bad = [str(first + place * orders // 5) for place in range(5)]
    world.crm_fails(refuse=bad)
    acts.shop(world, orders, rate=_steady(world), **acts.REGULARS)
    world.wait("the shoppers", lambda: acts.has_sent_all(world))
    world.wait("the hub", acts.is_quiet)
    acts.settle(world)
    dead = {row.object_id: row for row in OutboxItem.objects.filter(state=OutboxItem.State.DEAD)}
    reflect = acts.reflect_seconds(world)
    waited = [seconds for order, seconds in reflect.items() if int(order) >= first]
    return findings(
        world,
        {
            "dead letters": exactly(5, len(dead)),
            "others among them": exactly(0, len(set(dead) - set(bad))),
            "without the target's words": exactly(0, sum("told to refuse" not in row.reason for row in dead.values())),
            "tries": at_most(3, max((row.tries for row in dead.values()), default=0)),
            "delay of the others, s": at_most(1.0, quantile(waited, 0.99), is_timing=True),
        },
    )


ROWS = (
    Row(
        "F3",
        "Target answers 500 on 20 % of calls",
        errors,
        passes_when="at most 1.35 calls per delivered batch; done in twice the fault-free time",
    ),
    Row(
        "F4",
        "Target writes, then hangs past our time-out, 5 %",
        hangs,
        orders=3_000,
        pairs=(WOO_RETAIL, MAGENTO_BITRIX),
        sizes={MAGENTO_BITRIX: 1_200},
        passes_when="looked up before any second create; p99 of all orders within 2 s",
    ),
    Row(
        "F5",
        "Target writes, answer cut in the middle and reset, 5 %",
        cuts,
        orders=3_000,
        pairs=(WOO_RETAIL, MAGENTO_BITRIX),
        sizes={MAGENTO_BITRIX: 1_200},
        passes_when="as F4",
    ),
    Row(
        "F6",
        "Connection dropped before the write, 5 %",
        drops,
        orders=3_000,
        passes_when="tried again within 5 s",
    ),
    Row(
        "F22",
        "5 of 1,000 orders that the target always refuses",
        refusals,
        orders=1_000,
        passes_when="those 5 are dead letters with the target's words, within 3 tries; others wait at most 1 s",
    ),
)
