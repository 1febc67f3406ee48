"""Signatures of calls to our door: HMAC-SHA256 over the raw bytes, compared in constant time."""

import base64
import hashlib
import hmac
from collections.abc import Iterable


def hmac_sha256_base64(secret: str, body: bytes) -> str:
    """The signature as base64 text (WooCommerce, Shopify)."""
    return base64.b64encode(_digest(secret, body)).decode("ascii")


def is_signed_base64(body: bytes, signature: str, secrets: Iterable[str]) -> bool:
    """Whether any of the secrets gives this base64 signature. Empty secrets never do: anybody could sign with them."""
    return _matches_any(signature, [hmac_sha256_base64(secret, body) for secret in secrets if secret])


def _digest(secret: str, body: bytes) -> bytes:
    return hmac.new(secret.encode(), body, hashlib.sha256).digest()


def _matches_any(signature: str, expected: Iterable[str]) -> bool:
    given = signature.strip().encode("utf-8", "replace")
    # Every candidate is compared, so the time taken does not tell which secret came close.
    matches = [hmac.compare_digest(given, candidate.encode()) for candidate in expected]
    return any(matches)
