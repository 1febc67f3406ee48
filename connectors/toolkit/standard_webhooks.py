"""Signatures after the Standard Webhooks scheme, version 1.0.0 (standardwebhooks.com), by its published library.

A message is ``{id}.{timestamp}.{body}``, signed with HMAC-SHA256; three headers carry id, Unix time and signatures.
The library (1.1) leaves the caller with IndexError, ValueError and UnicodeDecodeError for hostile headers and bodies,
and gives up on a good signature that stands behind a broken one. Therefore only what has the right form reaches it.
"""

import base64
import binascii
import re
import secrets as random_secrets
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from standardwebhooks import Webhook, WebhookVerificationError

from connectors.contract.errors import Forged, Misconfigured

ID_HEADER = "webhook-id"
TIMESTAMP_HEADER = "webhook-timestamp"
SIGNATURE_HEADER = "webhook-signature"

SECRET_PREFIX = "whsec_"  # noqa: S105  # how every secret begins, not one of them
SECRET_BYTES = range(24, 65)
"""The scheme asks for 192 to 512 bits."""

MAX_SIGNATURES = 10
"""A sender that rotates sends two; more only cost time."""

_ID = re.compile(r"[\x21-\x7e]{1,200}", re.ASCII)
_TIMESTAMP = re.compile(r"[0-9]{1,11}", re.ASCII)
_SIGNATURE = re.compile(r"v1,[A-Za-z0-9+/]{43}=", re.ASCII)


def new_secret() -> str:
    """A fresh secret: 32 random bytes, written as the scheme asks."""
    return SECRET_PREFIX + base64.b64encode(random_secrets.token_bytes(32)).decode()


def is_secret(secret: str) -> bool:
    """True for 24 to 64 bytes in base64, with or without padding and the prefix ``whsec_``, as the library reads it."""
    return _key(secret) is not None


def sign(secrets: Sequence[str], id: str, timestamp: datetime, body: bytes) -> dict[str, str]:
    """The three headers; one signature per secret, so that a receiver may hold either during a rotation.

    ``body`` is UTF-8 and goes out byte for byte. Raises Misconfigured when a secret has not the scheme's form.
    """
    wanted = [secret for secret in secrets if secret]
    keys = [key for secret in wanted if (key := _key(secret)) is not None]
    if not keys or len(keys) < len(wanted):
        message = "The signing secret is empty or malformed. It is “whsec_” and 24 to 64 bytes in base64."
        raise Misconfigured(message, code="signing_secret")
    # The library replaces the zone instead of converting, so anything but UTC would be signed hours off.
    moment = timestamp.astimezone(UTC)
    signatures = [Webhook(key).sign(msg_id=id, timestamp=moment, data=body.decode()) for key in keys]
    return {
        ID_HEADER: id,
        TIMESTAMP_HEADER: str(int(moment.timestamp())),
        SIGNATURE_HEADER: " ".join(signatures),
    }


def verify(secrets: Sequence[str], headers: Mapping[str, str], body: bytes) -> str:
    """The id of a message that one of the secrets has signed within the last (or next) five minutes.

    ``headers`` have lower-case names. Raises Forged for everything else; its code and message are for our own log and
    not for the caller, who could learn from them.
    """
    keys = [key for key in map(_key, secrets) if key is not None]
    if not keys:
        raise Forged("The connection has no usable signing secret.", code="no_secret")
    checked = _checked_headers(headers)
    try:
        text = body.decode()
    except UnicodeDecodeError:
        raise Forged("The signed body is not UTF-8.", code="not_utf8") from None
    reasons = [reason for key in keys if (reason := _refusal(key, text, checked))]
    if len(reasons) == len(keys):
        raise Forged(f"{reasons[0]}.", code="signature")
    return checked[ID_HEADER]


def _refusal(key: bytes, text: str, headers: dict[str, str]) -> str:
    """Why the library refuses; empty when it does not."""
    try:
        Webhook(key).verify(text, headers, json_parse=False)
    except WebhookVerificationError as refusal:
        return str(refusal)
    return ""


def _checked_headers(headers: Mapping[str, str]) -> dict[str, str]:
    missing = [name for name in (ID_HEADER, TIMESTAMP_HEADER, SIGNATURE_HEADER) if not headers.get(name)]
    if missing:
        raise Forged(f"The call lacks {', '.join(missing)}.", code="unsigned")
    if not _ID.fullmatch(headers[ID_HEADER]):
        raise Forged(f"{ID_HEADER} must be 1 to 200 visible ASCII characters.", code="malformed")
    if not _TIMESTAMP.fullmatch(headers[TIMESTAMP_HEADER]):
        raise Forged(f"{TIMESTAMP_HEADER} is not a Unix time in whole seconds.", code="malformed")
    usable = [part for part in headers[SIGNATURE_HEADER].split(" ") if _SIGNATURE.fullmatch(part)]
    if not usable:
        raise Forged(f"{SIGNATURE_HEADER} holds no signature of version v1.", code="malformed")
    return {
        ID_HEADER: headers[ID_HEADER],
        TIMESTAMP_HEADER: headers[TIMESTAMP_HEADER],
        SIGNATURE_HEADER: " ".join(usable[:MAX_SIGNATURES]),
    }


def _key(secret: str) -> bytes | None:
    """The bytes of a secret; None when it has not the scheme's form. Stricter than the library, which skips what it
    does not understand and would sign with whatever is left."""
    bare = secret.strip().removeprefix(SECRET_PREFIX).rstrip("=")
    try:
        key = base64.b64decode(bare + "=" * (-len(bare) % 4), validate=True)
    except (binascii.Error, ValueError):
        return None
    return key if len(key) in SECRET_BYTES else None
