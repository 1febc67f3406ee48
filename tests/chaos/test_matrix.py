"""Every row of the fault matrix at the size of the test suite, with the same pass rules."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection

from integration_hub.chaos import templates
from integration_hub.chaos.row import Row
from integration_hub.chaos.rows import NAMES, row_of
from integration_hub.demo.pair import Kinds
from tests.apart import environment

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
        here = [_param(row, kinds) for row in rows if not row.needs_processes for kinds in row.pairs]
        metafunc.parametrize(("row_here", "kinds"), here)
    if "row_apart" in metafunc.fixturenames:
        metafunc.parametrize("row_apart", [row.name for row in apart])


def _param(row: Row, kinds: Kinds) -> Any:
    """Lines are counted between the first pair alone: they are the same, and counting takes half as long again."""
    marks = () if kinds == row.pairs[0] else (pytest.mark.no_cover,)
    return pytest.param(row.name, kinds, id=f"{row.name}-{kinds.name}", marks=marks)


def test_row_holds(row_here: str, kinds: Kinds, make_world: MakeWorld) -> None:
    row = row_of(row_here)

    found = row.run(make_world(row, kinds), row.small).judged(is_small=True)

    assert found["passed"], json.dumps(found, indent=1, ensure_ascii=False)


@pytest.mark.database
@pytest.mark.long
def test_row_holds_in_processes_of_its_own(row_apart: str, tmp_path: Path) -> None:
    """On the database that the suite runs on, but a fresh one."""
    database = connection.vendor

    done = subprocess.run(
        [sys.executable, str(TOP / "manage.py"), "chaos", row_apart, "--small", "--json", "--database", database],
        env=environment(tmp_path) | {templates.FOLDER: str(settings.HUB_DATA_DIR / "templates")},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )

    [found] = json.loads(done.stdout.splitlines()[-1])["rows"]
    assert found["passed"], json.dumps(found, indent=1, ensure_ascii=False) + done.stderr[-3000:]
    assert (found["row"], found["database"], done.returncode) == (row_apart, database, 0)
