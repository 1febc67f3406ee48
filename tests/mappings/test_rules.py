"""Rules, seen codes and code books in the database, with their number of queries."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import transaction

from connectors.contract.errors import Unmapped
from connectors.contract.results import Book
from connectors.contract.results import BookEntry as PulledEntry
from mappings import rules
from mappings.models import BookEntry, SeenCode
from mappings.resolve import CodeMapEntry, FieldMapEntry, rule_set, to_crm, translate_status_back
from mappings.rules import (
    Coverage,
    blocked_key,
    coverage,
    load_rules,
    note_seen,
    released,
    store_books,
)

from .factories import (
    BookEntryFactory,
    CodeRuleFactory,
    CrmFactory,
    FieldRuleFactory,
    RouteFactory,
    SeenCodeFactory,
)

pytestmark = pytest.mark.django_db

MaxQueries = Callable[[int], Any]


def has_rule(route_id: int, blocked_on: str) -> bool:
    """Whether an item parked on that key would be released now."""
    return bool(released([(route_id, blocked_on)]))


@pytest.fixture(autouse=True)
def _nothing_noted() -> Iterator[None]:
    rules._noted.clear()
    yield
    rules._noted.clear()


# --- loading --------------------------------------------------------------------------------------------------------


def test_the_rules_of_one_route_are_loaded_with_two_queries(django_assert_num_queries: MaxQueries) -> None:
    rule = CodeRuleFactory.create(kind="delivery", store_code="flat_rate", crm_code="courier")
    FieldRuleFactory.create(route=rule.route, source="total", target="b", ordering=2)
    FieldRuleFactory.create(route=rule.route, source="coupons", target="a", ordering=1, write_mode="only_new")
    CodeRuleFactory.create(kind="delivery", store_code="elsewhere")

    with django_assert_num_queries(2):
        loaded = load_rules(rule.route_id)

    assert loaded.outward == {("delivery", "flat_rate"): "courier"}
    assert loaded.fields == (
        FieldMapEntry("order", "coupons", "a", write_mode="only_new"),
        FieldMapEntry("order", "total", "b"),
    )


def test_a_saved_rule_counts_at_the_next_load() -> None:
    rule = CodeRuleFactory.create(store_code="flat_rate", crm_code="courier")
    rule.crm_code = "post"
    rule.save()

    assert to_crm(load_rules(rule.route_id), "delivery", "flat_rate") == "post"


# --- parked items ---------------------------------------------------------------------------------------------------


def test_the_key_of_a_parked_item_names_direction_kind_and_code() -> None:
    assert blocked_key("to_crm", Unmapped("delivery", "flat_rate:3")) == "to_crm:delivery:flat_rate:3"


def test_an_item_is_released_when_its_code_would_be_translated() -> None:
    route = RouteFactory.create()
    CodeRuleFactory.create(route=route, store_code="flat_rate", crm_code="courier")
    CodeRuleFactory.create(route=route, kind="status", store_code="shipped", crm_code="done", direction="to_store")

    assert has_rule(route.pk, "to_crm:delivery:flat_rate")
    assert has_rule(route.pk, "to_crm:delivery:flat_rate:3")
    assert has_rule(route.pk, "to_store:status:done")
    assert not has_rule(route.pk, "to_crm:delivery:post")
    assert not has_rule(route.pk, "to_crm:status:shipped")
    assert not has_rule(RouteFactory.create().pk, "to_crm:delivery:flat_rate")


def test_an_item_is_released_when_its_code_is_ignored_on_purpose() -> None:
    rule = CodeRuleFactory.create(store_code="draft", crm_code="", action="ignore")

    assert has_rule(rule.route_id, "to_crm:delivery:draft")


def test_an_item_stays_parked_while_its_way_back_is_not_clear() -> None:
    first = CodeRuleFactory.create(kind="status", store_code="a", crm_code="new")
    second = CodeRuleFactory.create(route=first.route, kind="status", store_code="b", crm_code="new")

    assert not has_rule(first.route_id, "to_store:status:new")
    second.is_way_back = True
    second.save()
    assert has_rule(first.route_id, "to_store:status:new")


def test_an_item_that_waits_for_an_optional_kind_is_released_when_its_last_rule_is_deleted() -> None:
    rule = CodeRuleFactory.create(kind="order_method", store_code="web", crm_code="shopping-cart")

    assert not has_rule(rule.route_id, "to_crm:order_method:phone")
    rule.delete()
    assert has_rule(rule.route_id, "to_crm:order_method:phone")


@pytest.mark.parametrize("key", ["", "link:order:1001", "to_crm:nonsense:x", "to_crm:delivery:", "to_moon:delivery:x"])
def test_a_key_that_names_no_code_is_not_ours_to_release(key: str) -> None:
    assert not has_rule(RouteFactory.create().pk, key)


def test_many_parked_items_are_looked_up_with_one_query(django_assert_num_queries: MaxQueries) -> None:
    known = CodeRuleFactory.create(store_code="known")
    other = CodeRuleFactory.create(store_code="other-route")
    blocked = [(known.route_id, f"to_crm:delivery:missing-{number}") for number in range(200)]
    blocked += [(known.route_id, "to_crm:delivery:known"), (known.route_id, "to_crm:delivery:other-route")]
    blocked += [(other.route_id, "to_crm:delivery:other-route")]

    with django_assert_num_queries(1):
        found = released(blocked)

    assert found == {(known.route_id, "to_crm:delivery:known"), (other.route_id, "to_crm:delivery:other-route")}


def test_nothing_parked_costs_no_query(django_assert_num_queries: MaxQueries) -> None:
    with django_assert_num_queries(0):
        assert released([]) == set()


# --- seen codes -----------------------------------------------------------------------------------------------------


def test_codes_of_a_batch_are_noted_with_one_query(django_assert_num_queries: MaxQueries) -> None:
    route = RouteFactory.create()

    with django_assert_num_queries(1):
        note_seen(route.pk, "store", [("delivery", "a", "By air"), ("delivery", "a", ""), ("payment", "b", "")])

    noted = [(code.kind, code.code, code.label, code.count) for code in SeenCode.objects.all()]
    assert noted == [("delivery", "a", "By air", 2), ("payment", "b", "", 1)]


def test_a_code_that_comes_again_is_counted_and_keeps_its_first_day() -> None:
    route = RouteFactory.create()
    note_seen(route.pk, "store", [("delivery", "a", "By air")], even_if_recent=True)
    before = SeenCode.objects.get()

    note_seen(route.pk, "store", [("delivery", "a", "")], even_if_recent=True)
    note_seen(route.pk, "store", [("delivery", "a", "By plane")], even_if_recent=True)

    after = SeenCode.objects.get()
    assert (after.count, after.label) == (3, "By plane")
    assert after.first_seen == before.first_seen
    assert after.last_seen > before.last_seen


def test_an_unnamed_code_does_not_wipe_the_name_that_is_known() -> None:
    route = RouteFactory.create()
    note_seen(route.pk, "store", [("delivery", "a", "By air")], even_if_recent=True)

    note_seen(route.pk, "store", [("delivery", "a", "")], even_if_recent=True)

    assert SeenCode.objects.get().label == "By air"


def test_the_same_code_is_kept_per_route_and_side() -> None:
    first, second = RouteFactory.create(), RouteFactory.create()

    for route, side in ((first, "store"), (first, "crm"), (second, "store")):
        note_seen(route.pk, side, [("status", "new", "")])

    assert SeenCode.objects.count() == 3


@pytest.mark.django_db(transaction=True)
def test_a_code_that_was_just_noted_costs_no_query(django_assert_num_queries: MaxQueries) -> None:
    route = RouteFactory.create()
    note_seen(route.pk, "store", [("delivery", "a", "")])

    with django_assert_num_queries(0):
        note_seen(route.pk, "store", [("delivery", "a", "")])
    with django_assert_num_queries(1):
        note_seen(route.pk, "store", [("delivery", "a", "")], even_if_recent=True)

    assert SeenCode.objects.get().count == 2


@pytest.mark.django_db(transaction=True)
def test_a_note_that_was_rolled_back_is_made_again() -> None:
    route = RouteFactory.create()
    with transaction.atomic():
        note_seen(route.pk, "store", [("delivery", "a", "")])
        transaction.set_rollback(True)

    note_seen(route.pk, "store", [("delivery", "a", "")])

    assert SeenCode.objects.count() == 1


def test_empty_codes_and_unknown_kinds_are_not_noted(django_assert_num_queries: MaxQueries) -> None:
    route = RouteFactory.create()

    with django_assert_num_queries(0):
        note_seen(route.pk, "store", [("delivery", "", "Free"), ("colour", "red", "")])

    assert not SeenCode.objects.exists()


def test_a_batch_of_many_codes_is_noted_whole() -> None:
    route = RouteFactory.create()

    note_seen(route.pk, "store", [("delivery", f"code-{number}", "x" * 400) for number in range(250)])

    assert SeenCode.objects.count() == 250
    assert len(SeenCode.objects.earliest("pk").label) == 300


# --- code books -----------------------------------------------------------------------------------------------------


def book(kind: str, *entries: PulledEntry) -> Book:
    return Book(kind, entries)


def test_pulled_books_are_stored_in_their_order() -> None:
    crm = CrmFactory.create()

    store_books(crm, [book("delivery", PulledEntry("z", "Post"), PulledEntry("a", "Courier", False, "City"))])

    stored = [(entry.code, entry.name, entry.is_active, entry.group) for entry in BookEntry.objects.all()]
    assert stored == [("z", "Post", True, ""), ("a", "Courier", False, "City")]


def test_a_code_that_disappeared_becomes_inactive_and_comes_back() -> None:
    crm = CrmFactory.create()
    store_books(crm, [book("delivery", PulledEntry("a", "A"), PulledEntry("b", "B"))])

    store_books(crm, [book("delivery", PulledEntry("b", "B2"))])
    assert {entry.code: (entry.name, entry.is_active) for entry in BookEntry.objects.all()} == {
        "a": ("A", False),
        "b": ("B2", True),
    }

    store_books(crm, [book("delivery", PulledEntry("a", "A"), PulledEntry("b", "B"))])
    assert BookEntry.objects.filter(is_active=True).count() == 2


def test_a_book_that_was_not_pulled_and_other_connections_stay_as_they_are() -> None:
    crm = CrmFactory.create()
    payment = BookEntryFactory.create(connection=crm, kind="payment")
    elsewhere = BookEntryFactory.create(kind="delivery")

    store_books(crm, [book("delivery", PulledEntry("a", "A"))])

    payment.refresh_from_db()
    elsewhere.refresh_from_db()
    assert payment.is_active
    assert elsewhere.is_active


def test_a_book_with_a_code_twice_keeps_the_last_one() -> None:
    crm = CrmFactory.create()

    store_books(crm, [book("status", PulledEntry("a", "First"), PulledEntry("a", "Second"), PulledEntry("", "None"))])

    assert [entry.name for entry in BookEntry.objects.all()] == ["Second"]


def test_a_large_book_is_stored_with_few_queries(django_assert_max_num_queries: MaxQueries) -> None:
    crm = CrmFactory.create()
    large = book("field:order", *(PulledEntry(f"UF_{number}", "Field") for number in range(900)))

    with django_assert_max_num_queries(12):
        store_books(crm, [large])

    assert BookEntry.objects.count() == 900


# --- coverage -------------------------------------------------------------------------------------------------------


def test_coverage_counts_seen_and_mapped_codes_per_side_and_kind(django_assert_num_queries: MaxQueries) -> None:
    route = RouteFactory.create()
    for code in ("flat_rate:1", "flat_rate:2", "post"):
        SeenCodeFactory.create(route=route, code=code)
    SeenCodeFactory.create(route=route, kind="status", side="crm", code="done")
    SeenCodeFactory.create(route=route, kind="order_method", code="web")
    CodeRuleFactory.create(route=route, store_code="flat_rate")
    SeenCodeFactory.create()

    with django_assert_num_queries(2):
        counted = coverage(route)

    assert counted == [
        Coverage("store", "delivery", seen=3, mapped=2),
        Coverage("store", "order_method", seen=1, mapped=1),
        Coverage("crm", "status", seen=1, mapped=0),
    ]
    assert counted[0].unmapped == 1


def test_a_rule_for_a_family_translates_its_statuses_and_an_exact_rule_comes_first() -> None:
    rules = rule_set([CodeMapEntry("status", "completed", "*S"), CodeMapEntry("status", "shipped", "C9:SENT")])

    assert translate_status_back(rules, "C9:WON", ["*S"]) == "completed"
    assert translate_status_back(rules, "C9:SENT", ["*S"]) == "shipped"
    with pytest.raises(Unmapped):
        translate_status_back(rules, "C9:LOSE", ["*F"])


def test_an_item_that_waits_for_a_status_is_released_by_a_rule_for_its_family() -> None:
    route = RouteFactory.create()
    waits = (route.pk, blocked_key("to_store", Unmapped("status", "C9:WON"), ["*S"]))

    assert released([waits]) == set()

    CodeRuleFactory.create(route=route, kind="status", store_code="completed", crm_code="*S")

    assert released([waits]) == {waits}


def test_kind_that_a_crm_can_do_without_parks_nothing_until_it_has_a_rule() -> None:
    without = rule_set([], (), frozenset({"delivery"}))
    with_one = rule_set([CodeMapEntry("delivery", "post", "7001")], (), frozenset({"delivery"}))

    assert to_crm(without, "delivery", "flat_rate") is None
    with pytest.raises(Unmapped):
        to_crm(with_one, "delivery", "flat_rate")
