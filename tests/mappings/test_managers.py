"""Who gets a new order: the rules as a pure function, and in the database."""

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from connectors.contract.canonical import Address, Delivery, Order, OrderLine
from mappings.manager_rules import managers_of
from mappings.managers import Choice, ManagerMapEntry, ManagerSet, Turns, manager_for
from mappings.models import ManagerRule
from mappings.resources import ManagerRuleResource

from .factories import BookEntryFactory, RouteFactory


def order(number: int = 1, **fields: Any) -> Order:
    lines = (
        OrderLine(
            name="Cup", quantity=Decimal(1), subtotal=Decimal(50), total=Decimal(50), category_ids=("12", "7"),
            brand="Acme",
        ),
    )  # fmt: skip
    place = Address(city="Berlin", region="Land Berlin", region_code="BE", country="DE", line1="Main street 1")
    values: dict[str, Any] = {
        "id": str(number), "status": "new", "created_at": datetime(2026, 3, 1, tzinfo=UTC), "currency": "EUR",
        "lines": lines, "deliveries": (Delivery(address=place),), "total": Decimal(50), "store_view": "de",
    }  # fmt: skip
    return Order(**(values | fields))


def chosen(*entries: ManagerMapEntry, dismissed: Sequence[str] = (), **fields: Any) -> Choice:
    return manager_for(ManagerSet(entries, frozenset(dismissed)), order(**fields), Turns())


@pytest.mark.parametrize(
    "conditions",
    [
        {},
        {"category_ids": ["7"]},
        {"brands": ["ACME"]},
        {"store_views": ["de", "at"]},
        {"regions": ["berlin"]},
        {"regions": ["BE"]},
        {"regions": ["DE"]},
        {"amount_from": Decimal(50)},
        {"amount_to": Decimal("50.01")},
        {"category_ids": ["12"], "brands": ["Acme"], "amount_from": Decimal(1), "amount_to": Decimal(100)},
    ],
)
def test_rule_fits_when_all_its_conditions_hold(conditions: dict[str, Any]) -> None:
    assert chosen(ManagerMapEntry(1, ["11"], **conditions)).manager == "11"


@pytest.mark.parametrize(
    "conditions",
    [
        {"category_ids": ["1"]},
        {"brands": ["Other"]},
        {"store_views": ["fr"]},
        {"regions": ["Hamburg"]},
        {"amount_from": Decimal("50.01")},
        {"amount_to": Decimal(50)},
        {"category_ids": ["12"], "brands": ["Other"]},
    ],
)
def test_rule_with_a_condition_that_does_not_hold_is_passed_over(conditions: dict[str, Any]) -> None:
    entries = (ManagerMapEntry(1, ["11"], **conditions), ManagerMapEntry(2, ["12"]))

    assert chosen(*entries) == Choice("12", 2)


def test_first_rule_that_fits_decides() -> None:
    assert chosen(ManagerMapEntry(1, ["11"]), ManagerMapEntry(2, ["12"])).manager == "11"


def test_without_a_rule_that_fits_nobody_is_chosen() -> None:
    assert chosen(ManagerMapEntry(1, ["11"], brands=["Other"])) == Choice()
    assert chosen() == Choice()


def test_several_managers_take_turns_from_where_the_last_batch_stopped() -> None:
    rules, turns = ManagerSet([ManagerMapEntry(1, ["11", "12", "13"])]), Turns(given={1: 4})

    found = [manager_for(rules, order(number), turns).manager for number in range(4)]

    assert found == ["12", "13", "11", "12"]
    assert turns.taken == {1: 4}


def test_dismissed_manager_of_a_group_is_passed_over_without_a_warning() -> None:
    entry = ManagerMapEntry(1, ["11", "12"])

    assert chosen(entry, dismissed=["11"]) == Choice("12", 1)


def test_rule_whose_managers_were_all_dismissed_falls_back_to_the_default_and_warns() -> None:
    north = ManagerMapEntry(1, ["11"], name="North", regions=["Berlin"])

    found = chosen(north, ManagerMapEntry(2, ["12"]), dismissed=["11"])

    assert (found.manager, found.rule_id) == ("12", 2)
    assert found.warning == (
        "No manager of the rule “North” works in the CRM any more; 12 of the default rule was taken. "
        "Correct the manager rules."
    )


