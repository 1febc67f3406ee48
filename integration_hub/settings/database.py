"""Turns a database address into Django's DATABASES entry, with the options that the hub's guarantees rest on."""

from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

SQLITE_WAIT_SECONDS = 20
"""Writers queue up for SQLite's single lock; the worst wait measured with four processes was 2.8 s."""

CONNECTION_MAX_AGE_SECONDS = 300


def sqlite(path: Path, *, synchronous: str = "NORMAL") -> dict[str, Any]:
    """A SQLite file that several processes may write to.

    ``IMMEDIATE`` takes the write lock at the start of a transaction: without it, two transactions that read first and
    write later refuse each other at once. ``synchronous`` NORMAL survives a crash of the process; only FULL keeps the
    last commits through a loss of power as well.
    """
    if synchronous not in {"NORMAL", "FULL", "OFF"}:
        message = f"SQLITE_SYNCHRONOUS is “{synchronous}”; it must be NORMAL or FULL."
        raise ImproperlyConfigured(message)
    return {
        "ENGINE": "integration_hub.settings.sqlite",
        "NAME": str(path),
        "CONN_MAX_AGE": CONNECTION_MAX_AGE_SECONDS,  # opening runs the pragmas anew, which costs more than a query
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": SQLITE_WAIT_SECONDS,
            "init_command": f"PRAGMA journal_mode=WAL; PRAGMA synchronous={synchronous};",
        },
    }


def postgresql(url: str) -> dict[str, Any]:
    """A PostgreSQL server, e.g. ``postgresql://user:password@host:5432/name?sslmode=require``.

    A unix socket is named as libpq does it: ``postgresql://user@/name?host=/run/postgresql``. Django's connection pool
    stays off: worker processes are forked, and forked children would share the sockets of the parent's pool.
    """
    parts = urlsplit(url)
    query = {key: values[-1] for key, values in parse_qs(parts.query).items()}
    host = query.pop("host", "") or unquote(parts.hostname or "")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": host,
        "PORT": query.pop("port", "") or str(parts.port or ""),
        "CONN_MAX_AGE": CONNECTION_MAX_AGE_SECONDS,
        # One "SELECT 1" a request or task, 0.1 ms: else each worker would lose a task to a server that was restarted.
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": query,
    }


def database_from_url(url: str, *, synchronous: str = "NORMAL") -> dict[str, Any]:
    """The entry for ``postgresql://`` (or ``postgres://``) and ``sqlite:////absolute/path``.

    Raises ImproperlyConfigured for any other scheme.
    """
    scheme = urlsplit(url).scheme
    if scheme in {"postgres", "postgresql"}:
        return postgresql(url)
    if scheme == "sqlite":
        return sqlite(Path(unquote(urlsplit(url).path.removeprefix("/"))), synchronous=synchronous)
    message = f"DATABASE_URL starts with “{scheme}:”; the hub runs on postgresql: and sqlite: only."
    raise ImproperlyConfigured(message)
