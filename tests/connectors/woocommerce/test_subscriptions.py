"""The webhooks that the shop should have for us."""

import json
from typing import Any

import pytest
import responses
from responses import matchers

from connectors.contract.errors import Misconfigured
from connectors.woocommerce.subscriptions import MEMORY, NAME, TOPICS, WebhookManager
from tests.connectors.woocommerce.shop import API, SECRET, Hub, transport

ADDRESS = "https://hub.example.com/hooks/token-1"
LISTING = {"per_page": "100", "page": "1", "orderby": "id"}


def hook(number: int, topic: str, **changes: Any) -> dict[str, Any]:
    return {"id": number, "name": NAME + topic, "status": "active", "topic": topic, "delivery_url": ADDRESS, **changes}


def all_hooks() -> list[dict[str, Any]]:
    return [hook(number, topic) for number, topic in enumerate(TOPICS, 1)]


def remembering(hub: Hub, *ids: int, secret: str = SECRET) -> Hub:
    """A hub that made these webhooks with this secret."""
    manager = manager_of(hub, secret)
    manager._put_memory([str(number) for number in ids])
    with responses.RequestsMock() as web:
        web.get(f"{API}/webhooks", json=[{**one, "id": number} for number, one in zip(ids, all_hooks(), strict=False)])
        web.assert_all_requests_are_fired = False
        web.put(f"{API}/webhooks/1", json={})
        for number in ids:
            web.put(f"{API}/webhooks/{number}", json={})
        web.post(f"{API}/webhooks", json=hook(99, "order.created"))
        manager.ensure(ADDRESS)
    return hub


def manager_of(hub: Hub, secret: str = SECRET) -> WebhookManager:
    return WebhookManager(transport(hub), hub.tokens, secret)


def memory(hub: Hub) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(hub.tokens.values[MEMORY])
    return found


def test_shop_without_our_webhooks_misses_one_for_each_topic() -> None:
    foreign = hook(1, "order.created", name="Other", delivery_url="https://other.example.com/")
    with responses.RequestsMock() as web:
        web.get(f"{API}/webhooks", json=[foreign], match=[matchers.query_param_matcher(LISTING)])

        states = manager_of(Hub()).check(ADDRESS)

    assert [(state.topic, state.state) for state in states] == [(topic, "missing") for topic in TOPICS]


def test_missing_webhooks_are_created_with_our_secret_and_nothing_else_is_touched() -> None:
    hub = Hub()
    foreign = hook(50, "order.created", name="Other", delivery_url="https://other.example.com/", status="disabled")
    with responses.RequestsMock() as web:
        web.get(f"{API}/webhooks", json=[foreign])
        for number, topic in enumerate(TOPICS, 1):
            body = {
                "name": NAME + topic,
                "topic": topic,
                "delivery_url": ADDRESS,
                "secret": SECRET,
                "status": "active",
            }
            web.post(
                f"{API}/webhooks", json=hook(number, topic), status=201, match=[matchers.json_params_matcher(body)]
            )

        states = manager_of(hub).ensure(ADDRESS)

    assert {state.state for state in states} == {"active"}
    assert memory(hub)["ids"] == ["1", "2", "3", "4", "5", "6"]
    assert SECRET not in hub.tokens.values[MEMORY]


@pytest.mark.parametrize("status", ["disabled", "paused"])
def test_webhook_that_was_switched_off_is_shown_and_switched_on(status: str) -> None:
    hub = remembering(Hub(), 1, 2, 3, 4, 5, 6)
    hooks = all_hooks()
    hooks[1]["status"] = status
    with responses.RequestsMock() as web:
        web.get(f"{API}/webhooks", json=hooks)
        web.put(
            f"{API}/webhooks/2",
            json=hook(2, "order.updated"),
            match=[matchers.json_params_matcher({"status": "active"})],
        )

        before = manager_of(hub).check(ADDRESS)
        after = manager_of(hub).ensure(ADDRESS)

    assert [state.topic for state in before if state.state == "disabled"] == ["order.updated"]
    assert {state.state for state in after} == {"active"}


def test_nothing_is_written_when_all_is_right() -> None:
    hub = remembering(Hub(), 1, 2, 3, 4, 5, 6)
    with responses.RequestsMock() as web:
        web.get(f"{API}/webhooks", json=all_hooks())

        states = manager_of(hub).ensure(ADDRESS)

        assert {call.request.method for call in web.calls} == {"GET"}
    assert {state.state for state in states} == {"active"}


