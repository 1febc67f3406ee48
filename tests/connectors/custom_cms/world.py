"""A connection to an invented shop, opened without hub or network."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from connectors.contract.capabilities import Adapter, StatusSink, WebhookReceiver
from connectors.contract.results import HookRequest
from connectors.contract.spec import Exchange, Services
from connectors.custom_cms.spec import SPEC
from connectors.toolkit.standard_webhooks import sign

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
OLD_SECRET = "whsec_b2xkIHNlY3JldCBvZiB0aGUgc2hvcCwgbG9uZw=="
OTHER_SECRET = "whsec_YW5vdGhlciBzaG9wJ3Mgc2VjcmV0LCBhcyBsb25n"
TOKEN = "token-of-the-shop-0123456789"
STATUS_ADDRESS = "https://shop.example/hub-status.php?way=back"
NOW = datetime(2025, 3, 1, 10, 15, tzinfo=UTC)
SETTINGS: Mapping[str, Any] = {"signing_secret": SECRET, "status_address": STATUS_ADDRESS}


class NoTokens:
    def get(self, name: str) -> str:
        return ""

    def put(self, name: str, value: str) -> None:
        raise AssertionError(name)

    def renewed(self, name: str, seen: str, renew: Callable[[str], str]) -> str:
        raise AssertionError(name)


@dataclass
class World:
    """What the hub gives, and what the connector did with it."""

    now: datetime = NOW
    exchanges: list[Exchange] = field(default_factory=list)
    throttled: list[str] = field(default_factory=list)
    slowed: list[tuple[str, timedelta]] = field(default_factory=list)

    def opened(self, **settings: Any) -> Adapter:
        services = Services(
            on_exchange=self.exchanges.append,
            throttle=self.throttled.append,
            slow_down=lambda bucket, pause: self.slowed.append((bucket, pause)),
            tokens=NoTokens(),
            clock=lambda: self.now,
        )
        return SPEC.open({**SETTINGS, **settings}, services)

    def receiver(self, **settings: Any) -> WebhookReceiver:
        receiver = self.opened(**settings).webhooks
        assert receiver is not None
        return receiver

    def sink(self, **settings: Any) -> StatusSink:
        sink = self.opened(**settings).status_sink
        assert sink is not None
        return sink


def signed(body: bytes, *, secret: str = SECRET, id: str = "msg_1", at: datetime = NOW) -> HookRequest:
    return HookRequest("POST", sign([secret], id, at, body), body)


def with_token(body: bytes, token: str = TOKEN, **headers: str) -> HookRequest:
    return HookRequest("POST", {"authorization": f"Bearer {token}"} | headers, body)
