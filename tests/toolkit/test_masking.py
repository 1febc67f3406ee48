"""What a system may ask of the one way out: more masking, reads by POST, redirects as answers, private certificates."""

import json

import pytest
import requests
import responses

from connectors.contract.errors import Misconfigured, OutcomeUnknown, Retryable
from connectors.toolkit.http import Transport
from connectors.toolkit.redact import MASK, Masking

from .test_http import BASE, Log

SECRET = "s3cr3tOfThePath"


@responses.activate
def test_secret_in_a_path_is_hidden_wherever_it_would_show() -> None:
    responses.post(f"{BASE}/{SECRET}/add", json={"echo": f"/{SECRET}/"})
    log = Log()

    log.client(masking=Masking(texts=(SECRET,))).request("POST", f"/{SECRET}/add", json={"url": f"x/{SECRET}"})

    [exchange] = log.exchanges
    assert SECRET not in f"{exchange.url}{exchange.request_body}{exchange.response_body}"
    assert exchange.url == f"{BASE}/{MASK}/add"


@responses.activate
def test_keys_of_a_system_are_masked_and_others_stay() -> None:
    responses.post(f"{BASE}/add", json={"UF_CRM_X": "Main street", "value": 17, "stage": "NEW"})
    log = Log()

    log.client(masking=Masking(keys=(r"UF_\w+", "value"))).request("POST", "add", json={"UF_A": "x", "id": 5})

    [exchange] = log.exchanges
    assert json.loads(exchange.request_body) == {"UF_A": MASK, "id": 5}
    assert json.loads(exchange.response_body) == {"UF_CRM_X": MASK, "value": MASK, "stage": "NEW"}


@responses.activate
def test_encoded_body_is_unfolded_before_it_is_masked() -> None:
    responses.post(f"{BASE}/add", json={})
    log = Log()
    masking = Masking(keys=("name",), unfold=lambda text: text.replace("n%61me", "name"))

    log.client(masking=masking).request("POST", "add", json={"n%61me": "Ann"})

    assert log.exchanges[0].request_body == f'{{"name":"{MASK}"}}'


@responses.activate
@pytest.mark.parametrize(("is_read", "kind"), [(True, Retryable), (False, OutcomeUnknown)])
def test_post_that_only_reads_leaves_nothing_in_doubt(is_read: bool, kind: type[Exception]) -> None:
    responses.post(f"{BASE}/list", body=requests.exceptions.ReadTimeout())

    with pytest.raises(Retryable) as caught:
        Log().client().request("POST", "list", json={}, is_read=is_read)

    assert type(caught.value) is kind


@responses.activate
def test_redirect_is_an_answer_for_those_who_ask_for_it() -> None:
    responses.post(f"{BASE}/add", status=302, headers={"Location": "https://other.example.com/add"})

    answer = Log().client(transport=Transport(follows_redirects=False)).request("POST", "add", json={})

    assert (answer.status, answer.headers["location"]) == (302, "https://other.example.com/add")


@responses.activate
def test_redirect_of_a_write_tells_no_secret() -> None:
    responses.post(f"{BASE}/add", status=302, headers={"Location": f"https://other.example.com/{SECRET}/add"})

    with pytest.raises(Misconfigured) as caught:
        Log().client(masking=Masking(texts=(SECRET,))).request("POST", "add", json={})

    assert SECRET not in caught.value.message


def test_certificates_that_are_not_there_are_named() -> None:
    with pytest.raises(Misconfigured) as caught:
        Log().client(transport=Transport(ca_file="/not/there.pem")).request("GET", "things")

    assert caught.value.code == "ca_file"
    assert "/not/there.pem" in caught.value.message
