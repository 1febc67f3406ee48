"""Children are kept alive, stopped gently, and a deaf queue is noticed."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import psutil
import pytest
from django.db import OperationalError
from django.utils import timezone

from integration_hub.engine import inbox, lanes, outbox
from integration_hub.engine.models import Backfill, Heartbeat, Lane, RateBucket
from integration_hub.web import processes, supervisor
from integration_hub.web.processes import Child, end_leftovers
from integration_hub.web.supervisor import (
    BACKFILL_DEAF_AFTER,
    BACKFILL_LEASE,
    DEAF_AFTER_SECONDS,
    Supervisor,
    Watchdog,
)
from tests.engine import rows

SLEEPER = "import time; time.sleep(60)"
FAMILY = (
    "import subprocess, sys, time, pathlib\n"
    "orphan = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
    "pathlib.Path(sys.argv[1]).write_text(str(orphan.pid))\n"
    "time.sleep(60)\n"
)
POLITE = (
    "import signal, subprocess, sys, time, pathlib\n"
    "worker = subprocess.Popen([sys.executable, '-c', 'import signal, time, pathlib, sys\\n"
    'signal.signal(signal.SIGTERM, lambda *_: pathlib.Path(sys.argv[1]).write_text("signalled"))\\n'
    "time.sleep(60)', sys.argv[1] + '.worker'])\n"
    "def end(*_):\n"
    "    pathlib.Path(sys.argv[1]).write_text('leader ended')\n"
    "    worker.kill(); worker.wait(); sys.exit(0)\n"
    "signal.signal(signal.SIGTERM, end)\n"
    "pathlib.Path(sys.argv[1] + '.ready').touch()\n"
    "while True: time.sleep(0.05)\n"
)


def until(is_so: Callable[[], bool], seconds: float = 15) -> None:
    """Wait for another process to get somewhere."""
    end = monotonic() + seconds
    while not is_so():
        assert monotonic() < end, "it did not happen in time"
        sleep(0.01)


def is_alive(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Callable[..., Child]]:
    children: list[Child] = []

    def make(program: str, *arguments: str, name: str = "child") -> Child:
        child = Child(name, [sys.executable, "-c", program, *arguments], tmp_path / "run")
        children.append(child)
        return child

    yield make
    for child in children:
        child.kill()


@pytest.mark.parametrize("code", [0, 1, 3])
def test_child_that_ends_is_started_again_whatever_its_exit_code(made: Callable[..., Child], code: int) -> None:
    child = made(f"raise SystemExit({code})")
    child.start()
    first = child.process
    assert first is not None

    first.wait(15)
    restarted_at_once = child.keep_alive()
    until(child.keep_alive)

    assert restarted_at_once is False
    assert (child.restarts, child.process is first) == (1, False)


def test_child_that_is_killed_is_started_again(made: Callable[..., Child]) -> None:
    child = made(SLEEPER)
    child.start()
    assert child.process is not None
    os.kill(child.process.pid, signal.SIGKILL)
    child.process.wait(15)

    until(child.keep_alive)

    assert child.process.poll() is None


def test_child_that_runs_is_left_alone(made: Callable[..., Child]) -> None:
    child = made(SLEEPER)
    child.start()

    assert [child.keep_alive() for _ in range(5)] == [False] * 5
    assert child.restarts == 0


def test_child_that_dies_again_and_again_is_started_less_and_less_often(
    made: Callable[..., Child], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [1000.0]
    monkeypatch.setattr(processes, "monotonic", lambda: now[0])
    child = made("raise SystemExit(1)")
    child.start()
    waits = []

    for _ in range(9):
        assert child.process is not None
        child.process.wait(15)
        died = now[0]
        while not child.keep_alive():
            now[0] += 0.25
        waits.append(now[0] - died)

    assert waits == [0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 15.0, 15.0, 15.0]


def test_stop_signal_goes_to_the_leader_alone(made: Callable[..., Child], tmp_path: Path) -> None:
    note = tmp_path / "note"
    child = made(POLITE, str(note))
    child.start()
    until(Path(f"{note}.ready").exists)

    child.ask_to_stop()

    assert child.wait(15) is True
    assert note.read_text() == "leader ended"
    assert not Path(f"{note}.worker").exists()


def test_orphans_of_a_dead_leader_are_ended_with_the_restart(made: Callable[..., Child], tmp_path: Path) -> None:
    note = tmp_path / "orphan"
    child = made(FAMILY, str(note))
    child.start()
    until(lambda: note.exists() and note.read_text() != "")
    orphan = int(note.read_text())
    assert child.process is not None
    os.kill(child.process.pid, signal.SIGKILL)
    child.process.wait(15)
    assert is_alive(orphan)

    child.restart_now()

    until(lambda: not is_alive(orphan))


def test_leftovers_of_a_killed_supervisor_are_ended(made: Callable[..., Child], tmp_path: Path) -> None:
    note = tmp_path / "orphan"
    child = made(FAMILY, str(note))
    child.start()
    until(lambda: note.exists() and note.read_text() != "")

    ended = end_leftovers(tmp_path / "run")

    assert ended == 1
    assert child.wait(15) is True
    until(lambda: not is_alive(int(note.read_text())))
    assert list((tmp_path / "run").glob("*.pid")) == []


def test_orphans_whose_leader_had_died_before_the_supervisor_are_ended_too(
    made: Callable[..., Child], tmp_path: Path
) -> None:
    note = tmp_path / "orphan"
    child = made(FAMILY, str(note))
    child.start()
    until(lambda: note.exists() and note.read_text() != "")
    assert child.process is not None
    os.kill(child.process.pid, signal.SIGKILL)
    child.process.wait(15)

    ended = end_leftovers(tmp_path / "run")

    assert ended == 1
    until(lambda: not is_alive(int(note.read_text())))


@pytest.mark.parametrize("shift", [-100.0, 100.0])
def test_stranger_that_got_the_same_pid_is_not_touched(tmp_path: Path, shift: float) -> None:
    stranger = subprocess.Popen([sys.executable, "-c", SLEEPER], start_new_session=True)
    try:
        born = psutil.Process(stranger.pid).create_time() + shift
        (tmp_path / "workers.pid").write_text(json.dumps({"pid": stranger.pid, "born": born}))

        ended = end_leftovers(tmp_path)

        assert ended == 0
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


@pytest.mark.parametrize("note", ["", "nonsense", "{}", '{"pid": 1}', "[]", "null", '{"pid": "x", "born": "y"}'])
def test_note_that_cannot_be_read_is_thrown_away(tmp_path: Path, note: str) -> None:
    (tmp_path / "workers.pid").write_text(note)

    assert end_leftovers(tmp_path) == 0
    assert list(tmp_path.iterdir()) == []


# --- the watchdog -----------------------------------------------------------------------------------------------------


@pytest.fixture
def due_lane(db: None) -> Lane:
    a_route = rows.route()
    outbox.enqueue([rows.work(a_route)])
    return rows.lane_of(a_route)


def is_deaf_after_a_while(watchdog: Watchdog) -> bool:
    watchdog.is_deaf(0.0)
    return watchdog.is_deaf(DEAF_AFTER_SECONDS + 0.1)


def test_due_work_that_nobody_touches_is_noticed_once(due_lane: Lane) -> None:
    watchdog = Watchdog()

    heard = [watchdog.is_deaf(float(second)) for second in range(15)]

    assert heard == [second in {6, 12} for second in range(15)]


def test_work_that_moves_is_no_standstill(due_lane: Lane) -> None:
    watchdog = Watchdog()
    heard = []
    for second in range(20):
        if second % 4 == 0:
            Lane.objects.update(heartbeat_at=timezone.now())
        heard.append(watchdog.is_deaf(float(second)))

    assert not any(heard)


def _nothing_due(lane: Lane) -> None:
    lane.items.all().delete()


def _somebody_works(lane: Lane) -> None:
    lanes.take(lane.pk, "worker")


def _lane_paused(lane: Lane) -> None:
    lanes.pause([lane.pk], "By hand.")


def _connection_paused(lane: Lane) -> None:
    lane.connection.pause("By hand.")


def _lane_asleep(lane: Lane) -> None:
    lanes.put_to_sleep(lane.pk, rows.soon())


def _breaker_open(lane: Lane) -> None:
    lane.connection.breaker_open_until = rows.soon()
    lane.connection.save()


def _backfill_lane(lane: Lane) -> None:
    Lane.objects.filter(pk=lane.pk).update(is_backfill=True)


@pytest.mark.parametrize(
    "arrange",
    [_nothing_due, _somebody_works, _lane_paused, _connection_paused, _lane_asleep, _breaker_open, _backfill_lane],
)
def test_watchdog_stays_quiet_when(due_lane: Lane, arrange: Callable[[Lane], None]) -> None:
    arrange(due_lane)

    assert is_deaf_after_a_while(Watchdog()) is False


def test_events_that_nobody_reads_are_a_standstill_too(db: None) -> None:
    shop = rows.store()
    lanes.inbound_lane(shop.pk)
    inbox.keep([inbox.Arrival(shop.pk, "order.updated", "k", b"{}")])

    assert is_deaf_after_a_while(Watchdog()) is True


def test_lease_that_ran_out_is_nobody(due_lane: Lane) -> None:
    lanes.take(due_lane.pk, "dead")
    Lane.objects.update(lease_until=timezone.now())

    assert is_deaf_after_a_while(Watchdog()) is True


# --- a tick -----------------------------------------------------------------------------------------------------------


class Puppet(Child):
    """A child that only notes what is done to it."""

    def start(self) -> None:
        self.started_at = -1000.0

    def keep_alive(self) -> bool:
        return False

    def restart_now(self) -> None:
        self.restarts += 1


Staged = tuple[Supervisor, dict[str, Puppet]]


@pytest.fixture
def boss_and_puppets(db: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Staged:
    # The test's own connection must outlive the tick.
    monkeypatch.setattr(supervisor, "close_old_connections", lambda: None)
    puppets = {name: Puppet(name, [], tmp_path) for name in ("web", "workers", "bulk-workers")}
    for puppet in puppets.values():
        puppet.start()
    return Supervisor(list(puppets.values()), tmp_path), puppets


def test_deaf_workers_are_restarted_and_nobody_else(
    due_lane: Lane, boss_and_puppets: Staged, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [5000.0]
    monkeypatch.setattr(supervisor, "monotonic", lambda: now[0])
    boss, puppets = boss_and_puppets
    puppets["bulk-workers"].started_at = now[0]

    for _ in range(8):
        boss.tick()
        now[0] += 1

    assert {name: puppet.restarts for name, puppet in puppets.items()} == {"web": 0, "workers": 1, "bulk-workers": 0}


def test_workers_that_are_still_loading_are_not_restarted(
    due_lane: Lane, boss_and_puppets: Staged, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [5000.0]
    monkeypatch.setattr(supervisor, "monotonic", lambda: now[0])
    boss, puppets = boss_and_puppets
    puppets["workers"].started_at = now[0]

    for _ in range(15):
        boss.tick()
        now[0] += 1

    assert puppets["workers"].restarts == 0


def test_backfill_that_stands_still_restarts_the_workers_for_long_jobs(
    boss_and_puppets: Staged,
) -> None:
    """Its lease was given out with a task that never began."""
    boss, puppets = boss_and_puppets
    a_route = rows.route()
    lease_until = timezone.now() + BACKFILL_LEASE - BACKFILL_DEAF_AFTER
    backfill = Backfill.objects.create(
        route=a_route, due_at=timezone.now(), lease_until=lease_until + timedelta(seconds=5)
    )
    boss.tick()
    before = puppets["bulk-workers"].restarts
    Backfill.objects.update(lease_until=lease_until - timedelta(seconds=1))

    boss.tick()

    backfill.refresh_from_db()
    assert (before, puppets["bulk-workers"].restarts, puppets["workers"].restarts) == (0, 1, 0)
    assert (backfill.state, backfill.lease_until) == ("running", None)


def test_tick_beats_and_survives_a_database_that_is_away(
    boss_and_puppets: Staged,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    boss, _puppets = boss_and_puppets
    boss.tick()
    assert Heartbeat.objects.get().detail == {"web": 0, "workers": 0, "bulk-workers": 0}

    def away() -> Any:
        raise OperationalError

    with monkeypatch.context() as patch:
        patch.setattr(supervisor, "sweep", away)
        patch.setattr(supervisor.connection, "close", lambda: None)
        for _ in range(3):
            boss.tick()
    boss.tick()

    assert caplog.text.count("the database is not available") == 1
    assert caplog.text.count("the database is back") == 1
    assert RateBucket.objects.count() == 0
