"""The frame of the sandboxes, over real HTTP on loopback."""

import socket
import threading
from collections.abc import Iterator
from http.client import HTTPConnection
from time import monotonic
from typing import Any

import pytest
import requests

from connectors.toolkit.sandbox import Reply, Request, Sandbox

Box = tuple[Sandbox, list[str]]


@pytest.fixture
def box() -> Iterator[Box]:
    """A sandbox of notes, and the notes that were written."""
    notes: list[str] = []
    sandbox = Sandbox("notes")

    def write(request: Request) -> Reply:
        notes.append(request.form()["text"])
        sandbox.log_write("notes/write", text=notes[-1])
        return Reply(201, {"written": len(notes)})

    sandbox.route("GET", r"/notes/(?P<number>\d+)", lambda _request, number: Reply(body={"number": number}))
    sandbox.route("POST", "/notes", write)
    sandbox.add_state(lambda: {"notes": len(notes)})
    sandbox.on_reset(notes.clear)
    with sandbox:
        yield sandbox, notes


@pytest.fixture
def http() -> Iterator[requests.Session]:
    with requests.Session() as session:
        yield session


def set_faults(http: requests.Session, sandbox: Sandbox, **switches: Any) -> requests.Response:
    return http.post(f"{sandbox.url}/__sandbox__/faults", json=switches, timeout=5)


def write(http: requests.Session, sandbox: Sandbox, text: str = "milk", **more: Any) -> requests.Response:
    return http.post(f"{sandbox.url}/notes", data={"text": text}, **({"timeout": 5} | more))


def state_of(http: requests.Session, sandbox: Sandbox) -> dict[str, Any]:
    state: dict[str, Any] = http.get(f"{sandbox.url}/__sandbox__/state", timeout=5).json()
    return state


# --- Plain service ----------------------------------------------------------------------------------------------------


def test_named_groups_of_the_pattern_reach_the_handler(box: Box, http: requests.Session) -> None:
    answer = http.get(f"{box[0].url}/notes/17", timeout=5)

    assert (answer.status_code, answer.json()) == (200, {"number": "17"})
    assert answer.headers["content-type"] == "application/json"


def test_one_connection_serves_many_calls(box: Box) -> None:
    connection = HTTPConnection(box[0].url.removeprefix("http://"), timeout=5)
    ports = set()

    for _ in range(3):
        connection.request("GET", "/notes/1")
        connection.getresponse().read()
        ports.add(connection.sock.getsockname()[1])
    connection.close()

    assert len(ports) == 1


def test_query_and_headers_and_unicode_are_decoded(http: requests.Session) -> None:
    with Sandbox("mirror") as sandbox:
        sandbox.route(
            "GET",
            "/привет",
            lambda request: Reply(
                body=[request.query, request.one("b"), request.one("c", "-"), request.headers["x-a"]]
            ),
        )

        answer = http.get(f"{sandbox.url}/привет?a[]=1&a[]=2&b=ж", headers={"X-A": "yes"}, timeout=5)

    assert answer.json() == [[["a[]", "1"], ["a[]", "2"], ["b", "ж"]], "ж", "-", "yes"]


def test_text_becomes_html_and_bytes_stay_as_they_are(http: requests.Session) -> None:
    with Sandbox("kinds") as sandbox:
        sandbox.route("GET", "/text", lambda _request: Reply(503, "<h1>Busy</h1>"))
        sandbox.route("GET", "/bytes", lambda _request: Reply(body=b"\x00\x01", headers={"Content-Type": "image/x"}))

        text = http.get(f"{sandbox.url}/text", timeout=5)
        raw = http.get(f"{sandbox.url}/bytes", timeout=5)

    assert (text.status_code, text.headers["content-type"]) == (503, "text/html; charset=utf-8")
    assert (raw.content, raw.headers["content-type"]) == (b"\x00\x01", "image/x")


def test_unknown_path_gets_the_vendors_own_answer(box: Box, http: requests.Session) -> None:
    box[0].fallback = lambda request: Reply(404, {"nothing at": request.path})

    answer = http.get(f"{box[0].url}/elsewhere", timeout=5)

    assert (answer.status_code, answer.json()) == (404, {"nothing at": "/elsewhere"})


def test_reply_of_a_hook_ends_the_call(box: Box, http: requests.Session) -> None:
    sandbox, notes = box
    sandbox.before(lambda request: None if "x-key" in request.headers else Reply(401, {"error": "no key"}))

    refused = write(http, sandbox)
    taken = write(http, sandbox, headers={"X-Key": "k"})

    assert (refused.status_code, taken.status_code) == (401, 201)
    assert notes == ["milk"]


def test_a_bug_of_the_sandbox_shows_in_the_answer_and_the_state(box: Box, http: requests.Session) -> None:
    answer = http.post(f"{box[0].url}/notes", data={"wrong": "field"}, timeout=5)

    assert (answer.status_code, answer.json()) == (500, {"sandbox_error": "KeyError: 'text'"})
    assert state_of(http, box[0])["sandbox_errors"] == ["KeyError: 'text'"]


