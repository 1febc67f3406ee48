"""The limit as the hub keeps it: RetailCRM counts calls by the second and refuses the eleventh."""

import pytest

from connectors.retailcrm.spec import SPEC
from integration_hub.engine.throttle import Throttle


@pytest.mark.django_db
def test_no_second_ever_holds_more_than_ten_calls() -> None:
    now, calls = 1_000_000.0, []

    def sleep(seconds: float) -> None:
        nonlocal now
        now += seconds

    limiter = Throttle(SPEC.limits, clock=lambda: now, sleep=sleep)
    for _ in range(40):
        limiter.acquire("account")
        calls.append(now)

    fullest = max(sum(begin <= call <= begin + 1 for call in calls) for begin in calls)
    assert fullest == 10
