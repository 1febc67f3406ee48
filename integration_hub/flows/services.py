"""What an open connector is given: throttle, exchange log, tokens, clock."""

import os
from collections.abc import Callable
from datetime import timedelta
from time import monotonic

from django.conf import settings
from django.utils import timezone

from connectors.contract.capabilities import Adapter
from connectors.contract.errors import RateLimited
from connectors.contract.spec import Services
from integration_hub.connections.adapters import limits_of, open_adapter
from integration_hub.connections.models import Connection
from integration_hub.connections.tokens import StoredTokens
from integration_hub.engine.exchanges import ExchangeLog
from integration_hub.engine.throttle import Throttle

SLICE_SECONDS = 20.0
"""How long one task works before it gives the worker back; a slow system then cannot hold all workers."""


STOP_FILE = "HUB_STOP_FILE"
"""Environment variable: the file that the supervisor makes when it is told to stop. A worker of the queue sees no
signal while it works, and with a full lane it would work to the end of its slice."""


class Deadline:
    """The end of a task's slice, or of the hub. A connector that asks for one more call after it is told to stop."""

    def __init__(self, seconds: float = SLICE_SECONDS) -> None:
        self._end = monotonic() + seconds

    @property
    def has_passed(self) -> bool:
        return monotonic() >= self._end or _is_stopping()


def _is_stopping() -> bool:
    named = os.environ.get(STOP_FILE)
    return named is not None and os.path.exists(named)  # noqa: PTH110 - asked for before every call: a microsecond


def services_for(
    connection: Connection,
    log: ExchangeLog,
    *,
    deadline: Deadline | None = None,
    before_call: Callable[[], None] | None = None,
    is_patient: bool = False,
) -> Services:
    """Services bound to one connection. ``before_call`` runs before each HTTP call (renewing a lease); ``is_patient``
    leaves the vendor's burst to live traffic."""
    throttle = Throttle(limits_of(connection), is_patient=is_patient)

    def allow(bucket: str) -> None:
        if deadline is not None and deadline.has_passed:
            raise RateLimited("The time slice of this task is used up; the rest follows at once.", code="slice_over")
        if before_call is not None:
            before_call()
        throttle.acquire(bucket)

    def slow_down(bucket: str, delay: timedelta) -> None:
        throttle.slow_down(bucket, delay)

    return Services(
        on_exchange=log.add,
        throttle=allow,
        slow_down=slow_down,
        tokens=StoredTokens(connection.pk),
        clock=timezone.now,
        allowed_private_networks=tuple(settings.HUB_ALLOWED_PRIVATE_NETWORKS),
        user_agent="IntegrationHub",
    )


def opened(
    connection: Connection, log: ExchangeLog, *, deadline: Deadline | None = None, is_patient: bool = False
) -> Adapter:
    """The connection's connector, ready for use."""
    return open_adapter(connection, services_for(connection, log, deadline=deadline, is_patient=is_patient))
