"""Customers, leads, statuses, books and the poll against the stand-in."""

from dataclasses import replace
from typing import Any

import pytest

from connectors.contract.canonical import Lead, ObjectKind, Source
from connectors.contract.errors import OutcomeUnknown
from connectors.contract.results import Hint, LeadDraft, NotRelevant, StatusSeen

from .world import CREATED, World, buyer, draft, line, refusal, written


def lead(number: int = 1, **fields: Any) -> LeadDraft:
    who = buyer(number)
    values = {
        "id": f"l{number}",
        "form": "question",
        "created_at": CREATED,
        "customer": who.customer,
        "message": "Call me",
    }
    return LeadDraft(Lead(**{**values, **fields}), f"lead-l{number}", customer=who)


def put_leads(world: World, drafts: list[LeadDraft], **settings: Any) -> Any:
    sink = world.open(**settings).lead_sink
    assert sink is not None
    return sink.put_leads(drafts)


def numbers(contact: dict[str, Any]) -> list[str]:
    return [each["value"] for each in contact["fm"]]


# --- customers ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("typed", ["+49 30 12340001", "030 12340001", "0049 (30) 1234-0001"])
def test_phone_that_the_contact_has_in_another_spelling_is_not_added_again(world: World, typed: str) -> None:
    written(world.put_customers([buyer(1)]))

    for _ in range(2):
        written(world.put_customers([buyer(1, phone=typed, email="BUYER1@example.com")]))

    [contact] = world.contacts()
    assert numbers(contact) == ["buyer1@example.com", "+493012340001"]


def test_phone_that_staff_typed_without_the_country_is_the_same(world: World) -> None:
    mail = {"typeId": "EMAIL", "value": "buyer1@example.com"}
    world.desk("contact", {"name": "Erika", "fm": [mail, {"typeId": "PHONE", "value": "030 / 1234 0001"}]})

    written(world.put_customers([buyer(1)]))

    [contact] = world.contacts()
    assert numbers(contact) == ["buyer1@example.com", "030 / 1234 0001"]


def test_new_phone_is_added_and_the_managers_own_stays(world: World) -> None:
    [made] = written(world.put_customers([buyer(1)]))

    written(world.put_customers([replace(buyer(1, phone="+493099999999", first_name="Eva"), target_id=made.id)]))

    [contact] = world.contacts()
    assert numbers(contact) == ["buyer1@example.com", "+493012340001", "+493099999999"]
    assert contact["name"] == "Eva"


def test_customer_that_did_not_change_is_not_written(world: World) -> None:
    written(world.put_customers([buyer(1)]))
    written(world.put_customers([buyer(1)]))

    assert "crm.item.update" not in world.methods()


def test_contact_found_by_mail_gets_our_origin(world: World) -> None:
    world.desk("contact", {"name": "Erika", "fm": [{"typeId": "EMAIL", "value": "buyer1@example.com"}]})

    written(world.put_customers([buyer(1)]))

    [contact] = world.contacts()
    assert (contact["originId"], contact["originatorId"]) == ("c1", "integration-hub")


def test_customer_without_mail_phone_and_id_is_refused(world: World) -> None:
    [outcome] = world.put_customers([buyer(1, id=None, email="", phone="", billing=None)])

    assert refusal(outcome).code == "nobody"
    assert world.contacts() == []


def test_mail_that_the_portal_refuses_is_told_in_its_words(world: World) -> None:
    first, second = world.put_customers([buyer(1, email="not a mail"), buyer(2)])

    assert "invalid address" in refusal(first).message
    assert len(written([second])) == 1


# --- leads --------------------------------------------------------------------------------------------------------


def test_form_becomes_a_lead_with_name_phone_and_origin(world: World) -> None:
    form = lead(1, title="Call back", page_url="https://shop.example/contact", source=Source(source="ads"))

    [outcome] = written(put_leads(world, [form]))

    [row] = world.desk("leads")
    assert outcome.url == f"{world.box.url}/crm/lead/details/{row['id']}/"
    assert (row["title"], row["name"], row["lastName"]) == ("Call back", "Erika", "Muster1")
    assert (row["comments"], row["utmSource"]) == ("Call me\nhttps://shop.example/contact", "ads")
    assert (row["originatorId"], row["originId"]) == ("integration-hub", "lead-l1")
    assert numbers(row) == ["buyer1@example.com", "+493012340001"]
    assert world.contacts() == []


def test_form_becomes_a_deal_where_the_portal_works_without_leads(world: World) -> None:
    settings = {"leads_become": "deal", "pipeline": "9", "first_stage": "C9:PREPARATION"}

    written(put_leads(world, [lead(1), lead(2)], **settings))
    written(put_leads(world, [lead(1), lead(2)], **settings))

    deals = world.deals()
    assert sorted(deals) == ["lead-l1", "lead-l2"]
    assert (deals["lead-l1"]["title"], deals["lead-l1"]["stageId"]) == ("question", "C9:PREPARATION")
    assert len(world.contacts()) == 2
    assert world.desk("leads") == []


def test_cart_that_was_left_has_its_rows_and_they_follow_it(world: World) -> None:
    cart = lead(1, form="cart", lines=(line("20", "2"),), currency="EUR")

    written(put_leads(world, [cart]))
    written(put_leads(world, [lead(1, form="cart", lines=(line("30", "3"),), currency="EUR")]))

    [row] = world.desk("leads")
    assert row["opportunity"] == 20
    assert world.methods()["crm.item.productrow.set"] == 2


