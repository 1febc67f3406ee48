"""What a connection to the stand-in needs, and what the headers of the module's calls look like."""

import hashlib
from datetime import datetime
from typing import Any

from connectors.magento2.sandbox.auth import KEYS, SIGNING_SECRET, sign_event


def settings_for(url: str) -> dict[str, Any]:
    """Values of a connection's settings, secrets included, that fit a stand-in at this address."""
    names = ("consumer_key", "consumer_secret", "access_token", "access_token_secret")
    return {"shop": url, "signing_secret": SIGNING_SECRET, **dict(zip(names, KEYS, strict=True))}


def hook_headers(_url: str, _topic: str, body: bytes, at: datetime) -> dict[str, str]:
    """An event as the companion module sends it; one id never serves two bodies."""
    return sign_event(f"evt-{hashlib.sha256(body).hexdigest()[:24]}", int(at.timestamp()), body)
