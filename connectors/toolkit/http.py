"""The one way out: every HTTP call of every connector goes through ``HttpClient``.

It holds time-outs, the private-address guard, the limit on redirects and on the size of an answer; it asks the
throttle before each call and reports each exchange. It never retries: when to try again is the engine's business.
"""

import ipaddress
import json as json_module
import socket
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from time import monotonic
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import NewConnectionError

from connectors.contract.errors import AGAIN, Misconfigured, OutcomeUnknown, Retryable
from connectors.contract.spec import Exchange, Services
from connectors.toolkit.redact import NO_MASKING, Masking

CONNECT_TIMEOUT_SECONDS = 10.0
READ_TIMEOUT_SECONDS = 30.0
"""Half of what the vendors' own clients wait: a worker that hangs longer than a batch needs is better told so."""

MAX_ANSWER_BYTES = 64 * 1024 * 1024
MAX_REDIRECTS = 3
_READ_CHUNK = 256 * 1024
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class PrivateAddressError(OSError):
    """The name resolved to an address inside our own network that is not on the allow-list."""


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer of any status. Header names are lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    url: str

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace").lstrip("\ufeff")

    @property
    def is_html(self) -> bool:
        return "html" in self.headers.get("content-type", "") or self.text[:200].lstrip().startswith("<")

    def json(self) -> Any:
        """The parsed body; raises ValueError. Numbers with a point stay exact (as Decimal) only where the reader asks
        for text, so plain ``float`` is used here as the systems themselves do."""
        return json_module.loads(self.text)

    @property
    def retry_after(self) -> timedelta | None:
        """What the Retry-After header asks for, as seconds or as a date; None when absent or unreadable."""
        return parse_retry_after(self.headers.get("retry-after", ""))


def parse_retry_after(value: str) -> timedelta | None:
    """Seconds or an HTTP date (RFC 9110, 10.2.3) as a delay, at most a day; None when it says nothing usable."""
    value = value.strip()
    if not value:
        return None
    if value.isdigit():
        return timedelta(seconds=min(int(value), 86_400))
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return min(max(moment - datetime.now(UTC), timedelta(0)), timedelta(days=1))


@dataclass(frozen=True, slots=True)
class Transport:
    """How calls travel. ``ca_file`` names the certificates to trust for a server with a private one;
    ``follows_redirects`` False hands a redirect back as the answer that it is."""

    ca_file: str = ""
    follows_redirects: bool = True


PLAIN_TRANSPORT = Transport()


