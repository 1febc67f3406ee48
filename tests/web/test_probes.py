"""A balancer and Prometheus call each machine by its own address, whatever the hub is called outside."""

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from integration_hub.engine.models import Heartbeat


@pytest.fixture(autouse=True)
def behind_a_proxy(settings: Any) -> None:
    """As with HUB_BASE_URL=https://hub.example.com."""
    settings.ALLOWED_HOSTS = ["hub.example.com"]
    settings.SECURE_SSL_REDIRECT = True


def test_alive_is_told_to_who_calls_by_address(client: Client) -> None:
    assert client.get("/health/live", headers={"host": "10.1.2.3:8000"}).status_code == 200


@pytest.mark.django_db
def test_ready_is_told_to_who_calls_by_address(client: Client) -> None:
    Heartbeat.objects.create(name="supervisor:here", at=timezone.now())

    assert client.get("/health/ready", headers={"host": "10.1.2.3:8000"}).status_code == 200


@pytest.mark.django_db
def test_figures_are_told_on_the_machine_itself(client: Client, settings: Any) -> None:
    settings.HUB_METRICS_NETWORKS = ["127.0.0.0/8"]

    assert client.get("/metrics", headers={"host": "127.0.0.1:8000"}).status_code == 200


@pytest.mark.django_db
def test_everything_else_is_asked_for_by_name_and_https(client: Client) -> None:
    by_address = client.get("/admin/", headers={"host": "10.1.2.3:8000"})
    by_name = client.get("/admin/", headers={"host": "hub.example.com"})

    assert by_address.status_code == 400
    assert (by_name.status_code, by_name.headers["Location"]) == (301, "https://hub.example.com/admin/")
