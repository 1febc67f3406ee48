"""Keeps the HTTP exchanges of one batch and stores them together."""

import uuid

from connectors.contract import spec

from .models import Exchange

FAULT_OF_THE_SYSTEM = 500
"""From here on a status says that the system failed, or that nobody answered behind its proxy (RFC 9110, 15.6)."""


class ExchangeLog:
    """Collects exchanges in memory; ``store`` writes them in one statement. Bodies are redacted by the toolkit."""

    def __init__(self, connection_id: int) -> None:
        self._connection_id = connection_id
        self._exchanges: list[spec.Exchange] = []
        self.batch = str(uuid.uuid4())

    def add(self, exchange: spec.Exchange) -> None:
        self._exchanges.append(exchange)

    @property
    def was_heard(self) -> bool:
        """Whether the system answered any call of this batch, if only to refuse it."""
        return any(each.status is not None and each.status < FAULT_OF_THE_SYSTEM for each in self._exchanges)

    def store(self) -> str:
        """Write what was collected; returns the batch they are filed under and begins a new one."""
        batch, self.batch = self.batch, str(uuid.uuid4())
        rows = [_row(exchange, self._connection_id, batch) for exchange in self._exchanges]
        self._exchanges.clear()
        if rows:
            Exchange.objects.bulk_create(rows)
        return batch


def _row(exchange: spec.Exchange, connection_id: int, batch: str) -> Exchange:
    return Exchange(
        connection_id=connection_id,
        batch=batch,
        method=exchange.method,
        url=exchange.url.replace("\x00", ""),
        status=exchange.status,
        request_body=exchange.request_body.replace("\x00", ""),
        response_body=exchange.response_body.replace("\x00", ""),
        error=exchange.error[:120],
        started_at=exchange.started_at,
        duration_ms=int(exchange.duration.total_seconds() * 1000),
    )
