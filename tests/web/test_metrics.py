"""Figures for Prometheus: only for who may read them, and without anybody's name."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from integration_hub.engine.models import Heartbeat, RateBucket
from integration_hub.web import metrics as page
from tests.web import factories as make

TOKEN = "t" * 40


@pytest.fixture
def scraper(client: Client, settings: Any) -> Client:
    settings.HUB_METRICS_TOKEN = TOKEN
    client.defaults["HTTP_AUTHORIZATION"] = f"Bearer {TOKEN}"
    return client


def figures(client: Client) -> dict[str, float]:
    """Sample name with its labels -> value."""
    text = client.get("/metrics").content.decode()
    return {
        f"{sample.name}{sorted(sample.labels.values())}": sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


# --- who may read them ------------------------------------------------------------------------------------------------


def test_without_token_or_network_there_is_no_such_page(client: Client) -> None:
    assert client.get("/metrics").status_code == 404


@pytest.mark.parametrize("given", ["", "Bearer wrong", f"Basic {TOKEN}", TOKEN, f"Bearer {TOKEN}x"])
def test_wrong_token_is_refused(client: Client, settings: Any, given: str) -> None:
    settings.HUB_METRICS_TOKEN = TOKEN

    answer = client.get("/metrics", headers={"Authorization": given})

    assert (answer.status_code, answer["WWW-Authenticate"]) == (401, "Bearer")
    assert b"hub_" not in answer.content


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("address", "headers", "status"),
    [
        ("10.1.2.3", {}, 200),
        ("10.2.0.1", {}, 401),
        ("::1", {}, 401),
        ("", {}, 401),
        ("10.1.2.3", {"X-Forwarded-For": "10.1.2.3"}, 401),  # the address is the proxy's
        ("10.1.2.3", {"Forwarded": "for=10.1.2.3"}, 401),
    ],
)
def test_named_network_may_read_unless_a_proxy_stands_between(
    client: Client, settings: Any, address: str, headers: dict[str, str], status: int
) -> None:
    settings.HUB_METRICS_NETWORKS = ["10.1.0.0/16"]

    assert client.get("/metrics", headers=headers, REMOTE_ADDR=address).status_code == status


def test_database_that_is_away_is_503(scraper: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def away() -> bytes:
        raise OperationalError

    monkeypatch.setattr(page, "exposition", away)

    assert scraper.get("/metrics").status_code == 503


# --- what they say ----------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_an_empty_hub_has_figures_too(scraper: Client) -> None:
    seen = figures(scraper)

    assert seen["hub_outbox_items['live', 'waiting']"] == 0
    assert seen["hub_oldest_due_seconds['backfill']"] == 0
    assert any(name.startswith("hub_build") for name in seen)


@pytest.mark.django_db
def test_figures_count_what_is_there(scraper: Client) -> None:
    route = make.route()
    now = timezone.now()
    make.item(route=route, state="waiting", due_at=now - timedelta(seconds=90))
    make.item(route=route, state="dead")
    for reflect_ms in (500, 1_000, 9_000):
        make.attempt(item=make.item(route=route), reflect_ms=reflect_ms)
    make.attempt(item=make.item(route=route), reflect_ms=99_000, started_at=now - timedelta(hours=1))
    make.event(connection=route.store, state="new")
    make.exchange(connection=route.crm, status=503)
    make.exchange(connection=route.crm, status=None)
    RateBucket.objects.create(key="woocommerce:shop.example/a", calls=7, refused=2)
    RateBucket.objects.create(key="woocommerce:other.example/b", calls=3)
    route.crm.pause("The key is not valid any more.")
    Heartbeat.objects.create(name="supervisor:hub-1", at=now)

    seen = figures(scraper)

    crm, shop = str(route.crm_id), str(route.store_id)
    assert seen["hub_outbox_items['live', 'waiting']"] == 1
    assert seen["hub_outbox_items['dead', 'live']"] == 1
    assert 90 <= seen["hub_oldest_due_seconds['live']"] < 120
    assert (seen["hub_time_to_reflect_seconds['0.5']"], seen["hub_time_to_reflect_seconds['0.95']"]) == (1.0, 9.0)
    assert seen["hub_attempts_recent['written']"] == 3
    assert seen[f"hub_inbox_events{sorted([shop, 'woocommerce'])}"] == 1
    assert seen[f"hub_calls_recent{sorted([crm, 'retailcrm', '503'])}"] == 1
    assert seen[f"hub_calls_recent{sorted([crm, 'retailcrm', 'none'])}"] == 1
    assert seen["hub_throttled_calls_total['woocommerce']"] == 10
    assert seen["hub_throttle_waits_total['woocommerce']"] == 2
    assert seen[f"hub_connection_paused{sorted([crm, 'retailcrm', 'crm'])}"] == 1
    assert seen[f"hub_connection_paused{sorted([shop, 'woocommerce', 'store'])}"] == 0


@pytest.mark.django_db
def test_no_name_and_no_account_is_told(scraper: Client) -> None:
    make.route(name="Erika's route", store=make.store(name="Erika's shop"), crm=make.crm(name="Erika's CRM"))
    RateBucket.objects.create(key="woocommerce:erika.example", calls=1)

    assert "erika" not in scraper.get("/metrics").content.decode().lower()


@pytest.mark.django_db
def test_a_scrape_costs_the_same_number_of_queries_however_much_there_is(
    scraper: Client, django_assert_max_num_queries: Any
) -> None:
    for _number in range(5):
        route = make.route()
        make.item(route=route, state="waiting")
        make.exchange(connection=route.crm)
        make.event(connection=route.store, state="new")

    with django_assert_max_num_queries(14):
        scraper.get("/metrics")
