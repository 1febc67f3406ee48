"""Standard Webhooks as the plug-in does it: HMAC-SHA256 over ``<id>.<timestamp>.<body>``, either of two secrets."""

import base64
import hashlib
import hmac
from collections.abc import Mapping, Sequence

SECRET = "whsec_" + base64.b64encode(b"a MODX shop of the sandbox, shared").decode()
SKEW_SECONDS = 300


def signature(secret: str, id: str, timestamp: str, body: bytes) -> str:
    bare = secret.removeprefix("whsec_").rstrip("=")
    key = base64.b64decode(bare + "=" * (-len(bare) % 4))
    digest = hmac.new(key, f"{id}.{timestamp}.".encode() + body, hashlib.sha256).digest()
    return f"v1,{base64.b64encode(digest).decode()}"


def headers(secrets: Sequence[str], id: str, timestamp: int, body: bytes) -> dict[str, str]:
    return {
        "content-type": "application/json",
        "webhook-id": id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(signature(secret, id, str(timestamp), body) for secret in secrets),
    }


def refusal(secrets: Sequence[str], given: Mapping[str, str], body: bytes, now: float) -> str:
    """``bad_signature`` or ``clock``; empty when the call is genuine."""
    id, timestamp = given.get("webhook-id", ""), given.get("webhook-timestamp", "")
    offered = given.get("webhook-signature", "").split(" ")
    if not id or not timestamp.isdigit():
        return "bad_signature"
    expected = [signature(secret, id, timestamp, body) for secret in secrets]
    if not any(
        hmac.compare_digest(one.encode(), other.encode("utf-8", "replace")) for one in expected for other in offered
    ):
        return "bad_signature"
    return "clock" if abs(now - int(timestamp)) > SKEW_SECONDS else ""
