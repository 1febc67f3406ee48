"""The sender's log: what a stand-in has sent, and what was answered."""

from collections import Counter, deque
from dataclasses import dataclass, field
from typing import Any

LOG_ROWS = 200_000
LATENCY_ROWS = 20_000

_PERCENTILES = (("p50", 0.5), ("p95", 0.95), ("p99", 0.99), ("max", 0.999999))


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

    def listed(self, topic: str = "", number: str = "") -> list[dict[str, Any]]:
        """Every delivery, oldest first; narrowed to a topic and to an object's id."""
        return [row for row in self.rows if (not topic or row["topic"] == topic) and number in {"", str(row["id"])}]
