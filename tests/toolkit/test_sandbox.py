"""The frame of the sandboxes, over real HTTP on loopback."""

import threading
from http.client import HTTPConnection

import requests

from connectors.toolkit.sandbox import Reply, Request, Sandbox

from .notes import Box, set_faults, state_of, write


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
