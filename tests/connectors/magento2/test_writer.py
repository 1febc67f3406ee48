"""Statuses into the shop: by the action that leads there, and what the shop does not do is told."""

from collections.abc import Sequence
from typing import Any

import pytest
import responses

from connectors.contract.errors import RateLimited
from connectors.contract.results import NotWritten, Outcome, Refused, StatusDraft, Written
from connectors.magento2.plans import Action, plan
from connectors.magento2.spec import SPEC
from tests.contract.kinds import Hub

from .world import World, world

STATES = {
    "pending": ["new"],
    "packed": ["processing"],
    "processing": ["processing"],
    "complete": ["complete"],
    "review": ["processing", "payment_review"],
    "nowhere": [],
}


@pytest.mark.parametrize(
    ("status", "state", "chosen", "expected"),
    [
        ("packed", "processing", {}, [Action.COMMENT]),
        ("packed", "new", {}, [Action.INVOICE, Action.COMMENT]),
        ("processing", "new", {}, [Action.INVOICE]),
        ("complete", "new", {}, [Action.INVOICE, Action.SHIP]),
        ("complete", "processing", {}, [Action.SHIP]),
        ("canceled", "new", {}, [Action.CANCEL]),
        ("canceled", "holded", {}, [Action.UNHOLD, Action.CANCEL]),
        ("holded", "processing", {}, [Action.HOLD]),
        ("closed", "complete", {}, [Action.REFUND]),
        ("unheard_of", "new", {}, [Action.COMMENT]),
        ("pending", "processing", {}, [Action.COMMENT]),
        ("review", "payment_review", {}, [Action.COMMENT]),
        ("review", "new", {}, [Action.COMMENT]),
        ("nowhere", "new", {}, [Action.COMMENT]),
        ("packed", "processing", {"packed": "ship"}, [Action.SHIP, Action.COMMENT]),
        ("packed", "processing", {"packed": "note"}, [Action.NOTE]),
        ("packed", "processing", {"packed": "dance"}, [Action.COMMENT]),
    ],
)
def test_way_to_a_status(status: str, state: str, chosen: dict[str, str], expected: list[Action]) -> None:
    assert plan(status, state, STATES, chosen, is_invoiced=state == "processing") == expected


@pytest.mark.parametrize("state", ["processing", "holded"])
def test_order_without_an_invoice_is_invoiced_on_its_way_to_complete(state: str) -> None:
    steps = plan("complete", state, STATES, {}, is_invoiced=False)

    assert steps[-2:] == [Action.INVOICE, Action.SHIP]


def put(shop: World, *drafts: StatusDraft, **settings: Any) -> Sequence[Outcome]:
    sink = shop.open(**settings).status_sink
    assert sink is not None
    return sink.put_statuses(drafts)


def draft(id: str, status: str, **more: Any) -> StatusDraft:
    return StatusDraft(id, status, f"change-{id}", **more)


@pytest.mark.parametrize(
    ("status", "state", "calls"),
    [
        ("processing", "processing", ["invoice"]),
        ("packed", "processing", ["invoice", "comment"]),
        ("complete", "complete", ["invoice", "ship"]),
        ("canceled", "canceled", ["cancel"]),
        ("holded", "holded", ["hold"]),
    ],
)
def test_new_order_gets_there(status: str, state: str, calls: list[str], shop: World) -> None:
    [id] = shop.shop(1)

    assert put(shop, draft(id, status)) == [Written(id)]

    order = shop.order(id)
    assert (order["status"], order["state"]) == (status, state)
    assert [row["call"] for row in shop.desk("writes")] == calls


@pytest.mark.parametrize(("before", "calls"), [("ship", ["invoice"]), ("invoice", ["ship"])])
def test_order_in_processing_gets_only_what_it_lacks_to_be_complete(before: str, calls: list[str], shop: World) -> None:
    [id] = shop.shop(1)
    put(shop, draft(id, "packed"), status_actions=[f"packed = {before}"])
    taken = len(shop.desk("writes"))
    assert shop.order(id)["state"] == "processing"

    assert put(shop, draft(id, "complete")) == [Written(id)]

    assert shop.order(id)["status"] == "complete"
    assert [row["call"] for row in shop.desk("writes")][taken:] == calls


def test_order_in_processing_without_any_document_is_invoiced_and_shipped(shop: World) -> None:
    [id] = shop.shop(1)
    shop.desk("change", {"id": int(id), "state": "processing", "status": "processing"})

    assert put(shop, draft(id, "complete")) == [Written(id)]

    assert [row["call"] for row in shop.desk("writes")] == ["invoice", "ship"]


@pytest.mark.parametrize("setting", [{"page_size": 2}, {}])
def test_no_order_is_taken_for_gone_because_the_shop_shows_few_at_once(setting: dict[str, int], shop: World) -> None:
    placed = shop.shop(5)
    shop.desk("options", {"max_page": 2})

    outcomes = put(shop, *(draft(id, "canceled") for id in placed), **setting)

    assert outcomes == [Written(id) for id in placed]
    assert {shop.order(id)["status"] for id in placed} == {"canceled"}


