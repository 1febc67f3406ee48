"""The hub's own database goes away, breaks off, is busy or has no room."""

from collections.abc import Sequence
from dataclasses import dataclass
from time import monotonic

import psutil
from django.db import connection

from .. import acts, doorbell
from ..database import Server, answers, busy_sqlite, full_disk
from ..doorbell import AWAY, HERE, Rings
from ..findings import findings
from ..row import Findings, Row, at_least, at_most, exactly
from ..world import World

RATE = 50
SMALL_RATE = 20
"""At the size of the test suite orders come as long, but not as close."""

RESEND_SECONDS = 2.0
LEAK = ("Traceback", "OperationalError", "psycopg", "sqlite3")
ADMIN = "/admin/jsi18n/"
"""A page for staff that needs the session and nothing else."""


@dataclass(frozen=True, slots=True)
class Outage:
    """When the database was taken away, was to be there again, and answered."""

    began: float
    restarted: float
    ended: float


def _rate(world: World) -> float:
    return SMALL_RATE if world.is_small else RATE


def _take_away(server: Server, world: World, seconds: float) -> Outage:
    began = monotonic()
    server.kill()
    world.pass_time(seconds)
    restarted = monotonic()
    server.start()
    return Outage(began, restarted, monotonic())


def killed_postgresql(world: World, orders: int) -> Findings:
    """Orders keep coming while the server is away, twice; the shop repeats what was not acknowledged."""
    server = Server.of_this_database()
    acts.connect_doors(world, resend_seconds=RESEND_SECONDS)
    acts.warm_up(world)
    spans = (1.0, 4.0) if world.is_small else (2.0, 30.0)
    acts.shop(world, orders, rate=_rate(world))
    outages: list[Outage] = []
    written: list[float] = []
    cookie = doorbell.staff_cookie()
    with doorbell.ringing(world) as door, doorbell.ringing(world, ADMIN, cookie) as admin:
        for seconds in spans:
            world.pass_time(3.0)
            outages.append(_take_away(server, world, seconds))
            written.append(_next_write(world, outages[-1].ended))
            world.pass_time(2.0)
    world.wait("the senders", lambda: acts.has_sent_all(world))
    acts.settle(world)
    away = [ring for outage in outages for ring in door.between(outage.began + 0.3, outage.restarted)]
    return findings(
        world,
        {
            "answers of the door while it was away": at_least(2, len(away)),
            "of these not 503 with Retry-After": exactly(0, sum(not _is_polite(ring) for ring in away)),
            "answers of the admin other than 200 and 503": exactly(0, _other(admin, {200, 503})),
            "answers with a traceback": exactly(0, _leaks(door) + _leaks(admin)),
            "door open again after, s": at_most(10, max(door.first(HERE, outage.ended) for outage in outages)),
            "next write in the CRM after, s": at_most(10, max(written), is_timing=True),
        },
        note=f"away for {' and '.join(f'{seconds:g}' for seconds in spans)} s, killed with all its processes",
    )


def _next_write(world: World, since: float) -> float:
    """Seconds from then until the CRM is written to, for an order that is placed now."""
    before = len(acts.writes(world))
    acts.shop(world, 1, seed=before)
    world.wait("the next write", lambda: len(acts.writes(world)) > before, 60.0)
    return monotonic() - since


def _is_polite(ring: doorbell.Ring) -> bool:
    return ring.status == AWAY and ring.headers.get("Retry-After", "").isdigit()


def _other(rings: Rings, allowed: set[int]) -> int:
    return sum(ring.status not in allowed for ring in rings.rows)


def _leaks(rings: Rings) -> int:
    return sum(any(word in ring.body for word in LEAK) for ring in rings.rows)


def restarted_in_commit(world: World, orders: int) -> Findings:
    """The server is killed at the moment when the CRM has just been written to and the hub is about to note it."""
    server = Server.of_this_database()
    acts.connect_doors(world, resend_seconds=RESEND_SECONDS)
    acts.warm_up(world)
    acts.shop(world, orders, rate=_rate(world))
    times = 2 if world.is_small else 8
    for _number in range(times):
        _next_write(world, monotonic())
        server.restart(after=0.2)
        world.pass_time(2.0)
    world.wait("the senders", lambda: acts.has_sent_all(world))
    acts.settle(world)
    return findings(world, {"restarts": at_least(times, times)})


