"""The connection's settings, checked and typed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

from connectors.contract.errors import Misconfigured


class Auth(StrEnum):
    OAUTH = "oauth"
    BEARER = "bearer"


MAX_PAGE = 100
"""Orders are heavy: every line stands up to four times in one. A shop may allow less and then says so."""


@dataclass(frozen=True, slots=True)
class Config:
    base_url: str
    auth: Auth
    consumer_key: str
    consumer_secret: str
    access_token: str
    access_token_secret: str
    signed_url: str
    store_views: tuple[str, ...]
    secrets: tuple[str, ...]
    page_size: int
    timeout_seconds: int
    status_actions: Mapping[str, str]
    allow_refunds: bool
    notify_buyers: bool
    brand_attribute: str
    clock_offset: timedelta
    admin_url: str

    @property
    def keys(self) -> tuple[str, str, str, str]:
        """Consumer key and secret, access token and secret. Raises Misconfigured when one is empty."""
        found = (self.consumer_key, self.consumer_secret, self.access_token, self.access_token_secret)
        if not all(found):
            message = "Signed calls need all four values of the integration; one of them is empty in the settings."
            raise Misconfigured(message, code="settings_missing")
        return found


def config_from(settings: Mapping[str, Any]) -> Config:
    """Raises Misconfigured, naming the field, when one cannot be used."""
    auth = Auth(_text(settings, "auth") or Auth.OAUTH)
    page_size = int(settings.get("page_size") or MAX_PAGE)
    return Config(
        base_url=base_url(_text(settings, "shop")),
        auth=auth,
        consumer_key=_text(settings, "consumer_key"),
        consumer_secret=_text(settings, "consumer_secret"),
        access_token=_text(settings, "access_token"),
        access_token_secret=_text(settings, "access_token_secret"),
        signed_url=_text(settings, "signed_url").rstrip("/"),
        store_views=tuple(_lines(settings.get("store_views"))),
        secrets=tuple(
            secret for key in ("signing_secret", "previous_signing_secret") if (secret := _text(settings, key))
        ),
        page_size=min(max(page_size, 1), MAX_PAGE),
        timeout_seconds=int(settings.get("timeout_seconds") or 60),
        status_actions=_pairs(settings.get("status_actions")),
        allow_refunds=settings.get("allow_refunds") is True,
        notify_buyers=settings.get("notify_buyers") is True,
        brand_attribute=_text(settings, "brand_attribute") or "manufacturer",
        clock_offset=timedelta(minutes=int(settings.get("clock_offset_minutes") or 0)),
        admin_url=_text(settings, "admin_url").rstrip("/"),
    )


def base_url(address: str) -> str:
    """The part before ``/rest``; a pasted REST address is cut there. Raises Misconfigured."""
    whole = (address if "://" in address else f"https://{address}").split("/rest/")[0].rstrip("/").removesuffix("/rest")
    parts = urlsplit(whole)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username or parts.query:
        message = "The shop's address must look like https://shop.example."
        raise Misconfigured(message, code="shop")
    return whole


def _text(settings: Mapping[str, Any], key: str) -> str:
    return str(settings.get(key) or "").strip()


def _lines(value: object) -> list[str]:
    """A list setting, also when it is still the text of the form."""
    lines = value.splitlines() if isinstance(value, str) else value
    return [str(line).strip() for line in lines if str(line).strip()] if isinstance(lines, (list, tuple)) else []


def _pairs(value: object) -> dict[str, str]:
    """Lines of the form ``status = action``."""
    pairs = (line.partition("=") for line in _lines(value))
    return {status.strip(): action.strip().lower() for status, sign, action in pairs if sign and status.strip()}
