"""What the tables accept, by their own constraints and in words for staff."""

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from connectors.contract.results import CODE_KINDS
from mappings.models import CodeKind, CodeRule, FieldRule
from mappings.resolve import to_crm, translate_status_back
from mappings.rules import load_rules

from .factories import CodeRuleFactory, FieldRuleFactory, RouteFactory

pytestmark = pytest.mark.django_db


def test_staff_translate_exactly_the_kinds_of_the_contract() -> None:
    assert set(CodeKind.values) == set(CODE_KINDS)


def status_rule(route: Any, store_code: str = "", crm_code: str = "", **values: Any) -> CodeRule:
    return CodeRuleFactory.create(route=route, kind="status", store_code=store_code, crm_code=crm_code, **values)


def test_many_store_codes_may_become_one_crm_code_with_one_marked_for_the_way_back() -> None:
    route = RouteFactory.create()

    status_rule(route, "pending", "new")
    status_rule(route, "on-hold", "new", is_way_back=True)
    status_rule(route, "checkout-draft", "new")

    assert translate_status_back(load_rules(route.pk), "new") == "on-hold"


def test_a_crm_code_may_lead_back_to_a_store_code_that_itself_leads_elsewhere() -> None:
    route = RouteFactory.create()

    status_rule(route, "shipped", "delivering")
    status_rule(route, "shipped", "complete", direction="to_store")

    rules = load_rules(route.pk)
    assert to_crm(rules, "status", "shipped") == "delivering"
    assert translate_status_back(rules, "complete") == "shipped"


def test_one_code_may_be_ignored_in_one_direction_and_used_in_the_other() -> None:
    route = RouteFactory.create()

    status_rule(route, "completed", action="ignore")
    status_rule(route, "completed", "complete", direction="to_store")
    status_rule(route, "processing", "assembling")
    status_rule(route, crm_code="assembling", action="ignore", direction="to_store")

    rules = load_rules(route.pk)
    assert to_crm(rules, "status", "completed") is None
    assert translate_status_back(rules, "complete") == "completed"
    assert to_crm(rules, "status", "processing") == "assembling"
    assert translate_status_back(rules, "assembling") is None


def test_a_rule_towards_the_store_only_always_carries_the_mark_and_the_other_way_never() -> None:
    route = RouteFactory.create()

    back = status_rule(route, "a", "x", direction="to_store", is_way_back=False)
    out = status_rule(route, "b", "y", direction="to_crm", is_way_back=True)

    back.refresh_from_db()
    out.refresh_from_db()
    assert back.is_way_back
    assert not out.is_way_back


def test_an_ignored_code_gets_the_direction_it_comes_from() -> None:
    route = RouteFactory.create()

    assert status_rule(route, "draft", action="ignore").direction == "to_crm"
    assert status_rule(route, crm_code="lost", action="ignore").direction == "to_store"


def test_the_same_codes_may_have_rules_on_another_route() -> None:
    status_rule(RouteFactory.create(), "pending", "new", is_way_back=True)
    status_rule(RouteFactory.create(), "pending", "new", is_way_back=True)

    assert CodeRule.objects.count() == 2


@pytest.mark.parametrize(
    "second",
    [
        {"store_code": "pending", "crm_code": "other"},
        {"store_code": "pending", "crm_code": "other", "direction": "to_crm"},
        {"store_code": "pending", "action": "ignore"},
        {"store_code": "another", "crm_code": "new", "is_way_back": True},
        {"store_code": "another", "crm_code": "new", "direction": "to_store"},
        {"crm_code": "new", "action": "ignore", "direction": "to_store"},
        {"store_code": "another"},
        {"crm_code": "another"},
        {"store_code": "another", "crm_code": "another", "action": "ignore"},
        {"store_code": "another", "crm_code": "another", "action": "ignore", "direction": "to_crm"},
        {"action": "ignore"},
    ],
    ids=str,
)
def test_a_contradicting_rule_is_refused_by_the_database_and_by_the_form(second: dict[str, Any]) -> None:
    route = RouteFactory.create()
    status_rule(route, "pending", "new", is_way_back=True)
    values = {"route": route, "kind": "status", **second}

    with pytest.raises(ValidationError) as raised:
        CodeRule(**values).full_clean()
    with pytest.raises(IntegrityError), transaction.atomic():
        CodeRule.objects.create(**values)

    assert "onstraint" not in " ".join(raised.value.messages)
    assert CodeRule.objects.count() == 1


def test_codes_are_stored_without_surrounding_blanks() -> None:
    rule = CodeRuleFactory.create(store_code=" flat_rate ", crm_code="\tcourier\n")

    assert (rule.store_code, rule.crm_code) == ("flat_rate", "courier")


def test_every_change_of_a_rule_is_recorded() -> None:
    rule = CodeRuleFactory.create(crm_code="courier")

    rule.crm_code = "post"
    rule.save()

    assert [old.crm_code for old in rule.history.all()] == ["post", "courier"]


def test_a_field_is_filled_by_one_rule_unless_others_append_to_it() -> None:
    rule = FieldRuleFactory.create(target="note")
    FieldRuleFactory.create(route=rule.route, target="note", source="number", write_mode="append")
    FieldRuleFactory.create(route=rule.route, object="customer", target="note", source="email")

    with pytest.raises(ValidationError) as raised:
        FieldRule(route=rule.route, object="order", source="total", target="note").full_clean()
    with pytest.raises(IntegrityError), transaction.atomic():
        FieldRuleFactory.create(route=rule.route, target="note", source="total")

    assert "append" in raised.value.messages[0]


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"source": "constant"}, "constant"),
        ({"source": "total", "constant": "text"}, "constant"),
        ({"source": "groups"}, "source"),
        ({"source": "custom:"}, "source"),
        ({"source": "nonsense"}, "source"),
    ],
)
def test_a_field_rule_needs_a_source_that_its_object_has(values: dict[str, Any], field: str) -> None:
    rule = FieldRule(route=RouteFactory.create(), object="order", target="x", **values)

    with pytest.raises(ValidationError) as raised:
        rule.full_clean()

    assert list(raised.value.message_dict) == [field]
