"""The Magento shops of the demo; their stand-in has the companion module installed."""

from importlib import import_module

from integration_hub.connections.models import Connection
from integration_hub.flows import actions

from .desk import Desk

SECRETS = ("consumer_key", "consumer_secret", "access_token", "access_token_secret", "signing_secret")


def magento_connection(desk: Desk, name: str) -> Connection:
    fitting = import_module("connectors.magento2.sandbox").settings_for(desk.url)
    return Connection.objects.create(
        kind="magento2",
        role="store",
        name=name,
        settings={"shop": fitting["shop"]},
        secrets={key: fitting[key] for key in SECRETS},
    )


def set_up_module(desk: Desk, connection: Connection) -> None:
    """What an integrator copies into the module's settings."""
    secret = connection.secrets["signing_secret"]
    desk.post("webhooks", {"address": actions.hook_address(connection), "secret": secret})
