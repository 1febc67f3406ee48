"""Orders against the stand-in: what stands in the portal afterwards."""

from dataclasses import replace
from decimal import Decimal

import pytest

from connectors.contract.canonical import Delivery, Fee, Source
from connectors.contract.errors import OutcomeUnknown, Retryable
from connectors.contract.results import NotWritten

from .world import World, buyer, draft, error_of, line, refusal, written


def test_order_becomes_a_deal_with_contact_and_rows(world: World) -> None:
    order = draft(1, customer_comment="Ring twice", source=Source(source="google", medium="cpc", keyword="cups"))

    [outcome] = written(world.put([replace(order, manager="11")], pipeline="9", source="WEB"))

    [contact] = world.contacts()
    deal = world.deals()["5001"]
    assert outcome.id == str(deal["id"])
    assert outcome.url == f"{world.box.url}/crm/deal/details/{deal['id']}/"
    assert [(each.source_key, each.id) for each in outcome.also] == [("c1", str(contact["id"]))]
    assert (deal["title"], deal["categoryId"], deal["stageId"]) == ("Order N-5001", 9, "C9:NEW")
    assert (deal["opportunity"], deal["isManualOpportunity"], deal["currencyId"]) == (25, "Y", "EUR")
    assert (deal["originatorId"], deal["originId"], deal["UF_CRM_HUB_ORDER_ID"]) == ("integration-hub", "5001", "5001")
    assert (deal["contactId"], deal["assignedById"], deal["comments"]) == (contact["id"], 11, "Ring twice")
    assert (deal["utmSource"], deal["utmMedium"], deal["utmTerm"], deal["sourceId"]) == ("google", "cpc", "cups", "WEB")
    assert (contact["name"], contact["lastName"], contact["originId"]) == ("Erika", "Muster1", "c1")
    assert [(each["typeId"], each["value"]) for each in contact["fm"]] == [
        ("EMAIL", "buyer1@example.com"),
        ("PHONE", "+493012340001"),
    ]
    assert [(row["productName"], row["price"], row["quantity"], row["taxIncluded"]) for row in deal["rows"]] == [
        ("[A-9] Cup", 10, 2, "Y"),
        ("Parcel", 5, 1, "Y"),
    ]


def test_row_has_the_price_after_discount_the_discount_and_the_tax(world: World) -> None:
    lines = (
        line("80", "2", subtotal=Decimal(100), subtotal_tax=Decimal(20), total_tax=Decimal(16), name="Cup", sku=""),
    )

    written(world.put([draft(1, lines=lines, deliveries=(), total=Decimal(96))]))

    [row] = world.deals()["5001"]["rows"]
    assert (row["productName"], row["price"], row["discountTypeId"], row["discountSum"]) == ("Cup", 48, 1, 12)
    assert (row["taxRate"], row["priceExclusive"]) == (20, 40)


def test_line_that_does_not_divide_keeps_its_cent(world: World) -> None:
    [outcome] = written(world.put([draft(1, lines=(line("10", "3"),), deliveries=(), total=Decimal(10))]))

    deal = world.deals()["5001"]
    assert [(row["price"], row["quantity"]) for row in deal["rows"]] == [(3.33, 2), (3.34, 1)]
    assert deal["opportunity"] == 10
    assert outcome.note == ""


def test_total_stays_the_orders_when_rows_cannot_say_it_and_staff_are_told(world: World) -> None:
    fees = (Fee(name="Gift card", total=Decimal(-5)), Fee(name="Wrapping", total=Decimal(2)))

    [outcome] = written(world.put([draft(1, fees=fees, total=Decimal(22))]))

    deal = world.deals()["5001"]
    assert [row["productName"] for row in deal["rows"]] == ["[A-9] Cup", "Parcel", "Wrapping"]
    assert deal["opportunity"] == 22
    assert outcome.note == "The rows add up to 27.00, the order's total 22 was set by hand."


def test_two_deliveries_are_two_rows(world: World) -> None:
    both = (Delivery(name="Parcel", cost=Decimal(5)), Delivery(name="Lift", cost=Decimal(3)))

    written(world.put([draft(1, deliveries=both, delivery_codes=(None, None), total=Decimal(28))]))

    assert [row["productName"] for row in world.deals()["5001"]["rows"]] == ["[A-9] Cup", "Parcel", "Lift"]


