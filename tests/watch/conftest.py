"""A receiver of alerts on loopback, and settings that name it."""

import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

SECRET = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3"


@dataclass(slots=True)
class Receiver:
    """What arrived, and the status to answer with."""

    url: str = ""
    status: int = 204
    location: str = ""
    calls: list[tuple[Mapping[str, str], bytes]] = field(default_factory=list)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    state = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            state.calls.append(({name.lower(): value for name, value in self.headers.items()}, body))
            self.send_response(state.status)
            if state.location:
                self.send_header("Location", state.location)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_arguments: Any) -> None: ...

    server = HTTPServer(("127.0.0.1", 0), Handler)
    state.url = f"http://127.0.0.1:{server.server_port}/alerts"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield state
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def to_mail(settings: Any) -> None:
    settings.HUB_ALERT_EMAILS = ["ann@example.com"]


@pytest.fixture
def to_webhook(settings: Any, receiver: Receiver) -> Receiver:
    settings.HUB_ALERT_WEBHOOK_URL = receiver.url
    settings.HUB_ALERT_WEBHOOK_SECRET = SECRET
    settings.HUB_ALLOWED_PRIVATE_NETWORKS = ["127.0.0.0/8"]
    return receiver
