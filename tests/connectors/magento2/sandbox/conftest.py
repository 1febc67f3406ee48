from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
import requests

from connectors.magento2.sandbox.server import MagentoSandbox, make
from connectors.toolkit.sandbox import Reply, Request, Sandbox


@dataclass
class Shop:
    box: MagentoSandbox

    def desk(self, name: str, body: Any = None) -> Any:
        address = f"{self.box.url}/__sandbox__/{name}"
        answer = requests.get(address, timeout=10) if body is None else requests.post(address, json=body, timeout=10)
        assert answer.status_code < 300, answer.text
        return answer.json()

    def settle(self) -> None:
        assert self.box.dispatcher.wait_until_idle(20)

    def order(self, id: int) -> Any:
        return next(row for row in self.desk("orders") if row["id"] == id)


@dataclass
class Inbox:
    """The hub's door: what came, and what it answers."""

    url: str = ""
    answer: Callable[[], Reply] = lambda: Reply(202, b"")
    got: list[Request] = field(default_factory=list)

    def take(self, request: Request) -> Reply:
        self.got.append(request)
        return self.answer()

    @property
    def told(self) -> list[tuple[str, int]]:
        """Event and id."""
        bodies = [request.json() for request in self.got]
        return [(body["event"], body["entity"]["id"]) for body in bodies]


@pytest.fixture
def shop() -> Iterator[Shop]:
    box = make()
    with box:
        yield Shop(box)


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    inbox = Inbox()
    receiver = Sandbox("receiver")
    receiver.route("POST", "/.*", inbox.take)
    with receiver:
        inbox.url = f"{receiver.url}/hook"
        yield inbox
