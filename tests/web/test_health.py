"""Whether the hub is alive, and whether it can work."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client
from django.utils import timezone

from integration_hub.engine.models import Heartbeat
from integration_hub.web import health


def test_alive_needs_no_database(client: Client) -> None:
    answer = client.get("/health/live")

    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


@pytest.mark.django_db
@pytest.mark.parametrize(("age", "status"), [(1, 200), (29, 200), (31, 503), (3600, 503)])
def test_ready_while_a_supervisor_was_seen_lately(client: Client, age: int, status: int) -> None:
    Heartbeat.objects.create(name="supervisor:old", at=timezone.now() - timedelta(days=1))
    Heartbeat.objects.create(name="supervisor:here", at=timezone.now() - timedelta(seconds=age))

    answer = client.get("/health/ready")

    assert answer.status_code == status
    assert answer.json().get("missing") == (None if status == 200 else "supervisor")


@pytest.mark.django_db
def test_not_ready_before_the_first_beat(client: Client) -> None:
    assert client.get("/health/ready").status_code == 503


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("details", "missing"),
    [
        ([{"falling": ["workers"]}], "workers"),
        ([{"falling": ["workers"]}, {"falling": []}], None),  # another machine works
        ([{"falling": ["bulk-workers"]}], None),
        ([{"stopped": True}], "supervisor"),
        ([{}], None),
    ],
)
def test_ready_while_workers_stay_up_somewhere(
    client: Client, details: list[dict[str, Any]], missing: str | None
) -> None:
    for number, detail in enumerate(details):
        Heartbeat.objects.create(name=f"supervisor:{number}", at=timezone.now(), detail=detail)

    answer = client.get("/health/ready")

    assert answer.json().get("missing") == missing


@pytest.mark.django_db
def test_not_ready_before_the_migrations_have_run(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    Heartbeat.objects.create(name="supervisor:here", at=timezone.now())
    monkeypatch.setattr(health, "_migrated", False)
    MigrationRecorder.Migration.objects.filter(app="watch").delete()

    answer = client.get("/health/ready")

    assert (answer.status_code, answer.json()["missing"]) == (503, "migrations")


@pytest.mark.django_db
def test_not_ready_without_a_database(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(**_conditions: Any) -> Any:
        raise OperationalError

    monkeypatch.setattr(Heartbeat.objects, "filter", away)

    answer = client.get("/health/ready")

    assert (answer.status_code, answer.json()["missing"]) == (503, "database")
