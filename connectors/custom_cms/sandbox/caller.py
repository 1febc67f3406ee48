"""What a connection to the stand-in needs, and what the headers of the shop's own calls look like."""

import base64
import hashlib
import hmac
from datetime import datetime
from typing import Any

from connectors.custom_cms.sandbox.server import SECRET, STATUSES


def settings_for(url: str) -> dict[str, Any]:
    """Values of a connection's settings, secrets included, that fit a stand-in at this address."""
    return {
        "signing_secret": SECRET,
        "status_address": f"{url}/hub-status",
        "status_codes": [f"{status} = {status.title()}" for status in STATUSES],
    }


def hook_headers(_url: str, _topic: str, body: bytes, at: datetime) -> dict[str, str]:
    """A push as Standard Webhooks has it. Not by the library, which signs text only: a shop may send any bytes."""
    id, moment = f"msg_{hashlib.sha256(body).hexdigest()[:16]}", str(int(at.timestamp()))
    key = base64.b64decode(SECRET.removeprefix("whsec_"))
    digest = hmac.new(key, f"{id}.{moment}.".encode() + body, hashlib.sha256).digest()
    signature = f"v1,{base64.b64encode(digest).decode()}"
    return {
        "content-type": "application/json",
        "webhook-id": id,
        "webhook-timestamp": moment,
        "webhook-signature": signature,
    }
