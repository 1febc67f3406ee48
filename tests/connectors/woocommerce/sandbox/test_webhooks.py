"""What the sandbox shop sends by itself."""

import base64
import hashlib
import hmac
import json

import pytest

from .conftest import Client, Inbox


def settle(client: Client) -> None:
    assert client.box.dispatcher.wait_until_idle(20)


def signature(body: bytes, secret: str) -> str:
    return base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()


def hold(client: Client) -> None:
    client.control("webhooks", {"cron": False})


def release(client: Client) -> None:
    client.control("webhooks", {"cron": True})
    settle(client)


# --- Rows -------------------------------------------------------------------------------------------------------------


def test_a_webhook_never_shows_its_secret(client: Client, inbox: Inbox) -> None:
    created = client.hook("order.updated", inbox.url)
    settle(client)

    listed = client.get("/webhooks").json()

    assert [one["id"] for one in listed] == [created["id"]]
    assert created["hooks"] == ["woocommerce_update_order", "woocommerce_order_refunded"]
    assert "secret" not in created | listed[0]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"topic": "order.paid", "delivery_url": "http://127.0.0.1:1/"}, "invalid_topic"),
        ({"topic": "order.created", "delivery_url": "hub"}, "invalid_delivery_url"),
    ],
)
def test_a_wrong_webhook_is_refused(client: Client, body: dict[str, str], code: str) -> None:
    answer = client.post("/webhooks", body)

    assert (answer.status_code, answer.json()["code"]) == (400, f"woocommerce_rest_shop_webhook_{code}")
    assert client.get("/webhooks").json() == []


def test_a_webhook_is_deleted_by_force_only(client: Client, inbox: Inbox) -> None:
    number = client.hook("order.updated", inbox.url)["id"]
    settle(client)

    assert client.delete(f"/webhooks/{number}").status_code == 501
    assert client.delete(f"/webhooks/{number}", force="true").status_code == 200
    assert client.get(f"/webhooks/{number}").status_code == 404
    assert client.put(f"/webhooks/{number}", {}).status_code == 400


def test_webhooks_can_be_made_and_removed_in_a_batch(client: Client, inbox: Inbox) -> None:
    body = {"topic": "order.created", "delivery_url": inbox.url}

    made = client.post("/webhooks/batch", {"create": [body, body | {"topic": "x"}]}).json()["create"]
    gone = client.post("/webhooks/batch", {"delete": [made[0]["id"], 99]}).json()["delete"]
    settle(client)

    assert made[1]["error"]["data"]["status"] == 400
    assert (gone[0]["id"], gone[1]["error"]["data"]["status"]) == (made[0]["id"], 404)


# --- The ping ---------------------------------------------------------------------------------------------------------


def test_a_new_webhook_pings_with_an_unsigned_form(client: Client, inbox: Inbox) -> None:
    client.hook("order.created", inbox.url)
    settle(client)

    [ping] = inbox.got
    assert ping.body == b"webhook_id=1"
    assert ping.headers["content-type"] == "application/x-www-form-urlencoded"
    assert [name for name in ping.headers if name.startswith("x-wc")] == []


def test_a_ping_that_is_not_answered_200_comes_again_with_each_save(client: Client, inbox: Inbox) -> None:
    inbox.status = 202
    client.hook("order.created", inbox.url)
    settle(client)

    client.put("/webhooks/1", {"name": "again"})
    settle(client)
    inbox.status = 200
    client.put("/webhooks/1", {"name": "and again"})
    settle(client)
    client.put("/webhooks/1", {"name": "answered by now"})
    settle(client)

    assert [one.body for one in inbox.got] == [b"webhook_id=1"] * 3


# --- Deliveries -------------------------------------------------------------------------------------------------------


def test_a_delivery_is_signed_and_carries_the_order(client: Client, inbox: Inbox) -> None:
    client.hook("order.created", inbox.url, secret="a&amp;b&#039;c")
    client.ordered(billing={"first_name": "Мария", "email": "m@example.test"})
    settle(client)

    [sent] = inbox.deliveries
    assert {name: sent.headers[f"x-wc-webhook-{name}"] for name in ("topic", "resource", "event", "id", "source")} == {
        "topic": "order.created",
        "resource": "order",
        "event": "created",
        "id": "1",
        "source": f"{client.box.url}/",
    }
    assert sent.headers["x-wc-webhook-signature"] == signature(sent.body, "a&b'c")
    assert b"\\u041c" in sent.body
    assert b"\\/" in sent.body
    assert sent.json() == client.get("/orders/1001").json()


