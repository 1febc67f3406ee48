"""What a connection to the stand-in needs, and what the headers of the shop's own calls look like."""

import base64
import hashlib
import hmac
from datetime import datetime
from typing import Any

from connectors.woocommerce.sandbox.server import KEY, SECRET

WEBHOOK_SECRET = "5c" * 20


def settings_for(url: str) -> dict[str, Any]:
    """Values of a connection's settings, secrets included, that fit a stand-in at this address."""
    return {"site": url, "consumer_key": KEY, "consumer_secret": SECRET, "webhook_secret": WEBHOOK_SECRET}


def hook_headers(url: str, topic: str, body: bytes, at: datetime) -> dict[str, str]:
    """A webhook as WooCommerce sends it, with lower-case names."""
    digest = hmac.new(WEBHOOK_SECRET.encode(), body, hashlib.sha256).digest()
    resource, _, event = topic.partition(".")
    return {
        "content-type": "application/json",
        "x-wc-webhook-source": f"{url}/",
        "x-wc-webhook-topic": topic,
        "x-wc-webhook-resource": resource,
        "x-wc-webhook-event": event,
        "x-wc-webhook-signature": base64.b64encode(digest).decode(),
        "x-wc-webhook-id": "1",
        "x-wc-webhook-delivery-id": hashlib.md5(at.isoformat().encode(), usedforsecurity=False).hexdigest(),
    }
