"""HMAC-SHA256 against published values."""

import pytest

from connectors.toolkit.signing import hmac_sha256_base64, is_signed_base64

# RFC 4231, test case 2
KEY, DATA = "Jefe", b"what do ya want for nothing?"
HEX = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
BASE64 = "W9zBRr9gdU5qBCQmCJV1x1oAPwidJzmDnexYuWTsOEM="


def test_values_of_the_standard() -> None:
    assert hmac_sha256_base64(KEY, DATA) == BASE64


def test_right_signature_is_accepted_with_any_of_the_secrets() -> None:
    assert is_signed_base64(DATA, BASE64, ["other", KEY])
    assert is_signed_base64(DATA, f" {BASE64}\n", [KEY])


@pytest.mark.parametrize("signature", ["", "é", "\udcff", BASE64[:-1], BASE64 + "A", HEX, "0" * 100_000])
def test_wrong_signature_is_refused(signature: str) -> None:
    assert not is_signed_base64(DATA, signature, [KEY])


def test_one_changed_byte_is_refused() -> None:
    assert not is_signed_base64(DATA + b"!", BASE64, [KEY])


def test_empty_secret_signs_nothing() -> None:
    assert not is_signed_base64(DATA, hmac_sha256_base64("", DATA), ["", ""])
    assert not is_signed_base64(DATA, BASE64, [])