def test_the_body_is_the_state_when_it_is_sent(client: Client, inbox: Inbox) -> None:
    client.hook("order.created", inbox.url)
    settle(client)
    hold(client)
    client.ordered()
    client.ordered()
    client.ordered()
    client.put("/orders/1001", {"status": "completed"})
    client.delete("/orders/1002")
    client.delete("/orders/1003", force="true")

    release(client)

    bodies = [one.json() for one in inbox.deliveries]
    assert sorted(body.get("status", "") for body in bodies) == ["", "completed", "trash"]
    gone = {"code": "woocommerce_rest_shop_order_invalid_id", "message": "Invalid ID.", "data": {"status": 404}}
    assert gone in bodies
    assert all(one.headers["x-wc-webhook-signature"] == signature(one.body, "0a1b") for one in inbox.deliveries)


def test_equal_events_that_wait_are_one_delivery(client: Client, inbox: Inbox) -> None:
    client.hook("order.updated", inbox.url)
    client.ordered()
    settle(client)
    hold(client)
    for _ in range(5):
        client.put("/orders/1001", {})

    release(client)

    assert len(inbox.deliveries) == 1
    assert client.control("state")["webhooks"]["merged"] == 4


def test_a_write_without_change_is_announced_and_a_note_is_not(client: Client, inbox: Inbox) -> None:
    client.ordered()
    client.hook("order.updated", inbox.url)

    client.post("/orders/1001/notes", {"note": "x"})
    settle(client)
    without = len(inbox.deliveries)
    client.put("/orders/1001", {})
    settle(client)

    assert (without, len(inbox.deliveries)) == (0, 1)


def test_the_bin_is_announced_as_deleted_and_taking_out_is_not_announced_as_restored(
    client: Client, inbox: Inbox
) -> None:
    for topic in ("order.deleted", "order.restored"):
        client.hook(topic, inbox.url)
    client.ordered()

    client.delete("/orders/1001")
    client.put("/orders/1001", {"status": "pending"})
    settle(client)

    assert [(one.headers["x-wc-webhook-topic"], one.json()) for one in inbox.deliveries] == [
        ("order.deleted", {"id": 1001})
    ]


def test_an_action_tells_its_name_and_argument(client: Client, inbox: Inbox) -> None:
    client.hook("action.woocommerce_order_status_completed", inbox.url)
    client.ordered()

    client.put("/orders/1001", {"status": "completed"})
    settle(client)

    assert [one.body for one in inbox.deliveries] == [b'{"action":"woocommerce_order_status_completed","arg":1001}']


def test_customers_and_goods_are_announced_too(client: Client, inbox: Inbox) -> None:
    for topic in ("customer.created", "customer.updated", "customer.deleted", "product.updated"):
        client.hook(topic, inbox.url)

    number = client.post("/customers", {"email": "ana@example.test"}).json()["id"]
    settle(client)
    client.ordered(customer_id=number, set_paid=True)
    settle(client)
    client.delete(f"/customers/{number}", force="true")
    settle(client)

    sent = [(one.headers["x-wc-webhook-topic"], one.json()["id"]) for one in inbox.deliveries]
    assert sorted(sent) == [
        ("customer.created", number),
        ("customer.deleted", number),
        ("customer.updated", number),
        ("product.updated", 20),
    ]


def test_deliveries_of_one_second_share_their_id(client: Client, inbox: Inbox) -> None:
    client.hook("order.created", inbox.url)
    settle(client)
    hold(client)
    for _ in range(20):
        client.ordered()

    release(client)

    ids = {one.headers["x-wc-webhook-delivery-id"] for one in inbox.deliveries}
    assert len(inbox.deliveries) == 20
    assert len(ids) < 20


# --- Failures ---------------------------------------------------------------------------------------------------------


def fail_times(client: Client, times: int) -> None:
    for _ in range(times):
        client.put("/orders/1001", {})
        settle(client)


