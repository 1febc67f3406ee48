"""The sign-in of a local application: an access token for an hour, and a refresh token that changes with every use.

Kept as one value, so that its parts never come from two refreshes; renewed only when a call says that it has expired,
because refreshing by a timer is named by the vendor as a reason for being blocked.
"""

import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit

from connectors.contract.errors import ConnectorError, Forged, Misconfigured
from connectors.contract.spec import Services, TokenStore
from connectors.toolkit.http import HttpClient, Transport
from connectors.toolkit.lenient import text
from connectors.toolkit.redact import Masking

from .config import Access, Config, may_replace
from .errors import body_of, error_for

SIGN_IN = "oauth"
"""Name of the stored sign-in."""

NOT_INSTALLED = (
    "The application is not installed yet: no sign-in has come from the portal. Enter the hook address as the "
    "application's installation address in Bitrix24, and install it again."
)


class SignIn:
    """The stored sign-in of one connection; read at first use."""

    def __init__(self, config: Config, services: Services) -> None:
        self._config = config
        self._tokens = services.tokens
        self._services = services
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
        body = _granted(self._config, self._services, "refresh_token", text(kept.get("refresh_token")))
        member = text(kept.get("member_id"))
        if member and text(body.get("member_id")) not in {"", member}:
            message = "The vendor signed us in to another portal than the application was installed on."
            raise Misconfigured(message, code="member_id")
        return _stored({**kept, **body})


def _granted(config: Config, services: Services, grant: str, value: str) -> dict[str, Any]:
    """What the vendor gives for a refresh token or for a code (``grant``: its name there). Raises ConnectorError."""
    http = HttpClient(
        services,
        config.oauth_server,
        bucket=f"bitrix24:{config.host}:oauth",
        masking=Masking(texts=(*config.secrets, value)),
        transport=Transport(follows_redirects=False),
    )
    answer = http.request(
        "GET",
        "/oauth/token/",
        params=(
            ("grant_type", "authorization_code" if grant == "code" else grant),
            ("client_id", config.client_id),
            ("client_secret", config.client_secret),
            (grant, value),
        ),
    )
    body = body_of(answer)
    # The vendor answers some faults with status 200.
    if answer.status >= 300 or not text(body.get("access_token")):
        raise error_for(answer)
    return body


def authorize_address(config: Config) -> str:
    """Where staff let the hub in with their browser; empty while the application is not entered. Bitrix24 sends them
    back to the address of its own settings, which is the hook address."""
    if not (config.access is Access.APPLICATION and config.client_id and config.client_secret):
        return ""
    query = urlencode({"client_id": config.client_id, "state": _state(config)})
    return f"{config.address}/oauth/authorize/?{query}"


def _state(config: Config) -> str:
    """What comes back with a code that was asked for from this connection's page, and nobody else can know. A code of
    another portal or application is worth nothing here: it is exchanged with our secret, and the portal is compared."""
    seed = f"authorize\n{config.client_id}\n{config.host}"
    return hmac.new(config.client_secret.encode(), seed.encode(), hashlib.sha256).hexdigest()[:32]


def sign_in_by_code(config: Config, services: Services, query: Mapping[str, str]) -> None:
    """Exchange the code that the browser brought back, which lives 30 seconds. Raises Forged, or Misconfigured in the
    vendor's own words. The token of events does not come this way: what is known of it is kept."""
    if not hmac.compare_digest(text(query.get("state")).encode(), _state(config).encode()):
        message = "A sign-in came back that was not begun on this connection's page."
        raise Forged(message, code="state")
    try:
        granted = _granted(config, services, "code", text(query.get("code")))
    except ConnectorError as error:
        message = f"The portal let the hub in, but the sign-in could not be completed. {error.message}"
        raise Misconfigured(message, code=error.code) from error
    before = _parts(services.tokens.get(SIGN_IN))
    known = {"application_token": text(before.get("application_token"))}
    # Here domain names the vendor's own host.
    install(config, services, {**known, **granted, "domain": text(query.get("domain"))})


def install(config: Config, services: Services, auth: Mapping[str, Any]) -> None:
    """Keep a sign-in as ONAPPINSTALL brings it; raises Forged when it is of another portal or application.

    The call has no signature: the unguessable address vouches for it, and that the first refresh succeeds with our
    client secret.
    """
    before = _parts(services.tokens.get(SIGN_IN))
    member, known = text(auth.get("member_id")), config.member_id or text(before.get("member_id"))
    named = text(auth.get("client_endpoint")) or f"https://{text(auth.get('domain'))}"
    is_here = urlsplit(named).hostname == urlsplit(config.address).hostname
    # A portal may be renamed, its id stays.
    is_same = member == known if known else is_here
    if not member or not is_same or not (is_here or may_replace(config.address, named)):
        message = "An installation was reported by another portal than this connection's."
        raise Forged(message, code="member_id")
    if not (text(auth.get("access_token")) and text(auth.get("refresh_token"))):
        message = "The installation's call brings no tokens."
        raise Forged(message, code="tokens")
    services.tokens.put(SIGN_IN, _stored(auth))


def application_tokens(config: Config, tokens: TokenStore) -> list[str]:
    """What events must carry, one of them: as entered for an outgoing webhook, or as the installation brought it."""
    brought = text(_parts(tokens.get(SIGN_IN)).get("application_token"))
    return [token for token in (config.application_token, brought) if token]


def member_id(config: Config, tokens: TokenStore) -> str:
    return config.member_id or text(_parts(tokens.get(SIGN_IN)).get("member_id"))


_KEPT = ("access_token", "refresh_token", "expires", "member_id", "application_token", "client_endpoint", "scope")


def _stored(values: Mapping[str, Any]) -> str:
    return json.dumps({name: text(values.get(name)) for name in _KEPT if text(values.get(name))}, sort_keys=True)


def _parts(stored: str) -> dict[str, Any]:
    try:
        value = json.loads(stored or "{}")
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}
