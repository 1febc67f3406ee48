"""The demo begins afresh however often it is started in one folder, and never on somebody's data."""

from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection

from integration_hub.demo.stage import MARKER, StageError, fresh_data
from integration_hub.web.management.commands import demo


class Idle:
    """Stands for a process that the demo would start."""

    def __init__(self, *_anything: Any) -> None: ...

    def stop(self) -> None: ...


@pytest.fixture
def emptied(monkeypatch: pytest.MonkeyPatch, settings: Any) -> list[Path]:
    """Folders that the demo emptied. It starts nothing, and what it changes in this process is put back."""
    found: list[Path] = []
    for name, stand_in in {"fresh_data": found.append, "StandIns": Idle, "Hub": Idle}.items():
        monkeypatch.setattr(demo, name, stand_in)
    monkeypatch.setattr("integration_hub.web.management.commands.demo.signal.signal", lambda _number, _handler: None)
    for name in ("HUB_BASE_URL", "CSRF_TRUSTED_ORIGINS"):
        monkeypatch.setenv(name, "")
    settings.HUB_BASE_URL = settings.HUB_BASE_URL
    return found


@pytest.mark.django_db
def test_only_a_database_file_is_begun_afresh_and_one_in_use_is_left_alone(emptied: list[Path], settings: Any) -> None:
    User.objects.create_superuser("ann")

    with pytest.raises(CommandError, match="This database is in use already"):
        call_command("demo", "--once")

    assert emptied == ([settings.HUB_DATA_DIR] if connection.vendor == "sqlite" else [])
    assert list(User.objects.values_list("username", flat=True)) == ["ann"]


def test_folder_of_an_earlier_demo_is_emptied_and_no_other(tmp_path: Path) -> None:
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    for folder in (ours, theirs):
        folder.mkdir()
        (folder / "hub.sqlite3").write_text("tables")
    (ours / MARKER).touch()

    fresh_data(ours)
    with pytest.raises(StageError, match="holds data that the demo did not make"):
        fresh_data(theirs)

    assert [path.name for path in ours.iterdir()] == [MARKER]
    assert (theirs / "hub.sqlite3").exists()
