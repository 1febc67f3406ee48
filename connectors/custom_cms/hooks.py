"""What the shop sends us: who may, and what it says.

Genuine is a call that is signed after the Standard Webhooks scheme or, for shops that cannot sign, carries the access
token. A call with any signature header is judged by its signature alone.
"""

import hashlib
import hmac
import json
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from connectors.contract.errors import Forged
from connectors.contract.push import PING, change_in
from connectors.contract.results import Accepted, Acknowledged, Change, HookEvent, HookRequest
from connectors.toolkit import standard_webhooks

from .config import MIN_TOKEN_CHARACTERS, Config

REPEAT_WINDOW_SECONDS = 600
"""A call without any id counts as a repeat of the same words within this window. Not for ever: an order that goes from
A to B and back to A says the same twice and means it."""

_TYPE = re.compile(rb'\s*\{\s*"type"\s*:\s*"([a-z_.]{1,60})"')
_MAX_KEPT_ID = 100


class WebhookReceiver:
    def __init__(self, config: Config, clock: Callable[[], datetime]) -> None:
        self._config = config
        self._clock = clock

    def accept(self, request: HookRequest) -> Accepted | Acknowledged:
        """The dedup key is made of the message's id and its body.

        The id alone would drop real updates of a shop that uses the order's number as id; with the body, a repeat is
        still one event and a second state is a second one. The body is signed, so nobody else can vary it.
        """
        id = self._authentic_id(request)
        found = _TYPE.match(request.body[:200])
        topic = found.group(1).decode() if found else "push"
        if topic == PING or (request.method.upper() == "GET" and not request.body):
            return Acknowledged("A test message of the shop.")
        digest = hashlib.sha256(request.body).hexdigest()
        if not id:
            window = int(self._clock().timestamp()) // REPEAT_WINDOW_SECONDS
            return Accepted(topic, f"body:{digest}:{window}")
        return Accepted(topic, f"id:{_kept(id)}:{digest[:32]}", {standard_webhooks.ID_HEADER: id[:200]})

    def read(self, event: HookEvent) -> Sequence[Change]:
        return [change_in(event.body)]

    def _authentic_id(self, request: HookRequest) -> str:
        """The id under which the shop sends this message; empty when a token push has none."""
        headers = request.headers
        if headers.get(standard_webhooks.SIGNATURE_HEADER):
            return standard_webhooks.verify(self._config.secrets, headers, request.body)
        scheme, _, token = headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            raise Forged("The call carries neither a signature nor the access token.", code="unsigned")
        self._check_token(token.strip())
        return headers.get("idempotency-key", "") or headers.get(standard_webhooks.ID_HEADER, "") or _event_id(request)

    def _check_token(self, token: str) -> None:
        ours = self._config.access_token
        if len(ours) < MIN_TOKEN_CHARACTERS:
            raise Forged("The connection has no access token, or a short one that opens nothing.", code="no_token")
        if not hmac.compare_digest(token.encode("utf-8", "replace"), ours.encode()):
            raise Forged("The access token is wrong.", code="token")


def _event_id(request: HookRequest) -> str:
    """``event_id`` of the body, for shops that cannot set headers."""
    try:
        message = json.loads(request.body)
    except (ValueError, RecursionError):
        return ""
    value = message.get("event_id") if isinstance(message, Mapping) else None
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""


def _kept(id: str) -> str:
    """The id itself where it is short and plain, so that staff find it; else its digest."""
    plain = id.isascii() and id.isprintable() and len(id) <= _MAX_KEPT_ID
    return id if plain else hashlib.sha256(id.encode("utf-8", "replace")).hexdigest()
