"""Rate limits shared by all processes: one GCRA row per limited account, one UPDATE per call.

``tat`` (theoretical arrival time) runs ahead of the clock by one interval per call; a call is allowed while it is not
ahead by more than the burst. A target that says 429 pushes it forward, and every process waits.
"""

import time
from collections.abc import Callable
from datetime import timedelta

from django.conf import settings
from django.db.models import F
from django.db.models.expressions import Value
from django.db.models.functions import Greatest

from connectors.contract.errors import RateLimited
from connectors.contract.spec import Limits

from .models import RateBucket

UNLIMITED_PER_SECOND = 200.0
"""Where the vendor names no limit, so that a fault of ours cannot become a flood."""

LONGEST_SLEEP_SECONDS = 1.0
"""A shorter wait is slept through; a longer one gives the worker back."""


class Throttle:
    """Allows calls of one connection. ``clock`` and ``sleep`` are given in tests.

    ``is_patient``: for backfills and comparisons. They call only while no burst is in use, so that a live call finds
    the burst free however much they have to read.
    """

    def __init__(
        self,
        limits: Limits,
        *,
        is_patient: bool = False,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._interval = 1.0 / ((limits.per_second or UNLIMITED_PER_SECOND) * settings.HUB_RATE_SHARE)
        self._burst = self._interval * max(limits.burst - 1, 0) + 1e-6
        self._allowance = 1e-6 if is_patient else self._burst
        self._clock = clock
        self._sleep = sleep

    def acquire(self, key: str) -> None:
        """Returns when one more call is allowed; raises RateLimited when that is more than a second away."""
        while True:
            now = self._clock()
            allowed = RateBucket.objects.filter(key=key, tat__lte=now + self._allowance).update(
                tat=Greatest(F("tat"), Value(now)) + self._interval, seen_at=now, calls=F("calls") + 1
            )
            if allowed:
                return
            wait = self._wait(key)
            if wait > LONGEST_SLEEP_SECONDS:
                RateBucket.objects.filter(key=key).update(refused=F("refused") + 1)
                message = f"The rate limit is reached; calls go on in {wait:.0f} s."
                raise RateLimited(message, code="throttled", retry_after=timedelta(seconds=wait))
            if wait > 0:
                self._sleep(wait)

    def slow_down(self, key: str, delay: timedelta) -> None:
        """No process calls before ``delay`` has passed."""
        RateBucket.objects.get_or_create(key=key)
        tat = self._clock() + delay.total_seconds() + self._burst
        RateBucket.objects.filter(key=key, tat__lt=tat).update(tat=tat, seen_at=self._clock())

    def _wait(self, key: str) -> float:
        """By a fresh look at the clock: the statement before may have waited long for a busy database."""
        bucket, created = RateBucket.objects.get_or_create(key=key)
        return 0.0 if created else max(bucket.tat - self._allowance - self._clock(), 0.001)
