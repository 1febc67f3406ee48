"""Which orders a route wants, and when it may send them."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.contract.canonical import ObjectKind, Order
from integration_hub.connections.models import Route
from integration_hub.engine.models import OutboxItem
from integration_hub.flows.routing import due_in_window, is_in_pilot, objection

from .world import World, items, pump

ORDER = ObjectKind.ORDER
NOW = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)


def order(**fields: object) -> Order:
    values = {"id": "17", "status": "processing", "created_at": NOW, "currency": "EUR", "total": 1}
    return Order.model_validate(values | fields)


def route(**fields: object) -> Route:
    values = {"name": "Shop → CRM", "mode": "live", "start_at": NOW - timedelta(days=1)}
    return Route(**(values | fields))


@pytest.mark.parametrize(
    ("settings", "fields", "words"),
    [
        ({}, {}, ""),
        ({}, {"created_at": NOW - timedelta(days=2)}, "Older than the start"),
        ({"order_statuses": ["completed"]}, {}, "in status processing"),
        ({"order_statuses": ["processing"]}, {}, ""),
        ({"store_views": ["de"]}, {"store_view": "en"}, "store view en"),
        ({"store_views": ["de"]}, {}, "store view (none)"),
        ({"order_methods": ["app"]}, {"order_method": "admin"}, "made by admin"),
        ({"sync_orders": False}, {}, "does not carry orders"),
        ({"mode": "pilot", "pilot_share": 1}, {}, "Not in the pilot share"),
        ({"mode": "pilot", "pilot_share": 100}, {}, ""),
    ],
)
def test_route_says_why_it_does_not_want_an_order(
    settings: dict[str, object], fields: dict[str, object], words: str
) -> None:
    said = objection(route(**settings), ORDER, order(**fields), is_linked=False)

    assert (words in said) if words else said == ""


def test_order_that_is_in_the_crm_already_stays_in() -> None:
    strict = route(order_statuses=["completed"], mode="pilot", pilot_share=1, start_at=NOW + timedelta(days=1))

    assert objection(strict, ORDER, order(), is_linked=True) == ""


def test_staff_may_send_what_the_filters_keep_out_but_not_what_the_route_does_not_carry() -> None:
    strict = route(order_statuses=["completed"], start_at=NOW + timedelta(days=1))

    assert objection(strict, ORDER, order(), is_linked=False, by_hand=True) == ""
    assert objection(route(sync_orders=False), ORDER, order(), is_linked=False, by_hand=True) != ""


@settings(deadline=None)
@given(st.integers(min_value=1, max_value=10**9), st.integers(min_value=1, max_value=100))
def test_pilot_share_is_stable_and_only_grows(number: int, share: int) -> None:
    inside = is_in_pilot(str(number), share)

    assert is_in_pilot(str(number), share) == inside
    assert is_in_pilot(str(number), 100) is True
    assert not inside or is_in_pilot(str(number), min(share + 1, 100))


@pytest.mark.parametrize("share", [5, 10, 50])
def test_pilot_share_is_about_what_it_says(share: int) -> None:
    inside = sum(is_in_pilot(str(number), share) for number in range(1000, 5000))

    assert abs(inside / 40 - share) < 2


@pytest.mark.parametrize(
    ("zone", "window", "now", "due"),
    [
        ("UTC", (None, None), (12, 0), (12, 0)),
        ("UTC", (time(9), time(18)), (12, 0), (12, 0)),
        ("UTC", (time(9), time(18)), (9, 0), (9, 0)),
        ("UTC", (time(9), time(18)), (8, 59), (9, 0)),
        ("UTC", (time(9), time(18)), (18, 0), (33, 0)),
        ("UTC", (time(22), time(6)), (23, 30), (23, 30)),
        ("UTC", (time(22), time(6)), (5, 59), (5, 59)),
        ("UTC", (time(22), time(6)), (6, 0), (22, 0)),
        ("Europe/Madrid", (time(9), time(18)), (8, 0), (8, 0)),
        ("Europe/Madrid", (time(9), time(18)), (7, 30), (8, 0)),
        ("America/Lima", (time(9), time(18)), (12, 0), (14, 0)),
        ("Asia/Tokyo", (time(9), time(18)), (12, 0), (24, 0)),
    ],
)
def test_daily_window_over_midnight_and_across_time_zones(
    zone: str, window: tuple[time | None, time | None], now: tuple[int, int], due: tuple[int, int]
) -> None:
    """Hours of 10 March 2026, UTC; 33 is 9 o'clock of the next day."""
    day = NOW.replace(hour=0)
    moments = [day + timedelta(hours=hours, minutes=minutes) for hours, minutes in (now, due)]

    with timezone.override(ZoneInfo(zone)):
        opens = due_in_window(route(window_from=window[0], window_to=window[1]), moments[0])

    assert opens == moments[1]


def test_window_opens_at_the_same_hour_after_the_clocks_change() -> None:
    """In Madrid the night to 29 March 2026 is an hour shorter."""
    evening = datetime(2026, 3, 28, 20, 0, tzinfo=UTC)

    with timezone.override(ZoneInfo("Europe/Madrid")):
        opens = due_in_window(route(window_from=time(9), window_to=time(18)), evening)

    assert opens == datetime(2026, 3, 29, 7, 0, tzinfo=UTC)


# --- over HTTP --------------------------------------------------------------------------------------------------------


def test_going_live_does_not_flood_the_crm_with_history(world: World) -> None:
    world.shop(5)
    world.set_route(start_at=timezone.now() + timedelta(minutes=1))

    world.sync()

    assert world.crm_orders() == {}
    assert items() == {}


def test_pilot_sends_its_share_and_the_rest_is_never_sent(world: World) -> None:
    world.set_route(mode="pilot", pilot_share=40)
    world.shop(21)

    world.sync()
    world.sync()

    wanted = {number for number in world.store_orders() if is_in_pilot(number, 40)}
    assert 0 < len(wanted) < 21
    assert set(world.crm_orders()) == wanted


def test_order_waits_for_the_status_that_the_route_takes(world: World) -> None:
    world.set_route(order_statuses=["completed"])
    world.shop(3)
    world.sync()
    before = set(world.crm_orders())
    [move] = world.change(statuses=1, to="completed")["statuses"]

    world.sync()

    assert set(world.crm_orders()) - before <= {str(move["id"])}
    assert str(move["id"]) in world.crm_orders()


def test_outside_the_daily_window_orders_are_kept(world: World) -> None:
    opens = timezone.now() + timedelta(hours=2)
    world.set_route(window_from=opens.time().replace(microsecond=0), window_to=(opens + timedelta(hours=1)).time())
    world.shop(2)

    world.sync()

    assert items() == {("orders", "waiting"): 2}
    assert all(item.due_at > timezone.now() + timedelta(hours=1) for item in OutboxItem.objects.all())
    assert world.crm_orders() == {}
    world.set_route(window_from=None, window_to=None)
    OutboxItem.objects.update(due_at=timezone.now())
    pump()
    assert len(world.crm_orders()) == 2
