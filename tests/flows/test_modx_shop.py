"""A MODX shop and a CRM with the hub between them: statuses and paid marks both ways, and every odd order."""

import pytest

from integration_hub.engine.models import Attempt
from integration_hub.flows import backfill
from integration_hub.records import store
from integration_hub.records.models import Record
from mappings.models import FieldRule

from .modx import NEW, PAID, SENT, ModxWorld, both
from .world import attempts, events, items, pump, run_backfill

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
