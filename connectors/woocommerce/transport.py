"""Signs calls in the way this shop accepts, decodes answers, and turns refusals into the contract's errors."""

import base64
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from oauthlib.oauth1 import SIGNATURE_HMAC_SHA256, SIGNATURE_TYPE_QUERY
from oauthlib.oauth1 import Client as OAuthClient

from connectors.contract.errors import Retryable
from connectors.contract.spec import Services, Settings
from connectors.toolkit.dates import parse_http_date
from connectors.toolkit.http import Answer, HttpClient
from connectors.toolkit.redact import redact_text
from connectors.woocommerce.decode import decoded
from connectors.woocommerce.errors import error_for
from connectors.woocommerce.lenient import as_map, text

API = "wp-json/wc/v3/"
AUTO = "auto"
MODE_TOKEN = "auth_mode"  # noqa: S105  the name under which the working sign-in method is kept, no secret
READ_TIMEOUT_SECONDS = 60
"""A status change sends its mails inside the call; shared hosts cut PHP off after 60 s."""

_LOG = logging.getLogger(__name__)

Params = Sequence[tuple[str, str]]


class Mode(StrEnum):
    """How a call is signed (WooCommerce REST API, Authentication)."""

    BASIC = "basic"
    QUERY = "query"
    OAUTH = "oauth"


@dataclass(frozen=True, slots=True)
class Reply:
    """A good answer. ``total`` is X-WP-Total, None where a proxy strips it; ``date`` the server's clock."""

    data: Any
    total: int | None
    date: datetime | None

    @property
    def rows(self) -> list[Any]:
        """The list that was asked for. Raises Retryable for anything else: to take it for an empty list would mean that
        every object is gone."""
        if isinstance(self.data, list):
            return self.data
        if isinstance(self.data, dict) and self.data and all(key.isdigit() for key in self.data):
            return list(self.data.values())  # PHP writes a list with gaps as an object
        message = "The shop answered something else than the list that was asked for. A plugin may have changed it."
        raise Retryable(message, code="not_a_list")