def test_delivery_and_payment_go_into_the_fields_that_staff_chose(world: World) -> None:
    for name in ("UF_CRM_WAY", "UF_CRM_PLACE", "UF_CRM_PAY", "UF_CRM_PAID"):
        world.desk("user_field", {"name": name})
    fields = {
        "delivery_field": "UF_CRM_WAY",
        "address_field": "UF_CRM_PLACE",
        "payment_field": "UF_CRM_PAY",
        "payment_status_field": "UF_CRM_PAID",
    }

    written(world.put([draft(1, delivery_codes=("7001",), fields={"UF_CRM_WAY2": "dropped"})], **fields))

    deal = world.deals()["5001"]
    assert deal["UF_CRM_WAY"] == "7001"
    assert deal["UF_CRM_PLACE"] == "10115, Berlin, Main street 1, DE"
    assert (deal["UF_CRM_PAY"], deal["UF_CRM_PAID"]) == ("Card", "pending")
    assert "UF_CRM_WAY2" not in deal


def test_business_buyer_gets_a_company_once(world: World) -> None:
    one, two = buyer(1, company="Cup Works"), buyer(2, company="cup  works")

    written(world.put([draft(1, customer=one), draft(2, customer=two)]))
    written(world.put([draft(3, customer=buyer(3, company="Cup Works"))]))

    [company] = world.desk("companies")
    assert company["title"] == "Cup Works"
    assert {deal["companyId"] for deal in world.deals().values()} == {company["id"]}


def test_one_new_buyer_of_two_orders_is_made_once(world: World) -> None:
    written(world.put([draft(1, customer=buyer(1)), draft(2, customer=buyer(1))]))

    [contact] = world.contacts()
    assert {deal["contactId"] for deal in world.deals().values()} == {contact["id"]}


@pytest.mark.parametrize(
    "fm",
    [
        [{"typeId": "EMAIL", "value": "Buyer1@Example.com"}],
        [{"typeId": "PHONE", "value": "+493012340001"}],
    ],
)
def test_contact_that_staff_made_is_found_by_mail_or_phone(world: World, fm: list[dict[str, str]]) -> None:
    there = world.desk("contact", {"name": "Erika", "fm": fm})

    written(world.put([draft(1)]))

    [contact] = world.contacts()
    assert world.deals()["5001"]["contactId"] == there["id"]
    assert len(contact["fm"]) == 1, "an order leaves the contact as it is"


def test_of_several_contacts_the_oldest_is_taken_and_staff_are_told(world: World) -> None:
    mail = [{"typeId": "EMAIL", "value": "buyer1@example.com"}]
    first = world.desk("contact", {"name": "Old", "fm": mail})
    world.desk("contact", {"name": "New", "fm": mail})

    [outcome] = written(world.put([draft(1)]))

    assert world.deals()["5001"]["contactId"] == first["id"]
    assert outcome.note == "Bitrix24 has 2 contacts for this buyer (2001, 2002); the oldest was taken."


def test_many_buyers_are_told_apart_although_the_search_does_not_say_whose_a_hit_is(world: World) -> None:
    known = {
        number: world.desk("contact", {"fm": [{"typeId": "EMAIL", "value": f"buyer{number}@example.com"}]})["id"]
        for number in range(1, 31, 3)
    }

    written(world.put([draft(number) for number in range(1, 31)]))

    deals = world.deals()
    assert {number: deals[str(5000 + number)]["contactId"] for number in known} == known
    assert len({deal["contactId"] for deal in deals.values()}) == 30


def test_buyer_without_mail_and_phone_is_named_in_the_comments(world: World) -> None:
    nobody = buyer(1, id=None, is_guest=True, email="", phone="", billing=None)

    written(world.put([draft(1, customer=nobody, customer_comment="Hello")]))

    assert world.contacts() == []
    assert world.deals()["5001"]["comments"] == "Hello\nBuyer: Erika Muster1"


