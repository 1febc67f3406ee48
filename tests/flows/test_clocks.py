"""The machine's clock was set back by an hour: nothing waits until the new clock gets to where the old one was."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from integration_hub.engine.models import InboxEvent, Lane, OutboxItem, RateBucket
from integration_hub.flows.clocks import set_right
from tests.web import factories as make

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


def in_an_hour() -> Any:
    return timezone.now() + HOUR


def test_items_and_events_of_the_old_clock_are_due_at_once() -> None:
    item = make.item(state="waiting", due_at=in_an_hour())
    OutboxItem.objects.filter(pk=item.pk).update(updated_at=in_an_hour())
    event = make.event(state="new", due_at=in_an_hour(), received_at=in_an_hour())

    set_right(timezone.now())

    for row in (OutboxItem.objects.get(pk=item.pk), InboxEvent.objects.get(pk=event.pk)):
        assert row.due_at <= timezone.now()


def test_lane_of_the_old_clock_can_be_nudged_and_taken() -> None:
    lane = make.lane(is_nudged=True, nudged_at=in_an_hour(), sleeps_until=in_an_hour(), lease_until=in_an_hour())

    set_right(timezone.now())

    row = Lane.objects.get(pk=lane.pk)
    assert (row.is_nudged, row.sleeps_until) == (False, None)
    assert row.lease_until is not None
    assert row.lease_until < timezone.now() + timedelta(minutes=2)


def test_rate_limit_of_the_old_clock_lets_calls_through() -> None:
    ahead = in_an_hour().timestamp()
    RateBucket.objects.create(key="a", tat=ahead, seen_at=ahead)

    set_right(timezone.now())

    assert RateBucket.objects.get().tat <= timezone.now().timestamp()


def test_polls_and_breakers_of_the_old_clock_are_due() -> None:
    cursor = make.cursor(interval_seconds=300, due_at=in_an_hour())
    crm = make.crm(breaker_open_until=in_an_hour())

    set_right(timezone.now())

    cursor.refresh_from_db()
    crm.refresh_from_db()
    assert cursor.due_at <= timezone.now()
    assert crm.breaker_open_until is not None
    assert crm.breaker_open_until <= timezone.now()


def test_what_waits_by_right_goes_on_waiting() -> None:
    """A retry in ten hours, a target that asked for an hour's rest, a poll that is due in five minutes."""
    now = timezone.now()
    make.item(state="waiting", due_at=now + timedelta(hours=10))
    make.event(state="new", due_at=now + timedelta(hours=10), received_at=now)
    make.lane(sleeps_until=now + HOUR, nudged_at=now, heartbeat_at=now)
    make.cursor(due_at=now + timedelta(minutes=5))
    make.crm(breaker_open_until=now + timedelta(seconds=60))
    RateBucket.objects.create(key="a", tat=(now + HOUR).timestamp(), seen_at=now.timestamp())

    assert set_right(now) == 0
