"""``backfill``: starts one, and with --wait shows how it gets on."""

from datetime import UTC, datetime
from typing import Any

import pytest

from integration_hub.engine.models import Backfill
from integration_hub.flows import actions
from integration_hub.web.management.commands import backfill as command
from tests.flows.world import World, items, pump, run_backfill
from tests.web import factories as make

from .running import run

pytestmark = pytest.mark.django_db


@pytest.fixture
def worker(monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker that does its share whenever the command rests."""

    def work(_command: command.Command) -> None:
        run_backfill(Backfill.objects.get())

    monkeypatch.setattr(command.Command, "pause", work)


def test_backfill_is_started_and_named(settings: Any) -> None:
    settings.TIME_ZONE = "Europe/Berlin"
    route = make.route(name="Shop → CRM")

    ran = run("backfill", "Shop → CRM", "--since", "2026-03-01", "--until", "2026-03-02T12:00:00Z")

    row = Backfill.objects.get()
    assert (ran.code, ran.lines) == (0, [f"backfill {row.pk}, running, 0 read, 0 queued, 0 unreadable"])
    assert (row.route, row.flow, row.state, row.ids) == (route, "orders", "running", [])
    assert row.since == datetime(2026, 2, 28, 23, 0, tzinfo=UTC)
    assert row.until == datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def test_script_gets_its_id_and_state() -> None:
    route = make.route(name="Shop → CRM")

    ran = run("backfill", str(route.pk), "--flow", "customers", "--ids", "7, 8,7", "--json")

    row = Backfill.objects.get()
    assert (row.flow, row.ids) == ("customers", ["7", "8"])
    assert ran.json == {
        "id": row.pk,
        "route": "Shop → CRM",
        "flow": "customers",
        "state": "running",
        "total": None,
        "read": 0,
        "queued": 0,
        "left_out": 0,
        "unreadable": 0,
        "error": "",
    }


def test_waiting_shows_the_progress_until_all_is_read(world: World, worker: None) -> None:
    world.shop(3)

    ran = run("backfill", "Shop → CRM", "--wait")

    row = Backfill.objects.get()
    assert ran.code == 0
    assert ran.lines[0] == f"backfill {row.pk}, running, 0 read, 0 queued, 0 unreadable"
    assert ran.lines[-1] == f"backfill {row.pk}, done, 3 of 3 read, 3 queued, 0 unreadable"
    assert len(world.crm_orders()) == 3


def test_only_the_named_orders_are_brought_over(world: World, worker: None) -> None:
    first, *_rest = world.shop(3)

    ran = run("backfill", "Shop → CRM", "--ids", f"{first['id']},999999", "--wait", "--json")

    assert (ran.code, ran.json["state"]) == (0, "done")
    assert (ran.json["read"], ran.json["queued"], ran.json["unreadable"]) == (2, 1, 1)
    assert set(world.crm_orders()) == {str(first["id"])}


def test_only_orders_with_the_given_numbers_are_brought_over(world: World, worker: None) -> None:
    rows = world.shop(5)

    ran = run("backfill", "Shop → CRM", "--numbers", f"{rows[1]['number']}:{rows[3]['number']}", "--wait", "--json")

    assert (ran.json["read"], ran.json["queued"], ran.json["left_out"]) == (5, 3, 2)
    assert set(world.crm_orders()) == {str(row["id"]) for row in rows[1:4]}


def test_backfill_that_stops_with_an_error_ends_badly(world: World, worker: None) -> None:
    world.store.secrets = {**world.store.secrets, "consumer_secret": "wrong"}
    world.store.save()

    ran = run("backfill", "Shop → CRM", "--wait", "--json")

    assert (ran.code, ran.json["state"]) == (1, "failed")
    assert ran.json["error"]
    pump()
    assert items() == {}


def test_backfill_that_staff_pause_is_no_longer_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    make.route(name="Shop → CRM")
    monkeypatch.setattr(command.Command, "pause", lambda _command: actions.pause_backfill(Backfill.objects.get()))

    ran = run("backfill", "Shop → CRM", "--wait", "--json")

    assert (ran.code, ran.json["state"]) == (1, "paused")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--since", "tomorrow"), "“tomorrow” is no date or time"),
        (("--since", "2026-03-02", "--until", "2026-03-01"), "--since must be earlier than --until."),
        (("--ids", "7", "--since", "2026-03-01"), "Give either ids or a period"),
        (("--ids", "7", "--numbers", "1:9"), "Give either ids or a period"),
        (("--numbers", "1001"), "“1001” is no range of numbers"),
        (("--flow", "customers", "--numbers", "1:9"), "Only orders have numbers."),
        (("--flow", "leads"), "invalid choice: 'leads'"),
    ],
)
def test_impossible_wish_is_refused_and_nothing_is_started(arguments: tuple[str, ...], said: str) -> None:
    make.route(name="Shop → CRM")

    ran = run("backfill", "Shop → CRM", *arguments)

    assert ran.code == 1
    assert said in ran.error
    assert not Backfill.objects.exists()


def test_route_that_is_off_is_refused() -> None:
    make.route(name="Shop → CRM", mode="off")

    ran = run("backfill", "Shop → CRM")

    assert (ran.code, ran.error.partition(":")[0]) == (1, "“Shop → CRM” is off")
    assert not Backfill.objects.exists()


def test_unknown_route_names_the_known_ones() -> None:
    route = make.route(name="Shop → CRM")

    ran = run("backfill", "Outlet → CRM")

    assert (ran.code, ran.error) == (1, f"There is no route “Outlet → CRM”. Known: Shop → CRM ({route.pk}).")
