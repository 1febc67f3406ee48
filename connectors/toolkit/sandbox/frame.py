"""The frame of a sandbox: a small real HTTP server that stands in for a vendor's API.

Handlers run one at a time under ``Sandbox.lock`` and their answer is encoded there, so they may hand out live state;
they must not sleep or call out (``call_later`` is for that). ``/__sandbox__/...`` is the control desk: it needs no
credentials and is never hit by faults, therefore bind to loopback only.
"""

import json
import re
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from connectors.toolkit.sandbox.background import Background
from connectors.toolkit.sandbox.faults import Fate, Faults
from connectors.toolkit.sandbox.listener import Listener, WireReply, WireRequest

CONTROL_PREFIX = "/__sandbox__/"
IN_FLIGHT_SECONDS = 0.25
"""A call that arrives so soon after a 429 was on its way when it was said."""

HTML_ERROR = "<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"


@dataclass(frozen=True, slots=True)
class Request:
    """A call as the vendor sees it. ``path`` is decoded and without query; header names are lower case."""

    method: str
    path: str
    query: list[tuple[str, str]]
    headers: Mapping[str, str]
    body: bytes

    def one(self, name: str, default: str = "") -> str:
        """The first value of a query parameter."""
        return next((value for key, value in self.query if key == name), default)

    def form(self) -> dict[str, str]:
        """The form-encoded body; of a repeated name the last value."""
        return dict(parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True))

    def json(self) -> Any:
        """The body as JSON; raises ValueError."""
        return json.loads(self.body)


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer: dict or list becomes JSON, text becomes HTML, bytes go out as they are."""

    status: int = 200
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)

    def encoded(self) -> tuple[str, bytes]:
        """Content type and bytes."""
        if isinstance(self.body, bytes):
            return "application/octet-stream", self.body
        if isinstance(self.body, str):
            return "text/html; charset=utf-8", self.body.encode()
        if self.body is None:
            return "", b""
        return "application/json", json.dumps(self.body, ensure_ascii=False, separators=(",", ":")).encode()


Handler = Callable[..., Reply]
Hook = Callable[[Request], Reply | None]


class Sandbox:
    """One running stand-in with its own threads. Use as a context manager, or ``start`` and ``stop``."""

    def __init__(self, kind: str, *, port: int = 0, host: str = "127.0.0.1") -> None:
        self.kind = kind
        self.url = ""
        self.lock = threading.RLock()
        self.faults = Faults()
        self.fallback: Callable[[Request], Reply] = lambda _request: Reply(404, {"error": "no such method"})
        self.naming: Callable[[Request], Sequence[str]] = lambda _request: ()
        """What the fault switch ``only`` is searched in beside the path: of a system that has one address for all."""

        self.write_log: list[dict[str, Any]] = []
        self._address = (host, port)
        self._routes: list[tuple[str, re.Pattern[str], str, Handler]] = []
        self._hooks: list[Hook] = []
        self._controls: dict[tuple[str, str], Callable[[Request], Reply]] = {}
        self._sources: list[Callable[[], dict[str, Any]]] = []
        self._resets: list[Callable[[], None]] = []
        self._calls: Counter[str] = Counter()
        self._totals: Counter[str] = Counter()
        self._bugs: list[str] = []
        self._asked_for_pause = (0.0, 0.0)
        self._background = Background(kind)
        self._listener: Listener | None = None
        self.control("GET", "state", lambda _request: Reply(body=self.state()))
        self.control("GET", "writes", lambda _request: Reply(body=self.write_log))
        self.control("GET", "faults", lambda _request: Reply(body=self.faults.as_dict()))
        self.control("POST", "faults", self._set_faults)
        self.control("POST", "reset", lambda _request: self._reset())

    def route(self, method: str, pattern: str, handler: Handler) -> None:
        """Serve paths that match the whole pattern; its named groups become keyword arguments. First match wins."""
        self._routes.append((method, re.compile(pattern), f"{method} {pattern}", handler))

    def before(self, hook: Hook) -> None:
        """Run before each call (credentials, rate limit); a Reply ends the call."""
        self._hooks.append(hook)

    def control(self, method: str, name: str, handler: Callable[[Request], Reply]) -> None:
        """Add ``/__sandbox__/<name>``. ValueError, KeyError and TypeError of the handler become a 400."""
        self._controls[method, name] = handler

    def add_state(self, source: Callable[[], dict[str, Any]]) -> None:
        """Merge this into ``GET /__sandbox__/state``."""
        self._sources.append(source)

    def on_reset(self, action: Callable[[], None]) -> None:
        """Run with ``POST /__sandbox__/reset``: bring the vendor's data back to the start."""
        self._resets.append(action)

    def log_write(self, call: str, **facts: Any) -> None:
        """Note a write for independent checkers; ``GET /__sandbox__/writes`` lists them in order."""
        self.write_log.append({"at": datetime.now(UTC).isoformat(), "call": call, **facts})

    def call_later(self, seconds: float, action: Callable[[], None]) -> None:
        """Run in the background, without the lock: webhooks and triggers that the vendor sends."""
        self._background.later(seconds, action)

    def wait_until_quiet(self, timeout_seconds: float) -> bool:
        """Wait until all background work is done; False when the time is over first. Do not call under the lock."""
        return self._background.wait(timeout_seconds)

    def start(self) -> "Sandbox":
        """Listen. With port 0 the system chooses one; ``url`` says which."""
        self._listener = Listener(self._address, self._serve)
        self._listener.start(self.kind)
        self.url = f"http://{self._address[0]}:{self._listener.port}"
        return self

    def stop(self) -> None:
        """Close the port, every connection and the background work. May be called twice."""
        self._background.stop()
        if self._listener is not None:
            self._listener.stop()
            self._listener = None

    def __enter__(self) -> "Sandbox":
        return self.start()

    def __exit__(self, *_details: object) -> None:
        self.stop()

    def state(self) -> dict[str, Any]:
        """Counters since the start or the last reset, and what the vendor's part adds."""
        with self.lock:
            state: dict[str, Any] = {
                "kind": self.kind,
                "calls": dict(self._calls),
                "total_calls": self._totals["calls"],
                "refused_calls": self._totals["refused"],
                "dropped_calls": self._totals["dropped"],
                "early_calls": self._totals["early"],
                "writes": self._totals["writes"],
                "background_waiting": self._background.waiting,
                "background_failures": list(self._background.failures),
                "sandbox_errors": list(self._bugs),
                "faults": self.faults.as_dict(),
            }
            for source in self._sources:
                state |= source()
            return state

    def _serve(self, wire: WireRequest) -> WireReply:
        parts = urlsplit(wire.target if wire.target.startswith("/") else "/")
        query = parse_qsl(parts.query, keep_blank_values=True)
        request = Request(wire.method, unquote(parts.path), query, wire.headers, wire.body)
        if request.path.startswith(CONTROL_PREFIX):
            return self._guarded(lambda: self._control_reply(request))
        fate = self.faults.fate(request.path, *(self.naming(request) if self.faults.only else ()))
        return self._suffer(request, fate)

    def _suffer(self, request: Request, fate: Fate) -> WireReply:
        self._watch_for_pause(fate)
        if fate.drop_before:
            self._count("calls", "dropped")
            return WireReply(drop=True)
        if fate.error_status or fate.html:
            self._count("calls", "refused")
            return _planned_failure(fate)
        answer = self._guarded(lambda: self._answer(request))
        if fate.drop_after:
            self._count("dropped")
        delay = fate.latency_seconds + fate.hang_seconds
        return WireReply(answer.status, answer.headers, answer.body, delay_seconds=delay, cut=fate.drop_after)

    def _watch_for_pause(self, fate: Fate) -> None:
        """Counts calls that come before the time that a Retry-After named."""
        now = time.time()
        with self.lock:
            begun, until = self._asked_for_pause
            self._totals["early"] += begun + IN_FLIGHT_SECONDS < now < until
            if fate.retry_after_seconds is not None:
                self._asked_for_pause = (now, now + fate.retry_after_seconds)

    def _answer(self, request: Request) -> Reply:
        self._totals["calls"] += 1
        reply = next((reply for hook in self._hooks if (reply := hook(request)) is not None), None)
        if reply is None:
            reply = self._dispatch(request)
        if reply.status >= 400:
            self._totals["refused"] += 1
        elif request.method not in {"GET", "HEAD", "OPTIONS"}:
            self._totals["writes"] += 1
        return reply

    def _dispatch(self, request: Request) -> Reply:
        for method, pattern, label, handler in self._routes:
            if method == request.method and (match := pattern.fullmatch(request.path)):
                self._calls[label] += 1
                return handler(request, **match.groupdict())
        self._calls["unknown"] += 1
        return self.fallback(request)

    def _control_reply(self, request: Request) -> Reply:
        handler = self._controls.get((request.method, request.path.removeprefix(CONTROL_PREFIX)))
        if handler is None:
            return Reply(404, {"error": "no such control", "known": sorted(" ".join(key) for key in self._controls)})
        try:
            return handler(request)
        except (ValueError, KeyError, TypeError) as fault:
            return Reply(400, {"error": f"{type(fault).__name__}: {fault}"})

    def _guarded(self, work: Callable[[], Reply]) -> WireReply:
        with self.lock:
            try:
                reply = work()
                kind, body = reply.encoded()
            except Exception as fault:  # noqa: BLE001 - a bug of the stand-in must show, here and in the state
                self._bugs.append(f"{type(fault).__name__}: {fault}")
                reply = Reply(500, {"sandbox_error": self._bugs[-1]})
                kind, body = reply.encoded()
        headers = {"content-type": kind} if kind else {}
        return WireReply(reply.status, headers | {name.lower(): value for name, value in reply.headers.items()}, body)

    def _set_faults(self, request: Request) -> Reply:
        self.faults.set(request.json())
        return Reply(body=self.faults.as_dict())

    def _reset(self) -> Reply:
        self.faults.reset()
        self._background.clear()
        self._asked_for_pause = (0.0, 0.0)
        for log in (self._calls, self._totals, self.write_log, self._bugs):
            log.clear()
        for action in self._resets:
            action()
        return Reply(body={"reset": True})

    def _count(self, *names: str) -> None:
        with self.lock:
            self._totals.update(names)


def _planned_failure(fate: Fate) -> WireReply:
    if fate.html:
        body = HTML_ERROR.encode()
        return WireReply(502, {"content-type": "text/html; charset=utf-8"}, body, delay_seconds=fate.latency_seconds)
    headers = {"content-type": "application/json"}
    if fate.retry_after_seconds is not None:
        headers["retry-after"] = str(fate.retry_after_seconds)
    body = json.dumps({"error": "planned failure of the sandbox"}).encode()
    return WireReply(fate.error_status, headers, body, delay_seconds=fate.latency_seconds)
