"""One probe at a time, whatever lanes there are."""

from datetime import timedelta

import pytest
from django.utils import timezone

from integration_hub.connections.models import Connection
from integration_hub.engine import breaker


@pytest.fixture
def away(db: None) -> Connection:
    """A system that no batch in a row of some has found."""
    connection = Connection.objects.create(kind="retailcrm", role="crm", name="CRM")
    for _ in range(breaker.FAILURES_TO_OPEN):
        breaker.failed(connection)
    return connection


def fresh(connection: Connection) -> Connection:
    return Connection.objects.get(pk=connection.pk)


def end_pause(connection: Connection) -> None:
    Connection.objects.filter(pk=connection.pk).update(breaker_open_until=timezone.now() - timedelta(seconds=1))


def test_nobody_probes_before_the_pause_is_over(away: Connection) -> None:
    assert not breaker.take_probe(fresh(away))


def test_one_of_two_lanes_makes_the_probe(away: Connection) -> None:
    end_pause(away)
    one, other = fresh(away), fresh(away)

    assert [breaker.take_probe(one), breaker.take_probe(other)] == [True, False]


def test_probe_whose_worker_died_is_made_again_after_another_pause(away: Connection) -> None:
    end_pause(away)
    breaker.take_probe(fresh(away))
    end_pause(away)

    assert breaker.take_probe(fresh(away))


def test_batches_in_which_the_system_answered_something_count_half(db: None) -> None:
    crm = Connection.objects.create(kind="retailcrm", role="crm", name="CRM")
    opened_after = []

    for number in range(1, 2 * breaker.FAILURES_TO_OPEN + 1):
        breaker.failed(crm, was_heard=True)
        if fresh(crm).breaker_open_until is not None:
            opened_after.append(number)

    assert opened_after == [2 * breaker.FAILURES_TO_OPEN]


def test_outage_of_five_minutes_is_known_by_its_failures() -> None:
    """Six open the breaker; probes follow after 5, 10, 15, 25, 45, 85 seconds and each minute from then on."""
    assert breaker.failures_in(timedelta(seconds=0)) == 6
    assert breaker.failures_in(timedelta(seconds=85)) == 12
    assert breaker.failures_in(timedelta(minutes=5)) == 16


def test_worker_that_still_thinks_the_system_away_goes_on_once_another_found_it_well(away: Connection) -> None:
    behind = fresh(away)
    breaker.worked(fresh(away))

    assert breaker.take_probe(behind)
    assert not breaker.is_probing(behind)
