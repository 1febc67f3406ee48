"""What the story of an order holds, and what it leaves out."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from integration_hub.engine.models import Link
from integration_hub.web.timeline import timeline_of
from tests.web import factories as make
from tests.web.factories import AttemptFactory, ExchangeFactory, ItemFactory, LinkFactory, RecordFactory, RouteFactory

pytestmark = pytest.mark.django_db


def test_calls_of_other_orders_in_the_same_batch_are_left_out() -> None:
    route = RouteFactory.create()
    record = RecordFactory.create(connection=route.store, kind="order", object_id="1031", number="1031")
    link = LinkFactory.create(connection=route.store, kind="order", object_id="1031")
    LinkFactory.create(connection=route.crm, kind="order", object_id="5105", group=link.group)
    item = ItemFactory.create(route=route, object_kind="order", object_id="1031")
    AttemptFactory.create(item=item, route=route, object_kind="order", object_id="1031", batch="b")
    other = "https://crm.example/api/v5/orders/5014/edit"
    ExchangeFactory.create(connection=route.crm, batch="b", url=other, request_body="by=id", response_body="{}")
    ours = "https://crm.example/api/v5/orders/5105/edit"
    ExchangeFactory.create(connection=route.crm, batch="b", url=ours, request_body="by=id", response_body="{}")

    [entry] = [entry for entry in timeline_of(record).entries if entry.exchanges]

    assert [exchange.url for exchange in entry.exchanges] == [ours]


def test_calls_are_all_shown_when_none_is_known_to_name_the_order() -> None:
    route = RouteFactory.create()
    record = RecordFactory.create(connection=route.store, kind="order", object_id="1031", number="1031")
    item = ItemFactory.create(route=route, object_kind="order", object_id="1031")
    AttemptFactory.create(item=item, route=route, object_kind="order", object_id="1031", batch="b")
    upload = "https://crm.example/api/v5/orders/upload"
    ExchangeFactory.create(connection=route.crm, batch="b", url=upload, request_body="cut", response_body="cut")

    [entry] = [entry for entry in timeline_of(record).entries if entry.exchanges]

    assert [exchange.url for exchange in entry.exchanges] == [upload]


def test_order_shows_the_fields_that_staff_wanted_noted_of_the_crm(client: Client) -> None:
    route = make.route()
    record = make.order_story(route)
    Link.objects.filter(connection=route.crm).update(aspects={"fields": {"coupon": "SPRING <b>"}})
    client.force_login(make.staff("viewer"))

    page = client.get(reverse("admin:records_orderrecord_change", args=[record.pk])).content.decode()

    assert "coupon: SPRING &lt;b&gt;" in page


NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
UNCHANGED = "Nothing changed that the routes carry."


def polled(record: Any, minute: int, **columns: Any) -> Any:
    row = {"state": "ignored", "reason": UNCHANGED, "source": "poll", "topic": "", **columns}
    return make.event(
        connection=record.connection,
        object_id=record.object_id,
        received_at=NOON + timedelta(minutes=minute),
        **row,
    )


def test_polls_that_found_nothing_are_one_line_that_holds_each_of_them() -> None:
    record = RecordFactory.create(kind="order")
    events = [polled(record, minute) for minute in range(14)]

    [entry] = timeline_of(record).entries

    assert (entry.at, entry.message, entry.pk) == (NOON + timedelta(minutes=13), UNCHANGED, events[-1].pk)
    assert [each.pk for each in entry.repeats] == [event.pk for event in reversed(events)]


def test_what_mattered_stands_between_two_folds_and_nothing_is_lost() -> None:
    record = RecordFactory.create(kind="order")
    for minute in (0, 1, 2, 4, 5, 6):
        polled(record, minute)
        polled(record, minute, state="superseded", reason="A newer state of this object is known.")
    polled(record, 3, state="done", reason="")

    entries = timeline_of(record).entries

    assert [(str(entry.state), len(entry.repeats)) for entry in entries if entry.state == "Passed on"] == [
        ("Passed on", 0)
    ]
    assert [len(entry.repeats) for entry in entries] == [3, 3, 0, 3, 3]
    assert str(entries[2].state) == "Passed on"


def test_two_lines_and_lines_that_say_different_things_are_not_folded() -> None:
    record = RecordFactory.create(kind="order")
    polled(record, 0)
    polled(record, 1)
    for number in range(3):
        polled(record, 2 + number, reason=f"Reason {number}.")
    for number in range(3):
        polled(record, 5 + number, state="failed", reason="Not readable.")

    entries = timeline_of(record).entries

    assert [len(entry.repeats) for entry in entries] == [0] * 8


def test_polls_do_not_push_what_happened_out_of_the_story() -> None:
    record = RecordFactory.create(kind="order")
    polled(record, 0, state="done", reason="", source="webhook", topic="order.created")
    for minute in range(150):
        polled(record, 1 + minute)

    entries = timeline_of(record).entries

    assert [(str(entry.state), len(entry.repeats)) for entry in entries] == [("Nothing to do", 100), ("Passed on", 0)]


def test_fold_opens_without_a_script_and_leads_to_every_event(client: Client) -> None:
    record = RecordFactory.create(kind="order")
    events = [polled(record, minute) for minute in range(4)]
    client.force_login(make.staff("viewer"))

    page = client.get(reverse("admin:records_orderrecord_change", args=[record.pk])).content.decode()

    assert "4 times, last 2026-03-01 12:03, first 2026-03-01 12:00</summary>" in page
    for event in events:
        assert reverse("admin:engine_inboxevent_change", args=[event.pk]) in page
