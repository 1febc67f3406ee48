"""The checker sees what went wrong, whatever the hub says."""

from dataclasses import replace
from typing import Any

import pytest

from integration_hub.chaos.checker import Evidence, compare
from integration_hub.chaos.row import Findings, at_least, at_most, exactly


def in_shop(id: int, **fields: Any) -> dict[str, Any]:
    return {"id": id, "status": "processing", "total": "10.00", "note": "", **fields}


def in_crm(id: str, **fields: Any) -> dict[str, Any]:
    return {
        "id": 5000, "site": "main", "externalId": id, "status": "assembling", "totalSumm": 10.0, "customerComment": "",
        **fields,
    }  # fmt: skip


def customer(id: int, **fields: Any) -> dict[str, Any]:
    return {"id": id, "externalId": "", "email": "", "phones": [], **fields}


WELL = Evidence(acknowledged={"1", "2"}, shop_orders=[in_shop(1), in_shop(2)], crm_orders=[in_crm("1"), in_crm("2")])


def test_nothing_is_wrong_when_both_sides_agree() -> None:
    compared = compare(WELL)

    assert (compared.lost, compared.duplicated, compared.wrong_last_state) == ([], [], [])


def test_acknowledged_order_that_is_not_there_is_lost() -> None:
    compared = compare(replace(WELL, crm_orders=[in_crm("1")]))

    assert compared.lost == ["order 2 was lost"]


def test_order_that_was_never_acknowledged_is_not_lost() -> None:
    compared = compare(replace(WELL, acknowledged={"1"}, crm_orders=[in_crm("1")]))

    assert compared.lost == []


@pytest.mark.parametrize(("reason", "lost"), [("The CRM says no.", []), (" ", ["order 2 was lost"])])
def test_dead_letter_explains_an_order_only_with_a_reason(reason: str, lost: list[str]) -> None:
    compared = compare(replace(WELL, crm_orders=[in_crm("1")], dead={"2": reason}))

    assert compared.lost == lost


def test_order_that_is_there_twice_is_duplicated() -> None:
    compared = compare(replace(WELL, crm_orders=[*WELL.crm_orders, in_crm("2")]))

    assert compared.duplicated == ["order 2 was created 2 times"]


def test_order_without_an_id_of_ours_is_a_copy_of_something() -> None:
    compared = compare(replace(WELL, crm_orders=[*WELL.crm_orders, in_crm("") | {"id": 5007}]))

    assert compared.duplicated == ["an order without an id of ours: 5007"]


@pytest.mark.parametrize(
    ("one", "word"),
    [
        ({"externalId": "7"}, "customer 7"),
        ({"email": "ann@example.com"}, "guest ann@example.com"),
        ({"phones": ["+34 600 000 001"]}, "guest 34600000001"),
    ],
)
def test_person_that_is_there_twice_is_duplicated(one: dict[str, Any], word: str) -> None:
    compared = compare(replace(WELL, crm_customers=[customer(1, **one), customer(2, **one)]))

    assert compared.duplicated == [f"{word} was created 2 times"]


def test_people_whom_nothing_identifies_are_not_taken_for_one() -> None:
    assert compare(replace(WELL, crm_customers=[customer(1), customer(2)])).duplicated == []


@pytest.mark.parametrize(
    ("there", "words"),
    [
        ({"status": "complete"}, "order 2 is “complete” in the CRM and “processing” in the shop"),
        ({"totalSumm": 9.5}, "order 2 costs 9.5 in the CRM and 10.00 in the shop"),
        ({"customerComment": "Old words"}, "order 2 has another comment in the CRM"),
    ],
)
def test_old_state_is_wrong(there: dict[str, Any], words: str) -> None:
    compared = compare(replace(WELL, crm_orders=[in_crm("1"), in_crm("2", **there)]))

    assert compared.wrong_last_state == [words]


def test_status_that_leads_back_to_the_shops_agrees() -> None:
    compared = compare(replace(WELL, crm_orders=[in_crm("1"), in_crm("2", status="client-confirmed")]))

    assert compared.wrong_last_state == []


def test_managers_word_stands_where_it_is_expected() -> None:
    compared = compare(replace(WELL, expected_statuses={"2": "client-confirmed"}))

    assert compared.wrong_last_state == ["order 2 is “assembling” in the CRM, not “client-confirmed”"]


def test_row_passes_only_when_every_criterion_holds() -> None:
    good = Findings((), (), (), {"a": at_most(1, 1), "b": at_least(2, 2), "c": exactly(0, 0)})
    bad = replace(good, criteria={**good.criteria, "d": at_most(1, 1.1)})

    assert good.judged(is_small=False)["passed"]
    assert not bad.judged(is_small=False)["passed"]
    assert bad.judged(is_small=False)["criteria"]["d"] == {"limit": 1, "seen": 1.1, "passed": False}


def test_timing_counts_at_full_size_only() -> None:
    late = Findings((), (), (), {"seconds": at_most(1, 2, is_timing=True)})

    assert late.judged(is_small=True)["passed"]
    assert late.judged(is_small=True)["criteria"] == {}
    assert not late.judged(is_small=False)["passed"]


@pytest.mark.parametrize("field", ["lost", "duplicated", "wrong_last_state"])
def test_row_fails_with_one_thing_wrong(field: str) -> None:
    wrong: dict[str, Any] = {"lost": [], "duplicated": [], "wrong_last_state": [], field: ["order 2"]}

    found = Findings(**wrong, criteria={}).judged(is_small=True)

    assert (found[field], found["passed"], found["wrong"]) == (1, False, ["order 2"])
