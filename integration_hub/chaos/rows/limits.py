"""The target limits how often it may be called, or is away."""

from collections.abc import Callable, Mapping
from datetime import datetime
from time import monotonic, time
from typing import Any

from integration_hub.bench.meter import quantile
from integration_hub.demo.pair import MAGENTO_BITRIX, WOO_RETAIL
from integration_hub.engine.breaker import FAILURES_TO_OPEN

from .. import acts
from ..findings import findings
from ..row import Findings, Row, at_least, at_most, exactly
from ..world import World

OUR_SHARE = {"HUB_RATE_SHARE": "0.9"}

WRITING = ("crm.item.add", "crm.item.update", "crm.item.productrow.set")
"""Commands that write, of a CRM that takes many in a call."""


def retry_after(world: World, orders: int) -> Findings:
    acts.connect_doors(world)
    acts.warm_up(world)
    before = acts.crm_state(world)
    world.crm_fails(too_many_rate=0.2 if world.is_small else 0.01, retry_after_seconds=1, retry_after_max_seconds=30)
    acts.shop(world, orders)
    world.wait("the senders", lambda: acts.has_sent_all(world))
    world.wait("the hub", acts.is_quiet)
    after = acts.crm_state(world)
    acts.settle(world)
    refused = after["refused_calls"] - before["refused_calls"]
    calls = after["total_calls"] - before["total_calls"]
    return findings(
        world,
        {
            "answered 429": at_least(1, refused),
            "calls before Retry-After had passed": exactly(0, after["early_calls"] - before["early_calls"]),
            "refused calls, %": at_most(2.0, 100 * refused / max(calls, 1), is_timing=True),
        },
        dead=0,
        note="4,000 orders; every hundredth call is answered 429, which is a share of the refused calls by itself",
    )


def upload_rate(world: World, orders: int) -> Findings:
    """A backlog is drained under the vendor's own limit, in whole uploads."""
    before, after, seconds = _drained(world, orders)
    return findings(
        world,
        {
            "refused calls, %": at_most(2.0, _refused(before, after), is_timing=True),
            "seconds": at_most(25 if orders >= 10_000 else 5 + 25 * orders / 10_000, seconds, is_timing=True),
            "calls per 50 orders": at_most(1.2, _calls(before, after) * 50 / orders),
        },
        dead=0,
    )


def _drained(world: World, orders: int) -> tuple[dict[str, Any], dict[str, Any], float]:
    """The CRM's figures before and after a backlog of new orders went there under its limit, and how long it took."""
    acts.connect_doors(world)
    acts.shop(world, 40, seed=99, **acts.REGULARS)
    acts.settle(world)
    world.crm.pause("By hand, to gather a backlog.")
    acts.shop(world, orders, **acts.REGULARS)
    world.wait("the senders", lambda: acts.has_sent_all(world))
    world.wait("the inbox", lambda: _waiting(world) >= orders)
    before = acts.crm_state(world)
    world.crm_fails(rate_limit="vendor")
    began = monotonic()
    world.crm.resume()
    world.wait("the orders", lambda: acts.crm_state(world)["orders"] >= before["orders"] + orders)
    world.wait("the hub", acts.is_quiet)
    seconds = monotonic() - began
    after = acts.crm_state(world)
    acts.settle(world)
    return before, after, seconds


def _waiting(world: World) -> int:
    return world.route.items.filter(flow="orders", state="waiting").count()


def _calls(before: dict[str, int], after: dict[str, int]) -> int:
    return after["total_calls"] - before["total_calls"]


def _refused(before: dict[str, int], after: dict[str, int]) -> float:
    return 100 * (after["refused_calls"] - before["refused_calls"]) / max(_calls(before, after), 1)


def vendor_limit(world: World, orders: int) -> Findings:
    """As the CRM takes commands: one by one, or many in a call."""
    return {"retailcrm": single_calls, "bitrix24": batches}[world.crm.kind](world, orders)


