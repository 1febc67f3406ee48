"""A connection to an invented MODX shop, opened without hub or network, and payloads to bend."""

import json
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from connectors.contract.capabilities import Adapter
from connectors.contract.results import HookEvent, HookRequest
from connectors.contract.spec import Exchange, Services
from connectors.minishop2.spec import SPEC
from connectors.toolkit.standard_webhooks import sign

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
OLD_SECRET = "whsec_b2xkIHNlY3JldCBvZiB0aGUgc2hvcCwgbG9uZw=="
OTHER_SECRET = "whsec_YW5vdGhlciBzaG9wJ3Mgc2VjcmV0LCBhcyBsb25n"
NOW = datetime(2026, 1, 15, 7, 0, 5, tzinfo=UTC)
SHOP = "https://shop.example/store"
API = f"{SHOP}/assets/components/hubconnector/api.php"
SETTINGS: Mapping[str, Any] = {"shop": SHOP, "signing_secret": SECRET}
SAMPLES = Path(__file__).parent / "samples"


@dataclass
class World:
    """What the hub gives, and what the connector did with it."""

    now: datetime = NOW
    exchanges: list[Exchange] = field(default_factory=list)
    throttled: list[str] = field(default_factory=list)
    networks: tuple[str, ...] = ("127.0.0.0/8",)

    def opened(self, **settings: Any) -> Adapter:
        services = Services(
            on_exchange=self.exchanges.append,
            throttle=self.throttled.append,
            slow_down=_nobody_asks,
            tokens=_NoTokens(),
            clock=lambda: self.now,
            allowed_private_networks=self.networks,
        )
        return SPEC.open({**SETTINGS, **settings}, services)


class _NoTokens:
    def get(self, name: str) -> str:
        raise AssertionError(name)

    def put(self, name: str, value: str) -> None:
        raise AssertionError(name)

    def renewed(self, name: str, seen: str, renew: Any) -> str:
        raise AssertionError(name)


def _nobody_asks(bucket: str, pause: timedelta) -> None:
    raise AssertionError(bucket)


def sample(name: str) -> dict[str, Any]:
    """A fresh copy of one of the samples."""
    loaded: dict[str, Any] = json.loads((SAMPLES / f"{name}.json").read_text("utf-8"))
    return loaded


def order(**changes: Any) -> dict[str, Any]:
    """The order of the sample, bent: nested objects are merged, all else is replaced; None takes a key out."""
    return bent(sample("order_created")["order"], changes)


def bent(base: dict[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    found = deepcopy(base)
    for key, value in changes.items():
        if value is None:
            found.pop(key, None)
        elif isinstance(value, dict) and isinstance(found.get(key), dict) and value:
            found[key] = {**found[key], **value}
        else:
            found[key] = value
    return found


def body(name: str, **changes: Any) -> bytes:
    return json.dumps({**sample(name), **changes}, ensure_ascii=False).encode()


def event(payload: bytes, topic: str = "order.created", at: datetime = NOW) -> HookEvent:
    return HookEvent(topic, {}, payload, at)


def call(payload: bytes, *, secrets: tuple[str, ...] = (SECRET,), id: str = "uid-1", at: datetime = NOW) -> HookRequest:
    return HookRequest("POST", sign(list(secrets), id, at, payload), payload)
