"""The stand-in for a shop without a platform: what it pushes, and how it takes the hub's statuses."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from connectors.contract.canonical import Order, StatusChange
from connectors.custom_cms.sandbox import SECRET, make
from connectors.toolkit.sandbox import Reply, Request, Sandbox

TOKEN = "token-of-the-connection"


@dataclass
class Hub:
    """A door that checks signatures as the hub does; ``answers`` are given in turn, then 202."""

    sandbox: Sandbox
    bodies: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)

    def take(self, request: Request, thing: str) -> Reply:
        self.ids.append(request.headers["webhook-id"])
        try:
            body = Webhook(SECRET).verify(request.body, dict(request.headers))
        except WebhookVerificationError:
            return Reply(401, {})
        if self.answers:
            return Reply(self.answers.pop(0), {})
        self.bodies.append((thing, body))
        return Reply(202, {})


@dataclass
class Shop:
    sandbox: Sandbox
    http: requests.Session

    def desk(self, name: str, body: Any = None) -> Any:
        method = "GET" if body is None else "POST"
        answer = self.http.request(method, f"{self.sandbox.url}/__sandbox__/{name}", json=body, timeout=5)
        assert answer.status_code < 400, answer.text
        return answer.json()

    def push(self, hub: Hub, **more: Any) -> list[str]:
        wanted = {"hub": f"{hub.sandbox.url}/api/v1", "token": TOKEN, "seed": 1} | more
        ids: list[str] = self.desk("push", wanted)["orders"]
        assert self.sandbox.wait_until_quiet(5)
        return ids

    def receive(self, data: Any, *, id: str = "msg-1", secret: str = SECRET, age: int = 0) -> requests.Response:
        """A status message as the hub posts it."""
        body = json.dumps({"type": "order.status", "timestamp": "2026-03-01T10:00:00Z", "data": data})
        moment = datetime.now(UTC) - timedelta(seconds=age)
        headers = {
            "webhook-id": id,
            "webhook-timestamp": str(int(moment.timestamp())),
            "webhook-signature": Webhook(secret).sign(id, moment, body),
            "content-type": "application/json",
        }
        return self.http.post(f"{self.sandbox.url}/hub-status", data=body, headers=headers, timeout=5)

    def status_of(self, order_id: str) -> str:
        return next(str(order["status"]) for order in self.desk("orders") if order["id"] == order_id)


@pytest.fixture
def hub() -> Iterator[Hub]:
    hub = Hub(Sandbox("hub"))
    hub.sandbox.route("POST", f"/api/v1/push/{TOKEN}/(?P<thing>[a-z-]+)", hub.take)
    with hub.sandbox:
        yield hub


@pytest.fixture
def shop() -> Iterator[Shop]:
    with make() as sandbox, requests.Session() as http:
        yield Shop(sandbox, http)


# --- Pushing ----------------------------------------------------------------------------------------------------------


def test_pushed_orders_are_sound_canonical_orders(shop: Shop, hub: Hub) -> None:
    ids = shop.push(hub, orders=30)

    orders = [Order.model_validate(body["order"]) for _, body in hub.bodies]
    assert sorted(order.id for order in orders) == sorted(ids)
    assert ids[0] == "CMS-1001"
    for order in orders:
        assert order.total == sum(line.total for line in order.lines) + order.deliveries[0].cost
        assert order.payments[0].amount is not None
        assert order.payments[0].amount.amount == order.total


def test_several_orders_travel_in_one_body(shop: Shop, hub: Hub) -> None:
    shop.push(hub, orders=5, batch=2)

    assert sorted(len(body.get("orders", [0])) for _, body in hub.bodies) == [1, 2, 2]
    assert shop.desk("state")["pushes_accepted"] == 3


def test_the_same_seed_makes_the_same_shoppers(hub: Hub) -> None:
    def run() -> list[Any]:
        with make(clock=lambda: datetime(2026, 3, 1, tzinfo=UTC)) as sandbox, requests.Session() as http:
            shop = Shop(sandbox, http)
            shop.push(hub, orders=4, seed=7)
            orders: list[Any] = shop.desk("orders")
            return orders

    assert run() == run()


def test_a_push_the_hub_could_not_take_is_repeated_under_the_same_id(shop: Shop, hub: Hub) -> None:
    hub.answers = [503]

    shop.push(hub, orders=1)

    assert len(hub.ids) == 2
    assert len(set(hub.ids)) == 1
    assert [body["order"]["id"] for _, body in hub.bodies] == ["CMS-1001"]


def test_a_push_the_hub_refuses_is_not_repeated(shop: Shop, hub: Hub) -> None:
    hub.answers = [422]

    shop.push(hub, orders=1)

    assert (len(hub.ids), hub.bodies) == (1, [])
    assert shop.desk("state")["pushes_refused"] == 1


def test_a_push_with_another_secret_does_not_pass(shop: Shop, hub: Hub) -> None:
    shop.push(hub, orders=1, secret="whsec_YW5vdGhlciBzZWNyZXQgb2YgdGhpcnR5IGJ5dGVz")

    assert hub.bodies == []
    assert shop.desk("state")["pushes_refused"] == 1


def test_the_shops_own_status_change_is_pushed_as_the_whole_order(shop: Shop, hub: Hub) -> None:
    shop.push(hub, orders=1)
    created = hub.bodies.pop()[1]["order"]

    shop.desk("set_status", {"order": "CMS-1001", "status": "packed"})

    assert shop.sandbox.wait_until_quiet(5)
    (thing, body), *rest = hub.bodies
    assert (thing, rest) == ("orders", [])
    assert body["order"] | {"updated_at": ""} == created | {"status": "packed", "updated_at": ""}
    assert body["order"]["updated_at"] > created["updated_at"]


def test_the_shop_may_push_the_bare_status_change(shop: Shop, hub: Hub) -> None:
    shop.push(hub, orders=1)
    hub.bodies.clear()

    shop.desk("set_status", {"order": "CMS-1001", "status": "shipped", "only_status": True})

    assert shop.sandbox.wait_until_quiet(5)
    (thing, body), *rest = hub.bodies
    change = StatusChange.model_validate(body["status_change"])
    assert (thing, change.order_id, change.status, rest) == ("status-changes", "CMS-1001", "shipped", [])


def test_random_moves_are_possible_ones_and_repeatable(shop: Shop, hub: Hub) -> None:
    shop.push(hub, orders=10)

    changed = shop.desk("set_status", {"random": 4, "seed": 2, "statuses": ["packed", "shipped"]})["changed"]

    assert len({row["order"] for row in changed}) == 4
    assert {row["status"] for row in changed} <= {"packed", "shipped"}


def test_an_impossible_wish_to_the_staff_is_refused(shop: Shop, hub: Hub) -> None:
    shop.push(hub, orders=1)

    for wish in ({"order": "CMS-9", "status": "packed"}, {"order": "CMS-1001", "status": "lost"}):
        answer = shop.http.post(f"{shop.sandbox.url}/__sandbox__/set_status", json=wish, timeout=5)
        assert answer.status_code == 400
    assert shop.status_of("CMS-1001") == "new"


# --- Taking statuses --------------------------------------------------------------------------------------------------


def test_a_signed_status_is_applied(shop: Shop, hub: Hub) -> None:
    shop.push(hub, orders=1)

    answer = shop.receive({"order_id": "CMS-1001", "status": "shipped"})

    assert answer.status_code == 200
    assert shop.status_of("CMS-1001") == "shipped"
    assert [(row["order"], row["status"]) for row in shop.desk("writes")] == [("CMS-1001", "shipped")]


@pytest.mark.parametrize(
    "wrong",
    [{"secret": "whsec_YW5vdGhlciBzZWNyZXQgb2YgdGhpcnR5IGJ5dGVz"}, {"age": 600}, {"age": -600}],
)
def test_a_wrong_or_old_signature_is_refused(shop: Shop, hub: Hub, wrong: dict[str, Any]) -> None:
    shop.push(hub, orders=1)

    answer = shop.receive({"order_id": "CMS-1001", "status": "shipped"}, **wrong)

    assert answer.status_code == 401
    assert shop.status_of("CMS-1001") == "new"
    assert shop.desk("state")["signatures_refused"] == 1


@pytest.mark.parametrize("signature", ["", "v1", "v1,", "v1,AAAA", "v2,AAAA", "nonsense"])
def test_a_broken_signature_is_refused(shop: Shop, signature: str) -> None:
    headers = {"webhook-id": "1", "webhook-timestamp": str(int(datetime.now(UTC).timestamp()))}
    headers["webhook-signature"] = signature

    answer = shop.http.post(f"{shop.sandbox.url}/hub-status", data=b"{}", headers=headers, timeout=5)

    assert answer.status_code == 401
    assert shop.desk("state")["sandbox_errors"] == []


def test_a_repeat_is_answered_and_not_applied_twice(shop: Shop, hub: Hub) -> None:
    shop.push(hub, orders=1)
    shop.receive({"order_id": "CMS-1001", "status": "packed"}, id="m1")
    shop.receive({"order_id": "CMS-1001", "status": "shipped"}, id="m2")

    repeat = shop.receive({"order_id": "CMS-1001", "status": "packed"}, id="m1")

    assert (repeat.status_code, repeat.json()) == (200, {"repeated": True})
    assert shop.status_of("CMS-1001") == "shipped"
    assert shop.desk("state")["statuses_applied"] == 2


def test_an_unknown_order_is_not_found(shop: Shop) -> None:
    answer = shop.receive({"order_id": "CMS-9", "status": "shipped"})

    assert (answer.status_code, answer.json()) == (404, {"error": "there is no order CMS-9"})


@pytest.mark.parametrize(("status", "code"), [("lost", 422), ("packed", 409)])
def test_what_cannot_follow_is_refused_with_a_reason(shop: Shop, hub: Hub, status: str, code: int) -> None:
    shop.push(hub, orders=1)
    shop.receive({"order_id": "CMS-1001", "status": "cancelled"}, id="m1")

    answer = shop.receive({"order_id": "CMS-1001", "status": status}, id="m2")

    assert answer.status_code == code
    assert "error" in answer.json()
    assert shop.status_of("CMS-1001") == "cancelled"


def test_a_refused_message_may_succeed_later_under_the_same_id(shop: Shop, hub: Hub) -> None:
    shop.push(hub, orders=1)
    shop.desk("faults", {"refuse": ["CMS-1001"]})
    refused = shop.receive({"order_id": "CMS-1001", "status": "packed"}, id="m1")
    shop.desk("faults", {"reset": True})

    taken = shop.receive({"order_id": "CMS-1001", "status": "packed"}, id="m1")

    assert (refused.status_code, taken.status_code) == (409, 200)
    assert shop.status_of("CMS-1001") == "packed"


def test_the_same_status_again_is_fine(shop: Shop, hub: Hub) -> None:
    shop.push(hub, orders=1)
    shop.receive({"order_id": "CMS-1001", "status": "cancelled"}, id="m1")

    answer = shop.receive({"order_id": "CMS-1001", "status": "cancelled"}, id="m2")

    assert (answer.status_code, answer.json()["changed"]) == (200, False)


def test_a_strict_shop_refuses_a_change_made_for_another_status(hub: Hub) -> None:
    with make(strict=True) as sandbox, requests.Session() as http:
        shop = Shop(sandbox, http)
        shop.push(hub, orders=1)
        change = {"order_id": "CMS-1001", "status": "shipped"}

        stale = shop.receive(change | {"expected_status": "packed"}, id="m1")
        fresh = shop.receive(change | {"expected_status": "new"}, id="m2")

    assert (stale.status_code, fresh.status_code) == (409, 200)


def test_a_shop_with_echo_pushes_the_changed_order_back(hub: Hub) -> None:
    with make(echo=True) as sandbox, requests.Session() as http:
        shop = Shop(sandbox, http)
        shop.push(hub, orders=1)
        hub.bodies.clear()

        shop.receive({"order_id": "CMS-1001", "status": "packed"})

        assert sandbox.wait_until_quiet(5)
    assert [body["order"]["status"] for _, body in hub.bodies] == ["packed"]


def test_a_ping_is_answered_and_changes_nothing(shop: Shop) -> None:
    body = json.dumps({"type": "ping", "timestamp": "2026-03-01T10:00:00Z", "data": {}})
    now = datetime.now(UTC)
    headers = {"webhook-id": "p1", "webhook-timestamp": str(int(now.timestamp()))}
    headers["webhook-signature"] = Webhook(SECRET).sign("p1", now, body)

    answer = shop.http.post(f"{shop.sandbox.url}/hub-status", data=body, headers=headers, timeout=5)

    assert (answer.status_code, answer.json()) == (200, {"pong": True})
    assert shop.desk("writes") == []


def test_a_write_before_a_lost_answer_is_recognised_when_repeated(shop: Shop, hub: Hub) -> None:
    shop.push(hub, orders=1)
    shop.desk("faults", {"drop_after_rate": 1})
    with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
        shop.receive({"order_id": "CMS-1001", "status": "packed"}, id="m1")
    shop.desk("faults", {"reset": True})

    again = shop.receive({"order_id": "CMS-1001", "status": "packed"}, id="m1")

    assert again.json() == {"repeated": True}
    assert shop.desk("state")["statuses_applied"] == 1
