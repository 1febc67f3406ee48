"""Statuses back to the shop: what is posted, and what each answer means."""

import json
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
import requests
import responses

from connectors.contract.backward import NumberDraft, PaidDraft
from connectors.contract.canonical import Money
from connectors.contract.capabilities import PaidSink
from connectors.contract.errors import ConnectorError, Misconfigured, RateLimited, Retryable
from connectors.contract.results import NotWritten, Refused, StatusDraft, Written
from connectors.toolkit.standard_webhooks import verify

from .world import NOW, OLD_SECRET, SECRET, STATUS_ADDRESS, World


def draft(number: int = 1, **changes: Any) -> StatusDraft:
    return StatusDraft(**({"target_id": str(number), "status": "shipped", "change_id": f"change-{number}"} | changes))


def answer(http: responses.RequestsMock, status: int, body: str = "", **more: Any) -> None:
    http.add(responses.POST, STATUS_ADDRESS, status=status, body=body, **more)


def sent(http: responses.RequestsMock, index: int = 0) -> tuple[dict[str, str], bytes]:
    request = http.calls[index].request
    body = request.body
    assert isinstance(body, bytes)
    return {name.lower(): str(value) for name, value in request.headers.items()}, body


def test_a_status_is_posted_signed_under_the_id_of_its_change(world: World, http: responses.RequestsMock) -> None:
    answer(http, 200, "ok")
    wanted = draft(
        1001, order_number="A-1001", expected_status="paid", comment="Позвонить", changed_at=NOW - timedelta(seconds=2)
    )

    outcomes = world.sink().put_statuses([wanted])

    headers, body = sent(http)
    assert outcomes == [Written("1001")]
    assert http.calls[0].request.url == STATUS_ADDRESS
    assert headers["content-type"] == "application/json"
    assert verify([SECRET], headers, body) == "change-1001"
    assert json.loads(body) == {
        "type": "order.status",
        "timestamp": "2025-03-01T10:14:58Z",
        "data": {
            "order_id": "1001",
            "order_number": "A-1001",
            "status": "shipped",
            "expected_status": "paid",
            "change_id": "change-1001",
            "comment": "Позвонить",
            "changed_at": "2025-03-01T10:14:58Z",
        },
    }


def test_a_second_try_carries_the_same_id_and_a_new_time(
    world: World, http: responses.RequestsMock, clock: Any
) -> None:
    answer(http, 500)
    answer(http, 200)
    sink = world.sink()
    sink.put_statuses([draft()])

    world.now = NOW + timedelta(minutes=10)
    clock.move_to(world.now)
    outcomes = sink.put_statuses([draft()])

    (first, body), (second, again) = sent(http, 0), sent(http, 1)
    assert outcomes == [Written("1")]
    assert first["webhook-id"] == second["webhook-id"] == "change-1"
    assert int(second["webhook-timestamp"]) - int(first["webhook-timestamp"]) == 600
    assert verify([SECRET], second, again) == "change-1"
    assert json.loads(body)["data"] == json.loads(again)["data"]


def test_during_a_rotation_the_message_carries_both_signatures(world: World, http: responses.RequestsMock) -> None:
    answer(http, 204)

    world.sink(previous_signing_secret=OLD_SECRET).put_statuses([draft()])

    headers, body = sent(http)
    assert verify([SECRET], headers, body) == verify([OLD_SECRET], headers, body) == "change-1"


def test_without_status_address_statuses_do_not_go_back(world: World) -> None:
    assert world.opened(status_address="").status_sink is None


@pytest.mark.parametrize("settings", [{"signing_secret": ""}, {"signing_secret": "wrong"}, {"status_address": "shop"}])
def test_unusable_settings_pause_the_connection_and_post_nothing(world: World, settings: dict[str, str]) -> None:
    [first, second] = world.sink(**settings).put_statuses([draft(1), draft(2)])

    assert isinstance(first, NotWritten)
    assert isinstance(first.error, Misconfigured)
    assert second == first
    assert world.exchanges == []


