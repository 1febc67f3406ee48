"""Keeps web server and workers running, ticks once a second, and heals a task queue that has gone deaf.

A worker of the queue that is killed while it is idle leaves a lock behind on which all others wait for ever, and the
queue cannot notice that itself. The watchdog can: work is due, nobody holds a lane, and nothing moves.
"""

import logging
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from threading import Event
from time import monotonic
from types import FrameType

import psutil
from django.conf import settings
from django.db import DatabaseError, close_old_connections, connection
from django.db.models import Max, Q
from django.utils import timezone

from integration_hub.catalog.models import CatalogFeed, CatalogReading
from integration_hub.engine import inbox, jobs, lanes
from integration_hub.engine.due import due_lanes
from integration_hub.engine.models import Backfill, Heartbeat, Lane, ReconcileRun
from integration_hub.flows import nightly
from integration_hub.flows.prune import prune
from integration_hub.flows.services import STOP_FILE
from integration_hub.flows.sweep import sweep
from integration_hub.watch.retention import prune_incidents
from integration_hub.watch.rounds import Aside

from .processes import Child, end_leftovers, manage

logger = logging.getLogger(__name__)

TICK_SECONDS = 1.0
HEARTBEAT_SECONDS = 5.0
PRUNE_EVERY_SECONDS = 60.0
PLAN_EVERY_SECONDS = 20.0

DEAF_AFTER_SECONDS = 6.0
"""Due work that nobody touches for so long: the workers poll ten times a second, so they must be deaf."""

WARM_UP_SECONDS = 20.0
"""Workers that were started less than this ago may still be loading."""

JOB_DEAF_AFTER = timedelta(seconds=40)
"""A nudge to a long job that no worker took for so long, while none of them is at work on anything."""

LONG_JOBS = (Backfill, ReconcileRun, CatalogReading, CatalogFeed)

STOP_SECONDS = 40.0
"""Longer than a task's time slice: a task in hand is finished."""

WEB, WORKERS, BULK_WORKERS = "web", "workers", "bulk-workers"


@dataclass(slots=True)
class Watchdog:
    """Notices that due live work has stood still."""

    last_movement: object = None
    still_since: float | None = None

    def is_deaf(self, now: float) -> bool:
        """Ask once a tick. True at most once per standstill."""
        due = _due_live_lanes()
        movement = Lane.objects.filter(pk__in=due).aggregate(latest=Max("heartbeat_at"))["latest"] if due else None
        if not due or self.still_since is None or movement != self.last_movement or _somebody_works(due):
            self.last_movement, self.still_since = movement, now
            return False
        if now - self.still_since < DEAF_AFTER_SECONDS:
            return False
        self.still_since = now
        return True


def _due_live_lanes() -> list[int]:
    now = timezone.now()
    awake = Q(sleeps_until=None) | Q(sleeps_until__lte=now)
    well = Q(connection__breaker_open_until=None) | Q(connection__breaker_open_until__lte=now)
    inbound = Q(direction=Lane.Direction.IN, connection_id__in=inbox.due_connections(now))
    outbound = Q(direction=Lane.Direction.OUT, pk__in=due_lanes(now)) & awake & well
    due = Lane.objects.filter(inbound | outbound, is_backfill=False, paused_at=None, connection__paused_at=None)
    return list(due.values_list("pk", flat=True))


def _somebody_works(lane_ids: Sequence[int]) -> bool:
    return Lane.objects.filter(pk__in=lane_ids, lease_until__gt=timezone.now()).exclude(lease_owner="").exists()


def _long_jobs_stand_still() -> bool:
    if not any(jobs.stands_still(model, JOB_DEAF_AFTER) for model in LONG_JOBS):
        return False
    now = timezone.now()
    at_work = Lane.objects.filter(is_backfill=True, heartbeat_at__gt=now - JOB_DEAF_AFTER).exists()
    return not at_work and not any(model.objects.filter(lease_until__gt=now).exists() for model in LONG_JOBS)