def test_handlers_run_one_at_a_time(http: requests.Session) -> None:
    sandbox = Sandbox("counter")
    numbers = {"value": 0}

    def add(_request: Request) -> Reply:
        before = numbers["value"]
        for _ in range(1000):  # long enough for threads to change in between, were there no lock
            pass
        numbers["value"] = before + 1
        return Reply(body=numbers)

    def client() -> None:
        with requests.Session() as session:
            for _ in range(50):
                session.post(f"{sandbox.url}/add", timeout=5)

    sandbox.route("POST", "/add", add)
    with sandbox:
        threads = [threading.Thread(target=client) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    assert numbers["value"] == 400


# --- Bounds -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("head", "answer"),
    [
        (b"POST /notes HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n", b"HTTP/1.1 413"),
        (b"POST /notes HTTP/1.1\r\nContent-Length: many\r\n\r\n", b"HTTP/1.1 411"),
        (b"POST /notes HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", b"HTTP/1.1 411"),
        (b"nonsense\r\n\r\n", b""),
    ],
)
def test_what_is_no_sound_call_is_answered_and_cut_off(box: Box, head: bytes, answer: bytes) -> None:
    host, port = box[0].url.removeprefix("http://").split(":")

    with socket.create_connection((host, int(port)), timeout=5) as wire:
        wire.sendall(head)
        received = b""
        while part := wire.recv(65_536):
            received += part

    assert received.startswith(answer)
    assert b"written" not in received
    assert box[1] == []


def test_a_body_announced_with_expect_is_asked_for(box: Box) -> None:
    host, port = box[0].url.removeprefix("http://").split(":")
    head = b"POST /notes HTTP/1.1\r\nContent-Length: 9\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n"

    with socket.create_connection((host, int(port)), timeout=5) as wire:
        wire.sendall(head)
        asked = wire.recv(65_536)
        wire.sendall(b"text=milk")
        wire.recv(65_536)

    assert asked == b"HTTP/1.1 100 Continue\r\n\r\n"
    assert box[1] == ["milk"]


# --- Faults -----------------------------------------------------------------------------------------------------------


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


# --- Control desk -----------------------------------------------------------------------------------------------------


def test_state_counts_calls_writes_and_refusals(box: Box, http: requests.Session) -> None:
    write(http, box[0])
    write(http, box[0])
    http.get(f"{box[0].url}/notes/1", timeout=5)
    http.get(f"{box[0].url}/nowhere", timeout=5)

    state = state_of(http, box[0])

    assert state["calls"] == {"POST /notes": 2, r"GET /notes/(?P<number>\d+)": 1, "unknown": 1}
    assert (state["total_calls"], state["writes"], state["refused_calls"], state["notes"]) == (4, 2, 1, 2)


def test_every_write_is_listed_for_a_checker(box: Box, http: requests.Session) -> None:
    write(http, box[0], "milk")
    write(http, box[0], "bread")

    rows = http.get(f"{box[0].url}/__sandbox__/writes", timeout=5).json()

    assert [(row["call"], row["text"]) for row in rows] == [("notes/write", "milk"), ("notes/write", "bread")]


def test_reset_clears_counters_faults_and_the_vendors_data(box: Box, http: requests.Session) -> None:
    write(http, box[0])
    set_faults(http, box[0], error_rate=1)

    http.post(f"{box[0].url}/__sandbox__/reset", timeout=5)
    state = state_of(http, box[0])

    assert (state["calls"], state["writes"], state["notes"], state["faults"]["error_rate"]) == ({}, 0, 0, 0)
    assert box[0].write_log == []


def test_own_controls_answer_and_their_faults_are_told(box: Box, http: requests.Session) -> None:
    box[0].control("POST", "buy", lambda request: Reply(body={"bought": request.json()["n"]}))
    address = f"{box[0].url}/__sandbox__/buy"

    assert http.post(address, json={"n": 3}, timeout=5).json() == {"bought": 3}
    assert http.post(address, json={}, timeout=5).status_code == 400
    assert http.post(address, data="no json", timeout=5).status_code == 400
    assert http.post(f"{address}s", json={}, timeout=5).status_code == 404


# --- Background work and stopping -------------------------------------------------------------------------------------


def test_background_work_runs_without_the_lock(box: Box) -> None:
    done = threading.Event()

    with box[0].lock:
        box[0].call_later(0, done.set)
        has_run_while_locked = done.wait(5)

    assert has_run_while_locked


def test_a_failing_background_action_shows_in_the_state_and_others_go_on(box: Box) -> None:
    done = threading.Event()

    def fail() -> None:
        message = "receiver gone"
        raise LookupError(message)

    box[0].call_later(0, fail)
    box[0].call_later(0, done.set)

    assert done.wait(5)
    assert box[0].wait_until_quiet(5)
    assert box[0].state()["background_failures"] == ["LookupError: receiver gone"]


def test_stop_frees_the_port_and_closes_idle_and_hanging_connections() -> None:
    sandbox = Sandbox("short").start()
    sandbox.route("GET", "/", lambda _request: Reply(body={}))
    idle = HTTPConnection(sandbox.url.removeprefix("http://"), timeout=5)
    idle.request("GET", "/")
    idle.getresponse().read()
    sandbox.faults.set({"hang_rate": 1, "hang_seconds": 60})
    hanging = HTTPConnection(sandbox.url.removeprefix("http://"), timeout=5)
    hanging.request("GET", "/")

    start = monotonic()
    sandbox.stop()
    took = monotonic() - start

    port = int(sandbox.url.rpartition(":")[2])
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.1", port), timeout=1)
    assert idle.sock.recv(1) == b""
    assert took < 5
    idle.close()
    hanging.close()


def test_a_stopped_sandbox_takes_no_more_background_work(box: Box) -> None:
    ran: list[int] = []
    box[0].stop()

    box[0].call_later(0, lambda: ran.append(1))

    assert box[0].wait_until_quiet(1)
    assert ran == []
