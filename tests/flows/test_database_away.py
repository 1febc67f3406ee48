"""A database that goes away in mid-work: nothing is lost, and the lane does not wait for its lease to run out."""

from typing import Any

import pytest
from django.db import DatabaseError, InterfaceError, OperationalError
from django.test import Client

from integration_hub.engine import keeper, lanes, outbox
from integration_hub.engine.models import Attempt, Lane
from integration_hub.flows import deliver, tasks
from integration_hub.flows.broker import PatientBroker
from tests.engine import rows

from .fake import Sink
from .world import World, items, pump

pytestmark = pytest.mark.django_db


@pytest.fixture
def lane() -> Lane:
    route = rows.route()
    outbox.enqueue([rows.work(route)])
    return rows.lane_of(route)


@pytest.fixture
def owed(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What the keeper was asked to do later; no thread does it."""
    found: list[Any] = []
    monkeypatch.setattr(keeper, "later", found.append)
    return found


@pytest.mark.parametrize("fault", [OperationalError, InterfaceError])
def test_lane_is_given_back_in_disorder_when_the_database_is_back(
    lane: Lane, owed: list[Any], monkeypatch: pytest.MonkeyPatch, fault: type[Exception]
) -> None:
    def breaks_off(*_arguments: Any) -> int:
        raise fault

    monkeypatch.setattr(tasks, "drain", breaks_off)

    with pytest.raises(fault):
        tasks.work(lane.pk)
    [action] = owed
    action()

    lane.refresh_from_db()
    assert lane.lease_owner != ""
    assert lanes.take(lane.pk, "next")


def test_lane_is_released_in_order_after_any_other_fault(
    lane: Lane, owed: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_arguments: Any) -> int:
        raise ZeroDivisionError

    monkeypatch.setattr(tasks, "drain", fails)

    with pytest.raises(ZeroDivisionError):
        tasks.work(lane.pk)

    lane.refresh_from_db()
    assert (owed, lane.lease_owner, lane.lease_until) == ([], "", None)


@pytest.mark.parametrize("fault", [OperationalError, InterfaceError])
@pytest.mark.parametrize("step", ["prepare", "put_orders"])
def test_order_whose_delivery_met_an_absent_database_is_no_dead_letter(
    world: World, fake_crm: Sink, owed: list[Any], monkeypatch: pytest.MonkeyPatch, fault: type[Exception], step: str
) -> None:
    world.shop(1)
    world.poll("orders")

    def breaks_off(*_arguments: Any) -> Any:
        raise fault

    with monkeypatch.context() as away:
        if step == "prepare":
            away.setattr(deliver, "desk_for", breaks_off)
        else:
            away.setattr(fake_crm, "put_orders", breaks_off)
        with pytest.raises(fault):
            pump()
    assert items() == {("orders", "in_flight"): 1}
    assert Attempt.objects.count() == 0

    [action] = owed
    action()
    tasks.work(Lane.objects.get(flow="orders").pk)

    assert items() == {("orders", "done"): 1}
    assert Attempt.objects.filter(outcome="internal").count() == 0


@pytest.mark.parametrize("fault", [OperationalError, InterfaceError])
def test_queue_is_asked_again_and_its_reader_lives_on(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, fault: type[DatabaseError]
) -> None:
    broker = PatientBroker(list_key="hub")
    closed: list[int] = []

    def away(*_arguments: Any) -> Any:
        raise fault

    monkeypatch.setattr("integration_hub.flows.broker.ASK_AGAIN_SECONDS", 0)
    monkeypatch.setattr("integration_hub.flows.broker.connections", {"default": _Closing(closed)})
    monkeypatch.setattr(PatientBroker, "get_connection", away)

    assert [broker.dequeue(), broker.dequeue(), broker.acknowledge(1)] == [None, None, None]
    assert len(closed) == 3
    assert caplog.text.count("the database is away") == 1


class _Closing:
    def __init__(self, closed: list[int]) -> None:
        self._closed = closed

    def close(self) -> None:
        self._closed.append(1)


@pytest.mark.parametrize(
    ("fault", "status"), [(OperationalError, 503), (InterfaceError, 503), (ZeroDivisionError, 500)]
)
def test_page_that_could_not_be_made_says_so_without_a_traceback(
    client: Client, monkeypatch: pytest.MonkeyPatch, fault: type[Exception], status: int
) -> None:
    def fails(**_conditions: Any) -> Any:
        raise fault("a secret detail")

    monkeypatch.setattr("integration_hub.web.health.Heartbeat.objects.filter", fails)
    monkeypatch.setattr("integration_hub.web.health.DatabaseError", KeyError)
    client.raise_request_exception = False

    answer = client.get("/health/ready")

    assert answer.status_code == status
    assert answer.get("Retry-After") == ("5" if status == 503 else None)
    assert b"secret detail" not in answer.content
