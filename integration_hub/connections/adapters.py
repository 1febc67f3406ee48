"""From a stored connection to an open connector."""

from typing import Any

from connectors.contract.capabilities import Adapter
from connectors.contract.errors import Misconfigured
from connectors.contract.spec import ConnectorSpec, Limits, Role, Services
from connectors.registry import all_specs, spec_for

from .models import Connection


def specs(role: Role) -> list[ConnectorSpec]:
    """Connectors that can play that role, for the "add a connection" page."""
    return [spec for spec in all_specs() if role in spec.roles]


def spec_of(connection: Connection) -> ConnectorSpec:
    """Raises Misconfigured for a system that this version does not know: its lanes pause and keep what they hold."""
    try:
        return spec_for(connection.kind)
    except KeyError:
        message = (
            f"“{connection}” is of the kind “{connection.kind}”, which this version of the hub does not know. Install "
            "the version that has it, or remove the connection's routes."
        )
        raise Misconfigured(message, code="unknown_kind") from None


def limits_of(connection: Connection) -> Limits:
    """What the vendor allows this account: the spec's figures, or those that follow from the connection's settings."""
    spec = spec_of(connection)
    return spec.limits if spec.limits_for is None else spec.limits_for(values_of(connection))


def known_spec_of(connection: Connection) -> ConnectorSpec | None:
    """As ``spec_of``, None for a system that this version does not know: for pages, which open all the same."""
    try:
        return spec_of(connection)
    except Misconfigured:
        return None


def values_of(connection: Connection) -> dict[str, Any]:
    """All setting values, secrets included, with the connector's defaults for what was never filled in."""
    defaults = {field.key: field.default for field in spec_of(connection).settings if field.default is not None}
    filled = {key: value for key, value in connection.settings.items() if value not in (None, "")}
    return {**defaults, **filled, **connection.secrets}


def open_adapter(connection: Connection, services: Services) -> Adapter:
    """The connection, ready for use. Cheap; calls no network. Raises Misconfigured when a setting is missing."""
    spec, values = spec_of(connection), values_of(connection)
    missing = [field.label for field in spec.settings if field.required and values.get(field.key) in (None, "")]
    if missing:
        message = f"“{connection}” is not set up: {', '.join(missing)} is empty. Fill it in and press Verify."
        raise Misconfigured(message, code="settings_missing")
    return spec.open(values, services)
