"""Saves many rows in few statements."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from django.db.models import Model

MOST_GROUPS = 4
"""Beyond this many different sets of values one CASE statement is cheaper than a statement per set."""


def save_grouped(rows: Sequence[Model], fields: Sequence[str]) -> None:
    """Update ``fields`` of the rows; rows with equal values share one plain UPDATE.

    After a batch nearly all rows end the same way, and Django's ``bulk_update`` builds one expression per row and
    field, which would cost more than everything else that is done for a batch.
    """
    if not rows:
        return
    manager = type(rows[0])._default_manager
    groups: dict[str, list[Model]] = defaultdict(list)
    for row in rows:
        groups[repr([getattr(row, name) for name in fields])].append(row)
    if len(groups) > MOST_GROUPS:
        manager.bulk_update(rows, fields)
        return
    for group in groups.values():
        values: dict[str, Any] = {name: getattr(group[0], name) for name in fields}
        manager.filter(pk__in=[row.pk for row in group]).update(**values)