def busy(world: World, orders: int) -> Findings:
    """Three strangers write and one reads for ten seconds at a time, all the while orders come in."""
    acts.connect_doors(world)
    acts.warm_up(world)
    path = str(connection.settings_dict["NAME"])
    reader = 2.0 if world.is_small else 10.0
    with busy_sqlite(path, writers=3, hold=0.02, pause=0.05, reader=reader) as commits:
        acts.shop(world, orders, rate=RATE)
        world.wait("the senders", lambda: acts.has_sent_all(world))
    acts.settle(world)
    rows = acts.deliveries(world)
    return findings(
        world,
        {
            "commits of the strangers": at_least(10, len(commits)),
            "webhooks not acknowledged": exactly(0, sum(not 200 <= row["status"] < 300 for row in rows)),
            "ack p99, ms": at_most(1_000, acts.ack_p99_ms(rows), is_timing=True),
        },
        note="each stranger holds the lock for 20 ms and rests for 50",
    )


def no_room(world: World, orders: int) -> Findings:
    """Nothing can be written for a while: neither by the hub nor by its database."""
    acts.connect_doors(world, resend_seconds=RESEND_SECONDS)
    acts.warm_up(world)
    acts.shop(world, orders, rate=_rate(world))
    world.pass_time(1.0)
    server = Server.of_this_database() if connection.vendor == "postgresql" else None
    everybody = _writers(world, server)
    with full_disk(everybody):
        world.pass_time(1.0)
        began = len(acts.deliveries(world))
        world.pass_time(2.0 if world.is_small else 10.0)
        during = acts.deliveries(world)[began:]
    # PostgreSQL that cannot write its log ends; whatever keeps it running on a real machine starts it again.
    if server is not None and not server.is_running:
        server.start()
    world.wait("the database", answers, 60.0)
    resumed = _next_write(world, monotonic())
    world.wait("the senders", lambda: acts.has_sent_all(world))
    acts.settle(world)
    return findings(
        world,
        {
            "webhooks while there was no room": at_least(1, len(during)),
            "of these acknowledged": exactly(0, sum(200 <= row["status"] < 300 for row in during)),
            "of these answered by other than 503": exactly(0, sum(row["status"] not in {503, 0} for row in during)),
            "works again after, s": at_most(20, resumed, is_timing=True),
        },
        note="every write to a file fails (RLIMIT_FSIZE), in place of a file system of its own",
    )


def _writers(world: World, server: Server | None) -> Sequence[psutil.Process]:
    assert world.hub is not None  # noqa: S101 - the row says needs_processes
    boss = psutil.Process(world.hub.pid)
    found = [boss, *boss.children(recursive=True)]
    if server is not None:
        leader = psutil.Process(server.pid)
        found += [leader, *leader.children(recursive=True)]
    return found


ROWS = (
    Row(
        "F18",
        "PostgreSQL killed and restarted (2 s; 30 s)",
        killed_postgresql,
        orders=3_000,
        small=120,
        passes_when="503 with Retry-After meanwhile; processes reconnect by themselves within 10 s",
        needs_processes=True,
        databases=("postgresql",),
    ),
    Row(
        "F19",
        "Database restarts in the middle of a drain's commit",
        restarted_in_commit,
        orders=3_000,
        small=120,
        needs_processes=True,
        databases=("postgresql",),
    ),
    Row(
        "F20",
        "SQLite busy: 3 writers and a 10 s reader",
        busy,
        orders=2_000,
        small=100,
        passes_when="no lock error reaches a store; the door answers within 1 s (p99)",
        needs_processes=True,
        databases=("sqlite",),
    ),
    Row(
        "F21",
        "Disk full",
        no_room,
        orders=1_500,
        small=120,
        passes_when="503, nothing acknowledged; works again when there is space",
        needs_processes=True,
    ),
)
