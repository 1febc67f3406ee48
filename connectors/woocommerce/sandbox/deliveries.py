"""Sends the shop's webhooks from threads of its own: once each, with the state of the moment of sending."""

import heapq
import threading
import time
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from itertools import count
from random import Random
from typing import Any

from connectors.woocommerce.sandbox.sender import PING_HEADERS, Line, delivery_headers
from connectors.woocommerce.sandbox.webhooks import Webhook

REORDER_SECONDS = 0.25
"""With ``reorder`` each delivery waits up to this long, so that neighbours overtake each other."""

STOP_SECONDS = 5.0
"""For all senders together: one that hangs on a silent receiver ends with the process."""

LOG_ROWS = 200_000
LATENCY_ROWS = 20_000


@dataclass(slots=True)
class Sending:
    """The switches of ``POST /__sandbox__/webhooks``."""

    senders: int = 4
    delay_seconds: float = 0.0
    reorder: bool = False
    duplicate_rate: float = 0.0
    lost_rate: float = 0.0
    keep_alive: bool = True
    """False opens a connection for each delivery, as WordPress does."""

    cron: bool = True
    """False holds everything back, as a site whose WP-Cron is broken."""

    only_topics: str = ""
    """Comma list; empty sends all that webhooks ask for."""

    hold: bool = False
    """True makes each delivery at the moment of its event and keeps it for ``POST held``, to be sent by somebody else:
    in another order, more often, later."""

    resend_seconds: float = 0.0
    """Above 0 a delivery that is not acknowledged is sent again after so long, until it is, and disables no webhook:
    as shops do that repeat, which WooCommerce does not."""

    timeout_seconds: float = 60.0
    seed: int = 1


@dataclass(frozen=True, slots=True)
class Pending:
    webhook_id: int
    argument: int
    queued: float
    is_ping: bool = False

    @property
    def key(self) -> tuple[int, int, bool]:
        return self.webhook_id, self.argument, self.is_ping


@dataclass(slots=True)
class Ledger:
    """What was sent, for checkers. Milliseconds are those between sending and the answer."""

    rows: deque[dict[str, Any]] = field(default_factory=lambda: deque(maxlen=LOG_ROWS))
    sums: Counter[str] = field(default_factory=Counter)
    answered_ms: deque[float] = field(default_factory=lambda: deque(maxlen=LATENCY_ROWS))
    started: float = 0.0
    ended: float = 0.0

    def add(self, row: dict[str, Any]) -> None:
        acknowledged = 200 <= row["status"] <= 299
        self.rows.append(row)
        self.sums.update(("sent", "acknowledged" if acknowledged else "failed"))
        self.answered_ms.append(row["ms"])
        self.started = self.started or row["at"]
        self.ended = row["at"] + row["ms"] / 1000

    def figures(self) -> dict[str, Any]:
        times = sorted(self.answered_ms)
        percentile = {name: times[int(len(times) * share)] if times else 0 for name, share in _PERCENTILES}
        names = ("sent", "acknowledged", "failed", "pings", "lost", "merged", "duplicated")
        seconds = round(self.ended - self.started, 3)
        return {name: self.sums[name] for name in names} | {"latency_ms": percentile, "seconds": seconds}


_PERCENTILES = (("p50", 0.5), ("p95", 0.95), ("p99", 0.99), ("max", 0.999999))


