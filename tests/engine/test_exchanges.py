"""HTTP exchanges as the sync log keeps them."""

from datetime import timedelta

import pytest
from django.utils import timezone

from connectors.contract.spec import Exchange as Heard
from integration_hub.connections.models import Connection
from integration_hub.engine.exchanges import ExchangeLog
from integration_hub.engine.models import Exchange

from .rows import crm


@pytest.fixture
def target(db: None) -> Connection:
    return crm()


def heard(**fields: object) -> Heard:
    values = {
        "method": "POST",
        "url": "https://crm.example/api/v5/orders/upload",
        "status": 201,
        "request_body": "orders=1",
        "response_body": '{"success": true}',
        "started_at": timezone.now(),
        "duration": timedelta(milliseconds=1234),
    }
    return Heard(**(values | fields))  # type: ignore[arg-type]  # as given


def test_exchanges_of_a_batch_are_stored_together_and_once(target: Connection) -> None:
    log = ExchangeLog(target.pk)
    log.add(heard())
    log.add(heard(status=None, error="ReadTimeout" * 50, response_body=""))
    announced = log.batch

    batch = log.store()
    again = log.store()

    rows = list(Exchange.objects.order_by("pk"))
    assert batch == announced
    assert again != batch
    assert [(row.status, row.duration_ms, row.batch) for row in rows] == [(201, 1234, batch), (None, 1234, batch)]
    assert len(rows[1].error) == 120


@pytest.mark.parametrize(
    ("statuses", "was_heard"),
    [([], False), ([None], False), ([500, 503, None], False), ([200, 500], True), ([None, 404], True)],
)
def test_system_was_heard_when_it_answered_any_call_of_the_batch(statuses: list[int | None], was_heard: bool) -> None:
    log = ExchangeLog(1)
    for status in statuses:
        log.add(heard(status=status))

    assert log.was_heard is was_heard


def test_nul_in_a_body_does_not_stop_the_log(target: Connection) -> None:
    log = ExchangeLog(target.pk)
    log.add(heard(response_body="a\x00b", url="https://crm.example/\x00"))

    log.store()

    assert Exchange.objects.get().response_body == "ab"


def test_storing_nothing_costs_no_query(target: Connection, django_assert_num_queries: object) -> None:
    with django_assert_num_queries(0):  # type: ignore[operator]  # pytest-django's fixture has no public type
        ExchangeLog(target.pk).store()
