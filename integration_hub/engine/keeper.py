"""Keeps leases while their holder is busy with a slow call, so that leases can be short.

One thread per process, started with the first lease. A lease that is held for less than a few seconds costs it
nothing; after that, one UPDATE every KEEP_EVERY_SECONDS.
"""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic

from django.db import DatabaseError, InterfaceError, connections

from .lanes import LEASE

logger = logging.getLogger(__name__)

KEEP_EVERY_SECONDS = LEASE.total_seconds() / 3
"""Two renewals may fail before the lease is lost."""

LONGEST_HOLD_SECONDS = 300.0
"""A slice is 20 seconds and one call at most some minutes: whoever holds a lease longer hangs and loses it."""

OWED_EVERY_SECONDS = 0.5

Renew = Callable[[], object]

_held: dict[int, tuple[float, Renew]] = {}
_owed: list[tuple[float, Renew]] = []
_lock = threading.Lock()
_started_in: list[threading.Thread] = []


@contextmanager
def kept(renew: Renew) -> Iterator[None]:
    """Renews the lease from another thread while the block runs."""
    key = id(renew)
    with _lock:
        _held[key] = (monotonic(), renew)
        _ensure_thread()
    try:
        yield
    finally:
        with _lock:
            _held.pop(key, None)


def later(action: Renew) -> None:
    """Do it as soon as the database is there again: for a lease whose holder lost the database in mid-work, and which
    would else have to run out."""
    with _lock:
        _owed.append((monotonic(), action))
        _ensure_thread()


def _ensure_thread() -> None:
    """A forked process has its parent's variables but not its threads."""
    if _started_in and _started_in[0].is_alive():
        return
    thread = threading.Thread(target=_keep, name="lease-keeper", daemon=True)
    _started_in[:] = [thread]
    thread.start()


def _keep() -> None:
    pause = threading.Event()
    while True:
        pause.wait(OWED_EVERY_SECONDS if _owed else KEEP_EVERY_SECONDS / 2)
        pay_owed(monotonic())
        renew_due(monotonic())


def pay_owed(now: float) -> int:
    """Do what ``later`` was asked for; what does not succeed is tried again, until a lease would have run out long ago.
    Returns how much was done."""
    with _lock:
        owed, _owed[:] = list(_owed), []
    done = 0
    for since, action in owed:
        try:
            action()
            done += 1
        except (DatabaseError, InterfaceError):
            if now - since < LONGEST_HOLD_SECONDS:
                with _lock:
                    _owed.append((since, action))
    if owed:
        connections.close_all()  # of this thread
    return done


def renew_due(now: float) -> int:
    """Renew what is held for longer than KEEP_EVERY_SECONDS and not for too long; returns how many."""
    with _lock:
        due = [renew for since, renew in _held.values() if KEEP_EVERY_SECONDS / 2 <= now - since < LONGEST_HOLD_SECONDS]
    if not due:
        return 0
    renewed = sum(_renewed(renew) for renew in due)
    connections.close_all()  # of this thread
    return renewed


def _renewed(renew: Renew) -> bool:
    try:
        renew()
    except (DatabaseError, InterfaceError) as problem:
        logger.warning("a lease could not be renewed (%s); trying on", type(problem).__name__)
        return False
    return True