def test_webhook_we_made_is_moved_to_the_new_address() -> None:
    hub = remembering(Hub(), 1, 2, 3, 4, 5, 6)
    address = "https://hub.example.com/hooks/token-2"
    with responses.RequestsMock() as web:
        web.get(f"{API}/webhooks", json=all_hooks())
        for number, topic in enumerate(TOPICS, 1):
            web.put(
                f"{API}/webhooks/{number}",
                json=hook(number, topic, delivery_url=address),
                match=[matchers.json_params_matcher({"delivery_url": address})],
            )

        before = manager_of(hub).check(address)
        after = manager_of(hub).ensure(address)

    assert {state.state for state in before} == {"wrong_address"}
    assert {state.state for state in after} == {"active"}


def test_webhook_of_another_hub_is_left_where_it_points() -> None:
    """Two hubs on one shop have the same names; only what this one remembers is its own."""
    hub = Hub()
    others = [hook(number, topic, delivery_url="https://test-hub.example.com/h") for number, topic in enumerate(TOPICS)]
    others = [{**one, "id": one["id"] + 10} for one in others]
    with responses.RequestsMock() as web:
        web.get(f"{API}/webhooks", json=others)
        for number, topic in enumerate(TOPICS, 1):
            web.post(f"{API}/webhooks", json=hook(number, topic))

        before = manager_of(hub).check(ADDRESS)
        after = manager_of(hub).ensure(ADDRESS)

        assert "PUT" not in {call.request.method for call in web.calls}
    assert {state.state for state in before} == {"wrong_address"}
    assert {state.state for state in after} == {"active"}


def test_changed_secret_is_given_to_the_shop() -> None:
    hub = remembering(Hub(), 1, 2, 3, 4, 5, 6)
    with responses.RequestsMock() as web:
        web.get(f"{API}/webhooks", json=all_hooks())
        for number, topic in enumerate(TOPICS, 1):
            web.put(
                f"{API}/webhooks/{number}",
                json=hook(number, topic),
                match=[matchers.json_params_matcher({"secret": "feedface"})],
            )

        manager_of(hub, "feedface").ensure(ADDRESS)


@pytest.mark.parametrize("secret", ["", "a&b", 'a"b', "a<b"])
def test_secret_that_the_shop_would_change_is_refused_before_any_call(secret: str) -> None:
    with responses.RequestsMock(), pytest.raises(Misconfigured, match="webhook secret"):
        manager_of(Hub(), secret).ensure(ADDRESS)


def test_all_pages_of_the_list_are_read() -> None:
    others = [hook(number, "coupon.created", name="Other") for number in range(1, 101)]
    with responses.RequestsMock() as web:
        web.get(f"{API}/webhooks", json=others, match=[matchers.query_param_matcher(LISTING)])
        web.get(f"{API}/webhooks", json=all_hooks(), match=[matchers.query_param_matcher({**LISTING, "page": "2"})])

        states = manager_of(Hub()).check(ADDRESS)

    assert {state.state for state in states} == {"active"}


def test_active_twin_is_preferred_to_a_disabled_one() -> None:
    hooks = [hook(10, "order.created", status="disabled"), *all_hooks()]
    with responses.RequestsMock() as web:
        web.get(f"{API}/webhooks", json=hooks)

        states = manager_of(Hub()).check(ADDRESS)

    assert (states[0].state, states[0].id) == ("active", "1")


def test_port_that_wordpress_does_not_call_is_pointed_out() -> None:
    address = "https://hub.example.com:8443/hooks/t"
    with responses.RequestsMock() as web:
        web.get(f"{API}/webhooks", json=[hook(1, topic, delivery_url=address) for topic in TOPICS])

        states = manager_of(Hub()).check(address)

    assert {state.note for state in states} == {"WordPress does not call port 8443: use 80, 443 or 8080."}


def test_damaged_memory_is_no_memory() -> None:
    hub = Hub()
    hub.tokens.values[MEMORY] = "{broken"
    with responses.RequestsMock() as web:
        web.get(f"{API}/webhooks", json=all_hooks())

        assert {state.state for state in manager_of(hub).check(ADDRESS)} == {"active"}
