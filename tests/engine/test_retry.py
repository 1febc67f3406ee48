"""The retry schedule."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from integration_hub.engine.retry import JITTER, MAX_RETRY_AFTER, SCHEDULE, TOGETHER, comeback, is_last, retry_delay

FAILED_AT = datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
TRIES = st.integers(min_value=-3, max_value=400)
SPREADS = st.floats(min_value=-1, max_value=1)
DELAYS = st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=30))


def test_schedule_is_the_one_that_staff_are_told() -> None:
    delays = [retry_delay(tries, spread=0) for tries in range(1, 16)]

    assert delays == [
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
    ]


def test_sixteenth_try_is_the_last() -> None:
    assert [is_last(tries) for tries in (1, 15, 16, 17)] == [False, False, True, True]


@settings(deadline=None)
@given(tries=TRIES, spread=SPREADS)
def test_jitter_stays_within_a_fifth(tries: int, spread: float) -> None:
    planned = SCHEDULE[min(max(tries, 1), 15) - 1]

    delay = retry_delay(tries, spread=spread)

    slack = timedelta(microseconds=1)
    assert planned * (1 - JITTER) - slack <= delay <= planned * (1 + JITTER) + slack


@settings(deadline=None)
@given(tries=TRIES)
def test_random_jitter_stays_within_a_fifth_too(tries: int) -> None:
    planned = SCHEDULE[min(max(tries, 1), 15) - 1]

    delay = retry_delay(tries)

    assert planned * 0.8 <= delay <= planned * 1.2


@settings(deadline=None)
@given(tries=TRIES, spread=SPREADS, asked=DELAYS)
def test_never_earlier_than_asked_and_never_later_than_both(tries: int, spread: float, asked: timedelta) -> None:
    alone = retry_delay(tries, spread=spread)

    delay = retry_delay(tries, asked, spread=spread)

    assert delay == max(alone, min(asked, MAX_RETRY_AFTER))


@pytest.mark.parametrize("tries", range(1, TOGETHER + 1))
def test_items_of_one_call_come_back_together_at_first(tries: int) -> None:
    failed = comeback(FAILED_AT)

    assert len({failed.due(tries) for _ in range(50)}) == 1


def test_items_of_one_call_that_failed_over_and_over_come_back_apart() -> None:
    failed = comeback(FAILED_AT)

    assert len({failed.due(TOGETHER + 1) for _ in range(50)}) > 40


def test_calls_that_failed_at_one_time_do_not_come_back_at_one_time() -> None:
    assert len({comeback(FAILED_AT).due(1) for _ in range(50)}) > 40


def test_comeback_is_never_earlier_than_the_target_asked_for() -> None:
    assert comeback(FAILED_AT).due(1, timedelta(minutes=5)) == FAILED_AT + timedelta(minutes=5)
