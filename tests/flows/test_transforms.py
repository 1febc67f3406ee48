"""Functions of the installation that change records before they are translated."""

from datetime import UTC, datetime
from typing import Any

import pytest

from connectors.contract.canonical import Customer, Lead, Order
from integration_hub.connections.models import Route
from integration_hub.engine.models import Attempt, OutboxItem
from integration_hub.flows import actions, trial
from integration_hub.flows.transforms import TransformError, transformed
from integration_hub.records.models import Record
from mappings.models import SeenCode

from .world import World, call, items

OWN = "tests.flows.own_functions"
NAMES = (
    *("mark_gift", "status_of_gifts", "upper_case", "nothing", "leaves", "breaks", "another_id", "nonsense"),
    *("not_a_function", "not_there"),
)


@pytest.fixture(autouse=True)
def allowed(settings: Any) -> None:
    settings.HUB_TRANSFORMS = [f"{OWN}.{name}" for name in NAMES]


def order(**fields: Any) -> Order:
    values = {"id": "17", "status": "processing", "created_at": "2026-03-01T10:00:00Z", "currency": "EUR", "total": 1}
    return Order.model_validate(values | fields)


def person() -> Customer:
    return Customer(id="7", email="ann@example.com", last_name="Petrova")


def route(**functions: str) -> Route:
    return Route(name="Shop → CRM", **{name: f"{OWN}.{function}" for name, function in functions.items()})


def sent_order(world: World, placed: Any) -> dict[str, Any]:
    rows = [row for row in call(f"{world.crm_box.url}/__sandbox__/orders") if row["externalId"] == str(placed["id"])]
    assert len(rows) == 1
    return dict(rows[0])


def test_order_goes_out_as_the_routes_function_made_it(world: World) -> None:
    world.set_route(transform_order=f"{OWN}.status_of_gifts")
    world.map("status", "gift", "prepayed")

    [placed] = world.shop(1)
    world.sync()

    assert sent_order(world, placed)["status"] == "prepayed"
    assert Record.objects.get(kind="order").status == placed["status"]


def test_what_a_transform_makes_is_translated_with_the_rules_as_they_are_now(world: World) -> None:
    world.set_route(transform_order=f"{OWN}.status_of_gifts")
    [placed] = world.shop(1)
    world.sync()
    assert items() == {("orders", "parked"): 1}
    assert SeenCode.objects.filter(kind="status", code="gift").exists()

    world.map("status", "gift", "prepayed")
    world.sync()

    assert sent_order(world, placed)["status"] == "prepayed"


def test_customer_of_an_order_goes_through_the_customers_function() -> None:
    changed = transformed(route(transform_customer="upper_case"), order(customer=person()))

    assert isinstance(changed, Order)
    assert changed.customer is not None
    assert changed.customer.last_name == "PETROVA"


def test_customer_of_a_lead_goes_through_the_customers_function() -> None:
    lead = Lead(id="5", created_at=datetime(2026, 3, 1, 10, tzinfo=UTC), customer=person())

    changed = transformed(route(transform_customer="upper_case", transform_order="breaks"), lead)

    assert isinstance(changed, Lead)
    assert changed.customer.last_name == "PETROVA"


def test_route_without_functions_leaves_records_alone() -> None:
    record = order(customer=person())

    assert transformed(Route(name="Shop → CRM"), record) is record


@pytest.mark.parametrize(
    ("function", "words"),
    [
        ("breaks", "failed: ValueError, own_functions.py line"),
        ("leaves", "failed: SystemExit, own_functions.py line"),
        ("nothing", "gave back nothing instead of an Order"),
        ("upper_case", "failed: AttributeError"),
        ("another_id", "changed the object's id"),
        ("nonsense", "gave back something that cannot be sent: order."),
        ("not_a_function", "could not be loaded: TypeError"),
        ("not_there", "could not be loaded: ImportError"),
    ],
)
def test_what_a_function_does_wrong_is_told_to_staff(function: str, words: str) -> None:
    with pytest.raises(TransformError) as caught:
        transformed(route(transform_order=function), order())

    assert words in caught.value.message
    assert f"{OWN}.{function}" in caught.value.message


def test_text_of_a_fault_is_not_told_because_it_may_quote_the_buyer() -> None:
    with pytest.raises(TransformError) as caught:
        transformed(route(transform_customer="breaks"), person())

    assert "ann@example.com" not in caught.value.message


def test_function_that_is_not_on_the_allow_list_is_not_called(settings: Any) -> None:
    settings.HUB_TRANSFORMS = []

    with pytest.raises(TransformError, match="not in HUB_TRANSFORMS"):
        transformed(route(transform_order="mark_gift"), order())


def test_order_whose_transform_breaks_is_a_dead_letter_and_holds_up_nobody(world: World, settings: Any) -> None:
    settings.HUB_TRANSFORMS = [*settings.HUB_TRANSFORMS, f"{OWN}.breaks_on_first"]
    placed = world.shop(3)
    first = str(placed[0]["id"])
    world.set_route(transform_order=f"{OWN}.breaks_on_first")
    _break_on(first)

    world.sync()

    assert set(world.crm_orders()) == {str(row["id"]) for row in placed[1:]}
    dead = OutboxItem.objects.get(state="dead")
    assert (dead.object_id, dead.reason_code) == (first, "transform")
    assert "own_functions.py line" in dead.reason
    assert Attempt.objects.get(item=dead).traceback.endswith("KeyError")
    world.crm.refresh_from_db()
    assert not world.crm.is_paused


def test_order_is_sent_again_when_its_transform_is_mended(world: World) -> None:
    world.set_route(transform_order=f"{OWN}.nothing")
    [placed] = world.shop(1)
    world.sync()
    assert items() == {("orders", "dead"): 1}

    world.set_route(transform_order=f"{OWN}.mark_gift")
    actions.resync(Record.objects.filter(kind="order"), "ann")
    world.sync()

    assert list(world.crm_orders()) == [str(placed["id"])]


def test_preview_shows_what_the_transform_makes(world: World) -> None:
    world.shop(1)
    world.sync()
    world.set_route(transform_order=f"{OWN}.mark_gift")

    [shown] = actions.preview(Record.objects.get(kind="order"))

    assert shown.draft.order.manager_comment == "GIFT"


def test_preview_and_trial_say_that_a_transform_fails(world: World) -> None:
    world.shop(1)
    world.sync()
    world.set_route(transform_order=f"{OWN}.nothing")

    [shown] = actions.preview(Record.objects.get(kind="order"))
    made = trial.translate(world.route, order())

    assert "gave back nothing" in shown.objection
    assert "gave back nothing" in made.fault
    assert (made.codes, made.missing) == ({}, ())


def _break_on(order_id: str) -> None:
    from . import own_functions

    own_functions.first = order_id
