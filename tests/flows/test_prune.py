"""What is forgotten, when, and what never is."""

from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from integration_hub.engine.models import (
    Attempt,
    Backfill,
    Drift,
    Exchange,
    InboxEvent,
    Link,
    OutboxItem,
    ReconcileRun,
)
from integration_hub.flows.prune import STEP, prune
from tests.web import factories as make
from tests.web.factories import AttemptFactory, EventFactory, ExchangeFactory, ItemFactory, LinkFactory

pytestmark = pytest.mark.django_db


def days_ago(days: int) -> datetime:
    return timezone.now() - timedelta(days=days)


def test_body_of_an_old_event_goes_before_the_event() -> None:
    event = EventFactory.create(state="done", body=b"{}", received_at=days_ago(8))
    fresh = EventFactory.create(state="done", body=b"{}", received_at=days_ago(6))

    prune()

    event.refresh_from_db()
    fresh.refresh_from_db()
    assert (bytes(event.body), bytes(fresh.body)) == (b"", b"{}")


def test_old_logs_and_finished_items_go_and_links_stay() -> None:
    exchange = ExchangeFactory.create(started_at=days_ago(15))
    item = ItemFactory.create(state="done")
    OutboxItem.objects.filter(pk=item.pk).update(updated_at=days_ago(31))
    AttemptFactory.create(item=item, started_at=days_ago(31))
    event = EventFactory.create(state="ignored", received_at=days_ago(31))
    link = LinkFactory.create()

    prune()

    assert not Exchange.objects.filter(pk=exchange.pk).exists()
    assert not Attempt.objects.filter(item_id=item.pk).exists()
    assert not OutboxItem.objects.filter(pk=item.pk).exists()
    assert not InboxEvent.objects.filter(pk=event.pk).exists()
    assert Link.objects.filter(pk=link.pk).exists()


@pytest.mark.parametrize("state", ["waiting", "parked", "dead", "in_flight"])
def test_open_work_is_kept_however_old_it_is(state: str) -> None:
    item = ItemFactory.create(state=state)
    OutboxItem.objects.filter(pk=item.pk).update(updated_at=days_ago(400))
    unread = EventFactory.create(state="new", body=b"{}", received_at=days_ago(400))

    prune()

    unread.refresh_from_db()
    assert OutboxItem.objects.filter(pk=item.pk).exists()
    assert bytes(unread.body) == b"{}"


def test_one_step_is_bounded() -> None:
    connection = EventFactory.create().connection
    InboxEvent.objects.bulk_create(
        InboxEvent(
            connection=connection, dedup_key=str(number), state="done", due_at=days_ago(40), received_at=days_ago(40)
        )
        for number in range(STEP + 10)
    )

    first, second, third = prune(), prune(), prune()

    assert (first, second, third) == (STEP, 10, 0)


def test_exchange_loses_its_bodies_before_it_goes() -> None:
    old, fresh = (
        ExchangeFactory.create(started_at=days_ago(days), request_body="name", response_body="name") for days in (8, 6)
    )

    prune()

    old.refresh_from_db()
    fresh.refresh_from_db()
    assert (old.request_body, old.response_body, old.status) == ("", "", 201)
    assert fresh.request_body == "name"


def test_bodies_are_emptied_step_by_step_and_none_is_left_out() -> None:
    caller = ExchangeFactory.create(started_at=days_ago(9)).connection
    Exchange.objects.bulk_create(
        Exchange(connection=caller, method="POST", url="/", request_body="name", started_at=days_ago(8))
        for _ in range(2 * STEP + 10)
    )

    while prune():
        pass

    assert not Exchange.objects.exclude(request_body="").exists()


def test_old_reports_go_with_their_lists_and_running_ones_stay() -> None:
    old = make.comparison(finished_at=days_ago(91))
    make.drift(run=old)
    clean = make.comparison(finished_at=days_ago(91), drifts_found=0)
    filled = make.backfill(state="done", finished_at=days_ago(91))
    make.backfill_fault(backfill=filled)
    fresh = make.comparison(finished_at=days_ago(89))
    make.drift(run=fresh)
    running = make.comparison(state="running", finished_at=None)
    ReconcileRun.objects.filter(pk=running.pk).update(created_at=days_ago(400))

    while prune():
        pass

    assert set(ReconcileRun.objects.all()) == {fresh, running}
    assert [drift.run for drift in Drift.objects.all()] == [fresh]
    assert not Backfill.objects.filter(pk=filled.pk).exists()
    assert clean.pk


def test_each_step_finds_its_rows_by_an_index() -> None:
    """However many rows there are: no search through a whole table, no offset, no count."""
    EventFactory.create(state="done", received_at=days_ago(1))
    with CaptureQueriesContext(connection) as asked:
        prune()
    reads = [query["sql"] for query in asked if query["sql"].startswith("SELECT") and "LIMIT" in query["sql"]]
    bad = [sql for sql in reads if "OFFSET" in sql or "COUNT(" in sql]

    assert bad == []
    assert len(reads) >= 12
    if connection.vendor == "sqlite":
        plans = {sql: _plan(sql) for sql in reads if '"django_q_task"' not in sql}
        assert {sql: plan for sql, plan in plans.items() if _searches_all(plan)} == {}


def _plan(sql: str) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN QUERY PLAN " + sql.replace("%", "%%"))
        return [row[3] for row in cursor.fetchall()]


def _searches_all(plan: list[str]) -> bool:
    """A table that is read from end to end; the few comparisons, backfills and machines may be."""
    return any(
        step.startswith("SCAN") and not any(few in step for few in ("reconcilerun", "backfill", "heartbeat", "U0"))
        for step in plan
    )
