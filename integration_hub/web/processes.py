"""A child process in a process group of its own, restarted whenever it ends."""

import json
import logging
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic

import psutil

logger = logging.getLogger(__name__)

STEADY_SECONDS = 20.0
"""A child that lived this long is taken to be sound: the next restart is immediate again."""

LONGEST_WAIT_SECONDS = 15.0

FALLS_TO_TELL = 3
"""One fall is an accident, and so is a second one right after it."""


@dataclass(slots=True)
class Child:
    """One supervised program.

    SIGTERM goes to the leader alone: a task queue whose whole group is signalled loses the task in hand. Its group is
    killed only after the leader is gone or did not go in time, because workers of a dead leader live on as orphans.
    """

    name: str
    argv: Sequence[str]
    run_dir: Path
    env: Mapping[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    restarts: int = 0
    quick_deaths: int = 0
    not_before: float = 0.0

    def start(self) -> None:
        self.process = subprocess.Popen(  # noqa: S603 - our own commands
            self.argv, env={**os.environ, **self.env}, start_new_session=True, stdin=subprocess.DEVNULL
        )
        self.started_at = monotonic()
        self._remember()

    def keep_alive(self) -> bool:
        """Start it again when it has ended, whatever its exit code; True when that happened just now."""
        if self.process is None or self.process.poll() is None:
            return False
        now = monotonic()
        if self.not_before <= self.started_at:
            self._plan_restart(now)
        elif self.not_before <= now:
            self.restart_now()
            return True
        return False

    def _plan_restart(self, now: float) -> None:
        self.quick_deaths = 0 if now - self.started_at > STEADY_SECONDS else self.quick_deaths + 1
        self.not_before = now + min(0.25 * 2**self.quick_deaths, LONGEST_WAIT_SECONDS)
        assert self.process is not None  # noqa: S101 - keep_alive has looked
        logger.warning("%s ended with code %s; it is started again", self.name, self.process.returncode)

    def restart_now(self) -> None:
        """Kill what is left of it and start it afresh."""
        self.kill()
        self.restarts += 1
        self.start()

    @property
    def is_falling(self) -> bool:
        """It ended soon after its start, again and again, and has not stayed up since."""
        if self.quick_deaths < FALLS_TO_TELL or self.process is None:
            return False
        return self.process.poll() is not None or monotonic() - self.started_at < STEADY_SECONDS

    def ask_to_stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()

    def wait(self, seconds: float) -> bool:
        """True when it has ended by then."""
        if self.process is None:
            return True
        try:
            self.process.wait(max(seconds, 0.01))
        except subprocess.TimeoutExpired:
            return False
        return True

    def kill(self) -> None:
        """End the whole group for certain."""
        if self.process is None:
            return
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self._note.unlink(missing_ok=True)

    @property
    def _note(self) -> Path:
        return self.run_dir / f"{self.name}.pid"

    def _remember(self) -> None:
        assert self.process is not None  # noqa: S101 - called by start alone
        self.run_dir.mkdir(parents=True, exist_ok=True)
        try:
            born = psutil.Process(self.process.pid).create_time()
        except psutil.NoSuchProcess:
            return
        self._note.write_text(json.dumps({"pid": self.process.pid, "born": born}))


def end_leftovers(run_dir: Path) -> int:
    """End the groups that a supervisor which was killed left behind; returns how many there were.

    A note names pid and time of birth, so a stranger that got the same pid since is not touched.
    """
    ended = 0
    for note in run_dir.glob("*.pid"):
        try:
            written = json.loads(note.read_text())
            leader, born = int(written["pid"]), float(written["born"])
        except (ValueError, KeyError, TypeError):
            note.unlink(missing_ok=True)
            continue
        if _is_ours(leader, born) or _has_orphans(leader, born):
            os.killpg(leader, signal.SIGKILL)
            ended += 1
        note.unlink(missing_ok=True)
    return ended


def _is_ours(leader: int, born: float) -> bool:
    try:
        return abs(psutil.Process(leader).create_time() - born) < 1.0 and os.getpgid(leader) == leader
    except (psutil.NoSuchProcess, ProcessLookupError):
        return False


def _has_orphans(leader: int, born: float) -> bool:
    """The leader is gone and its group lives on. As long as it does, the system gives the number to nobody else, so
    the group is the one that our leader, born then, began."""
    if psutil.pid_exists(leader):
        return False
    group = [process for process in psutil.process_iter(["create_time"]) if _group_of(process.pid) == leader]
    return bool(group) and all(process.info["create_time"] >= born - 1.0 for process in group)


def _group_of(pid: int) -> int:
    try:
        return os.getpgid(pid)
    except ProcessLookupError:
        return 0


def manage(*arguments: str) -> list[str]:
    """The command line of one of our own commands.

    It takes the configuration as checked: whoever starts it has looked, and another look would load the pages of staff.
    """
    return [sys.executable, str(Path(__file__).resolve().parents[2] / "manage.py"), *arguments, "--skip-checks"]
