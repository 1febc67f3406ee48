"""A MODX shop and a CRM with the hub between them: what really happens in such shops, bad days included."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from connectors.minishop2.sandbox import SECRET
from integration_hub.connections.models import Connection, Route
from integration_hub.demo.mapping import map_store
from integration_hub.engine.models import Attempt, InboxEvent, OutboxItem
from integration_hub.flows import actions, backfill
from integration_hub.records import store
from integration_hub.records.models import Record
from mappings.models import FieldRule

from .world import Mailbox, World, attempts, call, events, items, pump, run_backfill, stand_in

NEW, PAID, SENT, CANCELLED, PACKED = 1, 2, 3, 4, 6
NEW_SECRET = "whsec_b2xkIHNlY3JldCBvZiB0aGUgc2hvcCwgbG9uZw=="
HELD_BACK = 500


@dataclass
class ModxWorld(World):
    """``mailbox`` keeps what the shop sends until the test delivers it."""

    mailbox: Mailbox

    def desk(self, name: str, /, **wanted: Any) -> Any:
        return call(f"{self.store_box.url}/__sandbox__/{name}", wanted or None)

    def tell(self) -> list[int]:
        """The shop's events reach the hub, which works until it is quiet; the answers of its door."""
        assert self.store_box.wait_until_quiet(60)
        answers = self.mailbox.deliver()
        pump()
        return answers

    def bought(self, orders: int = 1) -> list[dict[str, Any]]:
        """Orders that have come to the CRM."""
        rows = self.shop(orders)
        assert set(self.tell()) == {200}
        return rows

    def of_kind(self, kind: str) -> tuple[dict[str, Any], dict[str, Any]]:
        """An order of that kind, in the shop and in the CRM."""
        if not self.store_orders():
            self.bought(19)
        row = next(row for row in self.store_orders().values() if row["kind"] == kind)
        return self.desk(f"view?order={row['id']}"), self.in_crm(row["id"])

    def in_crm(self, order: Any) -> dict[str, Any]:
        """The whole order, as the CRM's API gives it."""
        address = f"{self.crm_box.url}/api/v5/orders/{order}?by=externalId&site=main&apiKey=sandbox-key"
        found: dict[str, Any] = call(address)["order"]
        return found


@pytest.fixture(scope="module")
def running_modx() -> Iterator[Any]:
    with stand_in("minishop2", currency="EUR") as box:
        yield box


@pytest.fixture
def modx(running_modx: Any, running_crm: Any, quick: None, db: None, settings: Any, client: Any) -> Iterator[ModxWorld]:
    """A shop, a CRM and a live route with the demo's rules; the plug-in knows where the hub is."""
    running_modx.reset()
    running_crm.reset()
    with Mailbox(client) as mailbox:
        settings.HUB_BASE_URL = mailbox.url
        shop = Connection.objects.create(
            kind="minishop2",
            role="store",
            name="Bazaar",
            settings={"shop": running_modx.url, "name_order": "first_last", "timeout_seconds": 2},
            secrets={"signing_secret": SECRET},
        )
        crm = Connection.objects.create(
            kind="retailcrm",
            role="crm",
            name="CRM",
            settings={"address": running_crm.url, "site": "main", "timezone": "Europe/Moscow", "currency": "EUR"},
            secrets={"api_key": "sandbox-key"},
        )
        route = Route.objects.create(
            name="Bazaar → CRM",
            store=shop,
            crm=crm,
            mode=Route.Mode.LIVE,
            start_at=timezone.now() - timedelta(days=30),
        )
        map_store(route)
        actions.prepare_connection(shop)
        actions.prepare_connection(crm)
        world = ModxWorld(running_modx, running_crm, shop, crm, route, mailbox)
        world.desk("hub", address=actions.hook_address(shop))
        assert world.tell() == [200], "the ping"
        yield world


def both(modx: ModxWorld, order: Any) -> tuple[int, str]:
    """The order's status in the shop and in the CRM."""
    return modx.store_orders()[str(order)]["status"], modx.crm_orders()[str(order)]["status"]


def dead(flow: str) -> Sequence[tuple[str, str]]:
    return list(OutboxItem.objects.filter(flow=flow, state="dead").values_list("reason_code", "reason"))


# --- there and back ---------------------------------------------------------------------------------------------------


