"""Calls of the portal: events with their token, robots, and what is kept of them."""

import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import pytest

from connectors.bitrix24.forms import MAX_DEPTH, MAX_FIELDS, nested, values_in
from connectors.contract.canonical import ObjectKind
from connectors.contract.errors import Forged, Unreadable
from connectors.contract.results import Accepted, Acknowledged, Hint, HookEvent, HookRequest, NotRelevant

from .world import World

TOKEN = "jvh9y1ulvt2m6k5or90v9mg8nn32ozas"
NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
FORM = {"content-type": "application/x-www-form-urlencoded"}
DEAL = Hint(ObjectKind.ORDER, "7405")


def event(name: str = "ONCRMDEALUPDATE", **changes: str) -> bytes:
    values = {
        "event": name,
        "event_handler_id": "975",
        "data[FIELDS][ID]": "7405",
        "ts": "1766047124",
        "auth[domain]": "portal.example",
        "auth[member_id]": "d897063e1ce7c5eb9f04b9751eef5915",
        "auth[application_token]": TOKEN,
    }
    return urlencode(values | changes).encode()


def accept(world: World, body: bytes, *, method: str = "POST", query: Any = None, **settings: str) -> Any:
    webhooks = world.open(**settings).webhooks
    assert webhooks is not None
    return webhooks.accept(HookRequest(method, FORM, body, query or {}))


def read_back(world: World, accepted: Accepted) -> list[Any]:
    """What the hub reads of what it kept."""
    webhooks = world.open().webhooks
    assert webhooks is not None
    assert accepted.body is not None
    return list(webhooks.read(HookEvent(accepted.topic, accepted.headers, accepted.body, NOW)))


@pytest.mark.parametrize(
    "name", ["ONCRMDEALADD", "ONCRMDEALUPDATE", "ONCRMDEALDELETE", "ONCRMDEALMOVETOCATEGORY", "oncrmdealupdate"]
)
def test_event_of_a_deal_is_a_hint(world: World, name: str) -> None:
    found = accept(world, event(name), application_token=TOKEN)

    assert isinstance(found, Accepted)
    assert found.topic == name.upper()
    assert read_back(world, found) == [DEAL]


def test_nothing_but_name_and_number_is_kept(world: World) -> None:
    found = accept(world, event(**{"auth[access_token]": "s6p6eclrvim6da22"}))

    assert found.body == b"event=ONCRMDEALUPDATE&data%5BFIELDS%5D%5BID%5D=7405"


@pytest.mark.parametrize(
    ("changes", "settings"),
    [
        ({"auth[application_token]": "wrong"}, {"application_token": TOKEN}),
        ({"auth[application_token]": ""}, {"application_token": TOKEN}),
        ({"auth[member_id]": "another"}, {"member_id": "d897063e1ce7c5eb9f04b9751eef5915"}),
    ],
)
def test_event_without_the_right_token_or_of_another_portal_is_forged(
    world: World, changes: dict[str, str], settings: dict[str, str]
) -> None:
    with pytest.raises(Forged):
        accept(world, event(**changes), **settings)


def test_event_cannot_pass_for_a_robots_call_by_leaving_its_name_out(world: World) -> None:
    with pytest.raises(Forged):
        accept(world, event(**{"event": "", "auth[application_token]": "wrong"}), application_token=TOKEN)


def test_event_of_something_else_is_acknowledged_and_not_kept(world: World) -> None:
    assert isinstance(accept(world, event("ONCRMCONTACTUPDATE")), Acknowledged)


def test_two_events_of_one_second_are_two(world: World) -> None:
    first, second = accept(world, event()), accept(world, event())

    assert first.dedup_key != second.dedup_key


