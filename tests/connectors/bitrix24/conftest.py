from collections.abc import Iterator

import pytest

from connectors.bitrix24.sandbox import make
from connectors.toolkit.sandbox import Sandbox

from .world import World


@pytest.fixture(scope="session")
def running() -> Iterator[Sandbox]:
    with make() as box:
        yield box


@pytest.fixture
def world(running: Sandbox) -> Iterator[World]:
    """A new portal, and a hub that has not called it yet."""
    made = World(running)
    made.desk("reset", {})
    yield made
    assert running.state()["sandbox_errors"] == [], "the stand-in itself broke"