def test_every_kind_of_order_reaches_the_crm_once_with_its_total(modx: ModxWorld) -> None:
    placed = modx.bought(36)

    there = modx.crm_orders()
    assert there.keys() == {str(row["id"]) for row in placed}
    assert {str(row["id"]): float(row["total"]) for row in placed} == {
        id: pytest.approx(row["totalSumm"]) for id, row in there.items()
    }
    assert items(flow="orders") == {("orders", "done"): 36}


def test_status_of_the_shop_goes_to_the_crm_and_that_of_the_crm_to_the_shop(modx: ModxWorld) -> None:
    [row] = modx.bought()
    modx.desk("set_status", order=row["id"], status=PAID)
    modx.tell()
    assert both(modx, row["id"]) == (PAID, "prepayed")

    modx.set_crm_status(row["id"], "send-to-delivery")
    modx.sync()

    assert both(modx, row["id"]) == (SENT, "send-to-delivery")
    assert modx.desk("status_writes?by=api") == [{"order": row["id"], "status": SENT, "by": "api"}]


def test_our_own_status_that_comes_back_as_an_event_is_an_echo(modx: ModxWorld) -> None:
    [row] = modx.bought()
    modx.set_crm_status(row["id"], "delivering")
    modx.sync()
    before = modx.writes(modx.crm_box)

    modx.tell()
    modx.sync()

    assert events(topic="order.status") == {"echo": 1}
    assert modx.writes(modx.crm_box) == before


def test_paid_in_the_crm_is_paid_in_the_shop(modx: ModxWorld) -> None:
    modx.set_route(paid_back=True)
    row = next(row for row in modx.bought(3) if row["status"] == NEW)

    modx.pay_in_crm(str(row["id"]))
    modx.sync()

    assert modx.store_orders()[str(row["id"])]["is_paid"]
    assert attempts(flow="paid") == {("paid", "written"): 1}


def test_order_that_no_event_told_is_found_by_the_poll(modx: ModxWorld) -> None:
    modx.desk("sleep", asleep=True)
    [row] = modx.shop(1)

    modx.poll("orders")
    pump()

    assert modx.crm_orders().keys() == {str(row["id"])}


def test_old_orders_come_by_backfill(modx: ModxWorld) -> None:
    modx.desk("sleep", asleep=True)
    placed = modx.shop(120)

    run_backfill(backfill.start(modx.route, "orders"))

    assert modx.crm_orders().keys() == {str(row["id"]) for row in placed}


# --- bad days ---------------------------------------------------------------------------------------------------------


def test_night_without_the_hub_ends_with_every_order_in_the_crm_once(modx: ModxWorld) -> None:
    """Five hundred orders waited in the shop; they come in one burst, and each of them twice."""
    modx.desk("sleep", asleep=True)
    placed = modx.shop(HELD_BACK)
    assert modx.desk("state")["outbox"]["pending"] >= HELD_BACK

    modx.desk("sleep", asleep=False)
    assert modx.store_box.wait_until_quiet(60)
    calls = modx.mailbox.take()
    answers = modx.mailbox.deliver([*calls, *calls])
    pump(60)

    assert set(answers) == {200}
    assert modx.crm_orders().keys() == {str(row["id"]) for row in placed}
    assert modx.desk("state")["outbox"] == {"pending": 0, "oldest": None, "failed": 0}
    assert items(flow="orders") == {("orders", "done"): HELD_BACK}


def test_status_that_the_shop_forbids_is_told_in_its_words_and_not_tried_again(modx: ModxWorld) -> None:
    [row] = modx.bought()
    modx.desk("set_status", order=row["id"], status=CANCELLED)
    modx.tell()
    assert both(modx, row["id"]) == (CANCELLED, "cancel-other")

    modx.set_crm_status(row["id"], "complete")
    modx.sync()
    modx.sync()

    [(code, reason)] = dead("statuses")
    assert code == "refused"
    assert "The status “Cancelled” is final and cannot be changed" in reason
    assert modx.store_orders()[str(row["id"])]["status"] == CANCELLED
    assert attempts(flow="statuses") == {("statuses", "refused"): 1}