def batches(world: World, orders: int) -> Findings:
    """New orders of known buyers, a deal and its product rows each, in batches of commands that count as one call."""
    before, after, seconds = _drained(world, orders)
    commands = sum(after["methods"].get(name, 0) - before["methods"].get(name, 0) for name in WRITING)
    per_call = commands / max(_calls(before, after), 1)
    return findings(
        world,
        {
            "commands": at_least(2 * orders, commands),
            "refused calls, %": at_most(2.0, _refused(before, after), is_timing=True),
            "commands a call, look-ups counted": at_least(35, per_call, is_timing=True),
            "seconds": at_most(5 + 125 * commands / 10_000, seconds, is_timing=True),
        },
        dead=0,
        note=f"{commands:,} commands in {_calls(before, after)} calls, {commands / seconds:.0f} commands a second",
    )


def single_calls(world: World, orders: int) -> Findings:
    """Commands that the vendor takes one by one: edits of orders that are there."""
    acts.connect_doors(world, only_topics="order.created,order.updated")
    acts.shop(world, orders, **acts.REGULARS)
    acts.settle(world)
    before = acts.crm_state(world)
    world.crm_fails(rate_limit="vendor")
    world.pass_time(1.1)  # a shop's versions bear the second
    began = monotonic()
    world.shop.post("change", {"touch": orders, "seed": 2})
    world.wait("the senders", lambda: acts.has_sent_all(world))
    world.wait("the hub", acts.is_quiet)
    seconds = monotonic() - began
    after = acts.crm_state(world)
    acts.settle(world)
    return findings(
        world,
        {
            "commands": at_least(orders, len(acts.writes(world, "orders/edit"))),
            "refused calls, %": at_most(2.0, _refused(before, after), is_timing=True),
            "seconds": at_most(1.3 * _calls(before, after) / 9 + 5, seconds, is_timing=True),
        },
        dead=0,
        note=f"{orders} commands, one call each",
    )


METHOD_FAILS: Mapping[str, Callable[[World], Any]] = {
    "retailcrm": lambda world: world.crm_fails(only="/customers", error_rate=1),
    "bitrix24": lambda world: world.crm_desk.post("options", {"blocked": ["crm.duplicate.findbycomm"]}),
}
"""What is needed for buyers whom the CRM does not know, and for nothing else."""

METHOD_WORKS: Mapping[str, Callable[[World], Any]] = {
    "retailcrm": lambda world: world.crm_fails(),
    "bitrix24": lambda world: world.crm_desk.post("options", {"blocked": []}),
}

BLOCKED_SECONDS = 60.0


