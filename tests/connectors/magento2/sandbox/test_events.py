"""The stand-in's companion module: what it tells of what happens in the shop, and what it does when nobody listens."""

import base64
from itertools import chain, repeat
from typing import Any

import requests

from connectors.magento2.sandbox.auth import KEYS, SIGNING_SECRET
from connectors.magento2.sandbox.server import make
from connectors.toolkit.sandbox import Reply
from connectors.toolkit.standard_webhooks import verify

from .conftest import Inbox, Shop

GUESTS = {"guest_share": 1.0, "seed": 3}
OTHER_SECRET = "whsec_" + base64.b64encode(b"another-secret-of-the-same-shop").decode()


def listen(shop: Shop, inbox: Inbox, **switches: Any) -> None:
    shop.desk("webhooks", {"address": inbox.url, **switches})


def buy(shop: Shop, orders: int = 1, **more: Any) -> list[int]:
    return [row["id"] for row in shop.desk("shop", {"orders": orders, **GUESTS, **more})["orders"]]


def test_new_order_is_told_by_id_and_signed_as_the_module_signs(shop: Shop, inbox: Inbox) -> None:
    listen(shop, inbox)

    [id] = buy(shop)
    shop.settle()

    [request] = inbox.got
    body = request.json()
    assert verify([SIGNING_SECRET], request.headers, request.body) == body["event_id"]
    assert set(body) == {"event", "event_id", "occurred_at", "store_code", "entity"}
    assert (body["event"], body["store_code"]) == ("order.placed", "default")
    assert body["entity"] == {"type": "order", "id": id, "increment_id": f"{id:09d}"}


def test_events_are_signed_with_the_secret_that_was_entered(shop: Shop, inbox: Inbox) -> None:
    listen(shop, inbox, secret=OTHER_SECRET)

    buy(shop)
    shop.settle()

    [request] = inbox.got
    assert verify([OTHER_SECRET], request.headers, request.body)


def test_new_account_is_told_beside_the_order(shop: Shop, inbox: Inbox) -> None:
    listen(shop, inbox)

    [id] = buy(shop, guest_share=0.0)
    shop.settle()

    assert inbox.told == [("customer.saved", 7), ("order.placed", id)]


def test_nothing_is_told_without_an_address(shop: Shop, inbox: Inbox) -> None:
    buy(shop)

    listen(shop, inbox)
    shop.settle()

    assert inbox.got == []


def test_shop_without_the_module_tells_nothing(inbox: Inbox) -> None:
    box = make(companion=False)
    other = Shop(box)
    with box:
        listen(other, inbox)
        buy(other)
        other.settle()

    assert inbox.got == []


def test_invoice_is_an_event_of_its_own_that_names_its_order(shop: Shop, inbox: Inbox) -> None:
    [id] = buy(shop)
    listen(shop, inbox)

    shop.desk("change", {"ids": [id], "pay": 1})
    shop.settle()

    assert inbox.told == [("invoice.saved", 1), ("order.updated", id)]
    assert inbox.got[0].json()["order_id"] == id


def test_cancelled_order_is_told_as_such_and_logged_as_a_change(shop: Shop, inbox: Inbox) -> None:
    [id] = buy(shop)
    listen(shop, inbox)

    shop.desk("change", {"ids": [id], "statuses": 1, "to": "canceled"})
    shop.settle()

    [row] = shop.desk("deliveries?topic=order.updated")
    assert (row["event"], row["id"], row["status"]) == ("order.canceled", id, 202)


def test_change_by_the_api_is_told_too(shop: Shop, inbox: Inbox) -> None:
    [id] = buy(shop)
    shop.desk("options", {"bearer": True})
    listen(shop, inbox)

    address, token = f"{shop.box.url}/rest/V1/orders/{id}/hold", {"Authorization": f"Bearer {KEYS[2]}"}
    assert requests.post(address, headers=token, timeout=10).json() is True
    shop.settle()

    assert inbox.told == [("order.updated", id)]
    assert [row["to"] for row in shop.desk("status_writes?by=rest")] == ["holded"]


