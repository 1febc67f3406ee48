"""When the nightly comparison of a route begins: once, at its time, in the hub's zone, whoever looks."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from django.utils import timezone

from integration_hub.connections.models import Route
from integration_hub.engine.models import ReconcileRun
from integration_hub.flows import nightly
from tests.web import factories as make

pytestmark = pytest.mark.django_db

NIGHT = date(2026, 11, 20)
MORNING = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


def old_route(**fields: Any) -> Route:
    route = make.route(**fields)
    past = MORNING - timedelta(days=30)
    Route.objects.filter(pk=route.pk).update(created_at=past, start_at=past)
    route.refresh_from_db()
    return route


def test_route_is_compared_once_a_night_whoever_asks() -> None:
    route = old_route()

    counts = [nightly.start_due(MORNING) for _supervisor in range(3)]

    run = ReconcileRun.objects.get()
    assert counts == [1, 0, 0]
    assert (run.route, run.night, run.source, run.state) == (route, NIGHT, "night", "running")
    assert (run.since, run.until) == (MORNING - timedelta(days=7), MORNING - nightly.STILL_MOVING)
    assert nightly.start_due(MORNING + timedelta(days=1)) == 1


def test_it_begins_at_the_routes_time_in_the_hubs_zone(settings: Any) -> None:
    settings.TIME_ZONE = "Europe/Berlin"
    with timezone.override("Europe/Berlin"):
        old_route(reconcile_at=time(4, 30))

        too_early = nightly.start_due(datetime(2026, 11, 20, 3, 29, tzinfo=UTC))
        in_time = nightly.start_due(datetime(2026, 11, 20, 3, 30, tzinfo=UTC))

    assert (too_early, in_time) == (0, 1)


def test_routes_without_a_time_of_their_own_do_not_begin_at_once() -> None:
    routes = [old_route() for _ in range(8)]

    begins = [nightly.begins_at(route, NIGHT) for route in routes]

    first = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
    assert len(set(begins)) > 4
    assert all(first <= each < first + timedelta(minutes=120) for each in begins if each is not None)
    assert begins == [nightly.begins_at(route, NIGHT) for route in routes]


def test_comparison_cares_not_for_what_the_route_never_wanted() -> None:
    route = old_route()
    Route.objects.filter(pk=route.pk).update(start_at=MORNING - timedelta(days=2))

    nightly.start_due(MORNING)

    assert ReconcileRun.objects.get().since == MORNING - timedelta(days=2)


@pytest.mark.parametrize("fields", [{"mode": "off"}, {"reconciles_nightly": False}, {"sync_orders": False}])
def test_route_that_has_no_night_is_left_alone(fields: dict[str, Any]) -> None:
    old_route(**fields)

    assert nightly.start_due(MORNING) == 0


def test_installation_may_do_without(settings: Any) -> None:
    settings.HUB_RECONCILE_AT = ""
    old_route()

    assert nightly.start_due(MORNING) == 0


def test_route_made_today_waits_for_its_first_night() -> None:
    route = make.route()
    Route.objects.filter(pk=route.pk).update(created_at=MORNING - timedelta(hours=1))

    assert nightly.start_due(MORNING) == 0
    assert nightly.start_due(MORNING + timedelta(days=1)) == 1
