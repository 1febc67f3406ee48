"""Clocks that are wrong: the sender's, and our own when it is set."""

from .. import acts, clocks, courier, forger
from ..findings import findings
from ..row import Findings, Row, at_most, exactly
from ..world import World

HOUR = 3_600.0
STALE = (-3_600.0, -600.0, -310.0, 310.0, 600.0, 3_600.0)
FRESH = (-240.0, 0.0, 240.0)


def wrong_clocks(world: World, orders: int) -> Findings:
    """The hub's clock is set back and forward while orders wait for a CRM that is away."""
    acts.connect_doors(world)
    acts.warm_up(world)
    shop = forger.pushing_shop()
    body = b'{"id": "1"}'
    stale = courier.send([forger.push(world, shop, body, off=seconds) for seconds in STALE])
    fresh = courier.send([forger.push(world, shop, body, off=seconds) for seconds in FRESH])

    part = max(orders // 3, 1)
    before = acts.crm_state(world)["total_calls"]
    for number, seconds in enumerate((-HOUR, HOUR, 0.0)):
        world.crm_fails(down=True)
        acts.shop(world, part, seed=20 + number)
        world.pass_time(8.0)
        clocks.jump(world, seconds)
        world.pass_time(4.0)
        acts.settle(world)
    calls = acts.crm_state(world)["total_calls"] - before
    return findings(
        world,
        {
            "stale pushes answered by other than 401": exactly(0, sum(each.status != 401 for each in stale)),
            "fresh pushes answered by 401": exactly(0, sum(each.status == 401 for each in fresh)),
            "calls per order": at_most(4, calls / (3 * part)),
        },
        note="our clock: -1 h, then +1 h, each while orders wait for a CRM that is away",
    )


ROWS = (
    Row(
        "F17",
        "Sender's clock ±10 min; our clock jumps -1 h, +1 h",
        wrong_clocks,
        orders=1_500,
        small=30,
        passes_when="stale signatures refused; no retry storm, nothing due for ever",
    ),
)
