"""Every test of this folder: a fixed clock where it asks for one, and a stand-in over real HTTP."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests
import responses
import time_machine

from connectors.minishop2.sandbox import make, settings_for
from connectors.toolkit.sandbox import Sandbox

from .world import NOW, World


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def at_now() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def http() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock(assert_all_requests_are_fired=True) as mock:
        yield mock


@pytest.fixture
def box() -> Iterator[Sandbox]:
    with make() as running:
        yield running
        assert running.state()["sandbox_errors"] == [], "the stand-in itself broke"


@pytest.fixture
def desk(box: Sandbox) -> Callable[..., Any]:
    """The control desk: ``desk("orders")``, ``desk("set_status", order=1001, status=2)``."""

    def ask(name: str, /, **wanted: Any) -> Any:
        address = f"{box.url}/__sandbox__/{name}"
        answer = requests.post(address, json=wanted, timeout=20) if wanted else requests.get(address, timeout=20)
        assert answer.status_code < 300, answer.text
        return answer.json()

    return ask


@pytest.fixture
def settings(box: Sandbox) -> dict[str, Any]:
    return settings_for(box.url)
