"""Connector and sandbox were written apart from each other: over real HTTP they have to agree."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
import requests

from connectors.contract.canonical import ObjectKind
from connectors.contract.capabilities import Adapter
from connectors.contract.results import (
    Accepted,
    Acknowledged,
    Gone,
    HookEvent,
    HookRequest,
    Refused,
    Seen,
    StatusDraft,
    Written,
)
from connectors.toolkit.sandbox import Reply, Request, Sandbox
from connectors.woocommerce.sandbox import KEY, READ_ONLY_KEY, READ_ONLY_SECRET, SECRET, make
from connectors.woocommerce.spec import SPEC
from tests.connectors.woocommerce.shop import Hub

START = datetime(2020, 1, 1, tzinfo=UTC)
WEBHOOK_SECRET = "0badcafe"


@pytest.fixture
def shop() -> Iterator[Sandbox]:
    with make() as box:
        yield box


def opened(box: Sandbox, **changes: Any) -> Adapter:
    hub = Hub(now=datetime.now(UTC))
    values = {"site": box.url, "consumer_key": KEY, "consumer_secret": SECRET, "webhook_secret": WEBHOOK_SECRET}
    return SPEC.open({**values, "page_size": 10, **changes}, hub.services())


def control(box: Sandbox, name: str, **body: Any) -> Any:
    return requests.post(f"{box.url}/__sandbox__/{name}", json=body, timeout=10).json()


def place(box: Sandbox, count: int) -> list[str]:
    return [str(row["id"]) for row in control(box, "shop", orders=count)["orders"]]


@pytest.mark.parametrize(("https_seen", "header_dropped"), [(True, False), (False, False), (True, True)])
def test_verification_passes_whatever_the_server_does_to_sign_in(
    https_seen: bool,
    header_dropped: bool,
) -> None:
    with make(https_seen=https_seen, header_dropped=header_dropped) as box:
        account = opened(box).account

        assert account is not None
        assert account.verify().passed


def test_read_only_key_misses_the_right_to_write(shop: Sandbox) -> None:
    account = opened(shop, consumer_key=READ_ONLY_KEY, consumer_secret=READ_ONLY_SECRET).account

    assert account is not None
    assert [check.name for check in account.verify().checks if not check.passed] == ["Change orders"]
    assert shop.state()["writes"] == 0


def test_scan_poll_and_fetch_see_the_same_orders(shop: Sandbox) -> None:
    placed = place(shop, 63)
    adapter = opened(shop)
    assert adapter.orders is not None
    assert adapter.orders_changed is not None

    scanned, polled, cursor = [], set(), ""
    while True:
        page = adapter.orders.scan(None, None, cursor)
        scanned += [item.id for item in page.items]
        cursor = page.cursor
        if not page.has_more:
            break
    cursor = ""
    while True:
        page = adapter.orders_changed.changed(cursor, START)
        polled |= {item.id for item in page.items}
        cursor = page.cursor
        if not page.has_more:
            break

    assert set(scanned) == polled == set(placed)
    assert set(adapter.orders.fetch([*placed[:5], "999999"])) == set(placed[:5])


def test_every_kind_of_order_is_read_and_adds_up(shop: Sandbox) -> None:
    placed = place(shop, 42)
    adapter = opened(shop, page_size=100)
    assert adapter.orders is not None

    for order in adapter.orders.fetch(placed).values():
        assert order.__class__.__name__ == "Order", order
        parts = [*order.lines, *order.fees]  # type: ignore[union-attr]  # the line above: no UnreadableObject
        shipping = [one.cost for one in order.deliveries]  # type: ignore[union-attr]
        total = sum((part.total for part in parts), start=sum(shipping)) + order.total_tax  # type: ignore[union-attr]
        assert total == order.total  # type: ignore[union-attr]


def test_statuses_are_set_in_one_call_and_bad_ones_refused(shop: Sandbox) -> None:
    first, second = place(shop, 2)
    sink = opened(shop).status_sink
    assert sink is not None
    drafts = [
        StatusDraft(first, "completed", "c1"),
        StatusDraft(second, "cancelled", "c2"),
        StatusDraft(second, "no-such-status", "c3"),
        StatusDraft("999999", "completed", "c4"),
    ]

    outcomes = sink.put_statuses(drafts)

    assert [type(outcome) for outcome in outcomes] == [Written, Written, Refused, Refused]
    rows = requests.get(f"{shop.url}/__sandbox__/orders", timeout=10).json()
    statuses = {str(row["id"]): row["status"] for row in rows if str(row["id"]) in {first, second}}
    assert statuses == {first: "completed", second: "cancelled"}


def test_code_books_hold_every_code_that_orders_carry(shop: Sandbox) -> None:
    placed = place(shop, 42)
    adapter = opened(shop, page_size=100)
    assert adapter.codes is not None
    assert adapter.orders is not None
    books = {book.kind: {entry.code for entry in book.entries} for book in adapter.codes.read_books()}

    for order in adapter.orders.fetch(placed).values():
        assert order.status in books["status"]  # type: ignore[union-attr]  # all kinds are readable
        assert {one.code for one in order.payments} <= books["payment"] | {""}  # type: ignore[union-attr]
        assert {one.code for one in order.deliveries} <= books["delivery"] | {""}  # type: ignore[union-attr]


@contextmanager
def door(expected: int) -> Iterator[tuple[Sandbox, list[Request], threading.Event]]:
    """A place for webhooks to arrive; the event is set when that many signed ones are there."""
    arrived: list[Request] = []
    enough = threading.Event()

    def take(request: Request) -> Reply:
        arrived.append(request)
        if sum("x-wc-webhook-signature" in one.headers for one in arrived) >= expected:
            enough.set()
        return Reply()

    box = Sandbox("door")
    box.route("POST", "/hooks/t", take)
    with box:
        yield box, arrived, enough


def test_webhooks_are_made_sent_accepted_and_read(shop: Sandbox) -> None:
    adapter = opened(shop)
    assert adapter.webhook_manager is not None
    assert adapter.webhooks is not None
    with door(expected=3) as (hub, arrived, enough):
        states = adapter.webhook_manager.ensure(f"{hub.url}/hooks/t")
        (order_id,) = place(shop, 1)
        control(shop, "change", statuses=1, ids=[int(order_id)], to="cancelled")
        requests.delete(
            f"{shop.url}/wp-json/wc/v3/orders/{order_id}", auth=(KEY, SECRET), timeout=10
        ).raise_for_status()
        assert enough.wait(20)

    answers = [adapter.webhooks.accept(HookRequest(one.method, one.headers, one.body)) for one in arrived]
    changes = [
        change
        for answer, request in zip(answers, arrived, strict=True)
        if isinstance(answer, Accepted)
        for change in adapter.webhooks.read(HookEvent(answer.topic, answer.headers, request.body, START))
    ]
    assert {state.state for state in states} == {"active"}
    assert any(isinstance(answer, Acknowledged) for answer in answers)
    assert {
        change.id for change in changes if isinstance(change, (Seen, Gone)) and change.kind is ObjectKind.ORDER
    } == {order_id}


def test_repairing_twice_makes_each_webhook_once(shop: Sandbox) -> None:
    with door(expected=1) as (hub, _, _):
        address = f"{hub.url}/hooks/t"
        for _ in range(2):  # the second adapter has forgotten what the first one made
            manager = opened(shop).webhook_manager
            assert manager is not None
            manager.ensure(address)

    assert shop.state()["calls"]["POST /wp-json/wc/v3/webhooks"] == 6