def test_nobody_left_leaves_it_to_the_crm_and_warns() -> None:
    found = chosen(ManagerMapEntry(1, ["11"]), dismissed=["11"])

    assert (found.manager, found.rule_id) == ("", None)
    assert "the CRM's own default was left to decide" in found.warning


@pytest.mark.django_db
def test_rules_are_read_in_their_order_with_two_queries(django_assert_num_queries: Any) -> None:
    route = RouteFactory.create()
    BookEntryFactory.create(connection=route.crm, kind="manager", code="11", is_active=False)
    ManagerRule.objects.create(route=route, ordering=20, managers=["12"])
    ManagerRule.objects.create(route=route, ordering=10, managers=["11"], brands=["Acme"], name="Acme")

    with django_assert_num_queries(2):
        managers = managers_of({route.pk: route.crm_id})

    assert managers.choose(route.pk, order()).manager == "12"
    assert managers.choose(route.pk, order()).warning.startswith("No manager of the rule “Acme”")


@pytest.mark.django_db
def test_turns_are_kept_for_the_next_batch() -> None:
    route = RouteFactory.create()
    rule = ManagerRule.objects.create(route=route, managers=["11", "12"])

    found = []
    for _ in range(3):
        managers = managers_of({route.pk: route.crm_id})
        found.append(managers.choose(route.pk, order()).manager)
        managers.keep_turns()

    rule.refresh_from_db()
    assert found == ["11", "12", "11"]
    assert rule.turn == 3


@pytest.mark.django_db
def test_rules_come_back_from_a_sheet_as_they_went() -> None:
    route = RouteFactory.create()
    ManagerRule.objects.create(
        route=route, name="North", managers=["11", "12"], regions=["Berlin", "Hamburg"], amount_from=Decimal("100.00")
    )
    ManagerRule.objects.create(route=route, ordering=99, managers=["11"])
    sheet = ManagerRuleResource().export()
    before = list(ManagerRule.objects.values("name", "managers", "regions", "amount_from", "ordering"))
    ManagerRule.objects.all().delete()

    result = ManagerRuleResource().import_data(sheet, raise_errors=True)
    again = ManagerRuleResource().import_data(sheet, raise_errors=True)

    assert list(ManagerRule.objects.values("name", "managers", "regions", "amount_from", "ordering")) == before
    assert (result.totals["new"], again.totals["skip"]) == (2, 2)


@pytest.mark.django_db
def test_page_offers_the_crms_managers_and_keeps_one_who_left(admin_client: Any) -> None:
    route = RouteFactory.create()
    BookEntryFactory.create(connection=route.crm, kind="manager", code="11", name="Ada Manager")
    BookEntryFactory.create(connection=route.crm, kind="manager", code="12", name="Bob Seller", is_active=False)
    rule = ManagerRule.objects.create(route=route, managers=["12", "77"], brands=["Acme"])

    page = admin_client.get(f"/admin/mappings/managerrule/{rule.pk}/change/").content.decode()
    listed = admin_client.get("/admin/mappings/managerrule/").content.decode()
    answer = admin_client.post(
        f"/admin/mappings/managerrule/{rule.pk}/change/",
        {
            "route": route.pk,
            "name": "Acme",
            "ordering": 5,
            "managers": ["11"],
            "other_managers": "77\n",
            "brands": "Acme\nOther",
        },
    )

    rule.refresh_from_db()
    assert "Ada Manager (11)" in page
    assert "Bob Seller (12), inactive" in page
    assert "Bob Seller (dismissed)" in listed
    assert answer.status_code == 302, answer.content.decode()
    assert (rule.managers, rule.brands, rule.ordering) == (["11", "77"], ["Acme", "Other"], 5)


@pytest.mark.django_db
def test_rule_without_a_manager_is_refused(admin_client: Any) -> None:
    route = RouteFactory.create()

    answer = admin_client.post("/admin/mappings/managerrule/add/", {"route": route.pk, "ordering": 5})

    assert answer.status_code == 200
    assert "Who gets these orders?" in answer.content.decode()
    assert ManagerRule.objects.count() == 0