class Transport:
    """One shop. ``call`` raises the errors of ``errors.TABLE`` and those of ``HttpClient``."""

    def __init__(self, settings: Settings, services: Services) -> None:
        self.site = str(settings["site"]).strip().rstrip("/")
        self._key = str(settings["consumer_key"]).strip()
        self._secret = str(settings["consumer_secret"]).strip()
        self._wanted = str(settings.get("auth") or AUTO)
        self._services = services
        parts = urlsplit(self.site)
        self._is_https = parts.scheme == "https"
        self._bucket = f"woocommerce:{parts.netloc.lower()}{parts.path}"
        self._mode: Mode | None = None
        self._has_probed = False
        timeout = float(settings.get("timeout_seconds") or READ_TIMEOUT_SECONDS)
        # A page cache in front of the shop must not answer for it.
        headers = {"Cache-Control": "no-cache"}
        self._public = HttpClient(
            services, self.site, bucket=self._bucket, headers=headers, read_timeout_seconds=timeout
        )
        self._http = HttpClient(
            services,
            self.site,
            bucket=self._bucket,
            headers=headers,
            authorize=self._authorize,
            read_timeout_seconds=timeout,
        )

    def now(self) -> datetime:
        return self._services.clock()

    def discover(self) -> Any:
        """``GET /wp-json/``, public: what this site is."""
        return self._reply(self._public.request("GET", "wp-json/")).data

    def call(self, method: str, path: str, *, params: Params = (), json: Any = None) -> Reply:
        """One call to wc/v3. A 401 writes nothing, so it is repeated once if another sign-in method works."""
        answer = self._send(method, path, params, json)
        if answer.status == 401 and self._may_probe(answer):
            before = self.mode
            if self.probe() not in {None, before}:
                answer = self._send(method, path, params, json)
        return self._reply(answer)

    @property
    def mode(self) -> Mode:
        """The sign-in method in use: the configured one, else the one that worked before, else the scheme's default."""
        if self._mode is None:
            known = self._services.tokens.get(MODE_TOKEN) if self._wanted == AUTO else self._wanted
            default = Mode.BASIC if self._is_https else Mode.OAUTH
            self._mode = next((mode for mode in self._candidates() if mode.value == known), default)
        return self._mode

    def probe(self) -> Mode | None:
        """The first method that the shop accepts, kept for later; None when it accepts none."""
        self._has_probed = True
        before = self.mode
        for mode in self._candidates():
            self._mode = mode
            answer = self._send("GET", "orders", (("per_page", "1"), ("_fields", "id")), None)
            if answer.status == 401:
                continue
            if answer.status >= 500 or answer.status == 429:
                self._mode = before
                self._reply(answer)
            if self._wanted == AUTO:
                self._services.tokens.put(MODE_TOKEN, mode.value)
            return mode
        self._mode = before
        return None

    def _candidates(self) -> tuple[Mode, ...]:
        if self._wanted != AUTO:
            return (Mode(self._wanted),)
        # Over plain http the shop ignores the other two, and they would show the secret to everybody on the way.
        return (Mode.BASIC, Mode.QUERY, Mode.OAUTH) if self._is_https else (Mode.OAUTH,)

    def _may_probe(self, answer: Answer) -> bool:
        if self._has_probed or len(self._candidates()) == 1:
            return False
        try:
            code = text(as_map(decoded(answer.text)).get("code"))
        except ValueError:
            return False
        # The answer to an unsigned call. A known key with a wrong secret or without a right says something else.
        return code.startswith("woocommerce_rest_cannot_")

    def _send(self, method: str, path: str, params: Params, json: Any) -> Answer:
        return self._http.request(method, API + path, params=params, json=json)

    def _reply(self, answer: Answer) -> Reply:
        if not 200 <= answer.status < 300:
            error = error_for(answer)
            if isinstance(error, Retryable) and error.retry_after is not None:
                self._services.slow_down(self._bucket, error.retry_after)
            raise error
        try:
            data = decoded(answer.text)
        except ValueError:
            beginning = redact_text(answer.text[:200])
            _LOG.warning("%s answered %s without JSON: %s", self._bucket, answer.status, beginning)
            message = "The shop answered a page instead of data (a PHP error, a cache or a check for robots)."
            raise Retryable(message, code="not_json") from None
        total = answer.headers.get("x-wp-total", "")
        return Reply(
            data=data,
            total=int(total) if total.isascii() and total.isdigit() and len(total) < 12 else None,
            date=parse_http_date(answer.headers.get("date", "")),
        )

    def _authorize(self, method: str, url: str, headers: dict[str, str], params: list[tuple[str, str]]) -> None:
        match self.mode:
            case Mode.BASIC:
                pair = base64.b64encode(f"{self._key}:{self._secret}".encode()).decode("ascii")
                headers["Authorization"] = f"Basic {pair}"
            case Mode.QUERY:
                params += [("consumer_key", self._key), ("consumer_secret", self._secret)]
            case Mode.OAUTH:
                timestamp = int(self._services.clock().timestamp())
                params += oauth_parameters(method, url, params, self._key, self._secret, timestamp=timestamp)


def oauth_parameters(
    method: str,
    url: str,
    params: Params,
    key: str,
    secret: str,
    *,
    timestamp: int,
    nonce: str | None = None,
) -> list[tuple[str, str]]:
    """One-legged OAuth 1.0a (RFC 5849) as WooCommerce wants it over http: HMAC-SHA256, no token, in the query string.

    In the query and not in a header, because it then also passes servers that drop the Authorization header.
    """
    signer = OAuthClient(
        key,
        client_secret=secret,
        signature_method=SIGNATURE_HMAC_SHA256,
        signature_type=SIGNATURE_TYPE_QUERY,
        timestamp=str(timestamp),
        nonce=nonce,
    )
    joint = "&" if urlsplit(url).query else "?"
    signed, _, _ = signer.sign(
        f"{url}{joint}{urlencode(list(params), quote_via=quote)}" if params else url, http_method=method
    )
    pairs = parse_qsl(urlsplit(str(signed)).query, keep_blank_values=True)
    return [(name, value) for name, value in pairs if name.startswith("oauth_")]
