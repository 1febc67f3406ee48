"""Commands into the shop: what is sent, and what each answer means for the item."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests
import responses

from connectors.contract.backward import NumberDraft, PaidDraft
from connectors.contract.errors import Misconfigured, RateLimited, Retryable
from connectors.contract.results import NOT_TAKEN, NotWritten, Outcome, Refused, StatusDraft, Written
from connectors.toolkit.standard_webhooks import verify

from .world import API, OLD_SECRET, SECRET, World

DRAFT = StatusDraft("15", "2", "change-1", order_number="2601/15", expected_status="1")
OK = {"ok": True, "time": "2026-01-15T10:00:05+03:00"}
CHANGED = {**OK, "result": "changed", "status": {"id": 2, "name": "Paid"}}


def refusal(code: str, message: str = "", **more: Any) -> dict[str, Any]:
    return {"ok": False, "error": {"code": code, "message": message, **more}}


def put(world: World, *drafts: StatusDraft, **settings: Any) -> list[Outcome]:
    sink = world.opened(**settings).status_sink
    assert sink is not None
    return list(sink.put_statuses(drafts))


def sent(http: responses.RequestsMock, place: int = 0) -> dict[str, Any]:
    body = http.calls[place].request.body
    assert isinstance(body, bytes)
    found: dict[str, Any] = json.loads(body)
    return found


def test_status_is_set_with_its_change_id_and_where_the_order_is_thought_to_be(
    world: World, http: responses.RequestsMock
) -> None:
    http.post(API, json=CHANGED)

    outcomes = put(world, DRAFT)

    assert outcomes == [Written("15")]
    assert sent(http) == {
        "action": "order.set_status", "id": 15, "status": 2, "change_id": "change-1", "expected_status": 1,
    }  # fmt: skip


def test_call_is_signed_with_both_secrets_while_they_are_changed(
    world: World, http: responses.RequestsMock, at_now: object
) -> None:
    http.post(API, json=CHANGED)

    put(world, DRAFT, previous_signing_secret=OLD_SECRET)

    request = http.calls[0].request
    signed = {name.lower(): value for name, value in request.headers.items()}
    assert isinstance(request.body, bytes)
    assert verify([SECRET], signed, request.body) == verify([OLD_SECRET], signed, request.body)
    assert signed["webhook-id"].startswith("order.set_status-")


def test_letters_are_kept_back_when_staff_want_it(world: World, http: responses.RequestsMock) -> None:
    http.post(API, json=CHANGED)

    put(world, DRAFT, silent=True)

    assert sent(http)["silent"] is True


def test_unchanged_is_written_with_a_note(world: World, http: responses.RequestsMock) -> None:
    http.post(API, json={**CHANGED, "result": "unchanged"})

    assert put(world, DRAFT) == [Written("15", note="The shop had this status already.")]


def test_shop_that_moves_the_order_on_by_itself_is_told(world: World, http: responses.RequestsMock) -> None:
    http.post(API, json={**CHANGED, "status": {"id": 6, "name": "Being packed"}})

    assert put(world, DRAFT) == [Written("15", note="The shop moved it on to “Being packed” by itself.")]


@pytest.mark.parametrize(
    ("status", "answer", "code", "words"),
    [
        (
            409,
            refusal("conflict", "no", status={"id": 3, "name": "Sent"}),
            "moved_meanwhile",
            "the order is “Sent” by now",
        ),
        (422, refusal("refused", "The status “Sent” is final"), "refused", "The status “Sent” is final"),
        (422, refusal("inactive", "Switched off"), "inactive", "Switch the status on in the shop"),
        (404, refusal("not_found", "None"), "not_found", "no longer in the shop"),
        (400, refusal("bad_request", "What?"), "bad_request", "What?"),
    ],
)
def test_order_that_the_shop_refuses_is_told_in_its_own_words_and_not_repeated(
    world: World, http: responses.RequestsMock, status: int, answer: dict[str, Any], code: str, words: str
) -> None:
    http.post(API, json=answer, status=status)

    (outcome,) = put(world, DRAFT)

    assert isinstance(outcome, Refused)
    assert outcome.code == code
    assert outcome.message.startswith("Order 2601/15: ")
    assert words in outcome.message


def test_one_refusal_does_not_stop_the_others(world: World, http: responses.RequestsMock) -> None:
    http.post(API, json=refusal("refused", "final"), status=422)
    http.post(API, json=CHANGED)

    outcomes = put(world, DRAFT, StatusDraft("16", "2", "change-2"))

    assert [type(each) for each in outcomes] == [Refused, Written]


@pytest.mark.parametrize(
    ("status", "answer", "error"),
    [
        (401, refusal("bad_signature"), Misconfigured),
        (401, refusal("clock"), Misconfigured),
        (403, refusal("ip"), Misconfigured),
        (404, {}, Misconfigured),
        (429, {}, RateLimited),
    ],
)
def test_fault_of_the_connection_ends_the_batch_and_nothing_is_lost(
    world: World, http: responses.RequestsMock, status: int, answer: dict[str, Any], error: type[Exception]
) -> None:
    http.post(API, json=answer, status=status)

    outcomes = put(world, DRAFT, StatusDraft("16", "2", "change-2"))

    assert [type(each.error) for each in outcomes if isinstance(each, NotWritten)] == [error, error]
    assert len(http.calls) == 1


def test_answer_that_is_lost_is_asked_for_again_and_not_doubted(world: World, http: responses.RequestsMock) -> None:
    """``change_id`` makes the second call harmless, so there is nothing to look up."""
    http.post(API, body=requests.exceptions.ReadTimeout())

    (outcome,) = put(world, DRAFT)

    assert isinstance(outcome, NotWritten)
    assert (type(outcome.error), outcome.error.code) == (Retryable, "no_answer")


def test_id_that_is_none_of_this_shop_is_refused_without_a_call(world: World) -> None:
    (outcome,) = put(world, StatusDraft("2601-15", "2", "change-1"))

    assert isinstance(outcome, Refused)
    assert outcome.code == "invalid_id"
    assert world.exchanges == []


def test_without_a_secret_nothing_is_sent(world: World) -> None:
    (outcome,) = put(world, DRAFT, signing_secret="whsec_short")

    assert isinstance(outcome, NotWritten)
    assert isinstance(outcome.error, Misconfigured)
    assert world.exchanges == []


# --- paid, number -----------------------------------------------------------------------------------------------------


def test_order_is_marked_as_paid(world: World, http: responses.RequestsMock) -> None:
    http.post(API, json=CHANGED)
    sink = world.opened().paid_sink
    assert sink is not None

    outcomes = sink.put_paid([PaidDraft("15", "paid-1", paid_at=datetime(2026, 1, 15, tzinfo=UTC))])

    assert outcomes == [Written("15")]
    assert sent(http) == {"action": "order.set_paid", "id": 15, "change_id": "paid-1"}


def test_order_that_cannot_be_paid_any_more_is_refused(world: World, http: responses.RequestsMock) -> None:
    http.post(API, json=refusal("refused", "The order is cancelled"), status=422)
    sink = world.opened().paid_sink
    assert sink is not None

    (outcome,) = sink.put_paid([PaidDraft("15", "paid-1", order_number="2601/15")])

    assert isinstance(outcome, Refused)
    assert "The order is cancelled" in outcome.message


@pytest.mark.parametrize(
    ("settings", "rewrite"),
    [({}, False), ({"rewrite_number": True}, True), ({"rewrite_number": True, "external_id": "num"}, False)],
)
def test_number_of_the_crm_replaces_the_shops_only_where_that_is_harmless(
    world: World, http: responses.RequestsMock, settings: dict[str, Any], rewrite: bool
) -> None:
    http.post(API, json={**OK, "result": "changed"})
    sink = world.opened(**settings).number_sink
    assert sink is not None

    outcomes = sink.put_numbers([NumberDraft("15", "1234A", "number-1")])

    assert outcomes == [Written("15")]
    assert sent(http) == {
        "action": "order.set_number", "id": 15, "number": "1234A", "change_id": "number-1", "rewrite": rewrite,
    }  # fmt: skip


def test_older_plug_in_without_a_place_for_numbers_is_no_fault(world: World, http: responses.RequestsMock) -> None:
    http.post(API, json=refusal("unknown_action"), status=404)
    sink = world.opened().number_sink
    assert sink is not None

    (outcome,) = sink.put_numbers([NumberDraft("15", "1234A", "number-1")])

    assert isinstance(outcome, Refused)
    assert outcome.code == NOT_TAKEN


def test_what_the_sync_log_keeps_holds_no_secret_and_nobodys_data(world: World, http: responses.RequestsMock) -> None:
    person = {"receiver": "Ann Petrova", "comment": "behind the red door", "room": "5"}
    http.post(API, json={**OK, "orders": [{"id": 15, "address": person}]})
    source = world.opened().orders
    assert source is not None

    source.fetch(["15"])

    kept = repr(world.exchanges)
    assert [secret for secret in (SECRET, "Petrova", "red door") if secret in kept] == []
    assert world.throttled == ["minishop2:shop.example"]
    assert world.exchanges[0].duration >= timedelta(0)
