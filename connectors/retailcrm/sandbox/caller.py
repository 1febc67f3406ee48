"""What a connection to the stand-in needs, and what the headers of the CRM's own calls look like."""

from datetime import datetime
from typing import Any


def settings_for(url: str) -> dict[str, Any]:
    """Values of a connection's settings, secrets included, that fit a stand-in at this address."""
    return {"address": url, "api_key": "sandbox-key", "site": "main"}


def hook_headers(_url: str, _topic: str, body: bytes, _at: datetime) -> dict[str, str]:
    """A trigger's "HTTP request": not signed, a form unless its author chose JSON."""
    is_json = body.lstrip().startswith(b"{")
    return {"content-type": "application/json" if is_json else "application/x-www-form-urlencoded"}
