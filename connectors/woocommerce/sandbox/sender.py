"""The headers of a delivery as WordPress makes them."""

import base64
import hashlib
import hmac
import time

from connectors.woocommerce.sandbox.webhooks import Webhook, signing_key

USER_AGENT = "WooCommerce/10.7.0 Hookshot (WordPress/6.8.7)"

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
