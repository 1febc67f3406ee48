"""Waiting for SQLite's one write lock, on a file of the tests' own."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from threading import Thread
from time import monotonic, sleep
from typing import Any

import pytest
import pytest_django
from django.db import OperationalError

from integration_hub.settings.database import sqlite
from integration_hub.settings.sqlite.base import DatabaseWrapper

HELD_SECONDS = 0.3


def opened(path: Path, *, patience: float = 10.0) -> Any:
    entry = sqlite(path)
    entry |= {"AUTOCOMMIT": True, "ATOMIC_REQUESTS": False, "CONN_HEALTH_CHECKS": False, "TIME_ZONE": None}
    entry["OPTIONS"] |= {"timeout": patience}
    return DatabaseWrapper(entry, "own")


@pytest.fixture(autouse=True)
def _files_of_our_own(django_db_blocker: pytest_django.DjangoDbBlocker) -> Iterator[None]:
    """These tests open no database of the suite's, on whatever it runs."""
    with django_db_blocker.unblock():
        yield


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "own.sqlite3"
    with closing(opened(path)) as database, database.cursor() as cursor:
        cursor.execute("CREATE TABLE said (word TEXT)")
    return path


@pytest.fixture
def stranger(path: Path) -> Iterator[sqlite3.Connection]:
    """Another program with the write lock in its hands."""
    with closing(sqlite3.connect(path, isolation_level=None, check_same_thread=False)) as own:
        own.execute("BEGIN IMMEDIATE")
        yield own


def lets_go(stranger: sqlite3.Connection) -> Thread:
    def rest() -> None:
        sleep(HELD_SECONDS)
        stranger.execute("COMMIT")

    thread = Thread(target=rest)
    thread.start()
    return thread


def words(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as own:
        return [word for (word,) in own.execute("SELECT word FROM said ORDER BY rowid")]


def test_a_statement_waits_until_the_lock_is_free(path: Path, stranger: sqlite3.Connection) -> None:
    began = monotonic()
    with closing(opened(path)) as database, database.cursor() as cursor:
        thread = lets_go(stranger)
        cursor.execute("INSERT INTO said VALUES (%s)", ["once"])
        waited = monotonic() - began
    thread.join()

    assert waited >= HELD_SECONDS
    assert words(path) == ["once"]


def test_a_transaction_waits_at_its_start(path: Path, stranger: sqlite3.Connection) -> None:
    with closing(opened(path)) as database:
        thread = lets_go(stranger)
        database.set_autocommit(False, force_begin_transaction_with_broken_autocommit=True)
        with database.cursor() as cursor:
            cursor.execute("INSERT INTO said VALUES ('within')")
        database.commit()
    thread.join()

    assert words(path) == ["within"]


def test_many_rows_at_once_wait_and_go_in_once(path: Path, stranger: sqlite3.Connection) -> None:
    with closing(opened(path)) as database, database.cursor() as cursor:
        thread = lets_go(stranger)
        cursor.executemany("INSERT INTO said VALUES (%s)", [["one"], ["two"]])
    thread.join()

    assert words(path) == ["one", "two"]


@pytest.mark.usefixtures("stranger")
def test_patience_ends(path: Path) -> None:
    with (
        closing(opened(path, patience=0.1)) as database,
        database.cursor() as cursor,
        pytest.raises(OperationalError, match="database is locked"),
    ):
        cursor.execute("INSERT INTO said VALUES ('never')")

    assert words(path) == []


def test_a_short_gap_between_others_is_enough(path: Path) -> None:
    """Gaps of 20 ms between 150 ms of holding; SQLite's own wait, which looks every 100 ms, meets one in eight."""
    rounds: list[float] = []

    def holds_and_rests() -> None:
        with closing(sqlite3.connect(path, isolation_level=None, timeout=10)) as own:
            while len(rounds) < 12:
                own.execute("BEGIN IMMEDIATE")
                sleep(0.15)
                own.execute("COMMIT")
                rounds.append(monotonic())
                sleep(0.02)

    thread = Thread(target=holds_and_rests)
    waits = []
    with closing(opened(path)) as database, database.cursor() as cursor:
        cursor.execute("SELECT 1")
        thread.start()
        while len(rounds) < 10:
            before = len(rounds)
            cursor.execute("INSERT INTO said VALUES ('between')")
            waits.append(len(rounds) - before)
            sleep(0.03)
    thread.join()

    assert max(waits) <= 2, "rounds of the other that a statement waited for"


def test_a_fault_that_no_wait_cures_is_told_at_once(path: Path) -> None:
    with closing(opened(path, patience=30)) as database, database.cursor() as cursor:
        began = monotonic()
        with pytest.raises(OperationalError, match="no such table"):
            cursor.execute("INSERT INTO unsaid VALUES (1)")

    assert monotonic() - began < 5
