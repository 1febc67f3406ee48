"""Every fault switch does what it says, and the work is done or not done as promised."""

from time import monotonic
from typing import Any

import pytest
import requests

from .notes import Box, set_faults, state_of, write


def test_drop_before_closes_without_doing_the_work(box: Box, http: requests.Session) -> None:
    set_faults(http, box[0], drop_before_rate=1)

    with pytest.raises(requests.ConnectionError):
        write(http, box[0])

    assert box[1] == []


def test_drop_after_does_the_work_and_cuts_the_answer(box: Box, http: requests.Session) -> None:
    set_faults(http, box[0], drop_after_rate=1)

    with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
        write(http, box[0])

    assert box[1] == ["milk"]


def test_hang_does_the_work_and_then_keeps_silent(box: Box, http: requests.Session) -> None:
    set_faults(http, box[0], hang_rate=1, hang_seconds=60)

    with pytest.raises(requests.Timeout):
        write(http, box[0], timeout=0.2)

    assert box[1] == ["milk"]


def test_error_rate_answers_with_the_chosen_status_and_does_nothing(box: Box, http: requests.Session) -> None:
    set_faults(http, box[0], error_rate=1, error_status=503)

    answer = write(http, box[0])

    assert answer.status_code == 503
    assert box[1] == []


def test_too_many_rate_answers_429_with_retry_after(box: Box, http: requests.Session) -> None:
    set_faults(http, box[0], too_many_rate=1, retry_after_seconds=7)

    answer = write(http, box[0])

    assert (answer.status_code, answer.headers["retry-after"]) == (429, "7")
    assert box[1] == []


def test_html_rate_answers_with_an_error_page(box: Box, http: requests.Session) -> None:
    set_faults(http, box[0], html_rate=1)

    answer = write(http, box[0])

    assert (answer.status_code, answer.headers["content-type"]) == (502, "text/html; charset=utf-8")
    assert answer.text.startswith("<html>")
    assert box[1] == []


def test_latency_delays_the_answer(box: Box, http: requests.Session) -> None:
    set_faults(http, box[0], latency_ms=120)

    start = monotonic()
    answer = write(http, box[0])

    assert answer.status_code == 201
    assert monotonic() - start >= 0.12


def test_down_closes_every_call_and_the_control_desk_still_answers(box: Box, http: requests.Session) -> None:
    set_faults(http, box[0], down=True)

    with pytest.raises(requests.ConnectionError):
        write(http, box[0])
    set_faults(http, box[0], reset=True)

    assert write(http, box[0]).status_code == 201
    assert box[1] == ["milk"]


def test_only_restricts_faults_to_matching_paths(box: Box, http: requests.Session) -> None:
    set_faults(http, box[0], error_rate=1, only="/notes/[0-9]+")

    assert http.get(f"{box[0].url}/notes/1", timeout=5).status_code == 500
    assert write(http, box[0]).status_code == 201


def test_the_same_seed_repeats_the_same_faults(box: Box, http: requests.Session) -> None:
    def run() -> list[int]:
        set_faults(http, box[0], reset=True, error_rate=0.5, seed=42)
        return [write(http, box[0]).status_code for _ in range(30)]

    first, second = run(), run()

    assert first == second
    assert set(first) == {201, 500}


def test_reset_lifts_all_faults(box: Box, http: requests.Session) -> None:
    set_faults(http, box[0], error_rate=1, refuse=["bad"])

    faults = set_faults(http, box[0], reset=True).json()

    assert (faults["error_rate"], faults["refuse"]) == (0, [])


@pytest.mark.parametrize(
    "switches",
    [
        {"explode": True},
        {"error_rate": 2},
        {"error_rate": "often"},
        {"rate_limit": "sometimes"},
        {"refuse": "1001"},
        {"error_status": 200},
        {"hang_seconds": 9999},
        {"only": "("},
        {"down": "yes"},
    ],
)
def test_an_impossible_fault_is_refused_and_changes_nothing(
    box: Box, http: requests.Session, switches: dict[str, Any]
) -> None:
    before = box[0].faults.as_dict()

    answer = set_faults(http, box[0], latency_ms=5, **switches)

    assert answer.status_code == 400
    assert box[0].faults.as_dict() == before


def test_refuse_names_objects_by_a_part_of_their_name(box: Box, http: requests.Session) -> None:
    set_faults(http, box[0], refuse=["BAD"])

    assert box[0].faults.refuses("order-BAD-1", "")
    assert not box[0].faults.refuses("order-1", "")


def test_pause_that_a_429_asks_for_is_drawn_between_two_bounds(box: Box, http: requests.Session) -> None:
    set_faults(http, box[0], too_many_rate=1, retry_after_seconds=2, retry_after_max_seconds=4, seed=1)

    pauses = {int(write(http, box[0]).headers["retry-after"]) for _ in range(30)}

    assert pauses == {2, 3, 4}


def test_calls_that_come_before_retry_after_has_passed_are_counted(
    box: Box, http: requests.Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [1_000.0]
    monkeypatch.setattr("connectors.toolkit.sandbox.frame.time.time", lambda: now[0])
    set_faults(http, box[0], too_many_rate=1, retry_after_seconds=10)
    write(http, box[0])
    set_faults(http, box[0], reset=True)

    for moment in (1_000.1, 1_005.0, 1_009.9, 1_010.1):
        now[0] = moment
        write(http, box[0])

    assert state_of(http, box[0])["early_calls"] == 2
