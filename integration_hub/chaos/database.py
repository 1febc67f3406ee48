"""Takes the hub's own database away: kills the server, fills its disk, holds its lock."""

import os
import shlex
import signal
import sqlite3
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread
from time import monotonic, sleep

import psutil
from django.db import DatabaseError, InterfaceError, connection

from .world import ChaosError

START_SECONDS = 60.0
END_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class Server:
    """The PostgreSQL server of this row, by its data folder. It must be ours, on this machine."""

    folder: Path

    @classmethod
    def of_this_database(cls) -> "Server":
        with connection.cursor() as cursor:
            cursor.execute("SHOW data_directory")
            folder = Path(cursor.fetchone()[0])
        connection.close()
        if not (folder / "postmaster.pid").is_file():
            message = f"the database server in {folder} is not one that this row may kill"
            raise ChaosError(message)
        return cls(folder)

    @property
    def pid(self) -> int:
        return int((self.folder / "postmaster.pid").read_text().splitlines()[0])

    def kill(self) -> None:
        """As a machine that loses its power: the server and all its processes at once, nothing is written any more."""
        connection.close()
        leader = psutil.Process(self.pid)
        family = [leader, *leader.children(recursive=True)]
        for process in family:
            with suppress(psutil.NoSuchProcess):
                process.send_signal(signal.SIGKILL)
        psutil.wait_procs(family, END_SECONDS)

    def start(self) -> None:
        """With the words it was started with; returns when it answers, after its recovery."""
        owner = self.folder.stat().st_uid
        with (self.folder / "chaos.log").open("ab") as log:
            subprocess.Popen(  # noqa: S603 - the command line that the server noted itself
                shlex.split((self.folder / "postmaster.opts").read_text()),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                user=owner if os.geteuid() == 0 else None,
                cwd="/",
                start_new_session=True,
            )
        end = monotonic() + START_SECONDS
        while not answers():
            if monotonic() > end:
                message = "the database server did not come back"
                raise ChaosError(message)
            sleep(0.05)

    @property
    def is_running(self) -> bool:
        try:
            return psutil.pid_exists(self.pid)
        except FileNotFoundError:
            return False

    def restart(self, *, after: float) -> None:
        self.kill()
        sleep(after)
        self.start()


def answers() -> bool:
    connection.close()
    try:
        connection.ensure_connection()
    except (DatabaseError, InterfaceError):
        return False
    return True


# --- a full disk ------------------------------------------------------------------------------------------------------


@contextmanager
def full_disk(processes: Sequence[psutil.Process]) -> Iterator[None]:
    """While the block runs none of these processes, nor what they start, can write to a file: every write fails as on a
    full disk. By RLIMIT_FSIZE, because a file system of one's own needs a privileged user; sockets are not files."""
    try:
        for process in processes:
            _limit_files(process, "1")
        yield
    finally:
        for process in processes:
            _limit_files(process, "unlimited")


def _limit_files(process: psutil.Process, size: str) -> None:
    """By the command of util-linux, run as whom the process belongs to: nobody else may, root included."""
    with suppress(psutil.NoSuchProcess):
        subprocess.run(  # noqa: S603 - numbers of ours
            ["prlimit", "--pid", str(process.pid), f"--fsize={size}:"],  # noqa: S607 - wherever util-linux is
            check=False,
            capture_output=True,
            user=process.uids().real if os.geteuid() == 0 else None,
            cwd="/",
        )


# --- SQLite busy ------------------------------------------------------------------------------------------------------


@contextmanager
def busy_sqlite(path: str, *, writers: int, hold: float, pause: float, reader: float) -> Iterator[list[int]]:
    """While the block runs strangers use the same file: each writer takes the lock for ``hold`` seconds, then rests for
    ``pause``; a reader keeps a snapshot open for ``reader`` seconds, again and again. Yields the writers' commits."""
    stop, commits = Event(), list[int]()

    def write(number: int) -> None:
        with _opened(path) as own:
            while not stop.wait(pause):
                own.execute("BEGIN IMMEDIATE")
                own.execute("INSERT INTO chaos_scratch VALUES (?)", (number,))
                stop.wait(hold)
                own.execute("COMMIT")
                commits.append(number)

    def read() -> None:
        with _opened(path) as own:
            while not stop.is_set():
                own.execute("BEGIN")
                own.execute("SELECT count(*) FROM engine_attempt").fetchone()
                stop.wait(reader)
                own.execute("COMMIT")

    with _opened(path) as own:
        own.execute("CREATE TABLE IF NOT EXISTS chaos_scratch (number INTEGER)")
    threads = [Thread(target=write, args=(number,), daemon=True) for number in range(writers)]
    threads.append(Thread(target=read, daemon=True))
    for thread in threads:
        thread.start()
    try:
        yield commits
    finally:
        stop.set()
        for thread in threads:
            thread.join(30)


@contextmanager
def _opened(path: str) -> Iterator[sqlite3.Connection]:
    own = sqlite3.connect(path, timeout=30, isolation_level=None)
    try:
        yield own
    finally:
        own.close()
