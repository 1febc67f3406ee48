"""The sign-in of a local application: an access token for an hour, and a refresh token that changes with every use.

Kept as one value, so that its parts never come from two refreshes; renewed only when a call says that it has expired,
because refreshing by a timer is named by the vendor as a reason for being blocked.
"""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from connectors.contract.errors import Forged, Misconfigured
from connectors.contract.spec import Services
from connectors.toolkit.http import HttpClient, Transport
from connectors.toolkit.lenient import text
from connectors.toolkit.redact import Masking

from .config import Config
from .errors import body_of, error_for

SIGN_IN = "oauth"
"""Name of the stored sign-in."""

NOT_INSTALLED = (
    "The application is not installed yet: no sign-in has come from the portal. Enter the hook address as the "
    "application's installation address in Bitrix24, and install it again."
)


class SignIn:
    """The stored sign-in of one connection; read at first use."""

    def __init__(self, config: Config, services: Services, bucket: str) -> None:
        self._config = config
        self._tokens = services.tokens
        self._services = services
        self._bucket = f"{bucket}:oauth"
        self._seen = ""

    @property
    def access_token(self) -> str:
        """Raises Misconfigured while the application is not installed."""
        self._seen = self._seen or self._tokens.get(SIGN_IN)
        token = text(_parts(self._seen).get("access_token"))
        if not token:
            raise Misconfigured(NOT_INSTALLED, code="not_installed")
        return token

    def renew(self) -> None:
        """Replace the expired token; of all workers one asks the vendor, the others get what it got."""
        self._seen = self._tokens.renewed(SIGN_IN, self._seen, self._refreshed)

    def _refreshed(self, seen: str) -> str:
        kept = _parts(seen)
        http = HttpClient(
            self._services,
            self._config.oauth_server,
            bucket=self._bucket,
            masking=Masking(texts=(*self._config.secrets, text(kept.get("refresh_token")))),
            transport=Transport(follows_redirects=False),
        )
        answer = http.request(
            "GET",
            "/oauth/token/",
            params=(
                ("grant_type", "refresh_token"),
                ("client_id", self._config.client_id),
                ("client_secret", self._config.client_secret),
                ("refresh_token", text(kept.get("refresh_token"))),
            ),
        )
        body = body_of(answer)
        # The vendor answers some faults with status 200.
        if answer.status >= 300 or not text(body.get("access_token")):
            raise error_for(answer)
        member = text(kept.get("member_id"))
        if member and text(body.get("member_id")) not in {"", member}:
            message = "The vendor signed us in to another portal than the application was installed on."
            raise Misconfigured(message, code="member_id")
        return _stored({**kept, **body})


def install(config: Config, services: Services, auth: Mapping[str, Any]) -> None:
    """Keep the sign-in that ONAPPINSTALL brought; raises Forged when it is of another portal or application.

    The call has no signature: the unguessable address vouches for it, and that the first refresh succeeds with our
    client secret.
    """
    before = _parts(services.tokens.get(SIGN_IN))
    member, known = text(auth.get("member_id")), config.member_id or text(before.get("member_id"))
    host = urlsplit(config.address).hostname
    there = urlsplit(text(auth.get("client_endpoint"))).hostname or text(auth.get("domain")).partition(":")[0]
    if not member or (known and member != known) or (there or "").lower() != host:
        message = "An installation was reported by another portal than this connection's."
        raise Forged(message, code="member_id")
    if not (text(auth.get("access_token")) and text(auth.get("refresh_token"))):
        message = "The installation's call brings no tokens."
        raise Forged(message, code="tokens")
    services.tokens.put(SIGN_IN, _stored(auth))


def application_tokens(config: Config, services: Services) -> list[str]:
    """What events must carry, one of them: as entered for an outgoing webhook, or as the installation brought it."""
    brought = text(_parts(services.tokens.get(SIGN_IN)).get("application_token"))
    return [token for token in (config.application_token, brought) if token]


def member_id(config: Config, services: Services) -> str:
    return config.member_id or text(_parts(services.tokens.get(SIGN_IN)).get("member_id"))


_KEPT = ("access_token", "refresh_token", "expires", "member_id", "application_token", "client_endpoint", "scope")


def _stored(values: Mapping[str, Any]) -> str:
    return json.dumps({name: text(values.get(name)) for name in _KEPT if text(values.get(name))}, sort_keys=True)


def _parts(stored: str) -> dict[str, Any]:
    try:
        value = json.loads(stored or "{}")
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}
