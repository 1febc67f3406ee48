from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import connection

from integration_hub.settings.database import database_from_url


def test_a_server_is_read_from_its_address() -> None:
    entry = database_from_url("postgresql://hub:p%40ss@db.example.com:5433/shop?sslmode=require")

    assert entry["ENGINE"] == "django.db.backends.postgresql"
    assert (entry["USER"], entry["PASSWORD"]) == ("hub", "p@ss")
    assert (entry["HOST"], entry["PORT"], entry["NAME"]) == ("db.example.com", "5433", "shop")
    assert entry["OPTIONS"] == {"sslmode": "require"}


def test_a_unix_socket_is_read_from_its_address() -> None:
    entry = database_from_url("postgresql://postgres:@/hub?host=/run/postgresql")

    assert (entry["HOST"], entry["PORT"], entry["NAME"]) == ("/run/postgresql", "", "hub")
    assert entry["OPTIONS"] == {}


def test_the_pool_stays_off_because_workers_fork() -> None:
    assert "pool" not in database_from_url("postgresql:///hub")["OPTIONS"]


def test_a_sqlite_file_is_read_from_its_address() -> None:
    entry = database_from_url("sqlite:////var/lib/hub/hub.sqlite3", synchronous="FULL")

    assert entry["NAME"] == str(Path("/var/lib/hub/hub.sqlite3"))
    assert entry["OPTIONS"]["transaction_mode"] == "IMMEDIATE"
    assert "synchronous=FULL" in entry["OPTIONS"]["init_command"]


def test_another_database_is_refused_by_name() -> None:
    with pytest.raises(ImproperlyConfigured, match="starts with “mysql:”"):
        database_from_url("mysql://hub@localhost/hub")


def test_an_unknown_durability_is_refused() -> None:
    with pytest.raises(ImproperlyConfigured, match="must be NORMAL or FULL"):
        database_from_url("sqlite:///hub.sqlite3", synchronous="SOMETIMES")


@pytest.mark.django_db
def test_the_suite_runs_on_the_database_that_was_asked_for(pytestconfig: pytest.Config) -> None:
    assert connection.vendor == pytestconfig.getoption("db")


@pytest.mark.django_db
def test_sqlite_writes_ahead(pytestconfig: pytest.Config) -> None:
    if connection.vendor != "sqlite":
        return  # the other database has no such journal

    with connection.cursor() as cursor:
        journal = cursor.execute("PRAGMA journal_mode").fetchone()[0]

    assert journal == "wal"
