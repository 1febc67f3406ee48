"""Orders on their way from the shop into the CRM."""

from decimal import Decimal

import pytest

from integration_hub.engine.models import Attempt, Link, OutboxItem
from integration_hub.records.models import Record

from .world import World, attempts, events, items, pump


def euros(amount: float) -> Decimal:
    """The stand-in adds up binary fractions; whole cents are what counts."""
    return Decimal(str(amount)).quantize(Decimal("0.01"))


def test_every_kind_of_order_arrives_once_with_its_exact_total(world: World) -> None:
    placed = world.shop(42)

    world.sync()

    there, here = world.crm_orders(), world.store_orders()
    assert len({row["kind"] for row in placed}) == 21
    assert items() == {("orders", "done"): 42}
    assert {key: euros(row["totalSumm"]) for key, row in there.items()} == {
        key: Decimal(row["total"]) for key, row in here.items()
    }
    notes = Attempt.objects.exclude(message="").values_list("message", flat=True)
    assert not [note for note in notes if "works out" in note]


def test_second_poll_finds_nothing_new_and_writes_nothing(world: World) -> None:
    world.shop(21)
    world.sync()
    before = world.writes(world.crm_box)

    world.sync()

    assert world.writes(world.crm_box) == before
    assert attempts() == {("orders", "written"): 21}


def test_guests_and_registered_customers_are_not_duplicated(world: World) -> None:
    world.shop(60, customers=4, guests=3)

    world.sync()

    customers = world.crm_customers()
    emails = [row["email"] for row in customers if row["email"]]
    registered = [row["externalId"] for row in customers if row["externalId"]]
    assert len(emails) == len(set(emails))
    assert len(registered) == len(set(registered)) <= 4
    assert len(set(emails)) <= 7
    assert sum(row["orders"] for row in customers) == 60


def test_customers_are_not_duplicated_when_they_come_back_later(world: World) -> None:
    for _ in range(3):
        world.shop(21, customers=4, guests=3)
        world.sync()

    emails = [row["email"] for row in world.crm_customers() if row["email"]]
    assert len(emails) == len(set(emails))
    assert len(world.crm_orders()) == 63


def test_edits_of_shop_staff_reach_the_order_that_is_there(world: World) -> None:
    world.shop(21)
    world.sync()
    changed = world.change(statuses=5, touch=5, pay=2)

    world.sync()

    there, here = world.crm_orders(), world.store_orders()
    assert len(there) == 21
    assert {there[str(move["id"])]["status"] for move in changed["statuses"]} <= {
        "assembling",
        "complete",
        "delivering",
        "cancel-other",
    }
    assert all(euros(there[key]["totalSumm"]) == Decimal(row["total"]) for key, row in here.items())
    for number in changed["paid"]:
        assert "paid" in {payment["status"] for payment in there[str(number)]["payments"]}


def test_order_is_linked_and_can_be_opened(world: World) -> None:
    world.shop(1)

    world.sync()

    [order] = world.crm_orders().values()
    link = Link.objects.get(connection=world.crm, kind="order")
    assert (link.object_id, str(order["id"]) in link.url) == (str(order["id"]), True)
    assert Link.objects.get(connection=world.store, kind="order").group == link.group


def test_translation_stands_in_the_sync_log_without_personal_data(world: World) -> None:
    world.shop(21)

    world.sync()

    for attempt in Attempt.objects.all():
        assert set(attempt.translation) <= {"status", "delivery", "payment", "payment_status", "order_method", "fields"}
        assert "@" not in str(attempt.translation)


def test_unmapped_code_parks_its_order_and_holds_up_nobody(world: World) -> None:
    world.shop(21, unmapped_share=0.3)

    world.sync()

    parked = OutboxItem.objects.filter(state="parked")
    assert 0 < parked.count() < 21
    assert set(parked.values_list("blocked_on", "tries")) == {("to_crm:payment:crypto_pay", 0)}
    assert all("crypto_pay" in item.reason and "Mappings" in item.reason for item in parked)
    assert len(world.crm_orders()) == 21 - parked.count()


