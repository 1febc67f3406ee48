"""The pure translation from the CRM to the store: which of several rules counts."""

import pytest

from connectors.contract.errors import Unmapped
from mappings.resolve import CodeMapEntry, rule_set, to_crm, translate_status_back


def ignored(kind: str, store_code: str) -> CodeMapEntry:
    return CodeMapEntry(kind, store_code, is_ignored=True, direction="to_crm")


def test_the_only_store_code_of_a_crm_code_is_its_way_back() -> None:
    rules = rule_set([CodeMapEntry("status", "processing", "assembling")])

    assert translate_status_back(rules, "assembling") == "processing"


def test_of_several_store_codes_the_marked_one_is_the_way_back() -> None:
    rules = rule_set(
        [
            CodeMapEntry("status", "pending", "new"),
            CodeMapEntry("status", "on-hold", "new", is_way_back=True),
        ]
    )

    assert translate_status_back(rules, "new") == "on-hold"
    assert to_crm(rules, "status", "pending") == "new"


def test_several_store_codes_without_a_mark_are_not_guessed_between() -> None:
    rules = rule_set([CodeMapEntry("status", "pending", "new"), CodeMapEntry("status", "on-hold", "new")])

    with pytest.raises(Unmapped):
        translate_status_back(rules, "new")
    assert rules.ambiguous == {("status", "new")}


def test_a_rule_towards_the_crm_only_is_no_way_back() -> None:
    rules = rule_set(
        [
            CodeMapEntry("status", "pending", "new", direction="to_crm"),
            CodeMapEntry("status", "on-hold", "new"),
        ]
    )

    assert translate_status_back(rules, "new") == "on-hold"


def test_a_rule_towards_the_store_only_wins_on_the_way_back_and_is_unknown_on_the_way_out() -> None:
    rules = rule_set(
        [
            CodeMapEntry("status", "completed", "done"),
            CodeMapEntry("status", "shipped", "done", direction="to_store", is_way_back=True),
        ]
    )

    assert translate_status_back(rules, "done") == "shipped"
    assert to_crm(rules, "status", "completed") == "done"
    with pytest.raises(Unmapped):
        to_crm(rules, "status", "shipped")


def test_a_crm_status_can_be_ignored_while_its_store_status_is_translated() -> None:
    rules = rule_set(
        [
            CodeMapEntry("status", "completed", "done"),
            CodeMapEntry("status", crm_code="done", is_ignored=True, direction="to_store", is_way_back=True),
        ]
    )

    assert translate_status_back(rules, "done") is None
    assert to_crm(rules, "status", "completed") == "done"


def test_a_store_status_can_be_ignored_while_the_crm_sets_it() -> None:
    rules = rule_set(
        [
            ignored("status", "completed"),
            CodeMapEntry("status", "completed", "done", direction="to_store", is_way_back=True),
        ]
    )

    assert to_crm(rules, "status", "completed") is None
    assert translate_status_back(rules, "done") == "completed"
