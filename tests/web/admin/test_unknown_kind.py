"""A connection to a system that this version does not know, after a step back to an older version."""

import pytest
from django.test import Client
from django.urls import reverse

from integration_hub.connections.models import Connection
from tests.web import factories as make

pytestmark = pytest.mark.django_db


@pytest.fixture
def crm(client: Client) -> Connection:
    client.force_login(make.staff(superuser=True))
    route = make.route()
    Connection.objects.filter(pk=route.crm_id).update(kind="crm-of-tomorrow")
    return Connection.objects.get(pk=route.crm_id)


def test_list_names_the_unknown_system(client: Client, crm: Connection) -> None:
    page = client.get(reverse("admin:connections_crmconnection_changelist"))

    assert page.status_code == 200
    assert "crm-of-tomorrow (unknown)" in page.content.decode()


def test_page_opens_and_offers_no_settings(client: Client, crm: Connection) -> None:
    page = client.get(reverse("admin:connections_crmconnection_change", args=[crm.pk]))

    assert page.status_code == 200
    assert 'name="api_key"' not in page.content.decode()


@pytest.mark.parametrize("name", ["admin:connections_route_changelist", "admin:index"])
def test_other_pages_open(client: Client, crm: Connection, name: str) -> None:
    assert client.get(reverse(name)).status_code == 200
