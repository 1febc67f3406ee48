"""The portal's two limits: a bucket of calls that drains, and the time that each method may work."""

from collections.abc import Callable
from time import monotonic
from typing import Any

from connectors.bitrix24.sandbox.portal import Portal
from connectors.bitrix24.sandbox.wire import Json, Refusal

BASKET_SECONDS = 60
BASKETS = 10


class Bucket:
    """Leaks a few calls a second; a call above its brim is refused. A batch counts as one."""

    def __init__(self, portal: Portal, is_on: Callable[[], bool], clock: Callable[[], float] = monotonic) -> None:
        self._portal = portal
        self._is_on = is_on
        self._clock = clock
        self._level = 0.0
        self._at = clock()

    def pour(self) -> None:
        """Raises Refusal when the bucket is full."""
        if not self._is_on():
            return
        now, options = self._clock(), self._portal.options
        self._level = max(0.0, self._level - (now - self._at) * options.drain_per_second)
        self._at = now
        if self._level + 1 > options.bucket:
            raise Refusal(503, "QUERY_LIMIT_EXCEEDED", "Too many requests")
        self._level += 1

    def empty(self) -> None:
        self._level = 0.0


class Meter:
    """Sums up what each method of a credential has cost in the last ten minutes."""

    def __init__(self, portal: Portal, is_on: Callable[[], bool]) -> None:
        self._portal = portal
        self._is_on = is_on
        self._spent: dict[tuple[str, str], list[tuple[float, float]]] = {}

    def admit(self, credential: str, method: str) -> None:
        """Raises Refusal when the method has used up its time; others go on."""
        options = self._portal.options
        is_spent = self._is_on() and self.used(credential, method) >= options.operating_limit
        if is_spent or method in options.blocked:
            self._portal.counters["blocked"] += 1
            raise Refusal(429, "OPERATION_TIME_LIMIT", "Method is blocked due to operation time limit.")

    def spend(self, credential: str, method: str) -> None:
        """Bills a call of the method; raises as ``admit`` does."""
        self.admit(credential, method)
        options = self._portal.options
        billed = ["batch", method] if options.bills_batch else [method]
        for name in billed:
            self._spent.setdefault((credential, name), []).append((self._now(), options.operating_cost))

    def used(self, credential: str, method: str) -> float:
        since = self._now() - BASKETS * BASKET_SECONDS
        kept = [entry for entry in self._spent.get((credential, method), []) if entry[0] > since]
        self._spent[credential, method] = kept
        return self._portal.options.spent.get(method, 0.0) + sum(cost for _at, cost in kept)

    def figures(self, credential: str, method: str) -> Json:
        """What stands in ``time``; nothing on portals without the limiter."""
        if not self._portal.options.tells_operating:
            return {}
        reset: Any = int(self._now()) + BASKETS * BASKET_SECONDS
        return {"operating_reset_at": reset, "operating": self.used(credential, method)}

    def clear(self) -> None:
        self._spent.clear()

    def _now(self) -> float:
        return self._portal.clock().timestamp()
