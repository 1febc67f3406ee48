"""A shop for tests: settings, services that note what they are asked, bodies after the API's documentation."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from connectors.contract.spec import Exchange, Services
from connectors.woocommerce.transport import Transport

SITE = "https://shop.example.com/store"
API = f"{SITE}/wp-json/wc/v3"
SECRET = "0123456789abcdef"
NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
SAMPLES = Path(__file__).parent / "samples"


@dataclass
class Tokens:
    values: dict[str, str] = field(default_factory=dict)

    def get(self, name: str) -> str:
        return self.values.get(name, "")

    def put(self, name: str, value: str) -> None:
        self.values[name] = value

    def renewed(self, name: str, seen: str, renew: Callable[[str], str]) -> str:
        if self.values.get(name, "") == seen:
            self.values[name] = renew(seen)
        return self.values[name]


@dataclass
class Hub:
    """What the hub's side saw."""

    now: datetime = NOW
    tokens: Tokens = field(default_factory=Tokens)
    exchanges: list[Exchange] = field(default_factory=list)
    pauses: list[tuple[str, timedelta]] = field(default_factory=list)
    throttled: list[str] = field(default_factory=list)

    def services(self) -> Services:
        return Services(
            on_exchange=self.exchanges.append,
            throttle=self.throttled.append,
            slow_down=lambda bucket, pause: self.pauses.append((bucket, pause)),
            tokens=self.tokens,
            clock=lambda: self.now,
            allowed_private_networks=("127.0.0.0/8",),
        )


def settings(**changes: Any) -> dict[str, Any]:
    return {"site": SITE, "consumer_key": "ck_test", "consumer_secret": "cs_test", "webhook_secret": SECRET, **changes}


def transport(hub: Hub, **changes: Any) -> Transport:
    return Transport(settings(**changes), hub.services())


def sample(name: str) -> Any:
    return json.loads((SAMPLES / name).read_text(encoding="utf-8"))


def order(order_id: int = 501, **changes: Any) -> dict[str, Any]:
    """A whole order as the API sends it, with some values replaced."""
    return {**sample("order.json"), "id": order_id, "number": str(order_id), **changes}


def error(code: str, status: int, message: str = "No.") -> dict[str, Any]:
    return {"code": code, "message": message, "data": {"status": status}}