def test_saves_that_wait_together_are_one_event_of_the_strongest_name(shop: Shop, inbox: Inbox) -> None:
    listen(shop, inbox, cron=False)
    [id] = buy(shop)
    shop.desk("change", {"ids": [id], "touch": 1})
    assert shop.desk("state")["webhooks"]["pending"] == 1

    shop.desk("webhooks", {"cron": True})
    shop.settle()

    assert inbox.told == [("order.placed", id)]


def test_only_the_wanted_topics_are_sent(shop: Shop, inbox: Inbox) -> None:
    listen(shop, inbox, only_topics="order.created")

    [id] = buy(shop, guest_share=0.0)
    shop.settle()
    shop.desk("change", {"touch": 1})
    shop.settle()

    assert inbox.told == [("order.placed", id)]


def test_held_events_are_handed_out_once_and_not_sent(shop: Shop, inbox: Inbox) -> None:
    listen(shop, inbox, hold=True)

    ids = buy(shop, 3)

    rows = shop.desk("held", {"most": 2})
    assert [(row["id"], row["topic"], row["url"]) for row in rows] == [
        (id, "order.created", inbox.url) for id in ids[:2]
    ]
    for row in rows:
        assert verify([SIGNING_SECRET], row["headers"], row["body"].encode()) == row["headers"]["webhook-id"]
    assert [row["id"] for row in shop.desk("held", {})] == ids[2:]
    assert inbox.got == []


def test_event_that_was_not_stored_is_sent_again_as_the_same_event(shop: Shop, inbox: Inbox) -> None:
    statuses = chain([503, 503, 401], repeat(202))
    inbox.answer = lambda: Reply(next(statuses), b"")
    listen(shop, inbox, resend_seconds=0.01)

    [id] = buy(shop)
    shop.settle()

    assert [row["status"] for row in shop.desk("deliveries")] == [503, 503, 401, 202]
    assert inbox.told == [("order.placed", id)] * 4
    assert len({request.headers["webhook-id"] for request in inbox.got}) == 1


def test_module_waits_minutes_and_leaves_a_hub_that_is_away_alone(shop: Shop, inbox: Inbox) -> None:
    inbox.answer = lambda: Reply(503, b"")
    listen(shop, inbox)

    ids = buy(shop, 3)
    assert not shop.box.dispatcher.wait_until_idle(0.2)

    assert inbox.told == [("order.placed", ids[0])]
    state = shop.desk("state")["webhooks"]
    assert (state["pending"], state["failed"], state["dead"]) == (3, 1, 0)


def test_later_save_does_not_wait_for_the_minutes_of_the_first(shop: Shop, inbox: Inbox) -> None:
    statuses = chain([401], repeat(202))
    inbox.answer = lambda: Reply(next(statuses), b"")
    listen(shop, inbox)
    [id] = buy(shop)
    assert not shop.box.dispatcher.wait_until_idle(0.2)

    shop.desk("change", {"touch": 1})
    shop.settle()

    assert inbox.told == [("order.placed", id), ("order.placed", id)]


def test_connection_that_is_gone_is_not_called_again(shop: Shop, inbox: Inbox) -> None:
    inbox.answer = lambda: Reply(410, b"")
    listen(shop, inbox)

    buy(shop)
    shop.settle()
    buy(shop, 2)
    shop.settle()

    assert len(inbox.got) == 1
    state = shop.desk("state")["webhooks"]
    assert (state["dead"], state["active"], state["disabled"]) == (3, 0, 1)


def test_test_event_is_a_ping(shop: Shop, inbox: Inbox) -> None:
    listen(shop, inbox)

    shop.desk("ping", {})
    shop.settle()

    assert inbox.told == [("ping", 0)]
    assert [row["topic"] for row in shop.desk("deliveries")] == ["ping"]


def test_reset_forgets_the_address_and_what_waits(shop: Shop, inbox: Inbox) -> None:
    listen(shop, inbox, cron=False)
    buy(shop)

    shop.desk("reset", {})
    buy(shop)
    shop.settle()

    assert inbox.got == []
    assert shop.desk("state")["webhooks"]["active"] == 0
