"""Every test of this folder: registered answers only, and all of them have to be asked for."""

from collections.abc import Iterator

import pytest
import responses
from responses import CallList

from .world import World


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def calls() -> Iterator[CallList]:
    with responses.mock as mock:
        mock.assert_all_requests_are_fired = True
        yield mock.calls
