"""Calls of one shop: signed, with the search syntax of Magento's REST API, refusals as the contract's errors."""

from collections.abc import Callable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

from oauthlib.oauth1 import SIGNATURE_HMAC_SHA256
from oauthlib.oauth1 import Client as OAuthClient

from connectors.contract.errors import Misconfigured, Retryable
from connectors.contract.spec import Services
from connectors.toolkit.dates import parse_http_date
from connectors.toolkit.http import Answer, HttpClient
from connectors.toolkit.lenient import as_map, text
from connectors.toolkit.redact import Masking

from .config import Auth, Config
from .errors import PAGE_SIZE, body_of, error_for, largest_page

ALL_VIEWS = "all"
"""The scope of the whole shop in an address. A scope filters nothing; it decides whose names, labels and prices are
told."""

Filter = tuple[str, str, str]
"""Field, condition, value."""


@dataclass(frozen=True, slots=True)
class Found:
    """A page of a search. ``total`` is None where the shop does not tell it; ``at`` is the shop's clock."""

    rows: Sequence[Mapping[str, Any]]
    total: int | None
    at: datetime | None
    is_full: bool = False

    @property
    def has_more(self) -> bool:
        """Whether rows are left for the next page; a full page leads on where no total is told."""
        return self.is_full if self.total is None else self.total > len(self.rows)


class Client:
    def __init__(self, config: Config, services: Services) -> None:
        self._config, self._services = config, services
        self._scope: Callable[[], str] = lambda: ALL_VIEWS
        parts = urlsplit(config.base_url)
        self._bucket = f"magento2:{parts.netloc.lower()}{parts.path}"
        self._page_size = config.page_size
        self._http = HttpClient(
            services,
            config.base_url,
            bucket=self._bucket,
            authorize=self._authorize,
            read_timeout_seconds=config.timeout_seconds,
            masking=Masking(texts=(config.consumer_key, config.access_token)),
        )

    @property
    def page_size(self) -> int:
        """As set, or what the shop has said is its most."""
        return self._page_size

    def within(self, scope: Callable[[], str]) -> "Client":
        """The same shop as one of its store views shows it; ``scope`` names the view when it is first needed."""
        other = copy(self)
        other._scope = scope
        return other

    def now(self) -> datetime:
        return self._services.clock()

    def get(self, path: str, query: Sequence[tuple[str, str]] = ()) -> Any:
        return self._read(self._send("GET", path, query))

    def post(self, path: str, json: Any = None) -> Any:
        return self._read(self._send("POST", path, json={} if json is None else json))

    def search(
        self, path: str, filters: Sequence[Filter], order: Sequence[str], *, size: int = 0, fields: str = ""
    ) -> Found:
        """The first page of a search, ascending; every filter has to hold. A shop that allows only smaller pages is
        asked again with its own size."""
        return self._page(path, lambda most: criteria(filters, order, most, fields), size)

    def newest(self, path: str, size: int, fields: str) -> Sequence[Mapping[str, Any]]:
        """The last ones by id, for a look at what is usual."""
        order = [
            ("searchCriteria[sortOrders][0][field]", "entity_id"),
            ("searchCriteria[sortOrders][0][direction]", "DESC"),
        ]
        return self._page(path, lambda most: [*criteria([], [], most, fields), *order], size).rows

    def _page(self, path: str, query: Callable[[int], Sequence[tuple[str, str]]], size: int) -> Found:
        """``query``: what is asked for so many rows."""
        wanted = min(size or self._page_size, self._page_size)
        answer = self._send("GET", path, query(wanted))
        if answer.status == 400 and error_for(answer).code == PAGE_SIZE and 0 < largest_page(answer) < wanted:
            wanted = self._page_size = largest_page(answer)
            answer = self._send("GET", path, query(wanted))
        body = as_map(self._read(answer))
        rows = body.get("items")
        if rows is None and "total_count" in body:
            rows = []  # written so when nothing was found
        if isinstance(rows, dict):
            rows = list(rows.values())  # PHP's way of writing a list with gaps
        if not isinstance(rows, list):
            message = "The shop answered something else than the list that was asked for."
            raise Retryable(message, code="not_a_list")
        at = parse_http_date(answer.headers.get("date", ""))
        total = text(body.get("total_count"))
        counted = int(total) if total.isascii() and total.isdigit() else None
        return Found([as_map(row) for row in rows], counted, at, is_full=len(rows) >= wanted)

    def _send(self, method: str, path: str, query: Sequence[tuple[str, str]] = (), json: Any = None) -> Answer:
        # Written into the address by ourselves: a space has to travel as %20, and the signature is over these bytes.
        line = "&".join(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in query)
        return self._http.request(method, f"rest/{self._scope()}/V1/{path}{'?' if line else ''}{line}", json=json)

    def _read(self, answer: Answer) -> Any:
        if not 200 <= answer.status < 300:
            error = error_for(answer)
            if isinstance(error, Retryable) and error.retry_after is not None:
                self._services.slow_down(self._bucket, error.retry_after)
            raise error
        body = body_of(answer)
        if body is None and answer.body.strip() != b"null":
            message = "The shop answered a page instead of data (a PHP error, a cache or a check for robots)."
            raise Retryable(message, code="not_json")
        return body

    def _authorize(self, method: str, url: str, headers: dict[str, str], _params: list[tuple[str, str]]) -> None:
        config = self._config
        if config.auth is Auth.BEARER:
            headers["Authorization"] = f"Bearer {config.access_token}"
            return
        headers["Authorization"] = signature(method, _as_seen(url, config), config.keys)


def _as_seen(url: str, config: Config) -> str:
    """The address as the shop sees it, where a proxy in front of it makes another one of it."""
    return config.signed_url + url[len(config.base_url) :] if config.signed_url else url


def signature(
    method: str, url: str, keys: tuple[str, str, str, str], *, nonce: str | None = None, timestamp: str | None = None
) -> str:
    """The Authorization header of OAuth 1.0a with HMAC-SHA256; a JSON body takes no part. ``keys``: consumer key and
    secret, token and token secret. Raises Misconfigured for an address that cannot be signed."""
    signer = OAuthClient(
        keys[0], keys[1], keys[2], keys[3], signature_method=SIGNATURE_HMAC_SHA256, nonce=nonce, timestamp=timestamp
    )
    try:
        _, headers, _ = signer.sign(urlunsplit(urlsplit(url)), http_method=method)
    except ValueError:
        message = "Calls to this address cannot be signed. Check the shop's address and the keys for odd characters."
        raise Misconfigured(message, code="signature") from None
    return str(headers["Authorization"])


def criteria(
    filters: Sequence[Filter], order: Sequence[str], size: int, fields: str = "", page: int = 1
) -> list[tuple[str, str]]:
    """``searchCriteria`` as a query: each filter in a group of its own, so that all have to hold."""
    query: list[tuple[str, str]] = []
    for place, (field, condition, value) in enumerate(filters):
        name = f"searchCriteria[filter_groups][{place}][filters][0]"
        query += [(f"{name}[field]", field), (f"{name}[condition_type]", condition), (f"{name}[value]", value)]
    for place, field in enumerate(order):
        name = f"searchCriteria[sortOrders][{place}]"
        query += [(f"{name}[field]", field), (f"{name}[direction]", "ASC")]
    query += [("searchCriteria[pageSize]", str(size)), ("searchCriteria[currentPage]", str(page))]
    return [*query, ("fields", fields)] if fields else query
