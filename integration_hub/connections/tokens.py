"""Rotating tokens that a connector keeps with us."""

from .models import ConnectionToken


class StoredTokens:
    """Implements the contract's TokenStore on encrypted rows, shared by all workers."""

    def __init__(self, connection_id: int) -> None:
        self._connection_id = connection_id

    def get(self, name: str) -> str:
        row = ConnectionToken.objects.filter(connection_id=self._connection_id, name=name).first()
        return str(row.value.get("value", "")) if row is not None else ""

    def put(self, name: str, value: str) -> None:
        ConnectionToken.objects.update_or_create(
            connection_id=self._connection_id, name=name, defaults={"value": {"value": value}}
        )
