"""Rotating tokens that a connector keeps with us."""

import time
import uuid
from collections.abc import Callable
from datetime import timedelta

from django.db.models import Q, QuerySet
from django.utils import timezone

from connectors.contract.errors import AGAIN, Retryable

from .models import ConnectionToken

RENEWAL_LEASE = timedelta(seconds=60)
"""Longer than the connect and read time-outs of the one HTTP call that renewing takes."""

LONGEST_WAIT_SECONDS = 20.0
"""For another worker that renews; after that the item waits its turn instead of holding a worker."""

LOOK_EVERY_SECONDS = 0.1


class StoredTokens:
    """Implements the contract's TokenStore on encrypted rows, shared by all workers.

    ``sleep`` is given in tests.
    """

    def __init__(self, connection_id: int, *, sleep: Callable[[float], None] = time.sleep) -> None:
        self._connection_id = connection_id
        self._sleep = sleep

    def get(self, name: str) -> str:
        row = ConnectionToken.objects.filter(connection_id=self._connection_id, name=name).first()
        return str(row.value.get("value", "")) if row is not None else ""

    def put(self, name: str, value: str) -> None:
        ConnectionToken.objects.update_or_create(
            connection_id=self._connection_id, name=name, defaults={"value": {"value": value}}
        )

    def renewed(self, name: str, seen: str, renew: Callable[[str], str]) -> str:
        """A lease on the row and not a lock: no transaction is open while the other system is called."""
        owner = uuid.uuid4().hex
        ConnectionToken.objects.get_or_create(connection_id=self._connection_id, name=name)
        for _ in range(int(LONGEST_WAIT_SECONDS / LOOK_EVERY_SECONDS)):
            present = self.get(name)
            if present != seen:
                return present
            if self._take(name, owner):
                return self._renew(name, seen, renew, owner)
            self._sleep(LOOK_EVERY_SECONDS)
        message = f"Another worker is renewing the sign-in to this system. {AGAIN}"
        raise Retryable(message, code="token_busy")

    def _renew(self, name: str, seen: str, renew: Callable[[str], str], owner: str) -> str:
        try:
            # Whoever held the lease before may have stored a new value between our look and our lease.
            present = self.get(name)
            if present != seen:
                return present
            value = renew(seen)
            # Stored whoever holds the lease by now: with a rotating token only the newest answer is worth anything.
            self.put(name, value)
            return value
        finally:
            self._rows(name).filter(lease_owner=owner).update(lease_owner="", lease_until=None)

    def _take(self, name: str, owner: str) -> bool:
        now = timezone.now()
        free = Q(lease_until=None) | Q(lease_until__lt=now)
        return bool(self._rows(name).filter(free).update(lease_owner=owner, lease_until=now + RENEWAL_LEASE))

    def _rows(self, name: str) -> QuerySet[ConnectionToken]:
        return ConnectionToken.objects.filter(connection_id=self._connection_id, name=name)
