"""A sandbox shop over real HTTP, a client of it, and a receiver for what it sends."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
import requests

from connectors.toolkit.sandbox import Reply, Request, Sandbox
from connectors.woocommerce.sandbox import KEY, SECRET, ShopSandbox, make

START = 1_767_607_200
"""2026-01-05T10:00:00Z, which is 11:00 in Madrid."""


@dataclass
class Clock:
    now: float = START

    def __call__(self) -> float:
        return self.now


@dataclass
class Client:
    """Calls wc/v3 with Basic credentials unless told otherwise."""

    box: ShopSandbox
    clock: Clock
    session: requests.Session = field(default_factory=requests.Session)
    auth: tuple[str, str] | None = (KEY, SECRET)

    def call(self, method: str, path: str, **more: Any) -> requests.Response:
        options = {"timeout": 10, "auth": self.auth, "allow_redirects": False} | more
        return self.session.request(method, f"{self.box.url}/wp-json/wc/v3{path}", **options)

    def get(self, path: str, **params: Any) -> requests.Response:
        return self.call("GET", path, params=params)

    def put(self, path: str, body: Any) -> requests.Response:
        return self.call("PUT", path, json=body)

    def post(self, path: str, body: Any) -> requests.Response:
        return self.call("POST", path, json=body)

    def delete(self, path: str, **params: Any) -> requests.Response:
        return self.call("DELETE", path, params=params)

    def control(self, name: str, body: Any = None, **params: Any) -> Any:
        method = "GET" if body is None else "POST"
        url = f"{self.box.url}/__sandbox__/{name}"
        answer = self.session.request(method, url, json=body, params=params, timeout=30)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def ordered(self, **body: Any) -> dict[str, Any]:
        """A small order placed over the API."""
        lines = {"line_items": [{"product_id": 20, "quantity": 2}]}
        created: dict[str, Any] = self.post("/orders", lines | body).json()
        return created

    def ids(self, **params: Any) -> list[int]:
        return [order["id"] for order in self.get("/orders", **params).json()]

    def hook(self, topic: str, url: str, **more: Any) -> dict[str, Any]:
        body = {"topic": topic, "delivery_url": url, "secret": "0a1b"} | more
        created: dict[str, Any] = self.post("/webhooks", body).json()
        return created


@dataclass
class Inbox:
    """A receiver of deliveries: what came, and what it answers."""

    url: str = ""
    status: int = 200
    got: list[Request] = field(default_factory=list)
    meanwhile: Callable[[], None] = lambda: None
    """What the receiver does before it answers."""

    def answer(self, request: Request) -> Reply:
        self.got.append(request)
        self.meanwhile()
        return Reply(self.status, b"")

    @property
    def deliveries(self) -> list[Request]:
        return [one for one in self.got if one.headers["content-type"] == "application/json"]


@pytest.fixture
def client() -> Iterator[Client]:
    clock = Clock()
    with make(clock=clock) as box, requests.Session() as session:
        assert isinstance(box, ShopSandbox)
        yield Client(box, clock, session)


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    inbox = Inbox()
    receiver = Sandbox("receiver")
    receiver.route("POST", "/.*", inbox.answer)
    with receiver:
        inbox.url = f"{receiver.url}/hook"
        yield inbox
