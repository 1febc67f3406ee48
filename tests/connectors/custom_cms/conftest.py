"""Every test of this folder: a fixed clock, and registered answers that all have to be asked for."""

from collections.abc import Iterator

import pytest
import responses
import time_machine

from .world import NOW, World


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def http() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock(assert_all_requests_are_fired=True) as mock:
        yield mock