def test_lead_whose_answer_is_lost_is_made_once(world: World) -> None:
    world.before_call = lambda number: world.faults(drop_after_rate=1 if number == 2 else 0)
    with pytest.raises(OutcomeUnknown):
        put_leads(world, [lead(1), lead(2)])
    world.before_call = lambda _number: None
    world.faults()

    written(put_leads(world, [lead(1), lead(2)]))

    assert len(world.desk("leads")) == 2


# --- statuses, poll, books --------------------------------------------------------------------------------------------


def poll(world: World, cursor: str = "") -> Any:
    source = world.open().change_source
    assert source is not None
    return source.poll(cursor, CREATED)


def test_status_names_its_family_and_only_our_own_ids(world: World) -> None:
    [made] = written(world.put([draft(1)]))
    world.desk("set_status", {"order": "5001", "status": "C9:APOLOGY"})
    source = world.open().status_source
    assert source is not None

    [seen] = source.statuses([made.id, "no-number"], [])
    others = world.open(originator="another").status_source
    assert others is not None
    [foreign] = others.statuses([made.id], [])

    assert (seen.status, seen.external_id, seen.families) == ("C9:APOLOGY", "5001", ("*F",))
    assert seen.changed_at is not None
    assert foreign.external_id == ""


def test_poll_sees_moves_to_another_pipeline_too_and_goes_on_where_it_was(world: World) -> None:
    one, two = written(world.put([draft(1), draft(2)]))
    start = poll(world)
    world.desk("set_status", {"order": "5001", "status": "C9:EXECUTING"})
    world.desk("set_status", {"order": "5002", "status": "WON"})
    world.desk("set_status", {"order": "5001", "status": "C9:WON"})

    page = poll(world, start.cursor)
    after = poll(world, page.cursor)

    assert [type(each) for each in start.items] == [NotRelevant]
    assert list(page.items) == [Hint(ObjectKind.ORDER, two.id), Hint(ObjectKind.ORDER, one.id)]
    assert (list(after.items), after.has_more, after.cursor) == ([], False, page.cursor)


def test_poll_reads_long_histories_page_by_page(world: World) -> None:
    written(world.put([draft(number) for number in range(1, 121)]))

    pages = [poll(world)]
    while pages[-1].has_more:
        pages.append(poll(world, pages[-1].cursor))

    assert len(pages) == 3
    assert pages[-1].cursor == '{"after": 120}'


def test_poll_of_a_new_portal_keeps_its_start(world: World) -> None:
    page = poll(world)

    assert (list(page.items), page.has_more) == ([], False)
    assert poll(world, page.cursor).cursor == page.cursor


def test_books_have_stages_of_every_pipeline_managers_and_lists(world: World) -> None:
    world.desk("user_field", {"name": "UF_CRM_WAY", "type": "enumeration", "choices": ["Parcel", "Pickup"]})
    world.desk("dismiss", {"user": "13"})
    codes = world.open(delivery_field="UF_CRM_WAY").codes
    assert codes is not None

    books = {
        book.kind: {entry.code: (entry.name, entry.group) for entry in book.entries} for book in codes.read_books()
    }

    assert books["status"]["C9:WON"] == ("Deal successful", "Online shop")
    assert books["status"]["WON"] == ("Deal successful", "General")
    assert list(books["status"])[-3:] == ["*P", "*S", "*F"]
    assert books["delivery"] == {"7001": ("Parcel", ""), "7002": ("Pickup", "")}
    assert sorted(books["manager"]) == ["1", "11", "12"]
    assert books["manager"]["11"] == ("Ada Manager", "")
    assert sorted(books["currency"]) == ["EUR", "RUB", "USD"]
    assert sorted(books["pipeline"]) == ["0", "9"]
    assert "UF_CRM_WAY" in books["field:order"]


@pytest.mark.parametrize(
    ("options", "settings", "name"),
    [
        ({"scopes": ["user_basic"]}, {}, "Scope crm"),
        ({}, {"pipeline": "77"}, "Pipeline"),
        ({}, {"pipeline": "9", "first_stage": "NEW"}, "Pipeline"),
        ({}, {"default_manager": "99"}, "Manager"),
        ({}, {"delivery_field": "UF_CRM_NOT_THERE"}, "User fields"),
    ],
)
def test_verification_names_what_is_missing_and_the_cure(
    world: World, options: dict[str, Any], settings: dict[str, str], name: str
) -> None:
    world.desk("options", options)
    account = world.open(**settings).account
    assert account is not None

    failed = [check for check in account.verify().checks if not check.passed]

    assert name in [check.name for check in failed]
    assert all(check.message and check.cure for check in failed)


def test_dismissed_default_manager_is_told_by_verification(world: World) -> None:
    world.desk("dismiss", {"user": "12"})
    account = world.open(default_manager="12").account
    assert account is not None

    [failed] = [check for check in account.verify().checks if not check.passed]

    assert (failed.name, failed.message) == ("Manager", "User 12 does not exist or was dismissed.")


def test_statuses_of_many_deals_are_one_request(world: World) -> None:
    outcomes = written(world.put([draft(number) for number in range(1, 51)]))
    source = world.open().status_source
    assert source is not None
    before = len(world.calls)

    seen = source.statuses([each.id for each in outcomes], [])

    assert (len(seen), len(world.calls) - before) == (50, 1)
    assert all(isinstance(each, StatusSeen) and each.changed_at for each in seen)
