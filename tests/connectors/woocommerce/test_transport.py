"""Sign-in, and what happens to answers."""

import base64
from datetime import timedelta
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest
import responses
from requests import PreparedRequest
from responses import matchers

from connectors.contract.errors import Misconfigured, RateLimited, Retryable
from connectors.woocommerce import client
from connectors.woocommerce.transport import MODE_TOKEN, Mode, oauth_parameters
from tests.connectors.woocommerce.shop import API, Hub, error, order, transport

UNKNOWN_KEY = error("woocommerce_rest_cannot_view", 401)
Answered = tuple[int, dict[str, str], str]


def _is_basic(request: PreparedRequest) -> bool:
    return "Authorization" in request.headers


def _has_query_key(request: PreparedRequest) -> bool:
    return "consumer_key" in parse_qs(urlsplit(request.url or "").query)


def test_https_is_signed_in_with_basic() -> None:
    hub = Hub()
    expected = "Basic " + base64.b64encode(b"ck_test:cs_test").decode()
    with responses.RequestsMock() as web:
        web.get(f"{API}/payment_gateways", json=[], match=[matchers.header_matcher({"Authorization": expected})])

        assert client.payment_gateways(transport(hub)) == []

    assert hub.throttled == ["woocommerce:shop.example.com/store"]


def test_key_in_the_query_never_reaches_the_log() -> None:
    hub = Hub()
    with responses.RequestsMock() as web:
        web.get(
            f"{API}/payment_gateways",
            json=[],
            match=[matchers.query_param_matcher({"consumer_key": "ck_test", "consumer_secret": "cs_test"})],
        )

        client.payment_gateways(transport(hub, auth="query"))

    assert "ck_test" not in hub.exchanges[0].url
    assert "cs_test" not in hub.exchanges[0].url


def test_plain_http_is_signed_with_oauth_and_never_shows_the_secret() -> None:
    hub = Hub()
    site = "http://shop.example.com/store"
    with responses.RequestsMock() as web:
        web.get(f"{site}/wp-json/wc/v3/payment_gateways", json=[])

        client.payment_gateways(transport(hub, site=site))

        request = web.calls[0].request
    sent = dict(parse_qsl(urlsplit(request.url or "").query))
    assert sent["oauth_signature_method"] == "HMAC-SHA256"
    assert sent["oauth_timestamp"] == str(int(hub.now.timestamp()))
    assert "cs_test" not in (request.url or "")
    assert "Authorization" not in request.headers


def test_every_signature_has_its_own_nonce() -> None:
    first, second = (
        dict(oauth_parameters("GET", "http://x.example/orders", [], "ck", "cs", timestamp=1)) for _ in range(2)
    )

    assert first["oauth_nonce"] != second["oauth_nonce"]


def test_server_that_drops_the_header_is_found_out_once_and_remembered() -> None:
    hub = Hub()

    def answer(request: PreparedRequest) -> Answered:
        return (200, {}, "[]") if _has_query_key(request) else (401, {}, str(UNKNOWN_KEY).replace("'", '"'))

    with responses.RequestsMock() as web:
        web.add_callback("GET", f"{API}/payment_gateways", answer)
        web.add_callback("GET", f"{API}/orders", answer)

        assert client.payment_gateways(transport(hub)) == []

        modes = ["basic" if _is_basic(call.request) else "query" for call in web.calls]
    assert modes == ["basic", "basic", "query", "query"]
    assert hub.tokens.values == {MODE_TOKEN: "query"}
    assert transport(hub).mode is Mode.QUERY


def test_site_behind_a_proxy_that_hides_https_is_signed_with_oauth() -> None:
    hub = Hub()

    def answer(request: PreparedRequest) -> Answered:
        is_signed = "oauth_signature" in (request.url or "")
        return (200, {}, "[]") if is_signed else (401, {}, str(UNKNOWN_KEY).replace("'", '"'))

    with responses.RequestsMock() as web:
        web.add_callback("GET", f"{API}/orders", answer)

        assert transport(hub).probe() is Mode.OAUTH


def test_wrong_secret_is_reported_without_trying_other_methods() -> None:
    hub = Hub()
    with responses.RequestsMock() as web:
        web.get(f"{API}/payment_gateways", json=error("woocommerce_rest_authentication_error", 401), status=401)

        with pytest.raises(Misconfigured, match="consumer secret"):
            client.payment_gateways(transport(hub))

        assert len(web.calls) == 1
    assert hub.tokens.values == {}


def test_key_that_no_method_makes_known_is_tried_once_and_no_more() -> None:
    hub = Hub()
    shop = transport(hub)
    with responses.RequestsMock() as web:
        web.get(f"{API}/payment_gateways", json=UNKNOWN_KEY, status=401)
        web.get(f"{API}/orders", json=UNKNOWN_KEY, status=401)

        for _ in range(2):
            with pytest.raises(Misconfigured):
                client.payment_gateways(shop)

        assert [urlsplit(call.request.url or "").path.rpartition("/")[2] for call in web.calls] == [
            "payment_gateways",
            "orders",
            "orders",
            "orders",
            "payment_gateways",
        ]


def test_configured_method_is_used_and_others_are_not_tried() -> None:
    hub = Hub()
    with responses.RequestsMock() as web:
        web.get(f"{API}/payment_gateways", json=UNKNOWN_KEY, status=401)

        with pytest.raises(Misconfigured):
            client.payment_gateways(transport(hub, auth="basic"))

        assert len(web.calls) == 1


def test_pause_that_a_host_asks_for_holds_for_all_workers() -> None:
    hub = Hub()
    with responses.RequestsMock() as web:
        web.get(f"{API}/payment_gateways", json={}, status=429, headers={"Retry-After": "7"})

        with pytest.raises(RateLimited) as caught:
            client.payment_gateways(transport(hub))

    assert caught.value.retry_after == timedelta(seconds=7)
    assert hub.pauses == [("woocommerce:shop.example.com/store", timedelta(seconds=7))]


def test_page_instead_of_data_is_a_passing_fault(caplog: pytest.LogCaptureFixture) -> None:
    with responses.RequestsMock() as web:
        web.get(f"{API}/payment_gateways", body="<p>Fatal error: ask ana@example.com</p>")

        with pytest.raises(Retryable, match="page instead of data") as caught:
            client.payment_gateways(transport(Hub()))

    assert caught.value.code == "not_json"
    assert "Fatal error" in caplog.text
    assert "ana@example.com" not in caplog.text


def test_object_instead_of_a_list_is_not_taken_for_an_empty_list() -> None:
    with responses.RequestsMock() as web:
        web.get(f"{API}/orders", json={"success": False})

        with pytest.raises(Retryable, match="something else than the list"):
            _ = client.orders_by_id(transport(Hub()), ["1"]).rows


def test_list_with_gaps_that_php_writes_as_an_object_is_a_list() -> None:
    with responses.RequestsMock() as web:
        web.get(f"{API}/orders", json={"1": order(5), "3": order(6)})

        rows = client.orders_by_id(transport(Hub()), ["5", "6"]).rows

    assert [row["id"] for row in rows] == [5, 6]


def test_byte_order_mark_and_warnings_before_the_data_are_passed_over() -> None:
    with responses.RequestsMock() as web:
        web.get(f"{API}/payment_gateways", body='\ufeff<b>Warning</b>: x<br />\n[{"id":"cod"}]'.encode())

        assert client.payment_gateways(transport(Hub())) == [{"id": "cod"}]