def test_status_that_would_go_back_is_refused(modx: ModxWorld) -> None:
    modx.map("status", "1", "client-confirmed", direction="to_store", is_way_back=True)
    [row] = modx.bought()
    modx.desk("set_status", order=row["id"], status=PAID)
    modx.tell()

    modx.set_crm_status(row["id"], "client-confirmed")
    modx.sync()

    [(code, reason)] = dead("statuses")
    assert (code, "cannot go back to “New”" in reason) == ("refused", True)


def test_status_for_an_order_that_the_shop_has_removed_is_a_dead_letter(modx: ModxWorld) -> None:
    [row] = modx.bought()
    modx.desk("sleep", asleep=True)
    modx.desk("remove", order=row["id"])

    modx.set_crm_status(row["id"], "delivering")
    modx.sync()

    [(code, reason)] = dead("statuses")
    assert code == "not_found"
    assert "no longer in the shop" in reason


def test_removed_order_is_noted_and_stays_in_the_crm(modx: ModxWorld) -> None:
    [row] = modx.bought()

    modx.desk("remove", order=row["id"])
    modx.tell()

    assert Record.objects.get(kind="order", object_id=str(row["id"])).is_gone
    assert modx.crm_orders().keys() == {str(row["id"])}


def test_order_that_staff_moved_meanwhile_is_looked_at_before_the_crms_status_is_set(modx: ModxWorld) -> None:
    [row] = modx.bought()
    modx.desk("sleep", asleep=True)
    modx.desk("set_status", order=row["id"], status=PACKED)

    modx.set_crm_status(row["id"], "send-to-delivery")
    modx.poll("changes")
    pump()
    OutboxItem.objects.filter(state="waiting").update(due_at=timezone.now())
    pump()

    assert modx.store_orders()[str(row["id"])]["status"] == SENT
    assert attempts(flow="statuses") == {("statuses", "retry"): 1, ("statuses", "written"): 1}


def test_drafts_are_never_seen(modx: ModxWorld) -> None:
    modx.desk("draft", any=1)
    [row] = modx.bought()

    modx.sync()
    run_backfill(backfill.start(modx.route, "orders"))

    assert modx.desk("state")["drafts"] == 1
    assert modx.crm_orders().keys() == {str(row["id"])}


def test_secret_that_is_changed_loses_nothing(modx: ModxWorld) -> None:
    """The plug-in still signs with the old one when the hub has the new one."""
    modx.store.secrets = {"signing_secret": NEW_SECRET, "previous_signing_secret": SECRET}
    modx.store.save()
    placed = modx.bought(2)

    modx.desk("plugin", secrets=[NEW_SECRET])
    modx.store.secrets = {"signing_secret": NEW_SECRET}
    modx.store.save()
    placed += modx.bought(2)

    assert modx.crm_orders().keys() == {str(row["id"]) for row in placed}


def test_plug_in_that_is_newer_than_the_hub_is_told_with_what_to_do(modx: ModxWorld) -> None:
    modx.desk("plugin", protocol=2)
    modx.shop(1)

    modx.tell()

    reasons = InboxEvent.objects.filter(topic="order.created").values_list("state", "reason")
    assert [(state, "update the hub" in reason) for state, reason in reasons] == [("failed", True)]


def test_clock_that_is_off_keeps_the_shop_out_until_it_is_set_right(modx: ModxWorld) -> None:
    modx.desk("plugin", clock_offset_seconds=900)
    [row] = modx.shop(1)
    assert set(modx.tell()) == {401}
    assert modx.crm_orders() == {}

    modx.desk("plugin", clock_offset_seconds=0)
    modx.poll("orders")
    pump()

    assert modx.crm_orders().keys() == {str(row["id"])}


# --- odd orders -------------------------------------------------------------------------------------------------------


def test_buyer_without_email_has_none_in_the_crm(modx: ModxWorld) -> None:
    view, order = modx.of_kind("without_email")

    assert view["customer"]["email_is_generated"]
    assert view["customer"]["email"] not in str([order, modx.crm_customers()])
    assert order["phone"] == view["address"]["phone"]


def test_phone_and_country_as_text_arrive_as_they_were_typed(modx: ModxWorld) -> None:
    phone, order = modx.of_kind("phone_as_text")
    assert order["phone"] == phone["address"]["phone"]

    _, order = modx.of_kind("country_as_text")
    there = order["delivery"]["address"]
    assert not there.get("countryIso")
    assert there["text"].startswith("Российская Федерация, Урал")


