"""The target fails, hangs, drops, refuses or is away."""

from time import monotonic
from typing import Any

from .. import acts
from ..findings import findings
from ..row import Findings, Row, at_most
from ..world import World

ORDER_WRITES = "orders/(upload|create)"


def errors(world: World, orders: int) -> Findings:
    """First without a fault, to know how long it takes; then with one."""
    acts.connect_doors(world)
    acts.warm_up(world)
    began = monotonic()
    acts.shop(world, orders // 2)
    acts.settle(world)
    unhindered = monotonic() - began

    before = acts.crm_state(world)
    world.crm_fails(error_rate=0.2)
    began = monotonic()
    acts.shop(world, orders - orders // 2)
    world.wait("the senders", lambda: acts.has_sent_all(world))
    world.wait("the hub", acts.is_quiet)
    hindered = monotonic() - began
    acts.settle(world)
    return findings(
        world,
        {
            "calls per delivered batch": at_most(1.35, _calls_per_batch(before, acts.crm_state(world)), is_timing=True),
            "time beside the fault-free": at_most(2.0, hindered / unhindered, is_timing=True),
        },
    )


def _calls_per_batch(before: dict[str, Any], after: dict[str, Any]) -> float:
    """Calls that arrived, over calls that were answered as asked."""
    calls = after["total_calls"] - before["total_calls"]
    refused = after["refused_calls"] - before["refused_calls"]
    return calls / max(calls - refused, 1)


ROWS = (
    Row(
        "F3",
        "Target answers 500 on 20 % of calls",
        errors,
        passes_when="at most 1.35 calls per delivered batch; done in twice the fault-free time",
    ),
)
