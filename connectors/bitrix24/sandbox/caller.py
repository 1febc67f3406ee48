"""What a connection to the stand-in needs, and what the headers of the portal's own calls look like."""

from datetime import datetime
from typing import Any

WEBHOOK = "1/sandboxsecret0001"
"""User and secret of the stand-in's incoming webhook."""


def settings_for(url: str) -> dict[str, Any]:
    """Values of a connection's settings, secrets included, that fit a stand-in at this address."""
    return {"address": url, "webhook": WEBHOOK, "timeout_seconds": 20}


def hook_headers(_url: str, _topic: str, body: bytes, _at: datetime) -> dict[str, str]:
    """A call of the portal: not signed, a form unless a robot's author chose JSON."""
    is_json = body.lstrip().startswith(b"{")
    return {"content-type": "application/json" if is_json else "application/x-www-form-urlencoded"}
