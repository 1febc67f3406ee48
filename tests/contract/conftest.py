"""One running stand-in per system and process, emptied for each test, and a connection to it."""

from collections.abc import Iterator

import pytest

from connectors.toolkit.sandbox import Sandbox

from .bench import Bench
from .kinds import module


@pytest.fixture(scope="session")
def running() -> Iterator[dict[str, Sandbox]]:
    boxes: dict[str, Sandbox] = {}
    yield boxes
    for box in boxes.values():
        box.stop()


@pytest.fixture
def bench(kind: str, running: dict[str, Sandbox]) -> Iterator[Bench]:
    """The parameter ``kind`` of the test says which system."""
    if kind not in running:
        running[kind] = module(kind, "sandbox").make().start()
    box = running[kind]
    made = Bench(kind, box)
    made.desk("reset", {})
    yield made
    assert box.state()["sandbox_errors"] == [], "the stand-in itself broke"