@responses.activate
def test_order_that_is_complete_with_its_invoice_is_not_shipped_on_the_way_to_a_status_of_the_shops_own() -> None:
    shop = "https://shop.example.test"
    info = {"order_statuses": [{"status": code, "state": "complete"} for code in ("complete", "picked_up")]}
    row = {"entity_id": 7, "state": "new", "status": "pending", "items": [{"qty_ordered": 1, "qty_invoiced": 0}]}
    responses.get(f"{shop}/rest/all/V1/orders", json={"items": [row], "total_count": 1})
    responses.get(f"{shop}/rest/all/V1/hub/info", json=[info])
    responses.post(f"{shop}/rest/all/V1/order/7/invoice", json="3")
    responses.get(f"{shop}/rest/all/V1/orders/7/statuses", json="complete")
    responses.post(f"{shop}/rest/all/V1/orders/7/comments", json=True)
    responses.get(f"{shop}/rest/all/V1/orders/7/statuses", json="picked_up")
    ship = responses.post(f"{shop}/rest/all/V1/order/7/ship", json="4")
    sink = SPEC.open({"shop": shop, "auth": "bearer", "access_token": "t" * 32}, Hub().services()).status_sink
    assert sink is not None

    assert sink.put_statuses([draft("7", "picked_up")]) == [Written("7")]
    assert ship.call_count == 0


def test_companion_that_breaks_keeps_no_status_from_the_shop(shop: World) -> None:
    [id] = shop.shop(1)
    shop.desk("faults", {"error_rate": 1, "error_status": 500, "only": r".*/hub/info$"})

    assert put(shop, draft(id, "processing")) == [Written(id)]


def test_order_that_is_there_already_is_left_alone(shop: World) -> None:
    [id] = shop.shop(1)

    assert put(shop, draft(id, "pending")) == [Written(id)]
    assert shop.desk("writes") == []


def test_order_on_hold_is_released_first(shop: World) -> None:
    [id] = shop.shop(1)
    put(shop, draft(id, "holded"))

    assert put(shop, draft(id, "canceled")) == [Written(id)]
    assert shop.order(id)["status"] == "canceled"


def test_cancel_that_answers_200_and_false_is_refused(shop: World) -> None:
    [id] = shop.shop(1)
    put(shop, draft(id, "processing"))

    [outcome] = put(shop, draft(id, "canceled"))

    assert isinstance(outcome, Refused)
    assert outcome.code == "not_cancel"
    assert "“processing”" in outcome.message
    assert shop.order(id)["status"] == "processing"


def test_status_of_another_state_is_refused_in_the_shops_words(shop: World) -> None:
    [id] = shop.shop(1)
    put(shop, draft(id, "processing"))

    [outcome] = put(shop, draft(id, "pending"))

    assert isinstance(outcome, Refused)
    assert outcome.code == "status_refused"
    assert 'The status "pending" is not part of the order status history.' in outcome.message
    assert "The order is in status “processing”" in outcome.message


def test_status_that_the_shop_does_not_have_is_not_sent_even_where_anything_is_taken() -> None:
    with world(version="2.4.3") as shop:
        [id] = shop.shop(1)

        [outcome] = put(shop, draft(id, "made_up"))

        assert isinstance(outcome, Refused)
        assert "no order status “made_up”" in outcome.message
        assert shop.desk("writes") == []


@pytest.mark.parametrize("version", ["2.4.3", "2.4.8"])
def test_note_never_takes_the_status_away(version: str) -> None:
    with world(version=version) as shop:
        [id] = shop.shop(1)

        [outcome] = put(shop, draft(id, "packed", comment="By the CRM"), status_actions=["packed = note"])

        assert outcome == Written(id, note="Noted in the shop; the order stays in status “pending”.")
        order = shop.order(id)
        assert (order["status"], order["status_histories"][0]["comment"]) == ("pending", "By the CRM")


def test_refund_is_made_only_when_it_is_allowed(shop: World) -> None:
    [id] = shop.shop(1)
    put(shop, draft(id, "complete"))

    [refused] = put(shop, draft(id, "closed"))
    before = shop.order(id)["status"]
    [done] = put(shop, draft(id, "closed"), allow_refunds=True)

    assert isinstance(refused, Refused)
    assert refused.code == "refund_not_allowed"
    assert (before, done, shop.order(id)["status"]) == ("complete", Written(id), "closed")


def test_order_that_somebody_moved_meanwhile_is_left_alone(shop: World) -> None:
    [id] = shop.shop(1)

    [outcome] = put(shop, draft(id, "canceled", expected_status="processing"))

    assert isinstance(outcome, Refused)
    assert outcome.code == "moved_meanwhile"
    assert shop.order(id)["status"] == "pending"


def test_order_that_is_not_there_is_refused_and_holds_up_no_other(shop: World) -> None:
    [id] = shop.shop(1)

    gone, done, foreign = put(shop, draft("999", "canceled"), draft(id, "canceled"), draft("x", "canceled"))

    assert (isinstance(gone, Refused), done, isinstance(foreign, Refused)) == (True, Written(id), True)


def test_pause_in_the_middle_leaves_the_rest_for_later(shop: World) -> None:
    placed = shop.shop(3)
    shop.desk("faults", {"too_many_rate": 1, "only": r".*/order/\d+/invoice$"})

    outcomes = put(shop, *(draft(id, "processing") for id in placed))

    assert all(isinstance(each, NotWritten) and isinstance(each.error, RateLimited) for each in outcomes)
    assert shop.desk("writes") == []


def test_nobody_is_mailed_and_no_money_is_moved_unless_staff_say_so(shop: World) -> None:
    [id] = shop.shop(1)

    put(shop, draft(id, "packed"))

    [history] = shop.order(id)["status_histories"]
    assert history["is_customer_notified"] == 0
    bodies = [each.request_body for each in shop.hub.exchanges if each.url.endswith("/invoice")]
    assert bodies == ['{"capture":false,"notify":false}']