def test_markup_in_a_comment_does_not_reach_the_crm(modx: ModxWorld) -> None:
    _, order = modx.of_kind("html_in_comment")

    assert order["customerComment"] == "Call before delivery\n«door» 5 & 6"


def test_two_orders_with_one_number_are_two_orders(modx: ModxWorld) -> None:
    modx.store.settings = {**modx.store.settings, "external_id": "num"}
    modx.store.save()
    placed = modx.bought(20)

    by_number: dict[str, list[int]] = {}
    for row in placed:
        by_number.setdefault(row["number"], []).append(row["id"])
    [(number, [first, second])] = [(number, ids) for number, ids in by_number.items() if len(ids) > 1]

    name = number.replace("/", "-")
    there = modx.crm_orders()
    assert len(there) == 20
    assert {name, f"{name}-{second}"} <= there.keys()
    assert first < second


@pytest.mark.parametrize("kind", ["deleted_product", "unknown_modification"])
def test_what_the_shop_sells_no_more_is_a_line_all_the_same(modx: ModxWorld, kind: str) -> None:
    view, order = modx.of_kind(kind)

    lines = [(item["name"], float(item["cost"])) for item in view["items"]]
    there = [(item["offer"].get("displayName"), item["initialPrice"] * item["quantity"]) for item in order["items"]]
    assert there == lines


def test_promo_code_goes_into_a_custom_field(modx: ModxWorld) -> None:
    FieldRule.objects.create(route=modx.route, source="coupons", target="coupon")

    _, order = modx.of_kind("promo_code")

    assert order["customFields"]["coupon"] == "WINTER"
    assert not order.get("discountManualAmount"), "the prices hold it already"


@pytest.mark.parametrize("rewrite", [False, True])
def test_number_of_the_crm_is_kept_in_the_shop(modx: ModxWorld, rewrite: bool) -> None:
    modx.store.settings = {**modx.store.settings, "rewrite_number": rewrite}
    modx.store.save()
    modx.crm.settings = {**modx.crm.settings, "transfer_number": False}
    modx.crm.save()
    modx.set_route(number_back=True)

    [row] = modx.bought()

    there = modx.store_orders()[str(row["id"])]
    number = modx.crm_orders()[str(row["id"])]["number"]
    assert there["properties"] == {"crm_number": number}
    assert there["number"] == (number if rewrite else row["number"])


def test_registration_without_an_order_reaches_the_crm(modx: ModxWorld) -> None:
    [row] = [row for row in modx.bought(2) if row["kind"] not in {"guest", "by_manager"}][:1]
    buyer = modx.desk(f"view?order={row['id']}")["customer"]["id"]

    modx.desk("customer", id=buyer, full_name="Maria Novak")
    modx.tell()

    there = [each for each in modx.crm_customers() if each["externalId"] == str(buyer)]
    assert [(each["firstName"], each["lastName"]) for each in there] == [("Maria", "Novak")]


def test_catalog_is_read_with_variants_and_categories(modx: ModxWorld) -> None:
    modx.set_route(sync_catalog=True)

    modx.desk("product", id=137)
    modx.tell()

    product = store.canonical(Record.objects.get(kind="product", object_id="137"))
    assert [each.id for each in product.offers] == ["mod-137-21", "mod-137-22", "mod-137-23", "mod-137-24"]
    assert {each.name for each in product.categories} == {"T-shirts", "Clothes", "Catalogue"}


def test_code_that_is_not_mapped_parks_one_order_and_says_which(modx: ModxWorld) -> None:
    rows = modx.shop(4, unmapped_share=1.0, unmapped_code=9)
    modx.tell()
    assert items(flow="orders") == {("orders", "parked"): 4}

    modx.map("payment", "9", "e-money")
    pump()

    assert modx.crm_orders().keys() == {str(row["id"]) for row in rows}


def test_form_becomes_a_lead_in_the_crm(modx: ModxWorld) -> None:
    modx.set_route(sync_leads=True)
    modx.map("order_method", "callback", "phone")
    modx.desk("lead", id="l-1", form="callback", name="Ann", phone="+79005550011", comment="after six")

    modx.tell()

    order = modx.in_crm("lead-l-1")
    assert (order["orderMethod"], order["customerComment"], order["firstName"]) == ("phone", "after six", "Ann")
    assert Attempt.objects.filter(flow="leads", outcome="written").count() == 1
