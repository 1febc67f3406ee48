"""One round of the watch: look, keep, send. Of several supervisors one does it at a time."""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from time import monotonic

from django.db import DatabaseError, InterfaceError, connection
from django.db.models import Q
from django.utils import timezone

from integration_hub.engine import lanes

from .ledger import record
from .look import look
from .models import Lookout
from .post import send_due

logger = logging.getLogger(__name__)

EVERY = timedelta(seconds=30)
LEASE = timedelta(minutes=5)
"""Longer than a round whose mail server and webhook receiver both run into their time-outs."""

KEY = "incidents"


def go_round() -> bool:
    """Look, keep and send, unless another supervisor did it within half a minute; False then. Raises DatabaseError."""
    now = timezone.now()
    if not _take(now, lanes.new_owner()):
        return False
    try:
        record(look(now), now)
        send_due(timezone.now())
    finally:
        _give_back(now)
    return True


def _take(now: datetime, owner: str) -> bool:
    Lookout.objects.get_or_create(key=KEY)
    free = Q(not_before=None) | Q(not_before__lte=now)
    return bool(Lookout.objects.filter(free, key=KEY).update(owner=owner, not_before=now + LEASE))


def _give_back(began_at: datetime) -> None:
    Lookout.objects.filter(key=KEY).update(owner="", looked_at=timezone.now(), not_before=began_at + EVERY)


@dataclass(slots=True)
class Aside:
    """Goes round in a thread, so that a mail server that hangs does not hold up the supervisor."""

    go_round: Callable[[], bool] = go_round
    every_seconds: float = EVERY.total_seconds() / 2
    """Half, because another supervisor may look in between; the row keeps the pace."""

    started_at: float = field(default_factory=monotonic)
    thread: threading.Thread | None = None

    def tick(self) -> None:
        """Starts a round when it is time and the last one has ended. Returns at once."""
        now = monotonic()
        if now - self.started_at < self.every_seconds or (self.thread is not None and self.thread.is_alive()):
            return
        self.started_at = now
        self.thread = threading.Thread(target=self._round, name="watch", daemon=True)
        self.thread.start()

    def _round(self) -> None:
        try:
            self.go_round()
        except (DatabaseError, InterfaceError) as problem:
            logger.warning("the watch could not look: the database is not available (%s)", type(problem).__name__)
        except Exception:
            logger.exception("the watch could not look")
        finally:
            connection.close()
