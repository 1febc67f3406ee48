"""What is forgotten, when, and what never is."""

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from integration_hub.engine.models import Attempt, Exchange, InboxEvent, Link, OutboxItem
from integration_hub.flows.prune import STEP, prune
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
