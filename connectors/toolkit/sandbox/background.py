"""Work that a sandbox does beside answering: sending its webhooks and triggers."""

import heapq
import threading
from collections.abc import Callable, Mapping
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from itertools import count
from time import monotonic
from urllib.parse import urlsplit

WORKERS = 8
"""Enough that one slow receiver does not hold up the others, few enough for a laptop."""

Action = Callable[[], None]


class Background:
    """Runs actions later on a few threads of its own. Threads start with the first action."""

    def __init__(self, name: str, workers: int = WORKERS) -> None:
        self._name = name
        self._workers = workers
        self._due: list[tuple[float, int, Action]] = []
        self._numbers = count()
        self._wake = threading.Condition()
        self._threads: list[threading.Thread] = []
        self._stopped = False
        self._running = 0
        self.failures: list[str] = []

    @property
    def waiting(self) -> int:
        """Actions not finished yet."""
        with self._wake:
            return len(self._due) + self._running

    def later(self, seconds: float, action: Action) -> None:
        """Run the action after that many seconds. Ignored once stopped."""
        with self._wake:
            if self._stopped:
                return
            heapq.heappush(self._due, (monotonic() + seconds, next(self._numbers), action))
            if len(self._threads) < self._workers:
                thread = threading.Thread(target=self._work, name=f"{self._name}-later", daemon=True)
                self._threads.append(thread)
                thread.start()
            self._wake.notify()

    def clear(self) -> None:
        """Forget what has not begun."""
        with self._wake:
            self._due.clear()
            self.failures.clear()

    def wait(self, timeout_seconds: float) -> bool:
        """Wait until nothing is due or running; False when the time is over first."""
        with self._wake:
            return self._wake.wait_for(lambda: not self._due and not self._running, timeout_seconds)

    def stop(self) -> None:
        with self._wake:
            self._stopped = True
            self._due.clear()
            self._wake.notify_all()
        for thread in self._threads:
            thread.join(timeout=5)

    def _work(self) -> None:
        while (action := self._next()) is not None:
            try:
                action()
            except Exception as fault:  # noqa: BLE001 - a failing action must show in the state and not end the thread
                self.failures.append(f"{type(fault).__name__}: {fault}")
            with self._wake:
                self._running -= 1
                self._wake.notify_all()

    def _next(self) -> Action | None:
        with self._wake:
            while not self._stopped:
                wait = self._due[0][0] - monotonic() if self._due else None
                if wait is not None and wait <= 0:
                    self._running += 1
                    return heapq.heappop(self._due)[2]
                self._wake.wait(wait)
        return None


def deliver(url: str, body: bytes, headers: Mapping[str, str], timeout_seconds: float = 5.0) -> int:
    """POST once, as a vendor's webhook sender does. The HTTP status; 0 when nobody answered in time."""
    parts = urlsplit(url)
    secure = parts.scheme == "https"
    connect = HTTPSConnection if secure else HTTPConnection
    connection = connect(parts.hostname or "", parts.port or (443 if secure else 80), timeout=timeout_seconds)
    try:
        connection.request(
            "POST", (parts.path or "/") + (f"?{parts.query}" if parts.query else ""), body, dict(headers)
        )
        answer = connection.getresponse()
        answer.read(65_536)
        return answer.status
    except (OSError, HTTPException):
        return 0
    finally:
        connection.close()
