"""The one way out, partly over real HTTP on loopback."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests
import responses
from responses import matchers

from connectors.contract.errors import Misconfigured, OutcomeUnknown, RateLimited, Retryable
from connectors.contract.spec import Exchange, Services
from connectors.toolkit.http import Answer, HttpClient, parse_retry_after
from connectors.toolkit.sandbox import Reply, Request, Sandbox

BASE = "https://api.example.com/v1"


@dataclass
class Log:
    exchanges: list[Exchange] = field(default_factory=list)
    throttled: list[str] = field(default_factory=list)
    is_throttled: bool = False

    def throttle(self, bucket: str) -> None:
        if self.is_throttled:
            raise RateLimited("later", retry_after=timedelta(seconds=5))
        self.throttled.append(bucket)

    def client(self, base: str = BASE, *, allowed: tuple[str, ...] = (), **options: Any) -> HttpClient:
        services = Services(
            on_exchange=self.exchanges.append,
            throttle=self.throttle,
            slow_down=lambda _bucket, _pause: None,
            tokens=_NoTokens(),
            clock=lambda: datetime(2026, 3, 1, tzinfo=UTC),
            allowed_private_networks=allowed,
        )
        return HttpClient(services, base, bucket="b", **options)


class _NoTokens:
    def get(self, name: str) -> str:
        raise NotImplementedError

    def put(self, name: str, value: str) -> None:
        raise NotImplementedError

    def renewed(self, name: str, seen: str, renew: Callable[[str], str]) -> str:
        raise NotImplementedError


@pytest.fixture
def server() -> Iterator[Sandbox]:
    with Sandbox("test") as box:
        box.route("GET", "/things", lambda _request: Reply(body=[1, 2]))
        box.route("POST", "/things", lambda request: Reply(201, {"got": request.json()}))
        box.route("GET", "/moved", lambda _request: Reply(301, None, {"Location": "/things"}))
        box.route("GET", "/away", lambda _request: Reply(302, None, {"Location": "http://other.example.com/"}))
        box.route("GET", "/round", lambda _request: Reply(302, None, {"Location": "/round"}))
        box.route("POST", "/moved", _moved_post)
        yield box


def _moved_post(_request: Request) -> Reply:
    return Reply(301, None, {"Location": "/things"})


LOOPBACK = ("127.0.0.0/8",)


def test_answer_of_any_status_comes_back() -> None:
    log = Log()
    with responses.RequestsMock() as web:
        web.get(f"{BASE}/things", json={"error": "no"}, status=418, match=[matchers.query_param_matcher({"a": "1"})])

        answer = log.client().request("GET", "/things", params=[("a", "1")])

    assert (answer.status, answer.json()) == (418, {"error": "no"})
    assert log.throttled == ["b"]


def test_json_body_is_utf8_and_compact() -> None:
    with responses.RequestsMock() as web:
        web.post(f"{BASE}/things", json={})

        Log().client().request("POST", "things", json={"name": "Ольга"})

        assert web.calls[0].request.body == '{"name":"Ольга"}'.encode()
        assert web.calls[0].request.headers["Content-Type"] == "application/json"


def test_exchange_is_reported_without_secrets_and_people() -> None:
    log = Log()
    with responses.RequestsMock() as web:
        web.post(f"{BASE}/things", json={"email": "ana@example.com", "id": 7})

        log.client().request("POST", "things", params=[("apiKey", "hush")], json={"phone": "+34 600 111 222"})

    (exchange,) = log.exchanges
    assert (exchange.method, exchange.status, exchange.error) == ("POST", 200, "")
    text = exchange.url + exchange.request_body + exchange.response_body
    assert '"id": 7' in exchange.response_body
    for secret in ("hush", "ana@example.com", "600 111"):
        assert secret not in text


def test_failed_exchange_is_reported_too() -> None:
    log = Log()
    with responses.RequestsMock() as web:
        web.get(f"{BASE}/things", body=requests.ReadTimeout())

        with pytest.raises(Retryable):
            log.client().request("GET", "things")

    assert [(one.status, one.error) for one in log.exchanges] == [(None, "ReadTimeout")]


def test_throttle_is_asked_before_the_call() -> None:
    log = Log(is_throttled=True)
    with responses.RequestsMock(), pytest.raises(RateLimited):
        log.client().request("GET", "things")

    assert log.exchanges == []


@pytest.mark.parametrize(
    ("method", "problem", "expected"),
    [
        ("GET", requests.ReadTimeout(), Retryable),
        ("POST", requests.ReadTimeout(), OutcomeUnknown),
        ("PUT", requests.ConnectionError("reset"), OutcomeUnknown),
        ("POST", requests.ConnectTimeout(), Retryable),
        ("GET", requests.exceptions.SSLError(), Misconfigured),
        ("POST", requests.exceptions.ChunkedEncodingError(), OutcomeUnknown),
    ],
)
def test_faults_are_sorted_by_whether_something_may_have_been_written(
    method: str, problem: Exception, expected: type[Exception]
) -> None:
    with responses.RequestsMock() as web:
        web.add(method, f"{BASE}/things", body=problem)

        with pytest.raises(expected) as caught:
            Log().client().request(method, "things")

    assert type(caught.value) is expected


def test_private_address_is_not_called_unless_allowed(server: Sandbox) -> None:
    with pytest.raises(Misconfigured, match="private network") as caught:
        Log().client(server.url).request("GET", "things")

    assert caught.value.code == "private_address"
    assert server.state()["total_calls"] == 0
    assert Log().client(server.url, allowed=LOOPBACK).request("GET", "things").json() == [1, 2]


def test_port_where_nobody_listens_is_unreachable_and_nothing_was_written(server: Sandbox) -> None:
    address = server.url
    server.stop()

    with pytest.raises(Retryable) as caught:
        Log().client(address, allowed=LOOPBACK).request("POST", "things", json={})

    assert type(caught.value) is Retryable
    assert caught.value.code == "unreachable"


def test_redirect_within_the_host_is_followed_for_reads(server: Sandbox) -> None:
    log = Log()

    assert log.client(server.url, allowed=LOOPBACK).request("GET", "moved").json() == [1, 2]
    assert log.throttled == ["b", "b"]


@pytest.mark.parametrize(("method", "path"), [("GET", "away"), ("POST", "moved")])
def test_redirect_elsewhere_or_of_a_write_is_a_matter_of_settings(server: Sandbox, method: str, path: str) -> None:
    with pytest.raises(Misconfigured) as caught:
        Log().client(server.url, allowed=LOOPBACK).request(method, path, json={} if method == "POST" else None)

    assert caught.value.code == "redirected"
    assert server.state()["calls"].get("POST /things", 0) == 0


def test_endless_redirects_end(server: Sandbox) -> None:
    with pytest.raises(Misconfigured, match="keeps redirecting"):
        Log().client(server.url, allowed=LOOPBACK).request("GET", "round")


def test_answer_cut_in_the_middle_of_a_write_is_unknown(server: Sandbox) -> None:
    server.faults.drop_after_rate = 1.0

    with pytest.raises(OutcomeUnknown):
        Log().client(server.url, allowed=LOOPBACK).request("POST", "things", json={"a": 1})


def test_authorization_may_add_headers_and_parameters() -> None:
    def sign(method: str, url: str, headers: dict[str, str], params: list[tuple[str, str]]) -> None:
        headers["X-Sign"] = f"{method} {url}"
        params.append(("k", "v"))

    with responses.RequestsMock() as web:
        web.get(
            f"{BASE}/things",
            json={},
            match=[
                matchers.header_matcher({"X-Sign": f"GET {BASE}/things"}),
                matchers.query_param_matcher({"k": "v"}),
            ],
        )

        Log().client(authorize=sign).request("GET", "things")


@pytest.mark.parametrize(
    ("value", "delay"),
    [
        ("7", timedelta(seconds=7)),
        ("999999", timedelta(days=1)),
        ("Mon, 01 Jan 2001 00:00:00 GMT", timedelta(0)),
        ("Fri, 31 Dec 2100 00:00:00 GMT", timedelta(days=1)),
        ("", None),
        ("soon", None),
        ("-5", None),
    ],
)
def test_retry_after_is_seconds_or_a_date_and_at_most_a_day(value: str, delay: timedelta | None) -> None:
    assert parse_retry_after(value) == delay


@pytest.mark.parametrize(
    ("headers", "body", "is_html"),
    [
        ({"content-type": "text/html"}, b"", True),
        ({}, b"  <!DOCTYPE html>", True),
        ({"content-type": "application/json"}, b"{}", False),
    ],
)
def test_pages_are_told_from_data(headers: dict[str, str], body: bytes, is_html: bool) -> None:
    assert Answer(200, headers, body, "").is_html is is_html
