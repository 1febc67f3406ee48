"""Who may call the sandbox shop, and how it refuses the others."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, urlencode

import pytest
import requests
from oauthlib.oauth1 import SIGNATURE_HMAC_SHA1, SIGNATURE_HMAC_SHA256, SIGNATURE_TYPE_QUERY
from oauthlib.oauth1 import Client as Signer

from connectors.woocommerce.sandbox import KEY, READ_ONLY_KEY, READ_ONLY_SECRET, SECRET, ShopSandbox, make

from .conftest import START, Client, Clock


@pytest.fixture
def plain() -> Iterator[Client]:
    """A shop that does not see https."""
    clock = Clock()
    with make(https_seen=False, clock=clock) as box, requests.Session() as session:
        assert isinstance(box, ShopSandbox)
        yield Client(box, clock, session, auth=None)


def signed(client: Client, path: str, method: str = "GET", **more: Any) -> tuple[str, dict[str, str]]:
    """The URL and headers of a signed call."""
    options = {"client_secret": SECRET, "signature_method": SIGNATURE_HMAC_SHA256, "timestamp": str(START)} | more
    key = options.pop("key", KEY)
    signer = Signer(key, **options)
    url, headers, _body = signer.sign(f"{client.box.url}/wp-json/wc/v3{path}", http_method=method)
    return url, headers


def call(client: Client, sent: tuple[str, dict[str, str]], method: str = "GET") -> requests.Response:
    return client.session.request(method, sent[0], headers=sent[1], timeout=5)


def error(answer: requests.Response) -> tuple[int, str, str]:
    body = answer.json()
    return answer.status_code, body["code"], body["message"]


CANNOT_LIST = (401, "woocommerce_rest_cannot_view", "Sorry, you cannot list resources.")


def wrong(message: str) -> tuple[int, str, str]:
    return 401, "woocommerce_rest_authentication_error", message


# --- Where https is seen ----------------------------------------------------------------------------------------------


def test_basic_and_query_keys_are_taken_where_https_is_seen(client: Client) -> None:
    query = {"consumer_key": KEY, "consumer_secret": SECRET}

    assert client.get("/orders").status_code == 200
    assert client.call("GET", "/orders", auth=None, params=query).status_code == 200


@pytest.mark.parametrize(
    ("auth", "refusal"),
    [
        (None, CANNOT_LIST),
        (("ck_unknown", SECRET), CANNOT_LIST),
        ((KEY, "cs_wrong"), wrong("Consumer secret is invalid.")),
    ],
)
def test_wrong_credentials_are_refused_by_what_is_wrong(
    client: Client, auth: tuple[str, str] | None, refusal: tuple[int, str, str]
) -> None:
    assert error(client.call("GET", "/orders", auth=auth)) == refusal


@pytest.mark.parametrize(
    ("method", "path", "code"),
    [
        ("GET", "/orders/5", "woocommerce_rest_cannot_view"),
        ("POST", "/orders", "woocommerce_rest_cannot_create"),
        ("POST", "/orders/5", "woocommerce_rest_cannot_edit"),
        ("PUT", "/orders/5", "woocommerce_rest_cannot_edit"),
        ("DELETE", "/orders/5", "woocommerce_rest_cannot_delete"),
        ("POST", "/orders/batch", "woocommerce_rest_cannot_batch"),
    ],
)
def test_nobody_is_refused_by_the_check_of_the_resource(client: Client, method: str, path: str, code: str) -> None:
    assert error(client.call(method, path, auth=None, json={}))[:2] == (401, code)


def test_a_key_that_may_only_read_cannot_write(client: Client) -> None:
    client.ordered()
    client.auth = (READ_ONLY_KEY, READ_ONLY_SECRET)

    answer = client.put("/orders/1001", {"status": "completed"})

    assert error(answer) == wrong("The API key provided does not have write permissions.")
    assert client.get("/orders/1001").json()["status"] == "pending"


def test_query_keys_still_work_where_the_header_is_dropped(client: Client) -> None:
    client.control("site", {"header_dropped": True})

    query = {"consumer_key": KEY, "consumer_secret": SECRET}

    assert error(client.get("/orders")) == CANNOT_LIST
    assert client.call("GET", "/orders", auth=None, params=query).status_code == 200


# --- Where it is not --------------------------------------------------------------------------------------------------


def test_basic_and_query_keys_are_ignored_over_plain_http(plain: Client) -> None:
    query = {"consumer_key": KEY, "consumer_secret": SECRET}

    assert error(plain.call("GET", "/orders", auth=(KEY, SECRET))) == CANNOT_LIST
    assert error(plain.call("GET", "/orders", params=query)) == CANNOT_LIST


@pytest.mark.parametrize("method", [SIGNATURE_HMAC_SHA1, SIGNATURE_HMAC_SHA256])
@pytest.mark.parametrize("place", ["header", SIGNATURE_TYPE_QUERY])
def test_a_signed_call_is_taken_from_header_and_query(plain: Client, method: str, place: str) -> None:
    more = {"signature_type": place} if place != "header" else {}

    answer = call(plain, signed(plain, "/orders?search=Ana%20G%C3%B3mez&per_page=2", signature_method=method, **more))

    assert (answer.status_code, answer.json()) == (200, [])


def test_a_signed_call_is_taken_where_https_is_seen_too(client: Client) -> None:
    assert call(client, signed(client, "/orders")).status_code == 200


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"key": "ck_unknown"}, "Consumer key is invalid."),
        ({"client_secret": "cs_wrong"}, "Invalid signature - provided signature does not match."),
        ({"signature_method": "PLAINTEXT"}, "Invalid signature - signature method is invalid."),
        ({"timestamp": str(START - 901)}, "Invalid timestamp."),
        ({"timestamp": str(START + 901)}, "Invalid timestamp."),
    ],
)
def test_a_wrong_signature_is_refused_by_what_is_wrong(plain: Client, more: dict[str, str], reason: str) -> None:
    assert error(call(plain, signed(plain, "/orders", **more))) == wrong(reason)


def test_a_signature_for_another_method_is_refused(plain: Client) -> None:
    sent = signed(plain, "/orders", method="GET")

    answer = call(plain, sent, method="POST")

    assert error(answer) == wrong("Invalid signature - provided signature does not match.")


def test_a_nonce_is_good_for_one_call(plain: Client) -> None:
    sent = signed(plain, "/orders")

    first, second = call(plain, sent), call(plain, sent)

    assert first.status_code == 200
    assert error(second) == wrong("Invalid nonce - nonce has already been used.")


def test_half_a_signature_says_what_is_missing(plain: Client) -> None:
    url, _headers = signed(plain, "/orders", signature_type=SIGNATURE_TYPE_QUERY)
    base, _, query = url.partition("?")
    kept = [pair for pair in parse_qsl(query) if pair[0] != "oauth_nonce"]

    answer = plain.session.get(f"{base}?{urlencode(kept)}", timeout=5)

    code = "woocommerce_rest_authentication_missing_parameter"
    assert error(answer) == (401, code, "Missing OAuth parameter oauth_nonce")
