"""A custom shop in the database, and a client that gets errors answered as the world does."""

import pytest
from django.test import Client

from connectors.toolkit.standard_webhooks import new_secret
from integration_hub.connections.models import Connection

from .pushing import ACCESS_TOKEN


@pytest.fixture
def shop(db: None) -> Connection:
    secrets = {"signing_secret": new_secret(), "access_token": ACCESS_TOKEN}
    return Connection.objects.create(kind="custom_cms", role="store", name="Shop", secrets=secrets)


@pytest.fixture
def hub() -> Client:
    return Client(raise_request_exception=False)
