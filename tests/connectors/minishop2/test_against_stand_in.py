"""The connector against its stand-in over real HTTP: lists, changes, books, and the shop's own rules."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests

from connectors.contract.canonical import Order, Product
from connectors.contract.capabilities import Adapter
from connectors.contract.errors import ConnectorError, Misconfigured, Retryable
from connectors.contract.results import (
    HookEvent,
    HookRequest,
    Page,
    Refused,
    Seen,
    StatusDraft,
    UnreadableObject,
    Written,
)
from connectors.minishop2.sandbox.shoppers import KINDS
from connectors.toolkit.sandbox import Sandbox
from connectors.toolkit.sandbox.listener import Listener, WireReply, WireRequest
from connectors.toolkit.standard_webhooks import sign

from .world import World

Desk = Callable[..., Any]
YESTERDAY = timedelta(days=1)


@pytest.fixture
def shop(settings: dict[str, Any]) -> Adapter:
    return World(now=datetime.now(UTC)).opened(**settings)


def every(read: Callable[[str], Page[Any]], cursor: str = "") -> tuple[list[Any], str]:
    """All objects from a cursor on, and the cursor after them."""
    found: list[Any] = []
    for _ in range(50):
        page = read(cursor)
        found, cursor = [*found, *page.items], page.cursor
        if not page.has_more:
            return found, cursor
    message = "the list does not end"
    raise AssertionError(message)


def changed(shop: Adapter, cursor: str = "") -> tuple[list[Any], str]:
    assert shop.orders_changed is not None
    start = datetime.now(UTC) - YESTERDAY
    source = shop.orders_changed
    return every(lambda at: source.changed(at, start), cursor)


# --- orders -----------------------------------------------------------------------------------------------------------


def test_every_kind_of_order_can_be_read(shop: Adapter, desk: Desk) -> None:
    desk("shop", orders=len(KINDS))
    source = shop.orders
    assert source is not None

    orders, _ = every(lambda at: source.scan(None, None, at))

    assert [each for each in orders if isinstance(each, UnreadableObject)] == []
    assert {each.id for each in orders} == {str(row["id"]) for row in desk("orders")}
    assert {str(row["id"]): row["total"] for row in desk("orders")} == {each.id: f"{each.total:.2f}" for each in orders}
    explained = [
        sum(line.total for line in each.lines) + sum(d.cost for d in each.deliveries) + sum(f.total for f in each.fees)
        for each in orders
    ]
    assert explained == [each.total for each in orders]


def test_two_hundred_and_fifty_orders_are_three_pages_and_each_is_there_once(
    shop: Adapter, desk: Desk, box: Sandbox
) -> None:
    desk("shop", orders=250)
    source = shop.orders
    assert source is not None
    before = box.state()["total_calls"]

    found, _ = every(lambda at: source.scan(None, None, at))

    assert len({each.id for each in found}) == len(found) == 250
    assert box.state()["total_calls"] == before + 3


def test_hundred_orders_are_fetched_in_one_call(shop: Adapter, desk: Desk, box: Sandbox) -> None:
    ids = [str(row["id"]) for row in desk("shop", orders=100)["orders"]]
    assert shop.orders is not None
    before = box.state()["total_calls"]

    found = shop.orders.fetch([*ids, "999999", "not-a-number"])

    assert list(found) == ids
    assert box.state()["total_calls"] == before + 1 + 1  # one hundred and one ids are two calls


def test_draft_is_neither_fetched_nor_listed(shop: Adapter, desk: Desk) -> None:
    draft = str(desk("draft", any=1)["id"])
    assert shop.orders is not None

    assert shop.orders.fetch([draft]) == {}
    assert shop.orders.scan(None, None).items == []
    assert changed(shop)[0] == []


def test_poll_brings_new_and_moved_orders_and_repeats_no_more_than_its_overlap(
    shop: Adapter, desk: Desk, box: Sandbox
) -> None:
    desk("plugin", clock_offset_seconds=-200)
    old, moved = (row["id"] for row in desk("shop", orders=2)["orders"])
    first, cursor = changed(shop)
    desk("plugin", clock_offset_seconds=0)
    quiet, cursor = changed(shop, cursor)

    desk("set_status", order=moved, status=2)
    second, cursor = changed(shop, cursor)

    assert [each.id for each in first] == [str(old), str(moved)]
    assert {each.id for each in quiet} <= {str(old), str(moved)}
    assert [(each.id, each.status) for each in second] == [(str(moved), "2")]


def test_poll_goes_on_in_the_middle_of_a_long_list(shop: Adapter, desk: Desk) -> None:
    placed = {str(row["id"]) for row in desk("shop", orders=150)["orders"]}
    assert shop.orders_changed is not None
    page = shop.orders_changed.changed("", datetime.now(UTC) - YESTERDAY)
    late = desk("shop", orders=1)["orders"][0]["id"]

    rest, _ = changed(shop, page.cursor)

    assert page.has_more
    assert {each.id for each in [*page.items, *rest]} == {*placed, str(late)}


def test_order_that_moves_behind_the_back_of_a_long_walk_is_found_by_the_next(shop: Adapter, desk: Desk) -> None:
    desk("plugin", clock_offset_seconds=-200)
    first = desk("shop", orders=150)["orders"][0]["id"]
    assert shop.orders_changed is not None
    page = shop.orders_changed.changed("", datetime.now(UTC) - YESTERDAY)
    desk("set_status", order=first, status=2)
    desk("plugin", clock_offset_seconds=0)
    _, cursor = changed(shop, page.cursor)

    following, _ = changed(shop, cursor)

    assert [each.status for each in following if each.id == str(first)] == ["2"]


@pytest.mark.parametrize("cursor", ["nonsense", "{}", '{"since": 5}', "[]"])
def test_foreign_cursor_begins_at_the_start(shop: Adapter, desk: Desk, cursor: str) -> None:
    desk("shop", orders=1)

    assert len(changed(shop, cursor)[0]) == 1


def test_scan_keeps_to_its_time_range(shop: Adapter, desk: Desk) -> None:
    desk("shop", orders=3)
    now = datetime.now(UTC)
    assert shop.orders is not None

    assert len(shop.orders.scan(now - YESTERDAY, now + YESTERDAY).items) == 3
    assert shop.orders.scan(now - 2 * YESTERDAY, now - YESTERDAY).items == []
    assert shop.orders.scan(now + YESTERDAY, None).items == []


def test_answer_that_lacks_its_list_is_a_fault_and_no_empty_shop(shop: Adapter, box: Sandbox, desk: Desk) -> None:
    desk("plugin", left_out=["order.list"])
    assert shop.orders is not None

    with pytest.raises(Misconfigured) as caught:
        shop.orders.scan(None, None)

    assert "older than the hub needs" in caught.value.message


@pytest.mark.parametrize("switch", ["drop_after_rate", "drop_before_rate"])
def test_lost_answer_is_tried_again(shop: Adapter, desk: Desk, box: Sandbox, switch: str) -> None:
    box.faults.set({switch: 1})
    assert shop.orders is not None

    with pytest.raises(ConnectorError) as caught:
        shop.orders.fetch(["1001"])

    assert type(caught.value) is Retryable


# --- products, customers, books ---------------------------------------------------------------------------------------


def test_offers_bear_the_names_that_order_lines_use(shop: Adapter, desk: Desk) -> None:
    desk("shop", orders=len(KINDS))
    assert shop.orders is not None
    assert shop.products is not None
    goods = [each for each in shop.products.scan(None, None).items if isinstance(each, Product)]
    orders = [each for each in shop.orders.scan(None, None).items if isinstance(each, Order)]

    offers = {offer.id for product in goods for offer in product.offers}
    bought = {line.variant_id or line.product_id for order in orders for line in order.lines}

    assert bought - offers == {"139", "mod-137-99"}, "a product and a modification that are no longer sold"
    assert {"mod-137-21", "140"} <= bought & offers


def test_category_tree_is_asked_for_once(shop: Adapter, box: Sandbox) -> None:
    assert shop.products is not None

    shop.products.fetch(["137", "140"])
    found = shop.products.fetch(["141"])["141"]

    assert isinstance(found, Product)
    assert [(each.id, each.parent_id) for each in found.categories] == [("13", "2"), ("2", "")]
    assert box.state()["total_calls"] == 3


def test_removed_product_is_absent(shop: Adapter, desk: Desk) -> None:
    desk("product", id=140, removed=True)
    assert shop.products is not None

    assert list(shop.products.fetch(["140", "141"])) == ["141"]


def test_customers_are_listed_without_made_up_emails(shop: Adapter, desk: Desk) -> None:
    desk("shop", orders=len(KINDS))
    source = shop.customers
    assert source is not None

    found, _ = every(lambda at: source.scan(None, None, at))

    assert len(found) == desk("state")["customers"] > 5
    assert [each.email for each in found if each.email.endswith("@shop.example")] == []
    assert "" in {each.email for each in found}


def test_books_tell_what_the_shops_rules_say_and_what_is_switched_off(shop: Adapter, box: Sandbox) -> None:
    assert shop.codes is not None

    books = {book.kind: {entry.code: entry for entry in book.entries} for book in shop.codes.read_books()}

    assert [(each.code, each.name, each.is_active) for each in books["status"].values()] == [
        ("1", "New (fixed)", True),
        ("2", "Paid (fixed)", True),
        ("3", "Sent (final)", True),
        ("4", "Cancelled (final)", True),
        ("6", "Being packed", True),
        ("5", "Returned", False),
    ]
    assert [code for code, each in books["delivery"].items() if not each.is_active] == ["7"]
    assert [code for code, each in books["payment"].items() if not each.is_active] == ["8"]
    assert list(books["payment_status"]) == ["pending", "paid"]
    assert list(books["order_method"]) == ["checkout", "manager"]
    assert list(books["field:order"]) == ["gift_wrap"]
    assert box.state()["total_calls"] == 1


# --- the shop's own rules ---------------------------------------------------------------------------------------------


def test_status_that_was_set_is_not_set_twice(shop: Adapter, desk: Desk) -> None:
    id = str(desk("shop", orders=1)["orders"][0]["id"])
    draft = StatusDraft(id, "2", "change-1")
    assert shop.status_sink is not None

    first, again = shop.status_sink.put_statuses([draft]), shop.status_sink.put_statuses([draft])

    assert first == again == [Written(id)]
    assert len(desk("status_writes?by=api")) == 1


@pytest.mark.parametrize(("status", "code"), [("5", "inactive"), ("77", "inactive"), ("", "bad_request")])
def test_status_that_is_switched_off_or_unknown_is_refused(shop: Adapter, desk: Desk, status: str, code: str) -> None:
    id = str(desk("shop", orders=1)["orders"][0]["id"])
    assert shop.status_sink is not None

    (outcome,) = shop.status_sink.put_statuses([StatusDraft(id, status, "change-1")])

    assert isinstance(outcome, Refused)
    assert outcome.code == code
    assert desk("status_writes") == []


def test_call_that_is_played_again_is_not_taken(box: Sandbox, settings: dict[str, Any]) -> None:
    body = b'{"action":"ping"}'
    headers = sign([settings["signing_secret"]], "heard-1", datetime.now(UTC), body)
    address = f"{box.url}/assets/components/hubconnector/api.php"

    answers = [requests.post(address, data=body, headers=headers, timeout=20) for _ in range(2)]

    assert [each.status_code for each in answers] == [200, 425]


# --- events -----------------------------------------------------------------------------------------------------------


class Door:
    """A hub that takes or refuses; keeps what came."""

    def __init__(self) -> None:
        self.status = 200
        self.calls: list[WireRequest] = []
        self._listener = Listener(("127.0.0.1", 0), self._take)
        self.url = f"http://127.0.0.1:{self._listener.port}/hooks/token/"

    def __enter__(self) -> "Door":
        self._listener.start("door")
        return self

    def __exit__(self, *_details: object) -> None:
        self._listener.stop()

    def _take(self, request: WireRequest) -> WireReply:
        self.calls.append(request)
        return WireReply(self.status, {"content-type": "application/json"}, b"{}")


@pytest.fixture
def door() -> Iterator[Door]:
    with Door() as found:
        yield found


def test_every_event_of_the_stand_in_is_understood(shop: Adapter, desk: Desk, box: Sandbox, door: Door) -> None:
    desk("hub", address=door.url)
    desk("shop", orders=len(KINDS))
    desk("lead", form="callback", name="Ann")
    desk("product", id=137)
    assert box.wait_until_quiet(20)
    assert shop.webhooks is not None

    topics = []
    for call in door.calls:
        kept = shop.webhooks.accept(HookRequest("POST", call.headers, call.body))
        topic = getattr(kept, "topic", "ping")
        topics.append(topic)
        for change in shop.webhooks.read(HookEvent(topic, {}, call.body, datetime.now(UTC))):
            assert not isinstance(change, UnreadableObject), change

    assert set(topics) == {"ping", "order.created", "customer.saved", "lead.created", "product.saved"}
    assert topics.count("order.created") == len(KINDS)


def test_event_and_fetch_tell_the_same(shop: Adapter, desk: Desk, box: Sandbox, door: Door) -> None:
    desk("hub", address=door.url)
    desk("shop", orders=1)
    assert box.wait_until_quiet(20)
    assert shop.webhooks is not None
    assert shop.orders is not None

    bodies = [call.body for call in door.calls if b"order.created" in call.body]
    (change,) = shop.webhooks.read(HookEvent("order.created", {}, bodies[0], datetime.now(UTC)))

    assert isinstance(change, Seen)
    assert shop.orders.fetch([change.id]) == {change.id: change.record}


def test_hub_that_is_away_gets_everything_when_it_is_back(desk: Desk, box: Sandbox, door: Door) -> None:
    door.status = 503
    desk("hub", address=door.url)
    desk("shop", orders=3)
    door.status = 200
    assert box.wait_until_quiet(30)

    assert desk("state")["outbox"]["pending"] == 0
    assert len(desk("deliveries?topic=order.created")) == 3
    repeated = [call.headers["webhook-id"] for call in door.calls]
    assert len(set(repeated)) < len(repeated), "a repeat bears the id of the first try"


def test_newer_state_takes_the_place_of_one_that_was_not_sent(desk: Desk, box: Sandbox, door: Door) -> None:
    desk("sleep", asleep=True)
    id = desk("shop", orders=1)["orders"][0]["id"]
    desk("set_status", order=id, status=2)
    desk("hub", address=door.url)
    assert box.wait_until_quiet(20)

    (body,) = [call.body for call in door.calls if b'"order"' in call.body and b"customer.saved" not in call.body]
    assert b'"event": "order.created"' in body
    assert b'"status": {"id": 2' in body
