"""Statuses into the shop: what is sent, what is refused, what is not written."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests
import responses
from requests import PreparedRequest
from responses import matchers

from connectors.contract.errors import Misconfigured, OutcomeUnknown, RateLimited, Retryable
from connectors.contract.results import NotWritten, Refused, StatusDraft, Written
from connectors.woocommerce.writer import StatusSink
from tests.connectors.woocommerce.shop import API, SITE, Hub, error, transport

STATUSES = [{"slug": slug, "name": slug} for slug in ("processing", "completed", "cancelled", "refunded", "on-its-way")]


def draft(order_id: int | str, status: str = "completed", **more: Any) -> StatusDraft:
    return StatusDraft(str(order_id), status, change_id=f"c-{order_id}", **more)


def done(order_id: int, status: str = "completed") -> dict[str, Any]:
    return {"id": order_id, "status": status, "date_modified_gmt": "2026-03-01T12:00:05"}


def sink(hub: Hub | None = None, *, allow_refunded: bool = False) -> StatusSink:
    return StatusSink(transport(hub or Hub()), allow_refunded=allow_refunded)


def batch_of(*pairs: tuple[int, str]) -> Any:
    return matchers.json_params_matcher({"update": [{"id": number, "status": status} for number, status in pairs]})


def test_one_status_is_put_without_asking_anything_before() -> None:
    with responses.RequestsMock() as web:
        web.put(f"{API}/orders/5", json=done(5), match=[matchers.json_params_matcher({"status": "completed"})])

        outcomes = sink().put_statuses([draft(5)])

    assert outcomes == [
        Written(
            "5",
            url=f"{SITE}/wp-admin/admin.php?page=wc-orders&action=edit&id=5",
            changed_at=datetime(2026, 3, 1, 12, 0, 5, tzinfo=UTC),
        )
    ]


def test_many_statuses_go_in_one_batch_and_each_has_its_own_outcome() -> None:
    results = [
        done(5),
        {"id": 6, "error": error("woocommerce_rest_shop_order_invalid_id", 400, "Invalid ID.")},
        {"id": 7, "error": {"code": "any", "message": "Database gone", "data": 500}},
    ]
    with responses.RequestsMock() as web:
        web.get(f"{API}/orders/statuses", json=STATUSES)
        web.post(
            f"{API}/orders/batch",
            json={"update": results},
            match=[batch_of((5, "completed"), (6, "completed"), (7, "on-its-way"))],
        )

        written, refused, waits = sink().put_statuses([draft(5), draft(6, order_number="W-6"), draft(7, "on-its-way")])

    assert isinstance(written, Written)
    assert isinstance(refused, Refused)
    assert refused.message.startswith("Order W-6: The shop has no such order")
    assert refused.code == "woocommerce_rest_shop_order_invalid_id"
    assert isinstance(waits, NotWritten)
    assert type(waits.error) is Retryable


def test_right_that_is_missing_for_one_order_is_no_matter_of_the_connection_when_others_were_changed() -> None:
    forbidden = {"id": 6, "error": error("woocommerce_rest_cannot_edit", 403, "Sorry.")}
    with responses.RequestsMock() as web:
        web.get(f"{API}/orders/statuses", json=STATUSES)
        web.post(f"{API}/orders/batch", json={"update": [done(5), forbidden]})

        written, refused = sink().put_statuses([draft(5), draft(6)])

    assert isinstance(written, Written)
    assert isinstance(refused, Refused)
    assert refused.message.startswith("Order 6: The key may not do that. It says: Sorry.")
    assert refused.code == "woocommerce_rest_cannot_edit"


def test_right_that_is_missing_for_every_order_is_a_matter_of_the_connection() -> None:
    forbidden = [{"id": number, "error": error("woocommerce_rest_cannot_edit", 403, "Sorry.")} for number in (5, 6)]
    with responses.RequestsMock() as web:
        web.get(f"{API}/orders/statuses", json=STATUSES)
        web.post(f"{API}/orders/batch", json={"update": forbidden})

        with pytest.raises(Misconfigured):
            sink().put_statuses([draft(5), draft(6)])


def test_unknown_status_is_never_put_in_a_batch_because_the_shop_would_make_it_pending() -> None:
    with responses.RequestsMock() as web:
        web.get(f"{API}/orders/statuses", json=STATUSES)
        web.put(f"{API}/orders/5", json=done(5))

        written, refused = sink().put_statuses([draft(5), draft(6, "wc-completed")])

        assert not [call for call in web.calls if (call.request.url or "").endswith("batch")]
    assert isinstance(written, Written)
    assert isinstance(refused, Refused)
    assert refused.code == "unknown_status"
    assert "“wc-completed”" in refused.message


def test_list_of_statuses_is_asked_for_once() -> None:
    with responses.RequestsMock() as web:
        listing = web.get(f"{API}/orders/statuses", json=STATUSES)
        web.post(f"{API}/orders/batch", json={"update": [done(5), done(6)]})
        target = sink()

        target.put_statuses([draft(5), draft(6)])
        target.put_statuses([draft(5), draft(6)])

    assert listing.call_count == 1


def test_shop_before_9_6_tells_its_statuses_in_its_schema() -> None:
    schema = {"schema": {"properties": {"status": {"enum": ["pending", "completed"]}}}}
    with responses.RequestsMock() as web:
        web.get(f"{API}/orders/statuses", json=error("rest_no_route", 404), status=404)
        web.options(f"{API}/orders", json=schema)
        web.post(f"{API}/orders/batch", json={"update": [done(5), done(6)]})

        outcomes = sink().put_statuses([draft(5), draft(6)])

    assert all(isinstance(outcome, Written) for outcome in outcomes)


def test_single_unknown_status_is_refused_in_the_shops_words() -> None:
    body = {
        "code": "rest_invalid_param",
        "message": "Invalid parameter(s): status",
        "data": {"status": 400, "params": {"status": "status is not one of pending, completed."}},
    }
    with responses.RequestsMock() as web:
        web.put(f"{API}/orders/5", json=body, status=400)

        (outcome,) = sink().put_statuses([draft(5, "sent")])

    assert isinstance(outcome, Refused)
    assert "not one of pending, completed" in outcome.message


def test_refunded_is_refused_unless_allowed() -> None:
    with responses.RequestsMock():
        (outcome,) = sink().put_statuses([draft(5, "refunded")])

    assert isinstance(outcome, Refused)
    assert outcome.code == "refunded_not_allowed"

    with responses.RequestsMock() as web:
        web.put(f"{API}/orders/5", json=done(5, "refunded"))

        (allowed,) = sink(allow_refunded=True).put_statuses([draft(5, "refunded")])

    assert isinstance(allowed, Written)


@pytest.mark.parametrize("status", ["", "trash", "checkout-draft", "auto-draft"])
def test_statuses_that_hide_an_order_are_refused_without_a_call(status: str) -> None:
    with responses.RequestsMock():
        (outcome,) = sink().put_statuses([draft(5, status)])

    assert isinstance(outcome, Refused)


@pytest.mark.parametrize("order_id", ["W-5", "", "5/../6", "٥"])
def test_id_that_is_no_number_is_refused_without_a_call(order_id: str) -> None:
    with responses.RequestsMock():
        (outcome,) = sink().put_statuses([draft(order_id)])

    assert isinstance(outcome, Refused)
    assert outcome.code == "invalid_id"


def test_expected_status_is_compared_before_writing() -> None:
    present = [done(5, "processing"), done(6, "cancelled"), done(7, "completed")]
    query = {"include": "5,6,7,8", "per_page": "4", "_fields": "id,status,date_modified_gmt"}
    with responses.RequestsMock() as web:
        web.get(f"{API}/orders", json=present, match=[matchers.query_param_matcher(query)])
        web.put(f"{API}/orders/5", json=done(5))

        written, moved, there, gone = sink().put_statuses(
            [draft(number, expected_status="processing") for number in (5, 6, 7, 8)]
        )

    assert isinstance(written, Written)
    assert isinstance(moved, Refused)
    assert (moved.code, "“cancelled”" in moved.message) == ("moved_meanwhile", True)
    assert isinstance(there, Written)
    assert there.note == "The shop had this status already."
    assert isinstance(gone, Refused)
    assert gone.code == "gone"


def test_status_that_the_shop_moves_on_by_itself_is_noted() -> None:
    with responses.RequestsMock() as web:
        web.put(f"{API}/orders/5", json=done(5, "completed"))

        (outcome,) = sink().put_statuses([draft(5, "processing")])

    assert isinstance(outcome, Written)
    assert outcome.note == "The shop moved it on to “completed” by itself."


def _crashing(*poison: int, status: int = 500) -> Any:
    """A shop whose server fails on every call that names one of these orders."""

    def answer(request: PreparedRequest) -> tuple[int, dict[str, str], str]:
        body = json.loads(request.body or "{}")
        numbers = (
            [item["id"] for item in body["update"]] if "update" in body else [int(str(request.url).split("/")[-1])]
        )
        if set(numbers) & set(poison):
            return status, {}, "<p>There has been a critical error on this website.</p>"
        rows = [done(number) for number in numbers]
        return 200, {}, json.dumps({"update": rows} if "update" in body else rows[0])

    return answer


def _web_with(web: responses.RequestsMock, numbers: range, answer: Any) -> None:
    web.assert_all_requests_are_fired = False
    web.get(f"{API}/orders/statuses", json=STATUSES)
    web.add_callback("POST", f"{API}/orders/batch", answer)
    for number in numbers:
        web.add_callback("PUT", f"{API}/orders/{number}", answer)


@pytest.mark.parametrize("poison", [1, 37, 100])
@pytest.mark.parametrize("status", [500, 502, 504, 413])
def test_order_that_crashes_the_shop_does_not_hold_up_its_batch(poison: int, status: int) -> None:
    with responses.RequestsMock() as web:
        _web_with(web, range(1, 101), _crashing(poison, status=status))

        outcomes = sink().put_statuses([draft(number) for number in range(1, 101)])

        assert len(web.calls) <= 17
    failed = [number for number, outcome in enumerate(outcomes, 1) if not isinstance(outcome, Written)]
    assert failed == [poison]
    assert [outcome.id for outcome in outcomes if isinstance(outcome, Written)] == [
        str(number) for number in range(1, 101) if number != poison
    ]


def test_shop_that_is_down_is_not_asked_a_hundred_times() -> None:
    with responses.RequestsMock() as web:
        _web_with(web, range(1, 101), _crashing(*range(1, 101)))

        with pytest.raises(Retryable):
            sink().put_statuses([draft(number) for number in range(1, 101)])

        assert len(web.calls) == 8


def test_limit_that_the_shop_lowered_is_met_by_smaller_batches() -> None:
    def answer(request: PreparedRequest) -> tuple[int, dict[str, str], str]:
        rows = [done(item["id"]) for item in json.loads(request.body or "{}")["update"]]
        if len(rows) > 25:
            return 413, {}, json.dumps(error("woocommerce_rest_request_entity_too_large", 413))
        return 200, {}, json.dumps({"update": rows})

    with responses.RequestsMock() as web:
        _web_with(web, range(0), answer)

        outcomes = sink().put_statuses([draft(number) for number in range(1, 101)])

    assert all(isinstance(outcome, Written) for outcome in outcomes)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ({"status": 503, "body": "<html>Maintenance</html>"}, Retryable),
        ({"status": 429, "headers": {"Retry-After": "3"}}, RateLimited),
        ({"status": 401, "json": error("woocommerce_rest_authentication_error", 401)}, Misconfigured),
        ({"body": requests.ReadTimeout()}, OutcomeUnknown),
    ],
)
def test_fault_of_the_whole_shop_speaks_for_the_whole_batch_after_one_call(
    answer: dict[str, Any], expected: type[Exception]
) -> None:
    with responses.RequestsMock() as web:
        web.get(f"{API}/orders/statuses", json=STATUSES)
        write = web.post(f"{API}/orders/batch", **answer)

        with pytest.raises(expected) as caught:
            sink().put_statuses([draft(5), draft(6)])

    assert type(caught.value) is expected
    assert write.call_count == 1


def test_pause_asked_for_in_the_middle_leaves_the_rest_not_written() -> None:
    def answer(request: PreparedRequest) -> tuple[int, dict[str, str], str]:
        numbers = [item["id"] for item in json.loads(request.body or "{}")["update"]]
        if len(numbers) == 4:
            return 504, {}, "<html></html>"
        if 3 in numbers:
            return 429, {"Retry-After": "9"}, "{}"
        return 200, {}, json.dumps({"update": [done(number) for number in numbers]})

    with responses.RequestsMock() as web:
        _web_with(web, range(0), answer)

        outcomes = sink().put_statuses([draft(number) for number in (1, 2, 3, 4)])

    assert [isinstance(outcome, Written) for outcome in outcomes] == [True, True, False, False]
    waiting = outcomes[3]
    assert isinstance(waiting, NotWritten)
    assert isinstance(waiting.error, RateLimited)
    assert waiting.error.retry_after == timedelta(seconds=9)


def test_answer_that_names_other_orders_is_not_believed() -> None:
    with responses.RequestsMock() as web:
        web.get(f"{API}/orders/statuses", json=STATUSES)
        web.post(f"{API}/orders/batch", json={"update": [done(5)]})

        with pytest.raises(Retryable, match="does not name the orders"):
            sink().put_statuses([draft(5), draft(6)])


def test_nothing_to_do_calls_nothing() -> None:
    with responses.RequestsMock():
        assert sink().put_statuses([]) == []
    assert sink().max_batch == 100