class HttpClient:
    """Calls one account of one outside system.

    ``authorize(method, url, headers, params)`` may add headers and parameters; ``bucket`` names the rate limit that
    calls count against. Opened lazily: making one costs nothing.
    """

    def __init__(
        self,
        services: Services,
        base_url: str,
        *,
        bucket: str,
        headers: Mapping[str, str] | None = None,
        authorize: Callable[[str, str, dict[str, str], list[tuple[str, str]]], None] | None = None,
        read_timeout_seconds: float = READ_TIMEOUT_SECONDS,
        masking: Masking = NO_MASKING,
        transport: Transport = PLAIN_TRANSPORT,
    ) -> None:
        self.base_url = base_url.rstrip("/") + "/"
        self._services = services
        self._bucket = bucket
        self._headers = dict(headers or {})
        self._authorize = authorize
        self._timeout = (CONNECT_TIMEOUT_SECONDS, read_timeout_seconds)
        self._masking = masking
        self._transport = transport
        self._session: requests.Session | None = None

    def request(
        self,
        method: str,
        path: str,
        *,
        params: Sequence[tuple[str, str]] = (),
        json: Any = None,
        form: Mapping[str, str] | None = None,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        is_read: bool = False,
    ) -> Answer:
        """One call, whatever its status. ``is_read``: a POST that changes nothing over there.

        Raises RateLimited when the throttle says so, Retryable when nothing was sent or a read failed, OutcomeUnknown
        when a write was sent and no whole answer came, Misconfigured for an address that we must not or cannot call.
        """
        url = urljoin(self.base_url, path.lstrip("/"))
        for _ in range(MAX_REDIRECTS + 1):
            answer = self._call(method, url, list(params), json, form, body, dict(headers or {}), is_read=is_read)
            target = self._redirect_target(method, url, answer)
            if target is None:
                return answer
            url = target
        message = f"{_host(self.base_url)} keeps redirecting. Check the address in the connection's settings."
        raise Misconfigured(message, code="too_many_redirects")

    def _redirect_target(self, method: str, url: str, answer: Answer) -> str | None:
        location = answer.headers.get("location", "")
        if answer.status not in {301, 302, 303, 307, 308} or not location or not self._transport.follows_redirects:
            return None
        target = urljoin(url, location)
        if method not in _SAFE_METHODS or urlsplit(target).hostname != urlsplit(url).hostname:
            message = (
                f"{_host(url)} redirects to {self._masking.url(target)}. "
                "Enter the address the system really answers at in the connection's settings."
            )
            raise Misconfigured(message, code="redirected")
        return target

    def _call(
        self,
        method: str,
        url: str,
        params: list[tuple[str, str]],
        json: Any,
        form: Mapping[str, str] | None,
        body: bytes | None,
        headers: dict[str, str],
        *,
        is_read: bool,
    ) -> Answer:
        headers = {"User-Agent": self._services.user_agent, "Accept": "application/json", **self._headers, **headers}
        data: bytes | str | None = body
        if json is not None:
            data = json_module.dumps(json, ensure_ascii=False, separators=(",", ":")).encode()
            headers["Content-Type"] = "application/json"
        elif form is not None:
            data = urlencode(form)
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        if self._authorize is not None:
            self._authorize(method, url, headers, params)

        self._services.throttle(self._bucket)
        started_at, clock = self._services.clock(), monotonic()
        answer, error = None, ""
        try:
            answer = self._send(method, url, params, data, headers)
        except (requests.RequestException, PrivateAddressError) as problem:
            error = type(problem).__name__
            raise _translated(problem, url, is_read=is_read or method in _SAFE_METHODS) from None
        finally:
            self._services.on_exchange(
                Exchange(
                    method=method,
                    url=self._masking.url(_with_query(url, params)),
                    status=answer.status if answer is not None else None,
                    request_body=self._masking.request(data, is_form=form is not None),
                    response_body=self._masking.body(answer.text[:20_000]) if answer is not None else "",
                    started_at=started_at,
                    duration=timedelta(seconds=monotonic() - clock),
                    error=error,
                )
            )
        return answer

    def _send(
        self,
        method: str,
        url: str,
        params: list[tuple[str, str]],
        data: bytes | str | None,
        headers: dict[str, str],
    ) -> Answer:
        response = self._opened().request(
            method,
            url,
            params=params,
            data=data,
            headers=headers,
            timeout=self._timeout,
            allow_redirects=False,
            stream=True,
        )
        with response:
            body = _read_bounded(response)
        return Answer(
            status=response.status_code,
            headers={name.lower(): value for name, value in response.headers.items()},
            body=body,
            url=url,
        )

    def _opened(self) -> requests.Session:
        if self._session is None:
            certificates = self._transport.ca_file
            if certificates and not Path(certificates).is_file():
                message = f"The file of certificates {certificates} cannot be read on the hub's server."
                raise Misconfigured(message, code="ca_file")
            session = requests.Session()
            session.trust_env = False
            session.verify = self._transport.ca_file or True
            adapter = _GuardedAdapter(self._services.allowed_private_networks)
            session.mount("http://", adapter)
            session.mount("https://", adapter)
            self._session = session
        return self._session


class AnswerTooLargeError(requests.RequestException):
    """The answer is larger than ``MAX_ANSWER_BYTES``."""


