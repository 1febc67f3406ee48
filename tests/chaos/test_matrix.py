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

from .conftest import MakeWorld

TOP = Path(__file__).resolve().parents[2]
PATIENCE_SECONDS = 300

_ROWS = [row for row in map(row_of, NAMES) if row.is_in_suite]
HERE = [row.name for row in _ROWS if not row.needs_processes]
APART = [row.name for row in _ROWS if row.needs_processes]


@pytest.mark.parametrize("name", HERE)
def test_row_holds(name: str, make_world: MakeWorld) -> None:
    row = row_of(name)
    if connection.vendor not in row.databases:
        pytest.skip(f"{name} is about {' and '.join(row.databases)}")

    found = row.run(make_world(row), row.small).judged(is_small=True)

    assert found["passed"], json.dumps(found, indent=1, ensure_ascii=False)


@pytest.mark.database
@pytest.mark.parametrize("name", APART)
def test_row_holds_in_processes_of_its_own(name: str, tmp_path: Path) -> None:
    """On the database that the suite runs on, but a fresh one."""
    database = connection.vendor
    if database not in row_of(name).databases:
        pytest.skip(f"{name} is not about {database}")

    done = subprocess.run(
        [sys.executable, str(TOP / "manage.py"), "chaos", name, "--small", "--json", "--database", database],
        env=_environment(tmp_path),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )

    [found] = json.loads(done.stdout.splitlines()[-1])["rows"]
    assert found["passed"], json.dumps(found, indent=1, ensure_ascii=False) + done.stderr[-3000:]
    assert (found["row"], found["database"], done.returncode) == (name, database, 0)


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
