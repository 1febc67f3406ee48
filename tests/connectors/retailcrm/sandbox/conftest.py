"""A RetailCRM stand-in with a clock that stands still."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import requests

from connectors.retailcrm.sandbox import make

from .client import Crm

NOW = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)


@pytest.fixture
def crm() -> Iterator[Crm]:
    with make(clock=lambda: NOW) as sandbox, requests.Session() as http:
        yield Crm(sandbox, http)