def test_an_event_is_tried_once_and_a_redirect_is_not_followed(client: Client, inbox: Inbox) -> None:
    client.ordered()
    client.hook("order.updated", inbox.url)
    settle(client)
    inbox.status = 500

    fail_times(client, 1)

    assert len(inbox.deliveries) == 1
    assert [row["status"] for row in client.control("deliveries", topic="order.updated")] == [500]


def test_the_seventh_failure_in_a_row_disables_and_what_follows_is_lost(client: Client, inbox: Inbox) -> None:
    client.ordered()
    client.hook("order.updated", inbox.url)
    settle(client)
    inbox.status = 503

    fail_times(client, 6)
    after_six = client.get("/webhooks/1").json()["status"]
    fail_times(client, 3)

    assert (after_six, client.get("/webhooks/1").json()["status"]) == ("active", "disabled")
    assert len(inbox.deliveries) == 7


def test_waking_a_webhook_pings_but_keeps_its_failures(client: Client, inbox: Inbox) -> None:
    client.ordered()
    client.hook("order.updated", inbox.url)
    settle(client)
    inbox.status = 404
    fail_times(client, 7)
    inbox.status = 200

    woken = client.put("/webhooks/1", {"status": "active"}).json()["status"]
    settle(client)
    pings = len(inbox.got) - len(inbox.deliveries)
    inbox.status = 404
    fail_times(client, 1)

    assert (woken, pings, client.get("/webhooks/1").json()["status"]) == ("active", 2, "disabled")


def test_one_success_forgets_the_failures_before(client: Client, inbox: Inbox) -> None:
    client.ordered()
    client.hook("order.updated", inbox.url)
    settle(client)

    for status in (500, 302, 500):
        inbox.status = status
        fail_times(client, 6 if status == 500 else 1)

    assert client.get("/webhooks/1").json()["status"] == "active"


def test_nobody_at_the_address_is_a_failure(client: Client) -> None:
    client.hook("order.created", "http://127.0.0.1:9/closed")

    client.ordered()
    settle(client)

    assert client.control("state")["webhooks"]["failed"] == 1


# --- Switches ---------------------------------------------------------------------------------------------------------


def test_duplicates_losses_and_overtaking_come_on_demand(client: Client, inbox: Inbox) -> None:
    client.hook("order.created", inbox.url)
    settle(client)
    client.control("webhooks", {"duplicate_rate": 1.0, "reorder": True, "seed": 3})
    client.control("shop", {"orders": 12, "seed": 2})
    settle(client)
    twice = [json.loads(one.body)["id"] for one in inbox.deliveries]
    client.control("webhooks", {"duplicate_rate": 0, "lost_rate": 1.0})
    client.control("shop", {"orders": 5, "seed": 2})
    settle(client)

    assert sorted(twice) == sorted([*range(1001, 1013), *range(1001, 1013)])
    assert twice != sorted(twice)
    assert len(inbox.deliveries) == 24
    figures = client.control("state")["webhooks"]
    assert (figures["duplicated"], figures["lost"], figures["acknowledged"], figures["pending"]) == (12, 5, 24, 0)
    assert 0 < figures["latency_ms"]["p50"] <= figures["latency_ms"]["max"]


def test_each_delivery_can_have_a_connection_of_its_own(client: Client, inbox: Inbox) -> None:
    client.control("webhooks", {"keep_alive": False, "senders": 1})
    client.hook("order.created", inbox.url)

    client.control("shop", {"orders": 3})
    settle(client)

    assert [one.headers.get("connection") for one in inbox.deliveries] == ["close"] * 3


def test_an_unknown_switch_is_refused(client: Client) -> None:
    answer = client.session.post(f"{client.box.url}/__sandbox__/webhooks", json={"speed": 1}, timeout=5)

    assert answer.status_code == 400


def test_the_receiver_may_call_the_shop_before_it_answers(client: Client, inbox: Inbox) -> None:
    answers: list[int] = []
    client.hook("order.created", inbox.url)
    settle(client)
    inbox.meanwhile = lambda: answers.append(client.get("/orders/1001").status_code)

    client.ordered()
    settle(client)

    assert answers == [200]
    assert client.control("state")["webhooks"]["acknowledged"] == 1
