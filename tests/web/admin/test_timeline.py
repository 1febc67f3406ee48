"""What the story of an order holds, and what it leaves out."""

import pytest

from integration_hub.web.timeline import timeline_of
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
