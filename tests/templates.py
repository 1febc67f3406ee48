"""A migrated database, made once for all workers of a run: each of them copies it, because migrating takes seconds."""

import fcntl
import shutil
from functools import cache
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.db import connection, transaction

POSTGRESQL_TEMPLATE = "hub_tests_template"
MADE_BY_SETTING_UP = {
    "auth_group",
    "auth_group_permissions",
    "auth_permission",
    "django_content_type",
    "django_migrations",
}
"""Migrations and roles, as a hub has them when it starts."""


def use_a_copy() -> None:
    """Point the connection at a migrated database of this worker's own."""
    name: str = connection.creation._get_test_db_name()  # type: ignore[attr-defined]  # where pytest-django has it
    settings.HUB_DATA_DIR.mkdir(parents=True, exist_ok=True)
    with (settings.HUB_DATA_DIR / "template.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        made = settings.HUB_DATA_DIR / "template.made"
        if not made.exists():
            _make_template()
            made.touch()
        _copy_template(name)
    _use(name)


def sqlite_file(to: Path) -> None:
    """The tables for a hub in processes of its own. For tests that ask for ``django_db_setup`` and run on SQLite."""
    shutil.copyfile(_sqlite_template(), to)


def empty() -> None:
    """After a test that commits. Django's ``flush`` does so, too, but it also makes all permissions anew."""
    with transaction.atomic(), connection.cursor() as cursor:
        for statement in _emptying(connection.vendor):
            cursor.execute(statement)


@cache
def _emptying(vendor: str) -> list[str]:
    """The statements that do it: all in one, where the driver takes several at once."""
    tables = connection.introspection.django_table_names(only_existing=True, include_views=False)
    names = [connection.ops.quote_name(table) for table in sorted(set(tables) - MADE_BY_SETTING_UP)]
    statements = [f"DELETE FROM {name}" for name in names]  # noqa: S608 - our own tables
    return ["; ".join(statements)] if vendor == "postgresql" else statements


def drop_the_copy() -> None:
    name = str(connection.settings_dict["NAME"])
    connection.close()
    if connection.vendor == "postgresql":
        _execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def _make_template() -> None:
    if connection.vendor == "postgresql":
        _execute(f"DROP DATABASE IF EXISTS {POSTGRESQL_TEMPLATE}")  # of a run before, on a server that was named to us
        _execute(f"CREATE DATABASE {POSTGRESQL_TEMPLATE}")
        _use(POSTGRESQL_TEMPLATE)
    else:
        _use(str(_sqlite_template()))
    call_command("migrate", verbosity=0, interactive=False, run_syncdb=True)
    call_command("setup_roles", verbosity=0)
    connection.close()


def _copy_template(name: str) -> None:
    if connection.vendor == "postgresql":
        _execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        _execute(f'CREATE DATABASE "{name}" TEMPLATE {POSTGRESQL_TEMPLATE}')
    else:
        shutil.copyfile(_sqlite_template(), name)


def _sqlite_template() -> Path:
    return Path(settings.HUB_DATA_DIR / "template.sqlite3")


def _use(name: str) -> None:
    connection.close()
    settings.DATABASES["default"]["NAME"] = connection.settings_dict["NAME"] = name


def _execute(statement: str) -> None:
    """By a connection to the server's own database."""
    with connection._nodb_cursor() as cursor:  # as Django makes its test databases
        cursor.execute(statement)
