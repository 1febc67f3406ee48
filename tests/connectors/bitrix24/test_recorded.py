"""Recorded answers: our side understands each of them, and the stand-in's have the same shape."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests

from connectors.bitrix24.batch import new_id
from connectors.bitrix24.encoding import Command
from connectors.bitrix24.entities import items, rows_of
from connectors.bitrix24.errors import error_for, error_in
from connectors.bitrix24.forms import nested, values_in
from connectors.bitrix24.oauth import _stored
from connectors.bitrix24.people import comm_keys
from connectors.bitrix24.reader import currency_entries, dictionary_entries, manager_entries, pipelines_in
from connectors.bitrix24.search import contact_ids
from connectors.bitrix24.stages import first_of
from connectors.contract.canonical import ObjectKind
from connectors.contract.errors import ConnectorError, Misconfigured, RateLimited, Retryable
from connectors.contract.results import Hint, HookEvent, HookRequest, NotRelevant
from connectors.toolkit.http import Answer

from .world import CREATED, World, buyer, draft, written


def kept(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return found


def shape(value: Any) -> Any:
    """Names and types, one level of a list; null fits everything."""
    match value:
        case dict():
            return {key: shape(inner) for key, inner in value.items()}
        case list():
            return [shape(value[0])] if value else []
        case bool() | None:
            return type(value).__name__
        case int() | float():
            return "number"
        case _:
            return type(value).__name__


def same_shape(ours: Any, theirs: Any, path: str = "") -> list[str]:
    """Where what the stand-in says differs in type from what was recorded; it need not say everything."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        both = sorted(ours.keys() & theirs.keys())
        return [fault for key in both for fault in same_shape(ours[key], theirs[key], f"{path}.{key}")]
    if isinstance(ours, list) and isinstance(theirs, list):
        return same_shape(ours[0], theirs[0], f"{path}[]") if ours and theirs else []
    if ours is None or theirs is None or shape(ours) == shape(theirs):
        return []
    return [f"{path}: {shape(ours)} is not {shape(theirs)}"]


def ask(world: World, method: str, params: Any) -> Any:
    url = f"{world.box.url}/rest/1/sandboxsecret0001/{method}"
    return requests.post(url, json=params, timeout=10).json()


@pytest.mark.recorded_files("bitrix24", "*.json")
def test_every_documented_error_becomes_one_that_staff_can_read(recorded_file: Path) -> None:
    body = kept(recorded_file)
    errors = [body.get("error_response"), *(each["body"] for each in body.get("errors", ()))]
    for error in errors:
        if not isinstance(error, dict) or "error" not in error:
            continue
        for found in (error_for(Answer(400, {}, json.dumps(error).encode(), "")), error_in(error)):
            assert isinstance(found, ConnectorError)
            assert found.message.startswith("Bitrix24: ")
            assert found.code


@pytest.mark.recorded_files("bitrix24", "system_errors.json")
def test_system_errors_are_sorted_by_who_acts_next(recorded_file: Path) -> None:
    errors = kept(recorded_file)["errors"]

    found = [error_for(Answer(each["http_status"], {}, json.dumps(each["body"]).encode(), "")) for each in errors]

    assert [type(each) for each in found] == [Retryable, RateLimited, *[Misconfigured] * 4]


@pytest.mark.recorded_files("bitrix24", "*batch*.json")
def test_batches_are_read_whether_maps_are_maps_or_lists(recorded_file: Path) -> None:
    from connectors.bitrix24 import batch

    class Recorded:
        """A portal that answers what was recorded."""

        def held(self, method: str) -> None: ...

        def note_cost(self, method: str, time: Any, *, is_blocked: bool = False) -> None: ...

        def call(self, method: str, params: Any, *, is_read: bool) -> Any:
            return kept(recorded_file)["response"]

    answer = kept(recorded_file)["response"]["result"]
    named = [*dict(answer["result"] or {}), *dict(answer["result_error"] or {})]
    commands = [Command(name, "crm.item.add", {}) for name in [*named, "not_there"]]

    run = batch.ask(Recorded(), commands)  # type: ignore[arg-type]  # what of a portal a batch needs

    assert set(run.results) == set(answer["result"] or {})
    assert set(run.errors) == set(answer["result_error"] or {})
    assert "not_there" not in run.results


@pytest.mark.recorded_files("bitrix24", "real_batch_*.json")
def test_new_ids_are_found_in_answers_of_old_and_new_methods(recorded_file: Path) -> None:
    [result] = kept(recorded_file)["response"]["result"]["result"].values()

    assert new_id(result) in {"58943", "247"}


@pytest.mark.recorded_files("bitrix24", "crm_item_*.json")
def test_items_are_read(recorded_file: Path) -> None:
    result = kept(recorded_file)["response"]["result"]

    if "items" in result:
        assert len(items(result)) == 4
    elif "item" in result:
        assert new_id(result) in {"342", "351"}
    else:
        assert len(result["productRows"]) == 2


@pytest.mark.recorded_files("bitrix24", "*category_list.json")
def test_pipelines_are_read_in_the_portals_order(recorded_file: Path) -> None:
    found = pipelines_in(kept(recorded_file)["response"]["result"])

    assert "0" in found
    assert all(found.values())


@pytest.mark.recorded_files("bitrix24", "crm_status_list_deal_stage.json")
def test_stages_are_read_with_their_families(recorded_file: Path) -> None:
    result = kept(recorded_file)["response"]["result"]

    assert [entry.code for entry in dictionary_entries(result)][:2] == ["NEW", "PREPARATION"]
    assert (first_of("*P", result), first_of("*S", result), first_of("*F", result)) == ("NEW", "WON", "LOSE")


