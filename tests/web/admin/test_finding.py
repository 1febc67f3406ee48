"""An order is found by what a caller on the phone knows, and its page tells the whole story."""

import pytest
from django.test import Client
from django.urls import reverse

from integration_hub.records.models import OrderRecord
from integration_hub.web.search import find
from mappings.models import BookEntry
from tests.web import factories as make

pytestmark = pytest.mark.django_db


@pytest.fixture
def viewer(client: Client) -> Client:
    client.force_login(make.staff("viewer"))
    return client


@pytest.mark.parametrize(
    "term", ["A-1001", "#A-1001", "erika@example.com", "ERIKA@example.com", "+49 151 1234567", "Muster"]
)
def test_order_is_found_by_number_mail_phone_or_name(term: str) -> None:
    wanted = make.record(number="A-1001", email="erika@example.com", phone="491511234567", name="Erika Muster")
    make.record(number="B-7", email="other@example.com", phone="49170", name="Somebody")

    assert [row.pk for row in find(OrderRecord.objects.all(), term)] == [wanted.pk]


def test_search_box_leads_straight_to_the_only_match(viewer: Client) -> None:
    record = make.order_story(make.route(), number="4711")

    answer = viewer.get(reverse("admin:records_orderrecord_find"), {"q": "4711"})

    assert answer.headers["Location"] == reverse("admin:records_orderrecord_change", args=(record.pk,))


def test_search_box_leads_to_the_list_when_there_are_several(viewer: Client) -> None:
    make.record(email="a@example.com")
    make.record(email="a@example.com")

    answer = viewer.get(reverse("admin:records_orderrecord_find"), {"q": "a@example.com"})

    assert answer.headers["Location"] == reverse("admin:records_orderrecord_changelist") + "?q=a%40example.com"


def test_timeline_shows_event_translation_exchange_and_both_directions(viewer: Client) -> None:
    route = make.route(name="Shop to CRM")
    record = make.order_story(route, number="4711")

    page = viewer.get(reverse("admin:records_orderrecord_change", args=(record.pk,)))

    titles = [str(entry.title) for entry in page.context["timeline"].entries]
    assert titles == ["Shop to CRM: statuses", "Shop to CRM: orders", f"{route.store.name}: order.updated"]
    text = page.content.decode()
    assert "flat_rate" in text
    assert "courier" in text
    assert "orders/upload" in text
    assert "https://crm.example/orders/9" in text


def test_sync_log_is_searched_by_the_order_number(viewer: Client) -> None:
    route = make.route()
    record = make.order_story(route, number="4711")
    make.order_story(route, number="4712")

    page = viewer.get(reverse("admin:engine_attempt_changelist"), {"q": "4711"})

    assert {row.object_id for row in page.context["cl"].result_list} == {record.object_id}


def test_markup_in_a_name_is_inert(viewer: Client) -> None:
    record = make.record(name="<script>alert(1)</script>", connection=make.route().store)

    page = viewer.get(reverse("admin:records_orderrecord_change", args=(record.pk,))).content.decode()

    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_address_of_another_scheme_becomes_no_link(viewer: Client) -> None:
    route = make.route()
    record = make.record(connection=route.store)
    link = make.link(connection=route.store, object_id=record.object_id)
    make.link(connection=route.crm, object_id="c9", group=link.group, url="javascript:alert(1)")

    page = viewer.get(reverse("admin:records_orderrecord_change", args=(record.pk,))).content.decode()

    assert "javascript:alert(1)" not in page


def test_preview_says_which_codes_have_no_rule_and_sends_nothing(viewer: Client) -> None:
    route = make.route()
    record = make.record(connection=route.store)

    page = viewer.get(reverse("admin:records_orderrecord_preview", args=(record.pk,))).content.decode()

    assert "would be parked" in page
    assert "delivery: flat_rate" in page
    assert not route.items.exists()


def test_list_shows_the_most_urgent_state_on_each_route(viewer: Client) -> None:
    route = make.route()
    record = make.order_story(route)
    make.item(route=route, object_id=record.object_id, state="dead")

    page = viewer.get(reverse("admin:records_orderrecord_changelist"))

    assert [one.state for one in page.context["cl"].result_list[0].standings] == ["dead"]


def test_status_that_the_shop_names_by_number_is_shown_by_its_name(viewer: Client) -> None:
    record = make.record(number="2601/15", status="2")
    BookEntry.objects.create(connection=record.connection, kind="status", code="2", name="Paid (fixed)")

    page = viewer.get(reverse("admin:records_orderrecord_change", args=(record.pk,))).content.decode()
    listed = viewer.get(reverse("admin:records_orderrecord_changelist")).content.decode()

    assert "<dd>Paid (fixed) (2)</dd>" in page
    assert "Paid (fixed) (2)" in listed
