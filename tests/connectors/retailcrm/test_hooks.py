"""The trigger's address: lenient in form, strict about the secret."""

import json
from typing import Any
from urllib.parse import urlencode

import pytest

from connectors.contract.canonical import ObjectKind
from connectors.contract.capabilities import WebhookReceiver
from connectors.contract.errors import Forged, Unreadable
from connectors.contract.results import Accepted, Acknowledged, Hint, HookEvent, HookRequest
from connectors.retailcrm.hooks import setup_steps

from .world import NOW, World

FORM = {"content-type": "application/x-www-form-urlencoded"}
JSON = {"content-type": "application/json"}


def door(world: World, **settings: Any) -> WebhookReceiver:
    found = world.open(**settings).webhooks
    assert found is not None
    return found


def posted(values: dict[str, Any], **more: Any) -> HookRequest:
    return HookRequest("POST", FORM, urlencode(values).encode(), **more)


def read(receiver: WebhookReceiver, request: HookRequest) -> Any:
    kept = receiver.accept(request)
    assert isinstance(kept, Accepted)
    assert kept.topic == "order.status"
    (change,) = receiver.read(HookEvent(kept.topic, kept.headers, request.body, NOW))
    return change


BY_ID = Hint(ObjectKind.ORDER, "7146")
BY_EXTERNAL_ID = Hint(ObjectKind.ORDER, "A-15", "external_id")


@pytest.mark.parametrize(
    ("request_", "hint"),
    [
        (posted({"id": "7146", "external_id": "A-15"}), BY_ID),
        (posted({"id": "", "external_id": "A-15"}), BY_EXTERNAL_ID),
        (posted({"retailCRM_action": "change_status", "status": "new", "order_id": "A-15"}), BY_EXTERNAL_ID),
        (HookRequest("GET", {}, b"", {"externalId": "A-15"}), BY_EXTERNAL_ID),
        (HookRequest("POST", JSON, b'{"id": 7146}'), BY_ID),
        (HookRequest("POST", {}, b'{"order": {"externalId": "A-15"}}'), BY_EXTERNAL_ID),
        (posted({"order": json.dumps({"id": 7146})}), BY_ID),
        (posted({"status": "new"}, query={"orderId": "A-15"}), BY_EXTERNAL_ID),
    ],
    ids=["form", "born in the shop", "vendor's example", "GET", "JSON", "nested", "JSON in form", "query and form"],
)
def test_order_is_found_in_any_usual_form(world: World, request_: HookRequest, hint: Hint) -> None:
    assert read(door(world), request_) == hint


@pytest.mark.parametrize(
    "request_",
    [
        posted({"status": "new"}),
        HookRequest("POST", JSON, b"{broken"),
        HookRequest("POST", FORM, b"\xff\xfe"),
        HookRequest("PUT", FORM, b"id=7146"),
        HookRequest("POST", JSON, b'{"id": {"a": 1}}'),
    ],
    ids=["no order", "broken JSON", "no text", "PUT", "odd id"],
)
def test_call_without_an_order_is_acknowledged_and_not_kept(world: World, request_: HookRequest) -> None:
    assert isinstance(door(world).accept(request_), Acknowledged)


def test_same_words_at_another_time_are_another_event(world: World) -> None:
    from datetime import timedelta

    from connectors.retailcrm.hooks import WebhookReceiver as Receiver

    moments = iter([NOW, NOW + timedelta(microseconds=1)])
    receiver = Receiver("", lambda: next(moments))

    first, second = receiver.accept(posted({"id": "1"})), receiver.accept(posted({"id": "1"}))

    assert isinstance(first, Accepted)
    assert isinstance(second, Accepted)
    assert first.dedup_key != second.dedup_key


@pytest.mark.parametrize("given", [{}, {"secret": "wrong"}, {"secret": "ключ"}])
def test_wrong_secret_is_forged(world: World, given: dict[str, str]) -> None:
    with pytest.raises(Forged):
        door(world, trigger_secret="right").accept(posted({"id": "1", **given}))


def test_right_secret_is_accepted_and_not_kept_in_the_headers(world: World) -> None:
    request = HookRequest("GET", {}, b"", {"id": "7146", "secret": "right"})

    kept = door(world, trigger_secret="right").accept(request)

    assert isinstance(kept, Accepted)
    assert "right" not in str(kept.headers)


def test_event_without_an_order_is_unreadable(world: World) -> None:
    with pytest.raises(Unreadable):
        door(world).read(HookEvent("order.status", {}, b"status=new", NOW))


def test_setup_steps_hold_the_address_and_the_rows_to_copy() -> None:
    steps = setup_steps({"trigger_secret": "x"}, "https://hub.example/hooks/retailcrm/token/")

    rows = dict(row for step in steps for row in step.rows)
    assert rows["Address"] == "https://hub.example/hooks/retailcrm/token/"
    assert rows["external_id"] == "{{ order.getExternalId() }}"
    assert rows["Condition"] == 'changeSet.hasChangedField("status") and changeSet.getNewValue("status")'
    assert "secret" in rows
    assert "x" not in rows["secret"].split()