def one_method(world: World, orders: int) -> Findings:
    """One method fails for a minute; what does not need it goes on."""
    acts.connect_doors(world)
    acts.shop(world, 40, seed=99, **acts.REGULARS)
    acts.settle(world)
    first = 1 + max(row["id"] for row in world.shop.get("orders"))
    before = acts.crm_state(world)["orders"]
    METHOD_FAILS[world.crm.kind](world)
    began = monotonic()
    newcomers = max(orders // 10, 5)
    acts.shop(world, newcomers, seed=5, customers=10_000, guest_share=0.0)
    acts.shop(world, orders, rate=0 if world.is_small else 20, **acts.REGULARS)
    world.wait("the orders of known buyers", lambda: acts.crm_state(world)["orders"] >= before + orders, 60)
    there = acts.crm_state(world)["orders"] - before
    reflect = [each for order, each in acts.reflect_seconds(world).items() if int(order) >= first + newcomers]
    world.pass_time(max(BLOCKED_SECONDS - (monotonic() - began), 0))
    refused = acts.crm_state(world).get("blocked", 0)
    METHOD_WORKS[world.crm.kind](world)
    acts.settle(world)
    return findings(
        world,
        {
            "orders delivered meanwhile": at_least(orders, there),
            "reflect p99 of these, s": at_most(10.0, quantile(reflect, 0.99), is_timing=True),
            "commands refused for their method": at_most(100, refused),
        },
        dead=0,
        note=f"whatever asks for new buyers fails while {orders} orders of known ones go on",
    )


def outages(world: World, orders: int) -> Findings:
    """Two outages under steady traffic, a short and a longer one."""
    acts.connect_doors(world)
    acts.warm_up(world, **acts.REGULARS)
    probes = [_outage(world, orders // 4, seconds=20), _outage(world, orders - orders // 4, seconds=60)]
    tail = [str(row["id"]) for row in world.shop.get("orders")][-1]
    fresh = 10
    acts.shop(world, fresh, seed=8, **acts.REGULARS)
    newest = {str(int(tail) + place) for place in range(1, fresh + 1)}
    before = len(acts.writes(world, "orders/create"))
    world.lift_faults()
    began = time()
    acts.settle(world)
    rows = acts.writes(world, "orders/create")
    moments = [datetime.fromisoformat(row["at"]).timestamp() for row in rows[before:]]
    written = [row["order"] for row in rows]
    last_of_backlog = max(place for place, order in enumerate(written) if order not in newest)
    behind = sum(place > last_of_backlog for place, order in enumerate(written) if order in newest)
    return findings(
        world,
        {
            "ack p99, ms": at_most(250, acts.ack_p99_ms(acts.deliveries(world)), is_timing=True),
            "probes beyond one in 5 s": at_most(0, max(probes)),
            "new orders behind the backlog's tail": exactly(0, behind),
            "found again after, s": at_most(61, moments[0] - began, is_timing=True),
            "drained, orders a second": at_least(100, len(moments) / (moments[-1] - moments[0]), is_timing=True),
        },
        dead=0,
        note="away for 20 s and for 60 s instead of 10 min; 50 orders a second meanwhile",
    )


def _outage(world: World, orders: int, *, seconds: float) -> float:
    """Calls in the outage beyond those that show it, over one in five seconds. The CRM stays away."""
    world.lift_faults()
    world.wait("the hub", acts.is_quiet)
    before = acts.crm_state(world)["total_calls"]
    world.crm_fails(down=True)
    acts.shop(world, orders, rate=0 if world.is_small else orders / seconds, **acts.REGULARS)
    world.pass_time(seconds)
    calls = acts.crm_state(world)["total_calls"] - before
    return float(calls - FAILURES_TO_OPEN - seconds // 5)


ROWS = (
    Row(
        "F7",
        "429 with Retry-After 1-30 s",
        retry_after,
        orders=4_000,
        small=30,
        passes_when="no call before it has passed; at most 2 % of the calls refused",
    ),
    Row(
        "F8",
        "RetailCRM's 10 calls a second, answered 503",
        upload_rate,
        small=100,
        passes_when="at most 2 % refused; 10,000 orders in 25 s by upload",
        environment=OUR_SHARE,
    ),
    Row(
        "F9",
        "The vendor's limit of calls, answered 503: one command a call, or batches",
        vendor_limit,
        orders=400,
        small=30,
        sizes={MAGENTO_BITRIX: 5_000},
        pairs=(WOO_RETAIL, MAGENTO_BITRIX),
        passes_when="at most 2 % refused; as fast as the limit allows; 10,000 commands in 130 s by batch",
        environment=OUR_SHARE,
    ),
    Row(
        "F10",
        "One method of the target fails for a minute",
        one_method,
        orders=600,
        pairs=(WOO_RETAIL, MAGENTO_BITRIX),
        passes_when="only that method waits",
    ),
    Row(
        "F11",
        "Target down 20 s, then longer",
        outages,
        orders=4_000,
        small=130,
        passes_when="the door as before; one probe in 5 s; drained at full rate; new orders before the backlog's tail",
    ),
)