# --- the table --------------------------------------------------------------------------------------------------------


def test_a_conflict_is_refused_with_the_words_of_the_shop(world: World, http: responses.RequestsMock) -> None:
    answer(http, 409, '{"error":"The order was cancelled by the buyer."}')

    outcomes = world.sink().put_statuses([draft()])

    words = "The shop: The order was cancelled by the buyer. Look at the order in the shop, then send the status again "
    assert outcomes == [Refused(words + "or dismiss it.", "conflict")]


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (400, "refused"),
        (402 + 20, "refused"),
        (404, "not_found"),
        (409, "conflict"),
        (413, "refused"),
        (418, "refused"),
    ],
)
def test_these_answers_refuse_one_change_and_the_next_is_posted(
    world: World, http: responses.RequestsMock, status: int, code: str
) -> None:
    answer(http, status)
    answer(http, 200)

    [refused, written] = world.sink().put_statuses([draft(1), draft(2)])

    assert isinstance(refused, Refused)
    assert refused.code == code
    assert written == Written("2")


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (401, "unauthorized"),
        (403, "forbidden"),
        (405, "no_method"),
        (407, "forbidden"),
        (410, "gone"),
        (415, "no_method"),
        (304, "redirected"),
    ],
)
def test_these_answers_pause_the_connection_and_end_the_batch(
    world: World, http: responses.RequestsMock, status: int, code: str
) -> None:
    answer(http, status)

    [first, second] = world.sink().put_statuses([draft(1), draft(2)])

    assert isinstance(first, NotWritten)
    assert type(first.error) is Misconfigured
    assert first.error.code == code
    assert second == first
    assert len(http.calls) == 1


def test_a_redirect_is_not_followed(world: World, http: responses.RequestsMock) -> None:
    answer(http, 302, headers={"Location": "https://login.example/"})

    [outcome] = world.sink().put_statuses([draft()])

    assert isinstance(outcome, NotWritten)
    assert type(outcome.error) is Misconfigured


@pytest.mark.parametrize(
    ("status", "code"), [(408, "timeout"), (425, "too_early"), (500, "server_error"), (503, "server_error")]
)
def test_these_answers_are_tried_again_and_the_next_is_posted(
    world: World, http: responses.RequestsMock, status: int, code: str
) -> None:
    answer(http, status, headers={"Retry-After": "7"})
    answer(http, 200)

    [first, second] = world.sink().put_statuses([draft(1), draft(2)])

    assert isinstance(first, NotWritten)
    assert type(first.error) is Retryable
    assert (first.error.code, first.error.retry_after) == (code, timedelta(seconds=7))
    assert second == Written("2")


@pytest.mark.parametrize(("header", "seconds"), [({"Retry-After": "90"}, 90), ({}, 30)])
def test_a_busy_shop_ends_the_batch_for_as_long_as_it_says(
    world: World, http: responses.RequestsMock, header: dict[str, str], seconds: int
) -> None:
    answer(http, 429, headers=header)

    [first, second] = world.sink().put_statuses([draft(1), draft(2)])

    assert isinstance(first, NotWritten)
    assert isinstance(first.error, RateLimited)
    assert first.error.retry_after == timedelta(seconds=seconds)
    assert second == first


@pytest.mark.parametrize("page", ["<!DOCTYPE html><title>Shop</title>", "\n <html><body>Log in</body></html>"])
def test_a_web_page_counts_as_unread(world: World, http: responses.RequestsMock, page: str) -> None:
    answer(http, 200, page)

    [outcome] = world.sink().put_statuses([draft()])

    assert isinstance(outcome, NotWritten)
    assert (type(outcome.error), outcome.error.code) == (Retryable, "web_page")


