"""What is no sound HTTP call, background work, and how a sandbox ends."""

import socket
import threading
from http.client import HTTPConnection
from time import monotonic

import pytest

from connectors.toolkit.sandbox import Reply, Sandbox

from .notes import Box


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