class Dispatcher:
    """``payload(webhook, argument)`` builds the body; it runs under ``lock``, the sandbox's own."""

    def __init__(
        self, lock: threading.RLock, payload: Callable[[Webhook, int], bytes], source: Callable[[], str]
    ) -> None:
        self.webhooks: dict[int, Webhook] = {}
        self.sending = Sending()
        self.ledger = Ledger()
        self._lock, self._payload, self._source = lock, payload, source
        self._wake = threading.Condition()
        self._due: list[tuple[float, int, Pending]] = []
        self._waiting: set[tuple[int, int, bool]] = set()
        self._numbers = count()
        self._threads: list[threading.Thread] = []
        self._running = 0
        self._stopped = False
        self._random = Random(1)
        self._held: deque[dict[str, Any]] = deque()

    # Called under the sandbox's lock ------------------------------------------------------------------------------

    def emit(self, resource: str, event: str, argument: int) -> None:
        """Queue the event for every active webhook of its topic; what already waits is not queued twice."""
        topic = f"{resource}.{event}"
        if self.sending.only_topics and topic not in self.sending.only_topics.split(","):
            return
        for webhook in self.webhooks.values():
            if webhook.status == "active" and webhook.topic == topic:
                pending = Pending(webhook.id, argument, time.time())
                if self.sending.hold:
                    self._hold(webhook, pending)
                else:
                    self._queue(pending)

    def _hold(self, webhook: Webhook, pending: Pending) -> None:
        body = self._payload(webhook, pending.argument)
        headers = delivery_headers(webhook, body, self._source())
        row = {"id": pending.argument, "topic": webhook.topic, "url": webhook.delivery_url}
        self._held.append(row | {"headers": headers, "body": body.decode()})

    def take_held(self, most: int) -> list[dict[str, Any]]:
        """The oldest deliveries that were held back; they are the caller's business from now on."""
        return [self._held.popleft() for _ in range(min(most, len(self._held)))]

    def ping(self, webhook: Webhook) -> None:
        self._queue(Pending(webhook.id, 0, time.time(), is_ping=True))

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
        self.webhooks.clear()
        self.sending, self.ledger = Sending(), Ledger()

    def state(self) -> dict[str, Any]:
        with self._wake:
            pending = len(self._due) + self._running
        return self.ledger.figures() | {
            "pending": pending,
            "active": sum(webhook.status == "active" for webhook in self.webhooks.values()),
            "disabled": sum(webhook.status == "disabled" for webhook in self.webhooks.values()),
        }

    # -------------------------------------------------------------------------------------------------- the threads

    def wait_until_idle(self, timeout_seconds: float = 30.0) -> bool:
        """True when everything queued has been tried. Not to be called under the sandbox's lock."""
        with self._wake:
            return self._wake.wait_for(lambda: not self._due and not self._running, timeout_seconds)

    def stop(self) -> None:
        with self._wake:
            self._stopped = True
            self._due.clear()
            self._wake.notify_all()
            threads = list(self._threads)
        end = time.monotonic() + STOP_SECONDS
        for thread in threads:
            thread.join(timeout=max(end - time.monotonic(), 0))

    def _queue(self, pending: Pending) -> None:
        with self._wake:
            if self._stopped:
                return
            if pending.key in self._waiting:
                self.ledger.sums["merged"] += 1
                return
            if not pending.is_ping and self._random.random() < self.sending.lost_rate:
                self.ledger.sums["lost"] += 1
                return
            wait = 0.0 if pending.is_ping else self.sending.delay_seconds
            wait += self._random.random() * REORDER_SECONDS if self.sending.reorder else 0.0
            heapq.heappush(self._due, (time.monotonic() + wait, next(self._numbers), pending))
            self._waiting.add(pending.key)
            while len(self._threads) < self.sending.senders:
                thread = threading.Thread(target=self._work, name="webhook-sender", daemon=True)
                self._threads.append(thread)
                thread.start()
            self._wake.notify()

    def _work(self) -> None:
        line = Line()
        while (pending := self._next()) is not None:
            try:
                self._deliver(pending, line)
            finally:
                with self._wake:
                    self._running -= 1
                    if not self._due and not self._running:
                        self._wake.notify_all()
        line.close()

    def _next(self) -> Pending | None:
        with self._wake:
            while not self._stopped:
                wait = self._due[0][0] - time.monotonic() if self._due and self.sending.cron else None
                if wait is not None and wait <= 0:
                    pending = heapq.heappop(self._due)[2]
                    self._waiting.discard(pending.key)
                    self._running += 1
                    return pending
                self._wake.wait(wait)
        return None

    def _deliver(self, pending: Pending, line: Line) -> None:
        with self._lock:
            webhook = self.webhooks.get(pending.webhook_id)
            if webhook is None:
                return
            body = f"webhook_id={webhook.id}".encode() if pending.is_ping else self._payload(webhook, pending.argument)
            source = self._source()
        headers = PING_HEADERS if pending.is_ping else delivery_headers(webhook, body, source)
        sending = self.sending
        twice = not pending.is_ping and self._random.random() < sending.duplicate_rate
        for turn in range(1 + twice):
            at = time.time()
            status = line.post(
                webhook.delivery_url,
                body,
                headers,
                keep_alive=sending.keep_alive,
                timeout_seconds=sending.timeout_seconds,
            )
            self._note(pending, webhook, status, at, repeated=turn > 0)

    def _note(self, pending: Pending, webhook: Webhook, status: int, at: float, *, repeated: bool) -> None:
        spent = (time.time() - at) * 1000
        with self._lock:
            row = {
                "webhook_id": webhook.id,
                "topic": "ping" if pending.is_ping else webhook.topic,
                "id": pending.argument,
                "status": status,
                "queued": pending.queued,
                "at": at,
                "ms": round(spent, 2),
            }
            if pending.is_ping:
                self.ledger.sums["pings"] += 1
                self.ledger.rows.append(row)
                if status == 200:
                    webhook.awaits_ping = False
                    webhook.modified = int(time.time())
                return
            self.ledger.sums["duplicated"] += repeated
            self.ledger.add(row)
            if self.sending.resend_seconds <= 0:
                webhook.delivered(status)
        if self.sending.resend_seconds > 0 and not 200 <= status <= 299:
            self._queue_again(pending)

    def _queue_again(self, pending: Pending) -> None:
        with self._wake:
            if not self._stopped and pending.key not in self._waiting:
                due = time.monotonic() + self.sending.resend_seconds
                heapq.heappush(self._due, (due, next(self._numbers), pending))
                self._waiting.add(pending.key)
                self._wake.notify()