def test_saving_the_rule_releases_what_was_parked(world: World) -> None:
    world.shop(21, unmapped_share=0.3)
    world.sync()

    world.map("payment", "crypto_pay", "e-money")
    pump()

    assert items() == {("orders", "done"): 21}
    assert len(world.crm_orders()) == 21
    assert "e-money" in {p["type"] for order in world.crm_orders().values() for p in order["payments"]}


def test_two_stores_with_the_same_numbers_keep_apart(world: World) -> None:
    from integration_hub.flows import actions, poll

    from .world import make_world, stand_in

    with stand_in("woocommerce", name="Outlet", tag="outlet") as outlet:
        world.crm.name, world.route.name = "Other CRM", "Other route"
        world.crm.save()
        world.route.save()
        world.store.name = "First shop"
        world.store.save()
        second = make_world(outlet, world.crm_box)
        second.route.crm, second.route.id_prefix = world.crm, "outlet-"
        second.route.save()
        for each in (world, second):
            each.shop(5)
            poll.poll(each.store.cursors.get(purpose="orders").pk)
        assert actions.hook_address(world.store) != actions.hook_address(second.store)

        pump()

        assert set(world.store_orders()) == set(second.store_orders())
        numbers = set(world.store_orders())
        assert set(world.crm_orders()) == numbers | {f"outlet-{number}" for number in numbers}


def test_order_with_no_lines_no_mail_and_no_phone_arrives(world: World) -> None:
    [placed] = world.shop(1)
    order = world.store_box.shop.orders[placed["id"]]
    with world.store_box.lock:
        order.items.clear()
        order.billing |= {"email": "", "phone": ""}
        order.customer_id = 0
        world.store_box.shop.save(order)

    world.sync()

    assert set(world.crm_orders()) == {str(placed["id"])}
    assert items() == {("orders", "done"): 1}


def test_currency_that_the_crms_site_does_not_keep_is_refused_in_words(world: World) -> None:
    world.crm.settings = {**world.crm.settings, "currency": "RUB"}
    world.crm.save()
    world.shop(2)

    world.sync()

    assert items() == {("orders", "dead"): 2}
    [reason] = set(OutboxItem.objects.values_list("reason_code", flat=True))
    assert reason == "currency"
    assert "EUR" in OutboxItem.objects.first().reason  # type: ignore[union-attr]  # two are there
    assert world.crm_orders() == {}


def test_trashed_order_is_noted_and_stays_in_the_crm(world: World) -> None:
    [placed] = world.shop(1)
    world.sync()
    from integration_hub.flows import actions

    with world.store_box.lock:
        world.store_box.shop.orders[placed["id"]].trashed = True
    before = world.writes(world.crm_box)
    actions.look_again(Record.objects.filter(kind="order"))
    pump()

    assert Record.objects.get(kind="order").is_gone is True
    assert events(source="hand") == {"done": 1}
    assert world.writes(world.crm_box) == before
    assert len(world.crm_orders()) == 1


def test_order_deleted_before_it_was_sent_is_not_sent(world: World) -> None:
    world.shop(1)
    world.poll("orders")
    Record.objects.update(is_gone=True)

    pump()

    assert items() == {("orders", "skipped"): 1}
    assert world.crm_orders() == {}


@pytest.mark.parametrize("mode", ["dry_run", "off"])
def test_dry_run_translates_and_sends_nothing_and_off_does_not_even_collect(world: World, mode: str) -> None:
    world.set_route(mode=mode)
    world.shop(5)
    before = world.calls(world.crm_box)

    world.poll("orders")
    pump()

    assert world.calls(world.crm_box) == before
    assert items() == ({("orders", "skipped"): 5} if mode == "dry_run" else {})
    assert attempts() == ({("orders", "dry_run"): 5} if mode == "dry_run" else {})
    assert all(attempt.translation["delivery"] is not None for attempt in Attempt.objects.all())
