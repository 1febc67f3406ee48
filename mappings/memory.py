"""What this process did a moment ago, so that it need not do it again. Bounded; forgetting only costs a query."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable

REMEMBER_SECONDS = 300.0
"""A code's “last seen” is at most this old while its orders keep coming; staff read it in days."""

REMEMBER_KEYS = 20_000
"""A hundred routes with two hundred codes each: a few megabytes."""


class RecentlyNoted:
    """Keys and when they were added. Threads may share it."""

    def __init__(
        self,
        seconds: float = REMEMBER_SECONDS,
        max_keys: int = REMEMBER_KEYS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._seconds = seconds
        self._max_keys = max_keys
        self._clock = clock
        self._added: OrderedDict[Hashable, float] = OrderedDict()
        self._lock = threading.Lock()

    def has(self, key: Hashable) -> bool:
        with self._lock:
            added = self._added.get(key)
        return added is not None and self._clock() - added < self._seconds

    def add(self, keys: Iterable[Hashable]) -> None:
        """The oldest keys make room for the new ones."""
        now = self._clock()
        with self._lock:
            for key in keys:
                self._added[key] = now
                self._added.move_to_end(key)
            while len(self._added) > self._max_keys:
                self._added.popitem(last=False)

    def clear(self) -> None:
        with self._lock:
            self._added.clear()