@pytest.mark.parametrize(
    ("problem", "code"),
    [
        (requests.ReadTimeout(), "no_answer"),
        (requests.ConnectionError("reset"), "no_answer"),
        (requests.ConnectTimeout(), "unreachable"),
    ],
)
def test_a_shop_that_does_not_answer_is_asked_once_and_gets_the_rest_later(
    world: World, http: responses.RequestsMock, problem: Exception, code: str
) -> None:
    http.add(responses.POST, STATUS_ADDRESS, body=problem)

    outcomes = world.sink().put_statuses([draft(1), draft(2), draft(3)])

    errors: list[ConnectorError] = [outcome.error for outcome in outcomes if isinstance(outcome, NotWritten)]
    assert [(type(error), error.code) for error in errors] == [(Retryable, code)] * 3
    assert len(http.calls) == 1


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ('{"error":{"message":"Closed."}}', "Closed"),
        ('{"detail":"Closed."}', "Closed"),
        ('"Closed."', "Closed"),
        ("Closed.\n", "Closed"),
        ("", "HTTP 409"),
        ("[1, 2]", "HTTP 409"),
        ("[" * 100_000, "[" * 300),
        ('{"error":"Unknown buyer@shop.example"}', "Unknown •••"),
        ("x" * 5_000, "x" * 300),
        ("<!doctype html><p>Conflict</p>", "HTTP 409"),
    ],
    ids=range(10),
)
def test_the_words_of_the_shop_are_short_and_name_nobody(
    world: World, http: responses.RequestsMock, body: str, words: str
) -> None:
    answer(http, 409, body)

    [refused] = world.sink().put_statuses([draft()])

    assert isinstance(refused, Refused)
    assert refused.message.startswith(f"The shop: {words}. Look at")


def test_the_log_of_the_exchange_holds_no_secret(world: World, http: responses.RequestsMock) -> None:
    answer(http, 200, "ok")

    world.sink().put_statuses([draft(comment="Ring +37360123456")])

    [exchange] = world.exchanges
    logged = f"{exchange.url} {exchange.request_body} {exchange.response_body}"
    assert SECRET.removeprefix("whsec_") not in logged
    assert "37360123456" not in logged
    assert world.throttled == ["custom_cms:shop.example"]


def test_a_paid_mark_is_posted_signed_under_the_id_of_its_change(world: World, http: responses.RequestsMock) -> None:
    answer(http, 200, "ok")
    money = Money(amount=Decimal("54.00"), currency="EUR")
    wanted = PaidDraft("1001", "change-9", paid_at=NOW, amount=money, order_number="A-1001")

    outcomes = paid_sink(world).put_paid([wanted])

    headers, body = sent(http)
    assert outcomes == [Written("1001")]
    assert verify([SECRET], headers, body) == "change-9"
    assert json.loads(body) == {
        "type": "order.paid",
        "timestamp": "2025-03-01T10:15:00Z",
        "data": {
            "order_id": "1001",
            "order_number": "A-1001",
            "change_id": "change-9",
            "paid_at": "2025-03-01T10:15:00Z",
            "amount": "54.00",
            "currency": "EUR",
        },
    }


def test_the_crms_number_is_posted_with_the_one_that_the_shop_has(world: World, http: responses.RequestsMock) -> None:
    answer(http, 200, "ok")
    sink = world.opened(status_address=STATUS_ADDRESS).number_sink
    assert sink is not None

    outcomes = sink.put_numbers([NumberDraft("1001", "5001A", "change-9", "A-1001")])

    assert outcomes == [Written("1001")]
    message = json.loads(sent(http)[1])
    assert (message["type"], message["data"]) == (
        "order.number",
        {"order_id": "1001", "order_number": "A-1001", "change_id": "change-9", "number": "5001A"},
    )


def test_a_shop_without_status_address_takes_neither_marks_nor_numbers(world: World) -> None:
    opened = world.opened(status_address="")

    assert (opened.status_sink, opened.paid_sink, opened.number_sink) == (None, None, None)


def paid_sink(world: World) -> PaidSink:
    sink = world.opened(status_address=STATUS_ADDRESS).paid_sink
    assert sink is not None
    return sink