def _read_bounded(response: requests.Response) -> bytes:
    chunks, size = [], 0
    for chunk in response.iter_content(_READ_CHUNK):
        size += len(chunk)
        if size > MAX_ANSWER_BYTES:
            raise AnswerTooLargeError
        chunks.append(chunk)
    return b"".join(chunks)


def _translated(problem: Exception, url: str, *, is_read: bool) -> Retryable | Misconfigured:
    host = _host(url)
    if isinstance(problem, PrivateAddressError) or _caused_by(problem, PrivateAddressError):
        message = (
            f"{host} is an address inside a private network and is not called. "
            "If that is intended, list the network in HUB_ALLOWED_PRIVATE_NETWORKS."
        )
        return Misconfigured(message, code="private_address")
    if isinstance(problem, requests.exceptions.SSLError):
        return Misconfigured(f"{host} has no valid TLS certificate.", code="tls")
    if isinstance(problem, (requests.exceptions.InvalidURL, requests.exceptions.MissingSchema)):
        return Misconfigured(f"“{host}” is not a usable address.", code="address")
    if isinstance(problem, requests.exceptions.ConnectTimeout) or _caused_by(problem, NewConnectionError):
        return Retryable(f"{host} cannot be reached. {AGAIN}", code="unreachable")
    if is_read:
        return Retryable(f"{host} did not answer completely. {AGAIN}", code="no_answer")
    message = f"{host} took the request but gave no answer. The hub looks the object up before it writes again."
    return OutcomeUnknown(message, code="no_answer")


def _caused_by(problem: BaseException, kind: type[BaseException]) -> bool:
    seen: list[BaseException] = [problem]
    for current in seen:
        if isinstance(current, kind):
            return True
        nested = (current.__cause__, current.__context__, getattr(current, "reason", None), *current.args)
        seen += [item for item in nested if isinstance(item, BaseException) and item not in seen]
    return False


class _Guard:
    def __init__(self, allowed_networks: Sequence[str]) -> None:
        self.allowed = tuple(ipaddress.ip_network(network) for network in allowed_networks)

    def check(self, connection: socket.socket) -> None:
        """Looks at the address the socket really reached, so a name that resolves differently later gains nothing."""
        address = ipaddress.ip_address(connection.getpeername()[0].split("%")[0])
        mapped = getattr(address, "ipv4_mapped", None)
        address = mapped or address
        if address.is_global and not address.is_multicast:
            return
        if any(address.version == network.version and address in network for network in self.allowed):
            return
        connection.close()
        raise PrivateAddressError(str(address))


class _GuardedAdapter(HTTPAdapter):
    """Opens sockets through the guard. Pools are replaced because urllib3 has no hook at the moment of connecting."""

    def __init__(self, allowed_networks: Sequence[str]) -> None:
        self._guard = _Guard(allowed_networks)
        super().__init__(pool_connections=2, pool_maxsize=4, max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        guard = self._guard

        class GuardedHTTP(HTTPConnection):
            def _new_conn(self) -> socket.socket:
                connection = super()._new_conn()
                guard.check(connection)
                return connection

        class GuardedHTTPS(HTTPSConnection):
            def _new_conn(self) -> socket.socket:
                connection = super()._new_conn()
                guard.check(connection)
                return connection

        http_pool = type("GuardedHTTPPool", (HTTPConnectionPool,), {"ConnectionCls": GuardedHTTP})
        https_pool = type("GuardedHTTPSPool", (HTTPSConnectionPool,), {"ConnectionCls": GuardedHTTPS})
        self.poolmanager.pool_classes_by_scheme = {"http": http_pool, "https": https_pool}


def _with_query(url: str, params: Sequence[tuple[str, str]]) -> str:
    if not params:
        return url
    return f"{url}?{urlencode(list(params))}"


def _host(url: str) -> str:
    return urlsplit(url).hostname or url[:80]
