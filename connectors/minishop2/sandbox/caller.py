"""What a connection to the stand-in needs, and what the headers of the shop's own calls look like."""

import hashlib
from datetime import datetime
from typing import Any

from connectors.minishop2.sandbox.signing import SECRET, headers


def settings_for(url: str) -> dict[str, Any]:
    """Values of a connection's settings, secrets included, that fit a stand-in at this address."""
    return {"shop": url, "signing_secret": SECRET}


def hook_headers(_url: str, _topic: str, body: bytes, at: datetime) -> dict[str, str]:
    """An event as the plug-in sends it; one uid never serves two bodies."""
    return headers([SECRET], f"evt-{hashlib.sha256(body).hexdigest()[:24]}", int(at.timestamp()), body)
