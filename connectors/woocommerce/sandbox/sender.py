"""One HTTP delivery as WordPress makes it: its headers, one try, no redirects."""

import base64
import hashlib
import hmac
import select
import time
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from urllib.parse import SplitResult, urlsplit

from connectors.woocommerce.sandbox.webhooks import Webhook, signing_key

USER_AGENT = "WooCommerce/10.7.0 Hookshot (WordPress/6.8.7)"


class Line:
    """The connections of one sender thread."""

    def __init__(self) -> None:
        self._open: dict[str, HTTPConnection] = {}

    def post(self, url: str, body: bytes, headers: dict[str, str], *, keep_alive: bool, timeout_seconds: float) -> int:
        """POST once. The HTTP status, 0 when nobody answered; never follows a redirect."""
        parts = urlsplit(url)
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        key = f"{parts.scheme}://{parts.netloc}"
        connection = self._usable(key) or _connect(parts, timeout_seconds)
        keep = False
        try:
            connection.request("POST", target, body, headers if keep_alive else headers | {"Connection": "close"})
            answer = connection.getresponse()
            answer.read()
            keep = keep_alive and not answer.will_close
            return answer.status
        except (OSError, HTTPException):
            return 0
        finally:
            if keep:
                self._open[key] = connection
            else:
                connection.close()

    def close(self) -> None:
        for connection in self._open.values():
            connection.close()

    def _usable(self, key: str) -> HTTPConnection | None:
        """A connection kept from before, unless the receiver has closed it meanwhile: a second try on a new one
        could deliver twice, so a stale one is found out beforehand."""
        connection = self._open.pop(key, None)
        if connection is None or connection.sock is None:
            return None
        if select.select([connection.sock], [], [], 0)[0]:
            connection.close()
            return None
        return connection


def _connect(parts: SplitResult, timeout_seconds: float) -> HTTPConnection:
    host, port = parts.hostname or "", parts.port
    if parts.scheme == "https":
        return HTTPSConnection(host, port or 443, timeout=timeout_seconds)
    return HTTPConnection(host, port or 80, timeout=timeout_seconds)


PING_HEADERS = {"User-Agent": USER_AGENT, "Content-Type": "application/x-www-form-urlencoded"}


def delivery_headers(webhook: Webhook, body: bytes, source: str) -> dict[str, str]:
    digest = hmac.new(signing_key(webhook.secret), body, hashlib.sha256).digest()
    return {
        "User-Agent": USER_AGENT,
        "Content-Type": "application/json",
        "X-WC-Webhook-Source": source,
        "X-WC-Webhook-Topic": webhook.topic,
        "X-WC-Webhook-Resource": webhook.resource,
        "X-WC-Webhook-Event": webhook.event,
        "X-WC-Webhook-Signature": base64.b64encode(digest).decode(),
        "X-WC-Webhook-ID": str(webhook.id),
        "X-WC-Webhook-Delivery-ID": delivery_id(webhook.id, int(time.time())),
    }


def delivery_id(webhook_id: int, second: int) -> str:
    """Not unique: all deliveries of a webhook within one second share it."""
    return hashlib.md5(f"{webhook_id}{second}".encode(), usedforsecurity=False).hexdigest()