@dataclass(slots=True)
class Supervisor:
    """Runs the children until it is told to stop."""

    children: Sequence[Child]
    run_dir: Path
    stopping: Event = field(default_factory=Event)
    watchdog: Watchdog = field(default_factory=Watchdog)
    watch: Aside | None = None
    beat_at: float = 0.0
    prune_at: float = 0.0
    plan_at: float = 0.0
    database_is_away: bool = False

    def run(self) -> None:
        """Blocks until SIGTERM or SIGINT; every child has ended when it returns."""
        end_leftovers(self.run_dir)
        stop_file(self.run_dir).unlink(missing_ok=True)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        for child in self.children:
            child.start()
        try:
            while not self.stopping.wait(TICK_SECONDS):
                self.tick()
        finally:
            self.end_children()

    def _stop(self, _number: int, _frame: FrameType | None) -> None:
        self.stopping.set()

    def tick(self) -> None:
        """One second's work: restart what ended, wake what is due, look for a standstill."""
        for child in self.children:
            child.keep_alive()
        try:
            close_old_connections()
            lanes.release_dead(psutil.pid_exists)
            for model in LONG_JOBS:
                jobs.release_dead(model, psutil.pid_exists)
            sweep()
            self._watch()
            self._plan()
            self._prune()
            self._beat()
        except DatabaseError as problem:
            self._note_database(is_away=True, problem=problem)
            self.watchdog = Watchdog()  # what stood still meanwhile is not the workers' fault
            connection.close()
        else:
            self._note_database(is_away=False)
        if self.watch is not None:
            self.watch.tick()

    def _watch(self) -> None:
        now = monotonic()
        workers = [child for child in self.children if child.name == WORKERS]
        if self.watchdog.is_deaf(now) and all(now - child.started_at > WARM_UP_SECONDS for child in workers):
            self._restart(WORKERS, "due work stood still")
        if _long_jobs_stand_still():
            for model in LONG_JOBS:
                model.objects.filter(nudged_at__isnull=False).update(nudged_at=None)
            self._restart(BULK_WORKERS, "a long job stood still")

    def _restart(self, name: str, reason: str) -> None:
        for child in self.children:
            if child.name == name:
                logger.warning("%s: %s are restarted", reason, name)
                Lane.objects.filter(lease_owner="").update(is_nudged=False)
                child.restart_now()

    def _beat(self) -> None:
        if monotonic() - self.beat_at < HEARTBEAT_SECONDS:
            return
        self.beat_at = monotonic()
        self._write_beat()

    def _write_beat(self, *, has_stopped: bool = False) -> None:
        """What the watch and /health/ready read: restarts, what does not stay up, and a stop that was wished."""
        detail = {
            **{child.name: child.restarts for child in self.children},
            "falling": [child.name for child in self.children if child.is_falling],
            "stopped": has_stopped,
        }
        Heartbeat.objects.update_or_create(
            name=f"supervisor:{lanes.node_name()}", defaults={"at": timezone.now(), "detail": detail}
        )

    def _plan(self) -> None:
        """Start the nightly comparisons whose time has come. Any supervisor may: there is one for a route and night."""
        if monotonic() >= self.plan_at:
            self.plan_at = monotonic() + PLAN_EVERY_SECONDS
            nightly.start_due()

    def _prune(self) -> None:
        """A step a second while there is something to forget, else a look once a minute."""
        if monotonic() >= self.prune_at:
            self.prune_at = monotonic() + (TICK_SECONDS if prune() + prune_incidents() else PRUNE_EVERY_SECONDS)

    def _note_database(self, *, is_away: bool, problem: Exception | None = None) -> None:
        if is_away and not self.database_is_away:
            logger.error("the database is not available (%s); trying on", type(problem).__name__)
        if self.database_is_away and not is_away:
            logger.warning("the database is back")
        self.database_is_away = is_away

    def end_children(self) -> None:
        """Ask all, wait for all, then make certain."""
        end = monotonic() + STOP_SECONDS
        self.run_dir.mkdir(parents=True, exist_ok=True)
        stop_file(self.run_dir).touch()
        for child in self.children:
            child.ask_to_stop()
        for child in self.children:
            if not child.wait(end - monotonic()):
                logger.warning("%s did not stop in time and is ended", child.name)
            child.kill()
        with suppress(DatabaseError):
            self._write_beat(has_stopped=True)


def stop_file(run_dir: Path) -> Path:
    """Its presence tells workers in the middle of a slice that the hub stops."""
    return run_dir / "stopping"


def standard_children(run_dir: Path, *, bind: str | None) -> list[Child]:
    """Web server, workers, and the workers for long jobs; without ``bind`` no web server."""
    told = {STOP_FILE: str(stop_file(run_dir))}
    workers = [
        Child(WORKERS, manage("qcluster"), run_dir, env={**told, "Q_CLUSTER_NAME": ""}),
        Child(BULK_WORKERS, manage("qcluster"), run_dir, env={**told, "Q_CLUSTER_NAME": "bulk"}),
    ]
    return workers if bind is None else [Child(WEB, _web_server(bind), run_dir), *workers]


def _web_server(bind: str) -> list[str]:
    return [
        sys.executable, "-m", "gunicorn", "integration_hub.wsgi:application", "--chdir", str(settings.BASE_DIR),
        "--bind", bind, "--worker-class", "gthread", "--workers", str(settings.HUB_WEB_WORKERS),
        "--threads", str(settings.HUB_WEB_THREADS), "--preload", "--no-control-socket", "--log-level", "warning",
        "--logger-class", "integration_hub.web.server_log.ServerLog", "--backlog", "512", "--keep-alive", "15",
        "--graceful-timeout", "20",
    ]  # fmt: skip