@pytest.mark.parametrize(
    ("body", "query", "expected"),
    [
        (b"", {"deal": "7405"}, DEAL),
        (b"deal=7405", {}, DEAL),
        (b"", {"deal": "", "order": "1001"}, Hint(ObjectKind.ORDER, "1001", "external_id")),
        (b"document_id[]=crm&document_id[]=CCrmDocumentDeal&document_id[]=DEAL_7405", {}, DEAL),
        (b"document_id[0]=crm&document_id[2]=DEAL_7405&properties[x]=y", {"deal": "1"}, DEAL),
        (b"properties[deal]=7405", {}, DEAL),
    ],
)
def test_robot_names_the_deal_in_any_usual_way(
    world: World, body: bytes, query: dict[str, str], expected: Hint
) -> None:
    found = accept(world, body, method="POST" if body else "GET", query=query, application_token=TOKEN)

    assert isinstance(found, Accepted)
    assert read_back(world, found) == [expected]


def test_robot_of_an_application_carries_token_and_document(world: World) -> None:
    body = urlencode(
        {"auth[application_token]": TOKEN, "document_id[0]": "crm", "document_id[2]": "DEAL_7405"}
    ).encode()

    assert read_back(world, accept(world, body, application_token=TOKEN)) == [DEAL]
    with pytest.raises(Forged):
        accept(world, body, application_token="another")


def test_robot_that_names_the_portal_and_bears_no_token_is_a_hint(world: World) -> None:
    member = "d897063e1ce7c5eb9f04b9751eef5915"
    body = urlencode({"document_id[2]": "DEAL_7405", "auth[domain]": "portal.example", "auth[member_id]": member})

    found = accept(world, body.encode(), application_token=TOKEN, member_id=member)

    assert read_back(world, found) == [DEAL]
    with pytest.raises(Forged):
        accept(world, body.encode(), application_token=TOKEN, member_id="another")


def test_event_may_bear_the_token_that_staff_entered_or_the_one_of_the_installation(world: World) -> None:
    world.tokens.put("oauth", json.dumps({"application_token": "of-the-installation"}))

    for token in (TOKEN, "of-the-installation"):
        found = accept(world, event(**{"auth[application_token]": token}), application_token=TOKEN)
        assert isinstance(found, Accepted)
    with pytest.raises(Forged):
        accept(world, event(**{"auth[application_token]": "third"}), application_token=TOKEN)


def test_call_that_names_nothing_is_acknowledged(world: World) -> None:
    assert isinstance(accept(world, b"x=1"), Acknowledged)


def test_event_without_a_number_is_unreadable(world: World) -> None:
    webhooks = world.open().webhooks
    assert webhooks is not None

    with pytest.raises(Unreadable):
        webhooks.read(HookEvent("ONCRMDEALUPDATE", FORM, event(**{"data[FIELDS][ID]": "x1"}), NOW))
    assert isinstance(webhooks.read(HookEvent("X", FORM, event("ONCRMLEADADD"), NOW))[0], NotRelevant)


def test_brackets_nest_and_numbers_count_up() -> None:
    pairs = [("a[b][c]", "1"), ("a[b][d]", "2"), ("x[]", "3"), ("x[]", "4"), ("plain", "5")]

    assert nested(pairs) == {"a": {"b": {"c": "1", "d": "2"}}, "x": {"0": "3", "1": "4"}, "plain": "5"}


@pytest.mark.parametrize("name", ["", "[a]", "a[b", "a]b[c", "a" * 500, "a" + "[b]" * (MAX_DEPTH + 1)])
def test_names_that_are_none_too_deep_or_too_long_are_left_out(name: str) -> None:
    assert nested([(name, "1"), ("ok", "2")]) in (
        {"ok": "2"},
        {name: "1", "ok": "2"} if name == "a]b[c" else {"ok": "2"},
    )


def test_field_that_contradicts_an_earlier_one_is_left_out() -> None:
    assert nested([("a", "1"), ("a[b]", "2"), ("c[d]", "3"), ("c", "4")]) == {"a": "1", "c": {"d": "3"}}


def test_body_with_too_many_fields_is_empty() -> None:
    body = "&".join(f"f{number}=1" for number in range(MAX_FIELDS + 1)).encode()

    assert values_in(body, "") == {}
