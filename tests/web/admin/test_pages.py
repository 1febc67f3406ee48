"""Every list and every page answers, and costs the same number of queries however many rows there are."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from integration_hub.connections.models import Route
from integration_hub.engine.models import (
    Attempt,
    Backfill,
    Cursor,
    Exchange,
    InboxEvent,
    Lane,
    Link,
    OutboxItem,
    ReconcileRun,
)
from integration_hub.records.models import CustomerRecord, OrderRecord
from tests.web import factories as make

pytestmark = pytest.mark.django_db

MOST_QUERIES = 25
"""Session, user, badges and the list itself: a page that needs more asks row by row."""

LISTS = (
    "connections_storeconnection",
    "connections_crmconnection",
    "connections_route",
    "records_orderrecord",
    "records_customerrecord",
    "engine_outboxitem",
    "engine_inboxevent",
    "engine_attempt",
    "engine_exchange",
    "engine_lane",
    "engine_link",
    "engine_cursor",
    "engine_backfill",
    "engine_backfillfault",
    "engine_reconcilerun",
    "engine_drift",
)


@pytest.fixture
def root(client: Client) -> Client:
    client.force_login(make.staff(superuser=True))
    ContentType.objects.clear_cache()
    return client


def fill(count: int) -> None:
    """``count`` rows more in every list."""
    for _number in range(count):
        route = make.route()
        make.order_story(route)
        make.record(connection=route.store, kind="customer", number="")
        make.cursor(connection=route.store)
        make.backfill_fault(backfill=make.backfill(route=route))
        make.drift(run=make.comparison(route=route))
        make.item(route=route, state="dead", reason="Refused: no such site")


def queries_of(client: Client, url: str) -> int:
    client.get(url)  # caches of content types and of what systems can do are warm for both counts
    with CaptureQueriesContext(connection) as captured:
        answer = client.get(url)
    assert answer.status_code == 200, url
    return len(captured)


@pytest.mark.any_database
def test_each_list_costs_the_same_queries_at_3_and_at_30_rows(root: Client) -> None:
    """All of them on the same rows: making these takes longer than asking for the lists."""
    urls = {name: reverse(f"admin:{name}_changelist") for name in LISTS}

    fill(3)
    at_three = {name: queries_of(root, url) for name, url in urls.items()}
    fill(27)
    at_thirty = {name: queries_of(root, url) for name, url in urls.items()}

    assert at_thirty == at_three
    assert {name: count for name, count in at_thirty.items() if count > MOST_QUERIES} == {}


def test_dashboard_costs_the_same_queries_at_3_and_at_30_rows(root: Client) -> None:
    fill(3)
    at_three = queries_of(root, reverse("admin:index"))
    fill(27)
    at_thirty = queries_of(root, reverse("admin:index"))

    assert at_thirty == at_three
    assert at_thirty <= MOST_QUERIES + 10


def test_timeline_costs_the_same_queries_at_3_and_at_30_events(root: Client) -> None:
    route = make.route()
    record = make.order_story(route)
    url = reverse("admin:records_orderrecord_change", args=(record.pk,))

    def happen(count: int) -> None:
        for _number in range(count):
            make.event(connection=route.store, object_id=record.object_id)
            make.attempt(item=make.item(route=route, object_id=record.object_id))

    happen(3)
    at_three = queries_of(root, url)
    happen(27)
    at_thirty = queries_of(root, url)

    assert at_thirty == at_three
    assert at_thirty <= MOST_QUERIES


Row = Callable[[], Any]

PAGES: dict[str, Row] = {
    "connections_storeconnection": lambda: Route.objects.get().store,
    "connections_crmconnection": lambda: Route.objects.get().crm,
    "connections_route": Route.objects.get,
    "records_orderrecord": OrderRecord.objects.get,
    "records_customerrecord": CustomerRecord.objects.get,
    "engine_outboxitem": lambda: OutboxItem.objects.get(state="dead"),
    "engine_inboxevent": InboxEvent.objects.get,
    "engine_attempt": Attempt.objects.first,
    "engine_exchange": Exchange.objects.get,
    "engine_lane": Lane.objects.first,
    "engine_link": Link.objects.first,
    "engine_cursor": Cursor.objects.get,
    "engine_backfill": Backfill.objects.get,
    "engine_reconcilerun": ReconcileRun.objects.get,
}


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("role", ["viewer", "administrator"])
def test_page_of_each_kind_of_row_opens(client: Client, name: str, role: str) -> None:
    fill(1)
    client.force_login(make.staff(role))

    answer = client.get(reverse(f"admin:{name}_change", args=(PAGES[name]().pk,)))

    assert answer.status_code == 200
    assert " object (" not in answer.content.decode()


@pytest.mark.parametrize("name", LISTS)
def test_list_shows_no_row_as_a_bare_object(root: Client, name: str) -> None:
    fill(1)

    page = root.get(reverse(f"admin:{name}_changelist")).content.decode()

    assert " object (" not in page


@pytest.mark.parametrize(
    "name",
    [
        "auth_user",
        "auth_group",
        "django_q_ormq",
        "django_q_failure",
        "django_q_success",
        "django_q_schedule",
        "axes_accessattempt",
        "axes_accesslog",
        "otp_totp_totpdevice",
    ],
)
def test_administration_list_opens(root: Client, name: str) -> None:
    answer = root.get(reverse(f"admin:{name}_changelist"))

    assert answer.status_code == 200
