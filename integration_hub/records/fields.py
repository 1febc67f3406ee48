"""A JSON column that is cheap to insert many of."""

from typing import Any

from django.db import models


class DocumentField(models.JSONField):
    """A JSONField for documents of some kilobytes.

    Naming a placeholder keeps Django from passing a batch to PostgreSQL as arrays (UNNEST): every document would be
    escaped once more, character by character, which took longer than all else that is done to store an order.
    """

    def get_placeholder(self, _value: Any, _compiler: Any, _connection: Any) -> str:
        return "%s"
