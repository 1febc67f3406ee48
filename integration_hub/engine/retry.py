"""When a failed item is tried again. Pure; the one place where the schedule stands."""

import random
from dataclasses import dataclass
from datetime import datetime, timedelta

SCHEDULE = (
    timedelta(seconds=1),
    timedelta(seconds=2),
    timedelta(seconds=3),
    timedelta(seconds=3),
    timedelta(seconds=5),
    timedelta(seconds=5),
    timedelta(seconds=10),
    timedelta(seconds=20),
    timedelta(minutes=1),
    timedelta(minutes=2),
    timedelta(minutes=10),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
)
"""Dense at first, because most faults pass in seconds: a target that refuses every fifth call would hold one item in
a hundred for minutes if the third try came late. A target that is away is not hammered, the breaker sees to that.
About 18 hours in all, so that a night is outlived."""

JITTER = 0.2
"""+-20 %: what failed at one time does not all come back at one time."""

TOGETHER = 4
"""The items of one call that failed come back together so many times, because they cost the target one call again.
After that each comes back at a time of its own: one of them may be what the target stumbles over."""

MAX_RETRY_AFTER = timedelta(hours=12)
"""A target that asks for more is asked again after this long."""


def is_last(tries: int) -> bool:
    """Whether the try with this number (from 1) was the last one that the schedule allows."""
    return tries > len(SCHEDULE)


def retry_delay(tries: int, retry_after: timedelta | None = None, *, spread: float | None = None) -> timedelta:
    """How long to wait after try number ``tries`` (from 1), never less than the target asked for.

    ``spread`` in [-1, 1] replaces the random jitter in tests.
    """
    planned = SCHEDULE[min(max(tries, 1), len(SCHEDULE)) - 1]
    jitter = random.uniform(-1, 1) if spread is None else spread  # noqa: S311 - spreads load, guards nothing
    delay = planned * (1 + JITTER * jitter)
    if retry_after is not None:
        delay = max(delay, min(retry_after, MAX_RETRY_AFTER))
    return delay


@dataclass(frozen=True, slots=True)
class Comeback:
    """When the items of one call are due again, should it have failed at ``at``. ``spread`` is their common jitter."""

    at: datetime
    spread: float

    def due(self, tries: int, retry_after: timedelta | None = None) -> datetime:
        common = self.spread if tries <= TOGETHER else None
        return self.at + retry_delay(tries, retry_after, spread=common)


def comeback(at: datetime) -> Comeback:
    return Comeback(at, spread=random.uniform(-1, 1))  # noqa: S311 - as above
