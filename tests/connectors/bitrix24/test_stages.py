"""Stages of several pipelines: which one a status means for a deal, and which moves are the managers' own."""

import pytest

from .world import World, draft, written


def test_stage_of_another_pipeline_moves_the_deal_there(world: World) -> None:
    [made] = written(world.put([draft(1)]))

    written(world.put([draft(1, target_id=made.id, status="EXECUTING")]))

    deal = world.deals()["5001"]
    assert (deal["categoryId"], deal["stageId"]) == (0, "EXECUTING")


def test_deal_that_managers_moved_stays_in_its_pipeline_where_a_counterpart_is_named(world: World) -> None:
    named = ["C9:EXECUTING = C7:NEW", "C9:EXECUTING = PREPARATION", "not a line"]
    [made] = written(world.put([draft(1, status="C9:NEW")]))
    world.desk("set_status", {"order": "5001", "status": "NEW"})

    [moved] = written(world.put([draft(1, target_id=made.id, status="C9:EXECUTING")], counterparts=named))
    stayed = world.deals()["5001"]
    [back] = written(world.put([draft(1, target_id=made.id, status="C9:PREPARATION")], counterparts=named))

    assert (moved.status, stayed["stageId"], stayed["categoryId"]) == ("PREPARATION", "PREPARATION", 0)
    assert (back.status, world.deals()["5001"]["stageId"]) == ("", "C9:PREPARATION")


def test_new_deal_goes_where_its_rule_says_whatever_counterparts_there_are(world: World) -> None:
    written(world.put([draft(1, status="C9:EXECUTING")], counterparts=["C9:EXECUTING = PREPARATION"], pipeline="0"))

    assert world.deals()["5001"]["stageId"] == "C9:EXECUTING"


def test_family_of_stages_means_the_first_of_the_deals_own_pipeline(world: World) -> None:
    [new] = written(world.put([draft(1, status="*S")], pipeline="9"))
    [lost] = written(world.put([draft(1, target_id=new.id, status="*F")]))

    assert (new.status, lost.status) == ("C9:WON", "C9:LOSE")
    assert world.deals()["5001"]["stageId"] == "C9:LOSE"


def test_deal_that_is_in_the_family_already_is_not_moved(world: World) -> None:
    [made] = written(world.put([draft(1)]))
    world.desk("set_status", {"order": "5001", "status": "C9:APOLOGY"})

    [outcome] = written(world.put([draft(1, target_id=made.id, status="*F")]))

    assert (outcome.status, world.deals()["5001"]["stageId"]) == ("C9:APOLOGY", "C9:APOLOGY")


@pytest.mark.parametrize(("lines", "passes"), [(["C9:EXECUTING = PREPARATION"], True), (["C9:NEW = C77:NEW"], False)])
def test_verify_knows_a_counterpart_in_a_pipeline_that_is_not_there(
    world: World, lines: list[str], passes: bool
) -> None:
    account = world.open(counterparts=lines).account
    assert account is not None

    [found] = [check for check in account.verify().checks if check.name == "Pipeline"]

    assert found.passed is passes
    assert passes or "C77:NEW" in found.message
