"""Staff read their own words: no key of the program, and the to-do leads to what is to be done."""

import pytest
from django.test import Client
from django.urls import reverse

from integration_hub.engine import lanes
from integration_hub.flows.reading import LOOK
from tests.web import factories as make

pytestmark = pytest.mark.django_db


@pytest.fixture
def viewer(client: Client) -> Client:
    client.force_login(make.staff("viewer"))
    return client


def test_look_of_our_own_is_told_in_words(viewer: Client) -> None:
    route = make.route()
    record = make.order_story(route)
    event = make.event(connection=route.store, object_id=record.object_id, topic=LOOK)

    pages = [
        viewer.get(reverse("admin:records_orderrecord_change", args=(record.pk,))).content.decode(),
        viewer.get(reverse("admin:engine_inboxevent_changelist")).content.decode(),
        viewer.get(reverse("admin:engine_inboxevent_change", args=(event.pk,))).content.decode(),
        viewer.get(reverse("admin:engine_inboxevent_history", args=(event.pk,))).content.decode(),
    ]

    assert [("looked at" in page, LOOK in page) for page in pages] == [(True, False)] * 4


def test_side_bar_leads_to_the_codes_that_have_no_rule(viewer: Client) -> None:
    todo = reverse("admin:mappings_seencode_todo")

    dashboard = viewer.get(reverse("admin:index")).content.decode()
    page = viewer.get(todo).content.decode()

    assert f'href="{todo}"' in dashboard
    assert f'href="{reverse("admin:mappings_seencode_changelist")}"' in page


def test_page_of_a_second_worker_names_the_lane_that_it_helps(viewer: Client) -> None:
    lane = lanes.outbound_lane(make.route().crm_id, "orders")
    helper = lanes.helper_of(lane)
    address = "admin:engine_lane_change"

    helped, alone = (viewer.get(reverse(address, args=[row.pk])).content.decode() for row in (helper, lane))

    assert reverse(address, args=[lane.pk]) in helped
    assert reverse(address, args=[helper.pk]) not in alone
