"""Which connectors there are and what each can do, known at collection: a capability that is missing is no test.

Everything comes from the spec and from what the connector's own folders offer, so a new system is judged unchanged.
"""

import dataclasses
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from connectors.contract.capabilities import Adapter
from connectors.contract.spec import ConnectorSpec, Exchange, Services
from connectors.registry import CONNECTORS, spec_for

KINDS = tuple(CONNECTORS)
TOP = Path(__file__).resolve().parents[2]
NOWHERE = "http://127.0.0.1:9"
"""The discard port: a call to it would be refused."""

LOOPBACK = ("127.0.0.0/8",)


def folder(kind: str) -> Path:
    return TOP / "connectors" / kind


def samples(kind: str) -> list[Path]:
    """Payloads of our own making that the system's tests use."""
    return sorted((TOP / "tests" / "connectors" / kind / "samples").glob("*.json"))


def module(kind: str, name: str) -> ModuleType:
    return import_module(f"connectors.{kind}.{name}")


def sample_settings(spec: ConnectorSpec) -> dict[str, Any]:
    return {field.key: field.sample for field in spec.settings}


def settings_for(kind: str, url: str) -> dict[str, Any]:
    """Settings that fit a stand-in at that address, with the defaults of the form for the rest."""
    defaults = {field.key: field.default for field in spec_for(kind).settings if field.default is not None}
    fitting: dict[str, Any] = module(kind, "sandbox").settings_for(url)
    return {**defaults, **fitting}


def secrets_in(kind: str, settings: dict[str, Any]) -> dict[str, str]:
    """The secrets among the settings that are filled in."""
    keys = {field.key for field in spec_for(kind).settings if field.is_secret}
    return {key: str(value) for key, value in settings.items() if key in keys and value}


class Tokens:
    """Kept for the life of one test."""

    def __init__(self) -> None:
        self._kept: dict[str, str] = {}

    def get(self, name: str) -> str:
        return self._kept.get(name, "")

    def put(self, name: str, value: str) -> None:
        self._kept[name] = value

    def renewed(self, name: str, seen: str, renew: Callable[[str], str]) -> str:
        if self._kept.get(name, "") == seen:
            self._kept[name] = renew(seen)
        return self._kept[name]


@dataclasses.dataclass
class Hub:
    """The hub's side of a connection, and what it saw. ``exchanges`` is what the sync log would keep."""

    exchanges: list[Exchange] = dataclasses.field(default_factory=list)
    pauses: list[tuple[str, timedelta]] = dataclasses.field(default_factory=list)
    calls: list[str] = dataclasses.field(default_factory=list)
    tokens: Tokens = dataclasses.field(default_factory=Tokens)
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)

    def services(self) -> Services:
        return Services(
            on_exchange=self.exchanges.append,
            throttle=self.calls.append,
            slow_down=lambda bucket, pause: self.pauses.append((bucket, pause)),
            tokens=self.tokens,
            clock=self.clock,
            allowed_private_networks=LOOPBACK,
        )

    def open(self, kind: str, settings: dict[str, Any]) -> Adapter:
        return spec_for(kind).open(settings, self.services())


@cache
def adapter(kind: str) -> Adapter:
    """The connector, opened with settings that fit its stand-in; nothing answers there."""
    return Hub().open(kind, settings_for(kind, NOWHERE))


def having(*capabilities: str) -> list[Any]:
    """Parameters (kind, capability) for the capabilities that are really there."""
    return [
        pytest.param(kind, name, id=f"{kind}-{name}")
        for kind in KINDS
        for name in capabilities
        if getattr(adapter(kind), name) is not None
    ]


def kinds_with(capability: str) -> list[str]:
    return [kind for kind in KINDS if getattr(adapter(kind), capability) is not None]
