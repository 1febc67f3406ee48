"""What the story of an order holds, and what it leaves out."""

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
