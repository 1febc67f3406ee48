"""HTTP/1.1 for sandboxes: keep-alive, bounded bodies, and the rudeness that fault tests need.

The standard library's own handler spends most of its time in the e-mail parser for headers; this one reads just what
API clients send, which makes a stand-in several times faster.
"""

import socket
import socketserver
import struct
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

MAX_LINE_BYTES = 64 * 1024
MAX_HEADERS = 200
MAX_BODY_BYTES = 32 * 1024 * 1024
IDLE_SECONDS = 120.0
BACKLOG = 256


@dataclass(frozen=True, slots=True)
class WireRequest:
    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class WireReply:
    """``drop`` closes without a word; ``cut`` sends half of the answer and resets; ``delay_seconds`` waits first."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    delay_seconds: float = 0.0
    drop: bool = False
    cut: bool = False


class Listener:
    """A listening socket with one thread for each connection."""

    def __init__(self, address: tuple[str, int], serve: Callable[[WireRequest], WireReply]) -> None:
        self._server = _Server(address, serve)
        self.port = int(self._server.server_address[1])
        self._thread: threading.Thread | None = None

    def start(self, name: str) -> None:
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), name=name, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Return when the port is free and every connection is closed."""
        self._server.stopping.set()
        self._server.shutdown()
        self._server.server_close()
        self._server.hang_up()
        if self._thread is not None:
            self._thread.join(timeout=5)


class _Server(socketserver.ThreadingMixIn, socketserver.TCPServer):
    request_queue_size = BACKLOG
    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False

    def __init__(self, address: tuple[str, int], serve: Callable[[WireRequest], WireReply]) -> None:
        super().__init__(address, _Connection)
        self.serve = serve
        self.stopping = threading.Event()
        self._open: dict[socket.socket, threading.Thread] = {}
        self._guard = threading.Lock()

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        with self._guard:
            self._open[request] = threading.current_thread()
        try:
            super().process_request_thread(request, client_address)
        finally:
            with self._guard:
                self._open.pop(request, None)

    def hang_up(self) -> None:
        with self._guard:
            connections = dict(self._open)
        for connection, thread in connections.items():
            with suppress(OSError):  # the other side was quicker
                connection.shutdown(socket.SHUT_RDWR)
            thread.join(timeout=2)


class _Connection(socketserver.StreamRequestHandler):
    server: _Server
    timeout = IDLE_SECONDS
    disable_nagle_algorithm = True

    def handle(self) -> None:
        try:
            while not self.server.stopping.is_set() and self._exchange():
                pass
        except OSError:
            pass  # the client went away, or stayed silent too long

    def _exchange(self) -> bool:
        """Serve one call; False when the connection is over."""
        line = self.rfile.readline(MAX_LINE_BYTES).split()
        if len(line) != 3:
            return False
        method, target, version = (word.decode("latin-1") for word in line)
        headers = self._headers()
        length = headers.get("content-length", "0")
        if "transfer-encoding" in headers or not length.isdigit():
            return self._refuse(HTTPStatus.LENGTH_REQUIRED)
        if int(length) > MAX_BODY_BYTES:
            return self._refuse(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        if headers.get("expect", "").lower() == "100-continue":
            self.connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        body = self.rfile.read(int(length))
        if len(body) < int(length):
            return False
        reply = self.server.serve(WireRequest(method, target, headers, body))
        wish = headers.get("connection", "").lower()
        keep = wish != "close" and (version == "HTTP/1.1" or wish == "keep-alive")
        return self._send(reply, keep=keep, with_body=method != "HEAD")

    def _headers(self) -> dict[str, str]:
        headers: dict[str, str] = {}
        for _ in range(MAX_HEADERS):
            line = self.rfile.readline(MAX_LINE_BYTES)
            if line in {b"\r\n", b"\n", b""}:
                return headers
            name, _, value = line.decode("latin-1").partition(":")
            headers[name.strip().lower()] = value.strip()
        message = "too many headers"
        raise ConnectionError(message)

    def _send(self, reply: WireReply, *, keep: bool, with_body: bool = True) -> bool:
        if reply.delay_seconds > 0:
            # Waiting on the stop signal keeps stop() quick while a call hangs.
            self.server.stopping.wait(reply.delay_seconds)
        if reply.drop:
            self._reset()
            return False
        head = [f"HTTP/1.1 {reply.status} {_phrase(reply.status)}", f"content-length: {len(reply.body)}"]
        head += [f"{name}: {value}" for name, value in reply.headers.items()]
        head += [] if keep else ["connection: close"]
        message = "\r\n".join(head).encode("utf-8") + b"\r\n\r\n" + (reply.body if with_body else b"")
        if reply.cut:
            self.connection.sendall(message[: len(message) // 2])
            self._reset()
            return False
        self.connection.sendall(message)
        return keep

    def _refuse(self, status: HTTPStatus) -> bool:
        self._send(WireReply(status, {"content-type": "text/plain"}, status.phrase.encode()), keep=False)
        return False

    def _reset(self) -> None:
        """Make the close a reset instead of a polite end."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Status"  # a vendor's own number, such as RetailCRM's 460
