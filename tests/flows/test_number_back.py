"""The CRM numbers orders, and the store shows those numbers."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from connectors.contract.backward import NumberDraft
from connectors.contract.results import Outcome, Written
from connectors.woocommerce import spec as shop_spec
from integration_hub.engine.models import OutboxItem
from integration_hub.records.models import Record

from .world import World, attempts, items


class Numbers:
    """A store's sink that notes what it is given."""

    max_batch = 50

    def __init__(self) -> None:
        self.drafts: list[NumberDraft] = []

    def put_numbers(self, drafts: Sequence[NumberDraft]) -> Sequence[Outcome]:
        self.drafts += drafts
        return [Written(draft.target_id) for draft in drafts]


@pytest.fixture
def numbers(world: World, monkeypatch: pytest.MonkeyPatch) -> Numbers:
    """The shop takes numbers; the CRM gives its own."""
    sink, open_shop = Numbers(), shop_spec.SPEC.open

    def with_numbers(*given: Any) -> Any:
        return replace(open_shop(*given), number_sink=sink)

    monkeypatch.setattr(shop_spec, "SPEC", replace(shop_spec.SPEC, open=with_numbers))
    world.crm.settings["transfer_number"] = False
    world.crm.save()
    return sink


def test_numbers_that_the_crm_gives_are_shown_by_the_store(world: World, numbers: Numbers) -> None:
    world.set_route(number_back=True)
    placed = world.shop(3)
    world.sync()

    there = {key: row["number"] for key, row in world.crm_orders().items()}

    assert {draft.target_id: draft.number for draft in numbers.drafts} == there
    assert {draft.order_number for draft in numbers.drafts} == {str(row["number"]) for row in placed}
    assert attempts(flow="numbers") == {("numbers", "written"): 3}
    assert set(Record.objects.filter(kind="order").values_list("number", flat=True)) == set(there.values())


def test_store_keeps_its_numbers_unless_the_route_says_so(world: World, numbers: Numbers) -> None:
    world.shop(2)
    world.sync()

    assert numbers.drafts == []
    assert items(flow="numbers") == {}


def test_store_whose_numbers_the_crm_takes_over_is_told_nothing(world: World, numbers: Numbers) -> None:
    world.crm.settings["transfer_number"] = True
    world.crm.save()
    world.set_route(number_back=True)
    world.shop(2)
    world.sync()

    assert numbers.drafts == []


def test_order_that_is_edited_later_does_not_change_its_number_again(world: World, numbers: Numbers) -> None:
    world.set_route(number_back=True)
    world.shop(1)
    world.sync()
    assert len(numbers.drafts) == 1

    world.change(statuses=1, to="completed")
    world.sync()

    # The shop of this test forgets the number, so its next word brings the old one back, and the hub says it again.
    assert {draft.number for draft in numbers.drafts} == {row["number"] for row in world.crm_orders().values()}


def test_store_that_cannot_take_numbers_says_so(world: World) -> None:
    world.crm.settings["transfer_number"] = False
    world.crm.save()
    world.set_route(number_back=True)
    world.shop(1)
    world.sync()

    assert items(flow="numbers") == {("numbers", "dead"): 1}
    assert OutboxItem.objects.get(flow="numbers").reason == "“Shop” cannot take numbers."
