"""What it costs: HTTP requests, counted by the stand-in."""

from datetime import timedelta

from connectors.bitrix24.orders import OrderSink
from connectors.contract.results import OrderDraft

from .world import CREATED, World, draft, written


def requests_for(world: World, drafts: list[OrderDraft], size: int) -> int:
    """Requests of putting the drafts in batches of that size, after a first order that paid for the set-up."""
    written(world.put([draft(900)]))
    adapter = world.open()
    assert adapter.order_sink is not None
    before: int = world.box.state()["total_calls"]
    for start in range(0, len(drafts), size):
        written(list(adapter.order_sink.put_orders(drafts[start : start + size])))
    return int(world.box.state()["total_calls"]) - before


def test_hundred_old_orders_of_hundred_buyers_need_ten_requests_at_most(world: World) -> None:
    drafts = [draft(number, is_backfill=True) for number in range(1, 101)]

    requests = requests_for(world, drafts, 100)

    assert len(world.deals()) == 101
    assert len(world.contacts()) == 101
    assert requests <= 10, requests
    assert requests == 6


def test_hundred_and_fifty_old_orders_as_a_backfill_lane_sends_them(world: World) -> None:
    drafts = [draft(number, is_backfill=True) for number in range(1, 151)]

    requests = requests_for(world, drafts, 3 * OrderSink.max_batch)

    assert requests == 8
    assert requests / 150 <= 0.1


def test_live_burst_of_fifty_orders_needs_few_requests(world: World) -> None:
    requests = requests_for(world, [draft(number) for number in range(1, 51)], OrderSink.max_batch)

    assert requests == 5


def test_one_order_needs_two_requests(world: World) -> None:
    assert requests_for(world, [draft(1)], 1) == 2


def test_edit_needs_two_requests_and_one_that_changes_nothing_there_one(world: World) -> None:
    [made] = written(world.put([draft(1)]))

    edit = requests_for(world, [draft(1, target_id=made.id, status=None)], 1)
    world.desk("set_status", {"order": "5001", "status": "C9:WON"})
    idle = requests_for(world, [draft(1, target_id=made.id, status=None)], 1)

    assert (edit, idle) == (2, 1)


def test_old_orders_keep_their_dates_in_ascending_order(world: World) -> None:
    shuffled = [draft(number, is_backfill=True) for number in (3, 1, 2)]

    written(world.put(shuffled))

    deals = world.deals()
    assert world.methods()["crm.item.batchImport"] == 1
    assert sorted(deals, key=lambda key: int(deals[key]["id"])) == ["5001", "5002", "5003"]
    assert deals["5002"]["createdTime"] == (CREATED + timedelta(minutes=2)).isoformat(timespec="seconds")
    assert all(len(deal["rows"]) == 2 for deal in deals.values())


def test_old_order_that_is_refused_holds_up_no_other_of_its_import(world: World) -> None:
    world.faults(refuse=["5002"])

    first, second, third = world.put([draft(number, is_backfill=True) for number in (1, 2, 3)])

    assert len(written([first, third])) == 2
    assert getattr(second, "code", "") == "invalid_value"
    assert sorted(world.deals()) == ["5001", "5003"]


def test_old_order_that_is_there_already_is_not_imported_again(world: World) -> None:
    [made] = written(world.put([draft(1)]))

    outcomes = written(world.put([draft(number, is_backfill=True) for number in (1, 2)]))

    assert outcomes[0].id == made.id
    assert len(world.deals()) == 2


def test_portal_without_imports_gets_old_orders_one_by_one(world: World) -> None:
    world.desk("options", {"has_import": False})

    written(world.put([draft(number, is_backfill=True) for number in (1, 2, 3)]))

    assert sorted(world.deals()) == ["5001", "5002", "5003"]
    assert all(len(deal["rows"]) == 2 for deal in world.deals().values())


def test_old_order_without_a_status_tells_the_stage_that_the_pipeline_gave_it(world: World) -> None:
    """An import answers with the id alone; without the stage its event would look like a manager's change."""
    [outcome] = written(world.put([draft(1, status=None, is_backfill=True)], pipeline="9"))

    assert (outcome.status, world.deals()["5001"]["stageId"]) == ("C9:NEW", "C9:NEW")
