"""Old orders, lists that move while they are read, webhooks that never came, and one order that is far too big."""

import base64
import json
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from threading import Event, Thread
from time import monotonic
from typing import Any

from django.utils import timezone

from integration_hub.bench.meter import Meter, quantile
from integration_hub.demo.pair import MAGENTO_BITRIX, WOO_RETAIL
from integration_hub.engine.models import Backfill, Cursor, ReconcileRun
from integration_hub.flows import actions
from integration_hub.watch.models import Incident

from .. import acts, courier
from ..findings import dead_letters, findings
from ..row import Findings, Row, at_least, at_most, exactly
from ..world import ChaosError, World

OLD = {"customers": 2000, "guest_share": 0.0, "everyone_has_email": True, "days_ago": 3}

SMALL_EDITS = 100

SMALL_PAGE = 10
"""At the size of the test suite a list has many pages, too."""

LIVE_RATE = 10.0
MOST_ORDERS_A_SECOND = 350
"""What a backfill manages at best: live orders go on for as long as it takes."""

LINES = 2_000
NEIGHBOURS_RATE = 20.0
PATIENCE_SECONDS = 900.0
SELDOM_SECONDS = 3.0


# --- F29 --------------------------------------------------------------------------------------------------------------


def moving_lists(world: World, orders: int) -> Findings:
    """A backfill walks a list that grows and shrinks; then a poll reads thousands of rows with one time stamp."""
    if world.is_small:
        _set_store(world, page_size=SMALL_PAGE)
    span = world.shop.post("history", {**OLD, "orders": orders})
    old = [str(number) for number in range(span["first_id"], span["last_id"] + 1)]
    run = actions.start_backfill(world.route, "orders")
    with _at_work(lambda: _delete_and_insert(world, old)):
        _come_to_its_end(world, "the backfill", lambda: _has_ended(run))
    unwalked = set(old) - _deleted(world, old) - _in_crm(world)

    acts.shop(world, orders, **_regulars())
    world.shop.post("change", {"touch": 10 * orders})
    crowd = _most_of_one_second(world)
    actions.prepare_connection(world.store)
    with _at_work(lambda: _edit_some(world), every=0.02 if world.is_small else 0.2):
        _come_to_its_end(world, "the poll", _seldom(world, lambda: _in_shop(world) <= _in_crm(world)))
    actions.poll_now(world.store)
    _come_to_its_end(world, "the last poll", _seldom(world, lambda: _in_shop(world) <= _in_crm(world)))
    world.wait("the hub", acts.is_quiet)
    return findings(
        world,
        {
            "old orders that the walk did not see": exactly(0, len(unwalked)),
            "orders that the poll did not see": exactly(0, len(_in_shop(world) - _in_crm(world))),
            "orders deleted while it walked": at_least(1, len(_deleted(world, old))),
            "most orders of one second": at_least(orders / 10, crowd),
        },
    )


def _delete_and_insert(world: World, old: Sequence[str]) -> Iterator[None]:
    """From the front, where the walk has been already: all that follows moves up."""
    for number in old[::7]:
        DELETES[world.store.kind](world, number)
        world.shop.post("shop", {"orders": 1, "seed": int(number), **acts.REGULARS})
        yield


DELETES: Mapping[str, Callable[[World, str], Any]] = {
    "woocommerce": lambda world, number: _rest(world, "DELETE", f"orders/{number}?force=true"),
    "magento2": lambda world, number: world.shop.post("delete", {"ids": [int(number)]}),
}
"""As another program of the shop's owner does it. Magento's API deletes no orders; programs do it in its database."""


def _edit_some(world: World) -> Iterator[None]:
    """Edited orders move to the end of a list that is ordered by change.

    Only so often: where the machine is slower than the edits, the list would never come to its end.
    """
    for seed in range(SMALL_EDITS if world.is_small else 10_000):
        world.shop.post("change", {"touch": 3, "seed": seed})
        yield


def _most_of_one_second(world: World) -> int:
    seconds: dict[str, int] = {}
    for row in world.shop.get("orders"):
        seconds[row["modified"]] = seconds.get(row["modified"], 0) + 1
    return max(seconds.values())


# --- F30 --------------------------------------------------------------------------------------------------------------