# --- writing once ---------------------------------------------------------------------------------------------------


def test_answer_that_is_lost_makes_no_second_deal(world: World) -> None:
    world.before_call = lambda number: world.faults(drop_after_rate=1 if number == 2 else 0)

    with pytest.raises(OutcomeUnknown):
        world.put([draft(1), draft(2)])
    world.before_call = lambda _number: None
    world.faults()
    outcomes = written(world.put([draft(1, must_look_up=True), draft(2, must_look_up=True)]))

    deals = world.deals()
    assert [outcome.id for outcome in outcomes] == [str(deals["5001"]["id"]), str(deals["5002"]["id"])]
    assert len(world.contacts()) == 2


def test_search_that_is_not_answered_writes_nothing(world: World) -> None:
    world.faults(drop_after_rate=1)

    with pytest.raises(Retryable) as caught:
        world.put([draft(1), draft(2)])

    assert not isinstance(caught.value, OutcomeUnknown)
    assert world.deals() == {}


def test_deal_whose_rows_are_refused_is_named_and_the_next_try_goes_on_there(world: World) -> None:
    world.faults(refuse=["rows:5002"])

    first, second, third = world.put([draft(1), draft(2), draft(3)])

    assert [len(written([outcome])) for outcome in (first, third)] == [1, 1]
    refused = refusal(second)
    deal = world.deals()["5002"]
    assert (refused.id, deal["rows"]) == (str(deal["id"]), [])
    assert refused.message.startswith("Order N-5002 is in Bitrix24, but a part of it was refused. ")

    world.faults()
    before = dict(world.methods())
    [again] = written(world.put([draft(2, target_id=refused.id)]))

    assert again.id == refused.id
    assert [row["productName"] for row in world.deals()["5002"]["rows"]] == ["[A-9] Cup", "Parcel"]
    assert world.methods().get("crm.item.add") == before.get("crm.item.add")


def test_order_that_is_refused_holds_up_no_other_and_its_field_is_named(world: World) -> None:
    world.desk("options", {"required": ["companyId"]})

    refused, accepted = world.put([draft(1), draft(2, customer=buyer(2, company="Cup Works"))])

    assert refusal(refused).code == "required_field"
    assert "'companyId' is required" in refusal(refused).message
    assert len(written([accepted])) == 1
    assert list(world.deals()) == ["5002"]


def test_currency_that_the_portal_does_not_know_is_refused_in_its_words(world: World) -> None:
    refused, _accepted = world.put([draft(1, currency="KZT"), draft(2)])

    assert "Invalid value for the Currency field" in refusal(refused).message
    assert list(world.deals()) == ["5002"]


def test_deal_of_an_earlier_connector_is_found_by_its_field(world: World) -> None:
    world.desk("user_field", {"name": "UF_CRM_OLD"})
    written(world.put([draft(1, fields={"UF_CRM_OLD": "5002"})]))
    [theirs] = world.desk("orders")

    [outcome] = written(world.put([draft(2)], former_field="UF_CRM_OLD"))

    assert outcome.id == str(theirs["id"])
    assert len(world.desk("orders")) == 1


# --- edits ----------------------------------------------------------------------------------------------------------


def test_edit_brings_rows_and_amount_up_to_date_and_leaves_what_managers_own(world: World) -> None:
    [made] = written(world.put([draft(1)]))
    world.desk("edit_deal", {"order": "5001", "fields": {"title": "VIP", "assignedById": 12, "comments": "called"}})

    changed = draft(1, target_id=made.id, status=None, lines=(line("30", "3"),), total=Decimal(35))
    [outcome] = written(world.put([changed]))

    deal = world.deals()["5001"]
    assert (deal["title"], deal["assignedById"], deal["comments"]) == ("VIP", 12, "called")
    assert (deal["opportunity"], deal["rows"][0]["quantity"], deal["stageId"]) == (35, 3, "C9:NEW")
    assert (outcome.id, outcome.status) == (made.id, "")


