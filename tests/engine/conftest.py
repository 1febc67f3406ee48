"""What several files of engine tests start from."""

import pytest

from integration_hub.connections.models import Route

from . import rows


@pytest.fixture
def a_route(db: None) -> Route:
    return rows.route()
