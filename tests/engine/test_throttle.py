"""One rate limit, however many processes call."""

import threading
from datetime import timedelta

import pytest
from django.db import connection as database

from connectors.contract.errors import RateLimited
from connectors.contract.spec import Limits
from integration_hub.engine.models import RateBucket
from integration_hub.engine.throttle import Throttle

from .rows import race


class Clock:
    """Stands still; ``sleep`` moves it."""

    def __init__(self) -> None:
        self.now = 1_000_000.0
        self.slept = 0.0

    def time(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept += seconds
        self.now += seconds


def throttle(clock: Clock, per_second: float | None, burst: int = 1) -> Throttle:
    return Throttle(Limits(per_second=per_second, burst=burst), clock=clock.time, sleep=clock.sleep)


@pytest.mark.django_db
@pytest.mark.parametrize(("per_second", "seconds"), [(10, 10.0), (2, 50.0), (1.25, 80.0)])
def test_hundred_calls_take_the_time_that_nine_tenths_of_the_limit_allow(per_second: float, seconds: float) -> None:
    clock = Clock()
    limiter = throttle(clock, per_second)

    for _ in range(91):
        limiter.acquire("account")

    assert clock.slept == pytest.approx(90 / (per_second * 0.9), rel=0.01)
    assert clock.slept == pytest.approx(seconds, rel=0.01)


@pytest.mark.django_db
def test_burst_passes_at_once_and_then_the_rate_holds() -> None:
    clock = Clock()
    limiter = throttle(clock, 2, burst=50)

    for _ in range(50):
        limiter.acquire("account")
    at_once = clock.slept
    for _ in range(9):
        limiter.acquire("account")

    assert at_once == 0
    assert clock.slept == pytest.approx(5.0, rel=0.01)


@pytest.mark.django_db
def test_without_a_documented_limit_a_fault_of_ours_is_still_no_flood() -> None:
    clock = Clock()
    limiter = throttle(clock, None)

    for _ in range(181):
        limiter.acquire("account")

    assert clock.slept == pytest.approx(1.0, rel=0.02)


@pytest.mark.django_db
def test_accounts_do_not_slow_each_other() -> None:
    clock = Clock()
    limiter = throttle(clock, 1)

    limiter.acquire("one")
    limiter.acquire("other")

    assert clock.slept == 0


@pytest.mark.django_db
def test_longer_wait_than_a_second_gives_the_worker_back() -> None:
    clock = Clock()
    limiter = throttle(clock, 0.1)
    limiter.acquire("account")

    with pytest.raises(RateLimited) as refused:
        limiter.acquire("account")

    assert clock.slept == 0
    assert refused.value.retry_after is not None
    assert refused.value.retry_after.total_seconds() == pytest.approx(11.1, abs=0.1)
    bucket = RateBucket.objects.get(key="account")
    assert (bucket.calls, bucket.refused) == (1, 1)


@pytest.mark.django_db
@pytest.mark.parametrize("burst", [1, 50])
@pytest.mark.parametrize("used", [1, 45])
@pytest.mark.parametrize("asked", [10, 40])
def test_nobody_calls_before_the_time_that_the_target_asked_for(burst: int, used: int, asked: int) -> None:
    clock = Clock()
    limiter, elsewhere = throttle(clock, 2, burst), throttle(clock, 2, burst)
    for _ in range(used):
        limiter.acquire("account")
    asked_at = clock.now

    limiter.slow_down("account", timedelta(seconds=asked))

    with pytest.raises(RateLimited):
        elsewhere.acquire("account")
    clock.now = asked_at + asked - 0.5
    elsewhere.acquire("account")
    assert clock.now - asked_at >= asked


@pytest.mark.django_db
def test_shorter_request_never_shortens_a_longer_one() -> None:
    clock = Clock()
    limiter = throttle(clock, 2)
    limiter.slow_down("account", timedelta(seconds=30))

    limiter.slow_down("account", timedelta(seconds=1))

    clock.now += 20
    with pytest.raises(RateLimited):
        limiter.acquire("account")


@pytest.mark.django_db(transaction=True)
def test_four_workers_share_one_limit() -> None:
    """Each has a connection of its own; the clock stands still, so that exactly the burst may pass."""
    clock = Clock()
    lock = threading.Lock()
    passed = []

    def call(_place: int) -> None:
        limiter = throttle(clock, 0.5, burst=10)
        for _ in range(10):
            try:
                limiter.acquire("account")
            except RateLimited:
                continue
            with lock:
                passed.append(1)

    race(4, call)

    assert len(passed) == 10
    assert RateBucket.objects.get(key="account").calls == 10
    assert database.in_atomic_block is False


@pytest.mark.django_db
def test_time_spent_waiting_for_a_busy_database_is_not_taken_for_the_limits() -> None:
    clock = Clock()
    limiter = throttle(clock, 10)
    limiter.acquire("crm")
    looks = iter([clock.now, clock.now + 5.0])

    def slow_clock() -> float:
        """The first statement took five seconds, in which others have called."""
        moment = next(looks, clock.now + 5.0)
        RateBucket.objects.filter(key="crm").update(tat=clock.now + 5.0)
        return moment

    Throttle(Limits(per_second=10), clock=slow_clock, sleep=clock.sleep).acquire("crm")

    assert clock.slept < 0.2


@pytest.mark.django_db
def test_patient_callers_leave_the_burst_to_live_traffic() -> None:
    clock = Clock()
    patient = Throttle(Limits(per_second=10, burst=3), is_patient=True, clock=clock.time, sleep=clock.sleep)
    for _ in range(20):
        patient.acquire("account")
    before = clock.slept

    for _ in range(2):
        throttle(clock, 10, burst=3).acquire("account")
    slept_live = clock.slept - before
    patient.acquire("account")

    assert slept_live == 0
    assert clock.slept - before == pytest.approx(3 / 9, rel=0.01)
