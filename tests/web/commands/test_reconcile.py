"""``reconcile``: lists what the CRM lacks, over real HTTP, and heals it unless told not to."""

import pytest

from integration_hub.engine.models import ReconcileRun
from tests.flows.world import World, items, pump
from tests.web import factories as make

from .running import run

pytestmark = pytest.mark.django_db


def test_clean_route_ends_well(world: World) -> None:
    world.shop(3)
    world.sync()

    ran = run("reconcile", "Shop → CRM")
    as_json = run("reconcile", "Shop → CRM", "--json")

    assert ran.code == as_json.code == 0
    assert ran.lines[:2] == ["Shop → CRM: both sides agree", "  store says 3, hub has 3, CRM has 3"]
    assert as_json.json == {
        "route": "Shop → CRM",
        "report": ReconcileRun.objects.order_by("-pk")[0].pk,
        "clean": True,
        "in_store": 3,
        "in_hub": 3,
        "in_crm": 3,
        "unwanted": 0,
        "open_items": 0,
        "differences": {},
        "missing": [],
        "sent": 0,
    }


def test_missing_orders_are_listed_and_sent(world: World) -> None:
    numbers = sorted(str(row["number"]) for row in world.shop(2))

    ran = run("reconcile", "Shop → CRM", "--json")

    assert ran.code == 1
    assert (ran.json["clean"], ran.json["sent"], sorted(ran.json["missing"])) == (False, 2, numbers)
    pump()
    assert len(world.crm_orders()) == 2
    assert run("reconcile", "Shop → CRM").code == 0


def test_without_healing_nothing_is_sent(world: World) -> None:
    (row,) = world.shop(1)

    ran = run("reconcile", "Shop → CRM", "--no-heal")

    assert ran.code == 1
    assert ran.lines[0] == "Shop → CRM: differences found"
    assert ran.lines[-1] == f"  missing orders: {row['number']}"
    assert items() == {}


def test_period_leaves_out_what_is_older(world: World) -> None:
    world.shop(1)

    ran = run("reconcile", "Shop → CRM", "--since", "2030-01-01", "--until", "2030-01-02", "--json")

    assert (ran.code, ran.json["in_store"]) == (0, 0)


def test_side_that_cannot_be_read_is_an_error(world: World) -> None:
    world.faults(world.store_box, error_rate=1, error_status=503)

    ran = run("reconcile", "Shop → CRM")

    assert (ran.code, ran.out) == (1, "")
    assert ran.error


def test_route_that_is_off_is_refused() -> None:
    make.route(name="Shop → CRM", mode="off")

    ran = run("reconcile", "Shop → CRM")

    assert (ran.code, ran.error.partition(":")[0]) == (1, "“Shop → CRM” is off")


def test_unknown_route_names_the_known_ones() -> None:
    assert run("reconcile", "Shop").error == "There is no route “Shop”. Known: none."
