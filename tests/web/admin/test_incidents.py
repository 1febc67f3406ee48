"""Incidents are on the first page with their cure, and in a list with their history."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from integration_hub.watch.models import Incident, Notice
from tests.web import factories as make

pytestmark = pytest.mark.django_db


@pytest.fixture
def viewer(client: Client) -> Client:
    client.force_login(make.staff("viewer"))
    return client


def incident(kind: str = "dead_letters", subject: str = "route:1", **columns: object) -> Incident:
    now = timezone.now()
    values = {
        "facts": {"name": "Shop <b>A</b>"},
        "opened_at": now - timedelta(minutes=12),
        "last_seen_at": now,
        **columns,
    }
    row: Incident = Incident.objects.create(kind=kind, subject=subject, **values)
    return row


def test_first_page_shows_what_is_broken_with_its_cure_and_a_way_there(viewer: Client) -> None:
    incident(subject="route:7", size=3)

    page = viewer.get("/admin/").content.decode()

    assert "Dead letters on “Shop &lt;b&gt;A&lt;/b&gt;”: 3" in page
    assert "Correct the cause, then replay them." in page
    assert "state__exact=dead&amp;route__id__exact=7" in page


def test_first_page_is_silent_about_what_healed_or_has_its_own_banner(viewer: Client) -> None:
    incident(closed_at=timezone.now())
    incident(kind="refused", subject="connection:1")

    assert viewer.get("/admin/").context["incidents"] == []


def test_every_kind_has_a_place_to_go(viewer: Client) -> None:
    crm = make.crm()
    for number, kind in enumerate(Incident.Kind.values):
        incident(kind, f"connection:{number}", connection=crm)

    page = viewer.get("/admin/watch/incident/")

    assert page.status_code == 200
    for row in Incident.objects.all():
        assert viewer.get(f"/admin/watch/incident/{row.pk}/change/").status_code == 200


def test_list_keeps_the_history_and_filters_by_state(viewer: Client) -> None:
    incident(subject="route:1", closed_at=timezone.now())
    now = incident(subject="route:2")

    page = viewer.get("/admin/watch/incident/?open=1")

    assert [row.pk for row in page.context["cl"].result_list] == [now.pk]


def test_page_tells_which_messages_went_out(viewer: Client) -> None:
    row = incident()
    Notice.objects.create(incident=row, stage="opened", channel="mail", tries=2, error="ConnectionRefusedError")

    page = viewer.get(f"/admin/watch/incident/{row.pk}/change/").content.decode()

    assert "ConnectionRefusedError" in page
    assert "given up" in page


def test_nobody_writes_incidents_by_hand(client: Client) -> None:
    client.force_login(make.staff(superuser=True))
    row = incident()

    assert client.get("/admin/watch/incident/add/").status_code == 403
    assert client.post(f"/admin/watch/incident/{row.pk}/delete/").status_code == 403
    assert client.post(f"/admin/watch/incident/{row.pk}/change/", {"size": 9}).status_code == 403


def test_badge_counts_open_incidents(viewer: Client) -> None:
    incident(subject="route:1", closed_at=timezone.now())
    incident(subject="route:2")

    groups = viewer.get("/admin/").context["sidebar_navigation"]

    [item] = [item for group in groups for item in group["items"] if item["link"] == "/admin/watch/incident/"]
    assert item["badge"] == "1"
