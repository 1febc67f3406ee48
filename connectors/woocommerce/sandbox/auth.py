"""Who may call: Basic or query keys where WordPress sees https, one-legged OAuth 1.0a elsewhere.

After WooCommerce's class-wc-rest-authentication.php. Signatures are checked with oauthlib's verification.
"""

import base64
import binascii
import re
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hmac import compare_digest
from types import SimpleNamespace
from urllib.parse import unquote

from oauthlib.oauth1.rfc5849 import signature as oauth_signature

from connectors.toolkit.sandbox import Request
from connectors.woocommerce.sandbox.answers import Refusal

WINDOW_SECONDS = 15 * 60
OAUTH_NAMES = ("oauth_consumer_key", "oauth_timestamp", "oauth_nonce", "oauth_signature", "oauth_signature_method")
_VERIFY = {"HMAC-SHA256": oauth_signature.verify_hmac_sha256, "HMAC-SHA1": oauth_signature.verify_hmac_sha1}
_READS = frozenset({"GET", "HEAD"})


@dataclass(frozen=True, slots=True)
class ApiKey:
    key: str
    secret: str
    permissions: str = "read_write"
    """``read``, ``write`` or ``read_write``."""


@dataclass(slots=True)
class Authentication:
    """``header_dropped``: the server in front throws the Authorization header away, as PHP-CGI setups do."""

    keys: dict[str, ApiKey]
    https_seen: bool = True
    header_dropped: bool = False
    clock: Callable[[], float] = time.time
    nonces: OrderedDict[str, float] = field(default_factory=OrderedDict)
    """When each was used, oldest first."""

    def check(self, request: Request, site_url: str) -> None:
        """Let the call pass or raise Refusal."""
        key = self._basic(request) if self.https_seen else None
        key = key or self._oauth(request, site_url)
        if key is None:
            raise _anonymous(request)
        _check_permissions(key, request.method)

    def _basic(self, request: Request) -> ApiKey | None:
        name, secret = request.one("consumer_key"), request.one("consumer_secret")
        if not (name and secret):
            name, secret = _basic_header("" if self.header_dropped else request.headers.get("authorization", ""))
        key = self.keys.get(name)
        if key and secret and not compare_digest(key.secret.encode(), secret.encode()):
            raise _error("Consumer secret is invalid.")
        return key if secret else None

    def _oauth(self, request: Request, site_url: str) -> ApiKey | None:
        header = "" if self.header_dropped else request.headers.get("authorization", "").strip()
        sent = dict(request.query) | (_oauth_header(header) if header.startswith("OAuth ") else {})
        missing = [name for name in OAUTH_NAMES if not sent.get(name)]
        if len(missing) == len(OAUTH_NAMES):
            return None
        if missing:
            label = "parameter" if len(missing) == 1 else "parameters"
            reason = f"Missing OAuth {label} {', '.join(missing)}"
            raise Refusal(401, "woocommerce_rest_authentication_missing_parameter", reason)
        key = self.keys.get(sent["oauth_consumer_key"])
        if key is None:
            raise _error("Consumer key is invalid.")
        self._check_signature(request, site_url, sent, key)
        self._check_once(sent["oauth_timestamp"], sent["oauth_nonce"])
        return key

    def _check_signature(self, request: Request, site_url: str, sent: Mapping[str, str], key: ApiKey) -> None:
        """Over the site's own address, whatever Host the client named."""
        verify = _VERIFY.get(sent["oauth_signature_method"])
        if verify is None:
            raise _error("Invalid signature - signature method is invalid.")
        from_header = [(name, value) for name, value in sent.items() if name not in dict(request.query)]
        signed = SimpleNamespace(
            http_method=request.method,
            uri=f"{site_url}{request.path}",
            params=[pair for pair in [*request.query, *from_header] if pair[0] not in {"oauth_signature", "realm"}],
            signature=sent["oauth_signature"].replace(" ", "+"),
        )
        if not verify(signed, key.secret, ""):
            raise _error("Invalid signature - provided signature does not match.")

    def _check_once(self, timestamp: str, nonce: str) -> None:
        now = self.clock()
        if not timestamp.isdigit() or abs(int(timestamp) - now) > WINDOW_SECONDS:
            raise _error("Invalid timestamp.")
        while self.nonces and next(iter(self.nonces.values())) < now - 2 * WINDOW_SECONDS:
            self.nonces.popitem(last=False)
        if nonce in self.nonces:
            raise _error("Invalid nonce - nonce has already been used.")
        self.nonces[nonce] = now


def _basic_header(header: str) -> tuple[str, str]:
    scheme, _, encoded = header.partition(" ")
    if scheme.lower() != "basic":
        return "", ""
    try:
        name, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return name, secret


def _oauth_header(header: str) -> dict[str, str]:
    return {name: unquote(value) for name, value in re.findall(r'(oauth_[a-z_-]+)="([^"]*)"', header)}


def _check_permissions(key: ApiKey, method: str) -> None:
    needed = "read" if method in _READS else "write"
    if method != "OPTIONS" and needed not in key.permissions:
        raise _error(f"The API key provided does not have {needed} permissions.")


def _error(message: str) -> Refusal:
    return Refusal(401, "woocommerce_rest_authentication_error", message)


def _anonymous(request: Request) -> Refusal:
    """Nobody is signed in: the refusal is that of the resource's own permission check."""
    is_one = request.path.rsplit("/", 1)[-1].isdigit()
    if request.path.endswith("/batch"):
        return Refusal(
            401, "woocommerce_rest_cannot_batch", "Sorry, you are not allowed to batch manipulate this resource."
        )
    match request.method:
        case "DELETE":
            return Refusal(401, "woocommerce_rest_cannot_delete", "Sorry, you are not allowed to delete this resource.")
        case "PUT" | "PATCH":
            return Refusal(401, "woocommerce_rest_cannot_edit", "Sorry, you are not allowed to edit this resource.")
        case "POST" if is_one:
            return Refusal(401, "woocommerce_rest_cannot_edit", "Sorry, you are not allowed to edit this resource.")
        case "POST":
            return Refusal(401, "woocommerce_rest_cannot_create", "Sorry, you are not allowed to create resources.")
        case _ if is_one:
            return Refusal(401, "woocommerce_rest_cannot_view", "Sorry, you cannot view this resource.")
    return Refusal(401, "woocommerce_rest_cannot_view", "Sorry, you cannot list resources.")
