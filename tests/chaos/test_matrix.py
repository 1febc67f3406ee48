"""Every row of the fault matrix at the size of the test suite, with the same pass rules."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.db import connection

from integration_hub.chaos.rows import NAMES, row_of
from integration_hub.demo.pair import Kinds

from .conftest import MakeWorld

TOP = Path(__file__).resolve().parents[2]
PATIENCE_SECONDS = 300

_ROWS = [row for row in map(row_of, NAMES) if row.is_in_suite]

PROCESSES_ON = "postgresql"
"""Rows that kill and restart processes take long and differ little: here they run on this database, or on the one
that they are about. ``./hub chaos`` runs each on both."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """The rows that are about the database of this run."""
    database = metafunc.config.getoption("--db")
    rows = [row for row in _ROWS if database in row.databases]
    apart = [row for row in rows if row.needs_processes and database in {PROCESSES_ON, row.databases[0]}]
    if "row_here" in metafunc.fixturenames:
        here = [(row.name, kinds) for row in rows if not row.needs_processes for kinds in row.pairs]
        metafunc.parametrize(("row_here", "kinds"), here, ids=[f"{name}-{kinds.name}" for name, kinds in here])
    if "row_apart" in metafunc.fixturenames:
        metafunc.parametrize("row_apart", [row.name for row in apart])


def test_row_holds(row_here: str, kinds: Kinds, make_world: MakeWorld) -> None:
    row = row_of(row_here)

    found = row.run(make_world(row, kinds), row.small).judged(is_small=True)

    assert found["passed"], json.dumps(found, indent=1, ensure_ascii=False)


@pytest.mark.database
def test_row_holds_in_processes_of_its_own(row_apart: str, tmp_path: Path) -> None:
    """On the database that the suite runs on, but a fresh one."""
    database = connection.vendor

    done = subprocess.run(
        [sys.executable, str(TOP / "manage.py"), "chaos", row_apart, "--small", "--json", "--database", database],
        env=_environment(tmp_path),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )

    [found] = json.loads(done.stdout.splitlines()[-1])["rows"]
    assert found["passed"], json.dumps(found, indent=1, ensure_ascii=False) + done.stderr[-3000:]
    assert (found["row"], found["database"], done.returncode) == (row_apart, database, 0)


def _environment(folder: Path) -> dict[str, Any]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
    return kept | {
        "HUB_ENV_FILE": os.devnull,
        "HUB_DATA_DIR": str(folder / "data"),
        "STATIC_ROOT": str(folder / "static"),
        "SECRET_KEY": "only-for-this-test-" + "x" * 40,
        "FIELD_KEYS": Fernet.generate_key().decode(),
        "HUB_BASE_URL": "http://127.0.0.1:8000",
        "ALLOWED_HOSTS": "127.0.0.1,localhost",
        "HUB_ALLOWED_PRIVATE_NETWORKS": "127.0.0.0/8",
        "LOG_LEVEL": "WARNING",
    }
