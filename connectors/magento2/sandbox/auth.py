"""Who may call: OAuth 1.0a with HMAC-SHA256 as Magento checks it, bare tokens where the shop allows them, resources."""

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import quote, unquote

from connectors.toolkit.sandbox import Reply, Request

KEYS = (
    "ckQwErTyUiOpAsDfGhJkLzXcVbNm1234",
    "csMnBvCxZlKjHgFdSaPoIuYtReWq5678",
    "atQaZwSxEdCrFvTgByHnUjMiKoLp9012",
    "asPlOkMiJnUhBygVtfCrDxEszWaQ3456",
)
"""Consumer key and secret, access token and secret: 32 characters each."""

SIGNING_SECRET = "whsec_" + base64.b64encode(b"a-shop-that-signs-its-events-00").decode()

NOT_AUTHORIZED = "The consumer isn't authorized to access %resources."
_PART = re.compile(r'(\w+)="([^"]*)"')


def refusal(status: int, message: str, parameters: object = None) -> Reply:
    """Magento's error body; placeholders are filled in by the reader."""
    body: dict[str, object] = {"message": message}
    return Reply(status, body | ({"parameters": parameters} if parameters is not None else {}))


def bare(value: str | None) -> Reply:
    """A JSON document that is one text, or null."""
    return Reply(body=json.dumps(value).encode())


def not_authorized(resource: str) -> Reply:
    return refusal(401, NOT_AUTHORIZED, {"resources": resource})


@dataclass(slots=True)
class Guard:
    """``missing`` are resources that the integration was not given."""

    takes_bearer: bool = False
    missing: set[str] = field(default_factory=set)
    nonces: set[str] = field(default_factory=set)

    def check(self, request: Request, url: str, resource: str) -> Reply | None:
        """None when the call may go on."""
        given = request.headers.get("authorization", "")
        if given.startswith("Bearer "):
            # A bare token that the shop does not take is anonymous: the same answer as without the resource.
            is_known = self.takes_bearer and hmac.compare_digest(given[7:], KEYS[2])
            return None if is_known and resource not in self.missing else not_authorized(resource)
        if not given.startswith("OAuth "):
            return not_authorized(resource)
        fault = self._signed_wrongly(request, url, {name: unquote(value) for name, value in _PART.findall(given[6:])})
        return fault or (not_authorized(resource) if resource in self.missing else None)

    def _signed_wrongly(self, request: Request, url: str, sent: Mapping[str, str]) -> Reply | None:
        for name in ("consumer_key", "nonce", "signature_method", "timestamp", "token", "signature"):
            if not sent.get(f"oauth_{name}"):
                return refusal(400, f"oauth_{name} is required. Enter and try again.")
        if sent["oauth_signature_method"] != "HMAC-SHA256":
            return refusal(400, "Signature method %1 is not supported", [sent["oauth_signature_method"]])
        if (sent["oauth_consumer_key"], sent["oauth_token"]) != (KEYS[0], KEYS[2]):
            return refusal(401, "A consumer having the specified key does not exist")
        if sent["oauth_nonce"] in self.nonces:
            return refusal(401, "The nonce is already being used by the consumer with ID %1.", [1])
        wanted = _signature(request, url, {name: value for name, value in sent.items() if name != "oauth_signature"})
        if not hmac.compare_digest(wanted, sent["oauth_signature"]):
            return refusal(401, "The signature is invalid. Verify and try again.")
        self.nonces.add(sent["oauth_nonce"])
        return None


def _signature(request: Request, url: str, oauth: Mapping[str, str]) -> str:
    pairs = [(_escaped(name), _escaped(value)) for name, value in (*request.query, *oauth.items()) if name != "realm"]
    line = "&".join(f"{name}={value}" for name, value in sorted(pairs))
    base = "&".join((request.method, _escaped(url + request.path), _escaped(line)))
    key = f"{_escaped(KEYS[1])}&{_escaped(KEYS[3])}"
    return base64.b64encode(hmac.digest(key.encode(), base.encode(), hashlib.sha256)).decode()


def _escaped(text: str) -> str:
    return quote(text, safe="-._~")


def sign_event(id: str, timestamp: int, body: bytes, secret: str = SIGNING_SECRET) -> dict[str, str]:
    """The headers of an event of the companion module (Standard Webhooks). Raises ValueError for another form of
    secret than "whsec_" and base64."""
    bare = secret.removeprefix("whsec_").rstrip("=")
    key = base64.b64decode(bare + "=" * (-len(bare) % 4), validate=True)
    signature = hmac.digest(key, f"{id}.{timestamp}.".encode() + body, hashlib.sha256)
    return {
        "content-type": "application/json",
        "webhook-id": id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": f"v1,{base64.b64encode(signature).decode()}",
    }
