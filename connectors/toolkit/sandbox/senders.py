"""Sends a stand-in's webhooks from threads of its own, as late, as often and in what order its switches say."""

import heapq
import threading
import time
from collections import deque
from collections.abc import Callable, Hashable
from dataclasses import asdict, dataclass, replace
from itertools import count
from random import Random
from typing import Any

from connectors.toolkit.sandbox.ledger import Ledger
from connectors.toolkit.sandbox.line import Answer, Line

REORDER_SECONDS = 0.25
"""With ``reorder`` each delivery waits up to this long, so that neighbours overtake each other."""

STOP_SECONDS = 5.0
"""For all senders together: one that hangs on a silent receiver ends with the process."""


@dataclass(slots=True)
class Sending:
    """The switches of ``POST /__sandbox__/webhooks``."""

    senders: int = 4
    delay_seconds: float = 0.0
    reorder: bool = False
    duplicate_rate: float = 0.0
    lost_rate: float = 0.0
    keep_alive: bool = True
    """False opens a connection for each delivery, as PHP does."""

    cron: bool = True
    """False holds everything back, as a site whose cron is broken."""

    only_topics: str = ""
    """Comma list; empty sends all that the receiver asked for."""

    hold: bool = False
    """True makes each delivery at the moment of its event and keeps it for ``POST held``, to be sent by somebody else:
    in another order, more often, later."""

    resend_seconds: float = 0.0
    """Above 0 a delivery that is not acknowledged is sent again after so long, until it is, and disables nothing,
    whatever the shop would do by itself."""

    timeout_seconds: float = 60.0
    seed: int = 1

    def wants(self, *topics: str) -> bool:
        """Whether one of the names of an event is to be sent."""
        return not self.only_topics or not set(topics).isdisjoint(self.only_topics.split(","))


class Senders:
    """What waits is known by a key and waits once. ``deliver(key, line)`` runs on a sender's thread, without a lock,
    and uses ``post``; ``defaults`` are the switches of a fresh shop."""

    def __init__(self, deliver: Callable[[Any, Line], None], defaults: Sending | None = None) -> None:
        self._defaults = defaults or Sending()
        self.sending, self.ledger = replace(self._defaults), Ledger()
        self._deliver = deliver
        self._wake = threading.Condition()
        self._due: list[tuple[float, int, Hashable]] = []
        self._waiting: dict[Hashable, int] = {}
        self._numbers = count()
        self._threads: list[threading.Thread] = []
        self._running = 0
        self._stopped = False
        self._random = Random(1)
        self._held: deque[dict[str, Any]] = deque()

    def set(self, switches: dict[str, Any]) -> dict[str, Any]:
        """Change the named switches. Raises ValueError for unknown names."""
        unknown = set(switches) - set(asdict(self.sending))
        if unknown:
            message = f"unknown switches: {', '.join(sorted(unknown))}"
            raise ValueError(message)
        with self._wake:
            for name, value in switches.items():
                setattr(self.sending, name, type(getattr(self.sending, name))(value))
            if "seed" in switches:
                self._random.seed(self.sending.seed)
            self._wake.notify_all()
        return asdict(self.sending)

    def clear(self) -> None:
        with self._wake:
            self._due.clear()
            self._waiting.clear()
        self._held.clear()
        self.sending, self.ledger = replace(self._defaults), Ledger()

    @property
    def pending(self) -> int:
        """Deliveries that wait or are on their way."""
        with self._wake:
            return len(self._waiting) + self._running

    def hold(self, row: dict[str, Any]) -> None:
        self._held.append(row)

    def take_held(self, most: int) -> list[dict[str, Any]]:
        """The oldest deliveries that were held back; they are the caller's business from now on."""
        return [self._held.popleft() for _ in range(min(most, len(self._held)))]

    def put(self, key: Hashable) -> bool:
        """To be sent as the switches say; what already waits is not queued twice. False when it gets lost."""
        with self._wake:
            if key in self._waiting:
                self.ledger.sums["merged"] += 1
            elif not self._stopped and self._random.random() < self.sending.lost_rate:
                self.ledger.sums["lost"] += 1
                return False
            else:
                wait = self._random.random() * REORDER_SECONDS if self.sending.reorder else 0.0
                self._queue(key, self.sending.delay_seconds + wait)
            return True

    def put_later(self, key: Hashable, seconds: float = 0.0) -> None:
        """After so long, whatever the switches say; unless it waits already."""
        with self._wake:
            if key not in self._waiting:
                self._queue(key, seconds)

    def hurry(self, key: Hashable) -> None:
        """What waits for a later time is due now."""
        with self._wake:
            if key in self._waiting:
                self._queue(key, 0.0)

    def post(self, line: Line, url: str, body: bytes, headers: dict[str, str]) -> tuple[Answer, dict[str, Any]]:
        """The answer, and its part of a row of the log."""
        at = time.time()
        sending = self.sending
        answer = line.post(url, body, headers, keep_alive=sending.keep_alive, timeout_seconds=sending.timeout_seconds)
        return answer, {"status": answer.status, "at": at, "ms": round((time.time() - at) * 1000, 2)}

    def repeats(self) -> bool:
        """Whether this delivery is one that goes out twice."""
        return self._random.random() < self.sending.duplicate_rate

    def wait_until_idle(self, timeout_seconds: float = 30.0) -> bool:
        """True when everything queued has been tried. Not to be called under the sandbox's lock."""
        with self._wake:
            return self._wake.wait_for(lambda: not self._waiting and not self._running, timeout_seconds)

    def stop(self) -> None:
        with self._wake:
            self._stopped = True
            self._due.clear()
            self._waiting.clear()
            self._wake.notify_all()
            threads = list(self._threads)
        end = time.monotonic() + STOP_SECONDS
        for thread in threads:
            thread.join(timeout=max(end - time.monotonic(), 0))

    def _queue(self, key: Hashable, seconds: float) -> None:
        if self._stopped:
            return
        self._waiting[key] = number = next(self._numbers)
        heapq.heappush(self._due, (time.monotonic() + seconds, number, key))
        while len(self._threads) < self.sending.senders:
            thread = threading.Thread(target=self._work, name="webhook-sender", daemon=True)
            self._threads.append(thread)
            thread.start()
        self._wake.notify()

    def _work(self) -> None:
        line = Line()
        while (key := self._next()) is not None:
            try:
                self._deliver(key, line)
            finally:
                with self._wake:
                    self._running -= 1
                    if not self._waiting and not self._running:
                        self._wake.notify_all()
        line.close()

    def _next(self) -> Hashable | None:
        with self._wake:
            while not self._stopped:
                wait = self._due[0][0] - time.monotonic() if self._due and self.sending.cron else None
                if wait is None or wait > 0:
                    self._wake.wait(wait)
                    continue
                _at, number, key = heapq.heappop(self._due)
                if self._waiting.get(key) == number:  # else it was hurried
                    del self._waiting[key]
                    self._running += 1
                    return key
        return None