def lost_webhooks(world: World, orders: int) -> Findings:
    """Every tenth webhook is never sent, and no poll runs: only the comparison can find them. Then the shop switches
    the webhook off."""
    acts.connect_doors(world)
    courier.hold(world, "order.created")
    acts.shop(world, orders)
    made = courier.held(world)
    log = courier.send([each for place, each in enumerate(made) if place % 10], senders=acts.SENDERS, tries=3)
    world.wait("the hub", acts.is_quiet)
    unsent = _in_shop(world) - _in_crm(world)

    run = actions.start_comparison(world.route)
    world.wait("the comparison", lambda: _has_ended(run))
    run.refresh_from_db()
    still = _in_shop(world) - _in_crm(world)

    world.shop.post("webhooks", {"hold": False})
    _switch_off(world)
    acts.shop(world, 20)
    actions.prepare_connection(world.store)
    world.wait("the webhooks", lambda: world.shop.get("state")["webhooks"]["disabled"] == 0)
    world.wait("orders of the time without", _seldom(world, lambda: _in_shop(world) <= _in_crm(world)))
    acts.settle(world)
    told = Incident.objects.filter(kind=Incident.Kind.WEBHOOKS)
    if world.hub is not None:
        _come_to_its_end(world, "the incident", told.exists)  # the watch looks every half minute
    return findings(
        world,
        {
            "webhooks never sent": at_least(orders // 10, len(unsent)),
            "differences found beside those": exactly(0, abs(run.drifts_found - len(unsent))),
            "healed by the comparison": exactly(len(unsent), run.healed),
            "still missing after it": exactly(0, len(still)),
            "missing at the end": exactly(0, len(_in_shop(world) - _in_crm(world))),
            **({"shown as an incident": at_least(1, told.count())} if world.hub is not None else {}),
        },
        log=log,
    )


def _switch_off(world: World) -> None:
    for hook in _rest(world, "GET", "webhooks?per_page=100"):
        _rest(world, "PUT", f"webhooks/{hook['id']}", {"status": "disabled"})


# --- F32 --------------------------------------------------------------------------------------------------------------


def backfill_beside_live(world: World, orders: int) -> Findings:
    """Old orders by the hundred thousand, and shoppers who want to see their order at once."""
    acts.connect_doors(world)
    acts.warm_up(world)
    span = world.shop.post("history", {**OLD, "orders": orders})
    before = acts.crm_state(world)["orders"]
    warmed = {str(row["id"]) for row in acts.deliveries(world)}
    run = actions.start_backfill(world.route, "orders", until=timezone.now() - timedelta(days=1))
    acts.shop(world, max(orders // MOST_ORDERS_A_SECOND * int(LIVE_RATE), 10), rate=LIVE_RATE, seed=5, **_regulars())
    with _metered(world, lambda: int(acts.crm_state(world)["orders"]) - before) as meter:
        world.wait("the backfill", lambda: _has_ended(run), PATIENCE_SECONDS)
        acts.settle(world, PATIENCE_SECONDS)
    run.refresh_from_db()
    old = {str(number) for number in range(span["first_id"], span["last_id"] + 1)}
    live = [seconds for key, seconds in acts.reflect_seconds(world).items() if key not in warmed]
    return findings(
        world,
        {
            "old orders missing": exactly(0, len(old - _in_crm(world))),
            "old orders read": exactly(orders, run.read),
            "live time to reflect p99, s": at_most(5.0, quantile(live, 0.99), is_timing=True),
            "live time to reflect, longest, s": at_most(30.0, max(live), is_timing=True),
            "growth of memory": at_most(0.1, _growth(meter, orders), is_timing=True),
        },
        note=f"{orders:,} old orders in place of 1,000,000; {len(live):,} live ones at {LIVE_RATE:g} a second"
        + (f"; memory at most {meter.peak_mb:.0f} MB" if meter else ""),
    )


@contextmanager
def _metered(world: World, progress: Callable[[], int]) -> Iterator[Meter | None]:
    if world.hub is None:
        yield None
        return
    with Meter(world.hub.pid, progress=progress) as meter:
        yield meter


def _growth(meter: Meter | None, orders: int) -> float:
    """Mean memory in the last tenth over that in the second tenth, minus 1."""
    samples = meter.samples if meter else []
    early = [megabytes for done, megabytes in samples if 0.1 * orders <= done <= 0.2 * orders]
    late = [megabytes for done, megabytes in samples if done >= 0.9 * orders]
    return sum(late) / len(late) / (sum(early) / len(early)) - 1 if early and late else 0.0


# --- F33 --------------------------------------------------------------------------------------------------------------


def huge_order(world: World, orders: int) -> Findings:
    """First shoppers alone, to know how long their orders take; then somebody among them orders two thousand things."""
    acts.connect_doors(world)
    acts.warm_up(world)
    rate = 0.0 if world.is_small else NEIGHBOURS_RATE
    acts.shop(world, orders // 2, rate=rate, **_regulars())
    acts.settle(world)
    before = acts.reflect_seconds(world)

    acts.shop(world, orders - orders // 2, rate=rate, seed=2, **_regulars())
    if rate:
        world.pass_time(orders / 4 / rate)  # half of them have come by then
    huge, made = _order_of_many_lines(world)
    acts.settle(world)
    reasons = dead_letters(world)
    is_there = huge in _in_crm(world)
    beside = {key: seconds for key, seconds in acts.reflect_seconds(world).items() if key not in {huge, *before}}
    alone_p99 = quantile(list(before.values()) or [0.0], 0.99)
    beside_p99 = quantile(list(beside.values()) or [0.0], 0.99)
    return findings(
        world,
        {
            "lines of it": exactly(LINES, len(made["line_items"])),
            "size of it, KB": at_least(400, len(json.dumps(made)) / 1000),
            "delivered, or refused with a reason": exactly(1, int(is_there or bool(reasons.get(huge)))),
            "neighbours that did not arrive": exactly(0, len(_in_shop(world) - _in_crm(world) - {huge})),
            "other dead letters": exactly(0, len(set(reasons) - {huge})),
            "neighbours' p99 over that without it, s": at_most(1.0, beside_p99 - alone_p99, is_timing=True),
        },
        note=("delivered" if is_there else f"refused: {reasons.get(huge, '')[:100]}")
        + f"; time to reflect p99 {alone_p99:.2f} s without it, {beside_p99:.2f} s beside it",
    )


def _order_of_many_lines(world: World) -> tuple[str, dict[str, Any]]:
    lines = [
        {"name": f"Part {number}", "quantity": 1, "total": "1.50", "sku": f"P-{number}", "product_id": 0}
        for number in range(LINES)
    ]
    wanted = {
        "status": "processing",
        "set_paid": False,
        "line_items": lines,
        "payment_method": "bacs",
        "payment_method_title": "Bank transfer",
        "billing": {"first_name": "Ann", "email": "ann@example.com"},
    }
    made: dict[str, Any] = _rest(world, "POST", "orders", wanted)
    return str(made["id"]), made


# --- what they share --------------------------------------------------------------------------------------------------


def _regulars() -> dict[str, Any]:
    return dict(acts.REGULARS)


def _has_ended(row: Backfill | ReconcileRun) -> bool:
    row.refresh_from_db()
    if row.state == row.State.FAILED:
        message = f"{row} stopped: {row.error}"
        raise ChaosError(message)
    return row.state == row.State.DONE and acts.is_quiet()


def _come_to_its_end(world: World, what: str, is_done: Callable[[], bool]) -> None:
    """Wait, but let the criteria say what is missing."""
    try:
        world.wait(what, is_done, 300.0)
    except ChaosError:
        if Cursor.objects.exclude(error="").exists():
            raise


def _seldom(world: World, is_done: Callable[[], bool]) -> Callable[[], bool]:
    """Lists of thousands of orders are compared every few seconds, not at every look."""
    looked_at = [-SELDOM_SECONDS]

    def look() -> bool:
        if not world.is_small and monotonic() - looked_at[0] < SELDOM_SECONDS:
            return False
        looked_at[0] = monotonic()
        return is_done()

    return look


@contextmanager
def _at_work(work: Callable[[], Iterator[None]], every: float = 0.02) -> Iterator[None]:
    """Somebody else works in the shop while the block runs: a step after the other, at least one."""
    over = Event()
    problems: list[Exception] = []

    def go_on() -> None:
        try:
            for _step in work():
                if over.wait(every):
                    return
        except Exception as problem:  # noqa: BLE001 - told in the thread that waits
            problems.append(problem)

    thread = Thread(target=go_on, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join(30)
    if problems:
        raise problems[0]


def _deleted(world: World, old: Sequence[str]) -> set[str]:
    return set(old) - {str(row["id"]) for row in world.shop.get("orders?history=1")}


def _in_shop(world: World) -> set[str]:
    return {str(row["id"]) for row in world.shop.get("orders")}


def _in_crm(world: World) -> set[str]:
    return {str(row["externalId"]) for row in world.crm_desk.get("orders")}


def _set_store(world: World, **settings: Any) -> None:
    world.store.settings = {**world.store.settings, **settings}
    world.store.save(update_fields=["settings", "updated_at"])


def _rest(world: World, method: str, path: str, body: Any = None) -> Any:
    """As another program of the shop's owner calls the shop's API."""
    secrets = world.store.secrets
    key = base64.b64encode(f"{secrets['consumer_key']}:{secrets['consumer_secret']}".encode()).decode()
    request = urllib.request.Request(  # noqa: S310 - an address on loopback that we made
        f"{world.shop.url}/wp-json/wc/v3/{path}",
        data=None if body is None else json.dumps(body).encode(),
        method=method,
        headers={"Authorization": f"Basic {key}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310 - as above
        return json.loads(answer.read() or b"null")


ROWS = (
    Row(
        "F29",
        "Rows inserted and deleted while we page; thousands of rows with one time stamp",
        moving_lists,
        orders=5_000,
        small=100,
        pairs=(WOO_RETAIL, MAGENTO_BITRIX),
        passes_when="every row seen at least once",
    ),
    Row(
        "F30",
        "10 % of webhooks never sent; the shop switches its webhooks off",
        lost_webhooks,
        orders=10_000,
        small=100,
        passes_when="the comparison finds and heals all of them; the webhook is shown broken and re-made",
    ),
    Row(
        "F32",
        "Backfill of 100,000 beside live orders at 10/s",
        backfill_beside_live,
        orders=100_000,
        small=200,
        passes_when="live time to reflect p99 at most 5 s; memory flat +-10 %",
    ),
    Row(
        "F33",
        "An order of 2,000 lines",
        huge_order,
        orders=500,
        small=40,
        passes_when="delivered, or refused with a clear reason; neighbours unaffected",
    ),
)
