"""The first page says what is wrong and what to do; on a fresh installation, where to begin."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from integration_hub.engine.models import Heartbeat
from tests.web import factories as make

pytestmark = pytest.mark.django_db


@pytest.fixture
def viewer(client: Client) -> Client:
    client.force_login(make.staff("viewer"))
    return client


def test_fresh_installation_shows_four_steps_and_no_figures(viewer: Client) -> None:
    page = viewer.get("/admin/")

    assert [step.is_done for step in page.context["steps"]] == [False, False, False, False]
    assert "Deliveries by hour" not in page.content.decode()


def test_steps_that_are_done_are_ticked(viewer: Client) -> None:
    make.route()

    steps = viewer.get("/admin/").context["steps"]

    assert [step.is_done for step in steps] == [True, True, True, False]


def test_figures_come_from_the_newest_tries(viewer: Client) -> None:
    route = make.route()
    for milliseconds in (500, 1_000, 9_000):
        make.attempt(item=make.item(route=route), reflect_ms=milliseconds)
    make.attempt(item=make.item(route=route, state="dead"), outcome="refused", reflect_ms=None)
    old = timezone.now() - timedelta(days=2)
    make.attempt(item=make.item(route=route), reflect_ms=99_000, started_at=old)

    page = viewer.get("/admin/").context

    assert (page["p50"], page["p95"], page["dead_total"]) == ("1.0 s", "9.0 s", 1)
    [line] = page["lines"]
    assert (line.tries, line.delivered, line.fault_percent, line.dead) == (4, 3, 25, 1)


def test_parked_items_are_grouped_by_the_code_they_wait_for(viewer: Client) -> None:
    route = make.route()
    for _number in range(2):
        make.item(route=route, state="parked", blocked_on="to_crm:delivery:pickup")

    [parked] = viewer.get("/admin/").context["parked"]

    assert (parked.kind, parked.code, parked.count) == ("delivery", "pickup", 2)


def test_oldest_due_item_names_its_lane(viewer: Client) -> None:
    route = make.route()
    make.item(route=route, state="waiting", due_at=timezone.now() - timedelta(minutes=12))
    make.item(route=route, state="waiting", due_at=timezone.now() + timedelta(hours=1))

    oldest = viewer.get("/admin/").context["oldest"]

    assert (oldest["age"], oldest["is_old"], oldest["lane"].flow) == ("12 min", True, "orders")


def test_missing_worker_is_announced_until_it_is_seen(viewer: Client) -> None:
    make.lane()
    before = viewer.get("/admin/").content.decode()

    Heartbeat.objects.create(name="supervisor:here", at=timezone.now())
    after = viewer.get("/admin/").content.decode()

    assert "Nothing is being delivered." in before
    assert "Nothing is being delivered." not in after


def test_late_poll_is_named(viewer: Client) -> None:
    late = make.cursor(due_at=timezone.now() - timedelta(hours=2))
    make.cursor()

    assert [cursor.pk for cursor in viewer.get("/admin/").context["late_polls"]] == [late.pk]


def test_staff_without_a_role_are_told_to_ask_for_one(client: Client) -> None:
    client.force_login(make.staff())

    page = client.get("/admin/")

    assert "has no role yet" in page.content.decode()


def test_side_bar_counts_dead_letters(viewer: Client) -> None:
    route = make.route()
    for _number in range(3):
        make.item(route=route, state="dead")

    groups = viewer.get("/admin/").context["sidebar_navigation"]

    badges = {item["link"]: item.get("badge") for group in groups for item in group["items"]}
    assert badges["/admin/engine/outboxitem/?state__exact=dead"] == "3"
