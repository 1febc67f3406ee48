"""Leases are kept while their holder is busy, and lost by one that hangs."""

from collections.abc import Iterator

import pytest
from django.db import OperationalError

from integration_hub.engine import keeper

LONG = keeper.KEEP_EVERY_SECONDS


@pytest.fixture(autouse=True)
def no_thread(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The test is the thread: it alone says what time it is."""
    monkeypatch.setattr(keeper, "_ensure_thread", lambda: None)
    monkeypatch.setattr(keeper, "monotonic", lambda: 1000.0)
    monkeypatch.setattr("integration_hub.engine.keeper.connections.close_all", lambda: None)
    yield
    assert keeper._held == {}


def test_lease_is_renewed_only_when_it_is_held_for_long() -> None:
    renewed: list[int] = []

    with keeper.kept(lambda: renewed.append(1)):
        assert keeper.renew_due(1000.1) == 0
        assert keeper.renew_due(1000.0 + LONG) == 1
        assert keeper.renew_due(1000.0 + 2 * LONG) == 1

    assert keeper.renew_due(1000.0 + 3 * LONG) == 0
    assert len(renewed) == 2


def test_holder_that_hangs_loses_its_lease() -> None:
    renewed: list[int] = []

    with keeper.kept(lambda: renewed.append(1)):
        keeper.renew_due(1000.0 + keeper.LONGEST_HOLD_SECONDS)

    assert renewed == []


def test_database_that_is_away_ends_neither_thread_nor_work() -> None:
    def away() -> None:
        raise OperationalError

    renewed: list[int] = []
    with keeper.kept(away), keeper.kept(lambda: renewed.append(1)):
        count = keeper.renew_due(1000.0 + LONG)

    assert (count, len(renewed)) == (1, 1)


def test_lease_is_given_up_when_the_work_fails() -> None:
    with pytest.raises(ZeroDivisionError), keeper.kept(lambda: None):
        raise ZeroDivisionError


def test_what_could_not_be_given_back_is_given_back_when_the_database_is_there_again() -> None:
    is_away, done = [True], list[int]()

    def give_back() -> None:
        if is_away[0]:
            raise OperationalError
        done.append(1)

    keeper.later(give_back)
    assert keeper.pay_owed(1000.5) == 0
    is_away[0] = False

    assert [keeper.pay_owed(1001.0), keeper.pay_owed(1001.5)] == [1, 0]
    assert done == [1]


def test_what_cannot_be_given_back_for_long_has_run_out_anyway() -> None:
    def away() -> None:
        raise OperationalError

    keeper.later(away)
    keeper.pay_owed(1000.0 + keeper.LONGEST_HOLD_SECONDS)

    assert keeper._owed == []
