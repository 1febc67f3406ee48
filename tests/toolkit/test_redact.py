"""What must not be in the sync log."""

import pytest

from connectors.toolkit.redact import KEPT_CHARACTERS, MASK, redact_text, redact_url


@pytest.mark.parametrize(
    "name",
    ["consumer_key", "consumer_secret", "apiKey", "api_key", "oauth_signature", "access_token", "token", "secret"],
)
def test_secret_parameters_are_masked_in_addresses(name: str) -> None:
    assert redact_url(f"https://x.example/a?{name}=abc123&page=2") == f"https://x.example/a?{name}={MASK}&page=2"


@pytest.mark.parametrize("name", ["email", "filter[email]", "customer_phone", "firstName"])
def test_personal_parameters_are_masked_in_addresses(name: str) -> None:
    assert "olga" not in redact_url(f"https://x.example/a?{name}=olga")


def test_user_part_of_an_address_is_dropped_and_the_port_kept() -> None:
    assert redact_url("https://me:pass@x.example:8443/a") == "https://x.example:8443/a"


@pytest.mark.parametrize(
    "body",
    [
        '{"consumer_secret":"hush-1"}',
        '{"billing":{"first_name":"hush-1"}}',
        '{"phone" : "hush-1"}',
        '{"password":"a\\"hush-1"}',
        '{"postcode":"hush-1',
        '{"address_1":"hush-1","id":5}',
    ],
)
def test_secret_and_personal_values_are_masked_in_bodies_also_in_cut_ones(body: str) -> None:
    assert "hush-1" not in redact_text(body)
    assert MASK in redact_text(body)


def test_addresses_and_numbers_are_masked_wherever_they_stand() -> None:
    text = redact_text('{"error":"ana@example.com is taken, call +34 600 111 222","id":17}')

    assert text == f'{{"error":"{MASK} is taken, call {MASK}","id":17}}'


def test_what_explains_an_error_stays() -> None:
    body = '{"code":"rest_invalid_param","data":{"status":400,"params":{"status":"not one of a, b"}}}'

    assert redact_text(body) == body


def test_forms_are_masked_and_readable() -> None:
    assert redact_text("apiKey=abc&site=shop&phone=123", is_form=True) == f"apiKey={MASK}&site=shop&phone={MASK}"


def test_long_bodies_are_cut() -> None:
    assert len(redact_text("x" * 50_000)) == KEPT_CHARACTERS
