"""Saves many rows in few statements."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from django.db import connection, models

MOST_GROUPS = 4
"""Beyond this many different sets of values one statement for all of them is cheaper than one per set."""

ROWS_PER_STATEMENT = 200


def save_grouped(rows: Sequence[models.Model], fields: Sequence[str]) -> None:
    """Update ``fields`` of the rows; rows with equal values share one plain UPDATE. After a batch nearly all end the
    same way."""
    if not rows:
        return
    groups: dict[str, list[models.Model]] = defaultdict(list)
    for row in rows:
        groups[repr([getattr(row, name) for name in fields])].append(row)
    if len(groups) > MOST_GROUPS:
        save_each(rows, fields)
        return
    manager = type(rows[0])._default_manager
    for group in groups.values():
        values: dict[str, Any] = {name: getattr(group[0], name) for name in fields}
        manager.filter(pk__in=[row.pk for row in group]).update(**values)


def save_each(rows: Sequence[models.Model], names: Sequence[str]) -> None:
    """Update ``names`` of rows whose values differ, in one statement per 200 rows.

    ``UPDATE ... FROM (VALUES ...)`` on both databases; Django's ``bulk_update`` builds an expression per row and
    field, which cost more than delivering the rows. Locks are taken in the order of the keys.
    """
    ordered = sorted(rows, key=lambda row: int(row.pk))
    for start in range(0, len(ordered), ROWS_PER_STATEMENT):
        _save_some(ordered[start : start + ROWS_PER_STATEMENT], names)


def _save_some(rows: Sequence[models.Model], names: Sequence[str]) -> None:
    meta: Any = type(rows[0])._meta
    fields: list[Any] = [meta.get_field(name) for name in names]
    quote = connection.ops.quote_name
    is_postgresql = connection.vendor == "postgresql"
    settings = ", ".join(
        f"{quote(field.column)} = given.column{position}" + (f"::{_type(field)}" if is_postgresql else "")
        for position, field in enumerate(fields, start=2)
    )
    one = "(" + ", ".join(["%s"] * (len(fields) + 1)) + ")"
    table = quote(meta.db_table)
    statement = (
        f"UPDATE {table} SET {settings} FROM (VALUES {', '.join([one] * len(rows))}) AS given "  # noqa: S608 - names
        f"WHERE {table}.{quote(meta.pk.column)} = given.column1"
    )
    parameters: list[Any] = []
    for row in rows:
        parameters.append(row.pk)
        parameters += [field.get_db_prep_save(getattr(row, field.attname), connection) for field in fields]
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)


def _type(field: Any) -> str:
    return str(field.rel_db_type(connection) if field.is_relation else field.db_type(connection))
