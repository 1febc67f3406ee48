"""The page of a catalog file: its address for those who may, and its buttons."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from integration_hub.catalog.models import CatalogFeed, CatalogReading
from integration_hub.flows import feeds
from tests.web import factories as make

pytestmark = pytest.mark.django_db

LIST = "admin:catalog_catalogfeed_changelist"


@pytest.fixture(autouse=True)
def own_data_folder(settings: Any, tmp_path: Path) -> None:
    settings.HUB_DATA_DIR = tmp_path


@pytest.fixture
def feed() -> CatalogFeed:
    route = make.route(sync_catalog=True, mode="live")
    feeds.send_due()
    return CatalogFeed.objects.get(route=route)


def signed_in(role: str) -> Client:
    client = Client()
    client.force_login(make.staff(role))
    return client


def page(feed: CatalogFeed) -> str:
    return reverse("admin:catalog_catalogfeed_change", args=[feed.pk])


def press(client: Client, feed: CatalogFeed, name: str) -> Any:
    return client.post(reverse("admin:catalog_catalogfeed_press", args=[feed.pk, name]))


def test_page_shows_address_steps_and_what_was_left_out(feed: CatalogFeed) -> None:
    CatalogFeed.objects.filter(pk=feed.pk).update(
        built_at=timezone.now(), offers=1234, notes=["7 left out: without a price"]
    )

    shown = signed_in("operator").get(page(feed)).content.decode()

    assert feeds.feed_address(feed) in shown
    assert "Load the catalog from ICML" in shown
    assert "7 left out: without a price" in shown
    assert "1234" in shown


def test_viewer_sees_the_state_and_not_the_address(feed: CatalogFeed) -> None:
    CatalogFeed.objects.filter(pk=feed.pk).update(nudged_at=None)

    shown = signed_in("viewer").get(page(feed)).content.decode()

    assert "not built yet" in shown
    assert feed.token not in shown


def test_build_button_makes_the_file_due(feed: CatalogFeed) -> None:
    CatalogFeed.objects.filter(pk=feed.pk).update(due_at=timezone.now() + timedelta(days=1), nudged_at=None)

    assert press(signed_in("operator"), feed, "build").status_code == 302

    feed.refresh_from_db()
    assert feed.due_at <= timezone.now()
    assert feed.nudged_at is not None


def test_read_button_makes_the_reading_due(feed: CatalogFeed) -> None:
    press(signed_in("operator"), feed, "read")

    reading = CatalogReading.objects.get(connection=feed.route.store)
    assert reading.due_at <= timezone.now()


def test_new_address_button_changes_the_token(feed: CatalogFeed) -> None:
    press(signed_in("operator"), feed, "renew")

    old = feed.token
    feed.refresh_from_db()
    assert feed.token != old
    assert len(feed.token) == 43


@pytest.mark.parametrize("name", ["build", "read", "renew"])
def test_viewer_may_press_nothing(name: str, feed: CatalogFeed) -> None:
    before = CatalogFeed.objects.values().get()

    assert press(signed_in("viewer"), feed, name).status_code == 403

    assert CatalogFeed.objects.values().get() == before


def test_list_costs_the_same_queries_at_3_and_at_30_rows() -> None:
    client = signed_in("operator")

    def cost(rows: int) -> int:
        for _ in range(rows):
            make.route(sync_catalog=True, mode="live")
        feeds.send_due()
        client.get(reverse(LIST))
        with CaptureQueriesContext(connection) as captured:
            assert client.get(reverse(LIST)).status_code == 200
        return len(captured)

    assert cost(3) == cost(27)


def test_route_leads_to_its_file(feed: CatalogFeed) -> None:
    shown = (
        signed_in("integrator").get(reverse("admin:connections_route_change", args=[feed.route_id])).content.decode()
    )

    assert page(feed) in shown