@pytest.mark.recorded_files("bitrix24", "crm_currency_list.json")
def test_currency_that_is_listed_twice_is_one(recorded_file: Path) -> None:
    found = currency_entries(kept(recorded_file)["response"]["result"])

    assert [entry.code for entry in found] == ["CAD", "EUR", "USD"]


@pytest.mark.recorded_files("bitrix24", "user_get.json")
def test_managers_are_read(recorded_file: Path) -> None:
    found = manager_entries(rows_of(kept(recorded_file)["response"]["result"]))

    assert [(entry.code, entry.name, entry.is_active) for entry in found] == [
        ("1", "Ada Manager", True),
        ("3", "Bob Seller", True),
    ]


@pytest.mark.recorded_files("bitrix24", "crm_duplicate_findbycomm.json")
def test_hits_of_a_search_are_read(recorded_file: Path) -> None:
    assert contact_ids(kept(recorded_file)["response"]["result"]) == ["275", "2297"]
    assert contact_ids([]) == []


@pytest.mark.recorded_files("bitrix24", "crm_contact_get.json")
def test_multi_fields_of_the_older_method_are_compared_the_same(recorded_file: Path) -> None:
    contact = kept(recorded_file)["response"]["result"]

    found = comm_keys({"fm": [*contact["PHONE"], *contact["EMAIL"]]})

    assert found == {"3333333555", "5599888666", "johnsmith@example.mailing", "johnsmith@example.work"}


@pytest.mark.recorded_files("bitrix24", "oauth_refresh.json")
def test_sign_in_is_kept_with_what_is_needed(recorded_file: Path) -> None:
    found = json.loads(_stored(kept(recorded_file)["response"]))

    assert {"access_token", "refresh_token", "member_id", "expires"} <= set(found)


@pytest.mark.recorded_files("bitrix24", "event_on*.json")
def test_events_are_read_from_their_documented_form(recorded_file: Path, world: World) -> None:
    payload = kept(recorded_file)["payload"]
    body = json.dumps(payload).encode()
    webhooks = world.open().webhooks
    assert webhooks is not None

    [change] = webhooks.read(HookEvent(payload["event"], {}, body, CREATED))

    if "APPINSTALL" in payload["event"]:
        assert isinstance(change, NotRelevant)
    else:
        assert change == Hint(ObjectKind.ORDER, payload["data"]["FIELDS"]["ID"])


@pytest.mark.recorded_files("bitrix24", "event_outgoing_webhook_*.json")
def test_event_in_its_wire_form_is_the_documented_one_and_its_token_is_compared(
    recorded_file: Path, world: World
) -> None:
    whole = kept(recorded_file)
    form, payload = whole["form_body"].encode(), whole["payload"]
    token = payload["auth"]["application_token"]
    webhooks = world.open(application_token=token, member_id=payload["auth"]["member_id"]).webhooks
    assert webhooks is not None

    accepted: Any = webhooks.accept(HookRequest("POST", {"content-type": "application/x-www-form-urlencoded"}, form))

    assert values_in(form, "") == payload
    assert nested([("auth[member_id]", "x")]) == {"auth": {"member_id": "x"}}
    assert token.encode() not in accepted.body
    assert webhooks.read(HookEvent(accepted.topic, accepted.headers, accepted.body, CREATED)) == [
        Hint(ObjectKind.ORDER, "7405")
    ]


@pytest.mark.recorded_files("bitrix24", "time_operating.json")
def test_time_that_a_method_took_is_read(recorded_file: Path, world: World) -> None:
    from connectors.bitrix24.config import config_from
    from connectors.bitrix24.portal import Portal

    portal = Portal(config_from({"address": world.box.url, "operating_limit_seconds": 4}), world.services())

    portal.note_cost("crm.item.add", kept(recorded_file)["response_tail"]["time"])

    assert isinstance(portal.held("crm.item.add"), RateLimited)
    assert portal.held("crm.item.update") is None


# --- the stand-in ---------------------------------------------------------------------------------------------------

ASKED = {
    "crm_category_list.json": ("crm.category.list", {"entityTypeId": 2}),
    "crm_status_list_deal_stage.json": ("crm.status.list", {"filter": {"ENTITY_ID": "DEAL_STAGE"}}),
    "crm_currency_list.json": ("crm.currency.list", {}),
    "user_get.json": ("user.get", {}),
    "crm_duplicate_findbycomm.json": (
        "crm.duplicate.findbycomm",
        {"type": "EMAIL", "values": ["buyer1@example.com"], "entity_type": "CONTACT"},
    ),
    "crm_item_add_deal.json": ("crm.item.add", {"entityTypeId": 2, "fields": {"title": "x", "opportunity": 2.5}}),
    "crm_item_update.json": ("crm.item.update", {"entityTypeId": 2, "id": 5001, "fields": {"title": "y"}}),
    "crm_item_productrow_set.json": (
        "crm.item.productrow.set",
        {"ownerType": "D", "ownerId": 5001, "productRows": [{"productName": "x", "price": 1, "quantity": 2}]},
    ),
    "batch_success.json": ("batch", {"halt": 0, "cmd": {"one": "profile", "two": "user.get"}}),
    "batch_error_halt0.json": ("batch", {"halt": 0, "cmd": {"one": "event.get"}}),
}


@pytest.mark.parametrize("name", ASKED)
def test_stand_in_answers_in_the_shape_that_was_recorded(
    name: str, recorded: Callable[[str], Path], world: World
) -> None:
    response = kept(recorded("bitrix24") / name)["response"]
    written(world.put([draft(1, customer=buyer(1))]))

    ours = ask(world, *ASKED[name])

    assert same_shape(ours, response) == []
    assert set(response) - {"time"} <= set(ours)