def test_deal_that_is_closed_keeps_its_lines_and_staff_are_told(world: World) -> None:
    [made] = written(world.put([draft(1)]))
    world.desk("set_status", {"order": "5001", "status": "C9:WON"})

    changed = draft(1, target_id=made.id, status=None, lines=(line("30", "3"),), total=Decimal(35))
    [outcome] = written(world.put([changed]))

    assert world.deals()["5001"]["opportunity"] == 25
    assert outcome.note == "The deal is closed, so its lines and amount were left as they are."


@pytest.mark.parametrize(("edits", "total"), [("always", 35), ("never", 25)])
def test_edits_follow_the_setting(world: World, edits: str, total: int) -> None:
    [made] = written(world.put([draft(1)]))

    changed = draft(1, target_id=made.id, status=None, lines=(line("30", "3"),), total=Decimal(35))
    written(world.put([changed], edits=edits))

    assert world.deals()["5001"]["opportunity"] == total


def test_new_deal_without_a_status_tells_the_stage_that_it_got(world: World) -> None:
    [plain] = written(world.put([draft(1, status=None)], pipeline="9"))
    [chosen] = written(world.put([draft(2, status=None)], pipeline="9", first_stage="C9:PREPARATION"))

    assert (plain.status, chosen.status) == ("C9:NEW", "C9:PREPARATION")


@pytest.mark.parametrize(("policy", "count"), [("recreate", 1), ("leave", 0)])
def test_deal_that_staff_deleted_is_made_anew_or_left(world: World, policy: str, count: int) -> None:
    [made] = written(world.put([draft(1)]))
    world.desk("delete_deal", {"order": "5001"})

    [outcome] = written(world.put([draft(1, target_id=made.id)], deleted=policy))

    assert len(world.deals()) == count
    assert (outcome.id == made.id) == (policy == "leave")


# --- managers and the field of the order ----------------------------------------------------------------------------


def test_manager_who_was_dismissed_is_replaced_by_the_default_with_a_note(world: World) -> None:
    world.desk("dismiss", {"user": "12"})

    [outcome] = written(world.put([draft(1, manager="12")], default_manager="11"))

    assert world.deals()["5001"]["assignedById"] == 11
    assert outcome.note == "User 12 of the manager rule does not work in Bitrix24 any more; user 11 was taken."


def test_chosen_manager_is_kept_where_users_cannot_be_read(world: World) -> None:
    world.desk("options", {"scopes": ["crm"]})

    [outcome] = written(world.put([draft(1, manager="12")]))

    assert (world.deals()["5001"]["assignedById"], outcome.note) == (12, "")


def test_field_for_the_orders_id_is_made_once(world: World) -> None:
    written(world.put([draft(1)]))
    written(world.put([draft(2)]))

    assert world.methods()["crm.deal.userfield.add"] == 1
    assert {deal["UF_CRM_HUB_ORDER_ID"] for deal in world.deals().values()} == {"5001", "5002"}


def test_orders_go_on_where_the_field_may_not_be_made(world: World) -> None:
    world.desk("options", {"is_admin": False})

    written(world.put([draft(1), draft(2)]))
    written(world.put([draft(3)]))

    assert world.methods()["crm.deal.userfield.list"] == 1
    assert len(world.deals()) == 3
    assert "UF_CRM_HUB_ORDER_ID" not in world.deals()["5001"]


def test_fault_that_ends_a_batch_leaves_what_was_written_before(world: World) -> None:
    """The deal is made, then the portal stops answering before its rows."""
    written(world.put([draft(9)]))
    heavy = tuple(line("10", "1", id=str(number), sku=f"S{number}") for number in range(150))
    start = len(world.calls)
    world.before_call = lambda number: world.faults(down=number - start == 3)

    [outcome] = world.put([draft(1, lines=heavy, total=Decimal(1505))])
    world.before_call = lambda _number: None
    world.faults()

    deal = world.deals()["5001"]
    assert isinstance(outcome, NotWritten)
    assert (outcome.id, deal["rows"]) == (str(deal["id"]), [])
    assert isinstance(error_of(outcome), Retryable)

    written(world.put([draft(1, lines=heavy, total=Decimal(1505), target_id=outcome.id)]))

    assert len(world.deals()["5001"]["rows"]) == 151
