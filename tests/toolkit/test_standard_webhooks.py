"""The signatures: the vectors that the scheme's own libraries publish, and everything a stranger may send."""

import base64
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone

import pytest
import time_machine

from connectors.contract.errors import Forged, Misconfigured
from connectors.toolkit.standard_webhooks import is_secret, new_secret, sign, verify

# Published with the scheme's reference libraries (standard-webhooks, test suites of 1.0.0).
VECTOR_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
VECTOR_ID = "msg_p5jXN8AQM9LWM0D4loKWxJek"
VECTOR_BODY = b'{"test": 2432232314}'
VECTOR_TIME = datetime.fromtimestamp(1614265330, tz=UTC)
VECTOR_SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
STRANGE_SIGNATURE = "v1,Ceo5qEr07ixe2NLpvHk3FH9bwy/WavXrAFQ/9tdO6mc="

OTHER_SECRET = "whsec_" + base64.b64encode(b"another shop's secret, as long").decode()


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(VECTOR_TIME, tick=False) as traveller:
        yield traveller


def headers(**changes: str | None) -> dict[str, str]:
    names = {"id": VECTOR_ID, "timestamp": "1614265330", "signature": VECTOR_SIGNATURE} | changes
    return {f"webhook-{name}": value for name, value in names.items() if value is not None}


def test_the_published_signature_is_made() -> None:
    assert sign([VECTOR_SECRET], VECTOR_ID, VECTOR_TIME, VECTOR_BODY) == headers()


def test_the_published_signature_is_verified() -> None:
    assert verify([VECTOR_SECRET], headers(), VECTOR_BODY) == VECTOR_ID


def test_a_secret_may_be_written_without_its_prefix() -> None:
    assert verify([VECTOR_SECRET.removeprefix("whsec_")], headers(), VECTOR_BODY) == VECTOR_ID


def test_a_time_in_another_zone_is_signed_as_the_same_moment() -> None:
    elsewhere = VECTOR_TIME.astimezone(timezone(timedelta(hours=-5)))

    assert sign([VECTOR_SECRET], VECTOR_ID, elsewhere, VECTOR_BODY) == headers()


def test_one_good_signature_among_several_is_enough() -> None:
    several = " ".join([STRANGE_SIGNATURE, STRANGE_SIGNATURE.replace("v1", "v2"), VECTOR_SIGNATURE, STRANGE_SIGNATURE])

    assert verify([VECTOR_SECRET], headers(signature=several), VECTOR_BODY) == VECTOR_ID


@pytest.mark.parametrize("broken", ["v1", "v1,", "nonsense", "v1,a,b", "v1,dawfeoifkpqwoekfpqoekf", "v1,жжж", ",", ""])
def test_a_broken_signature_beside_a_good_one_does_no_harm(broken: str) -> None:
    assert verify([VECTOR_SECRET], headers(signature=f"{broken} {VECTOR_SIGNATURE}"), VECTOR_BODY) == VECTOR_ID


@pytest.mark.parametrize("secrets", [[VECTOR_SECRET, OTHER_SECRET], [OTHER_SECRET, VECTOR_SECRET]])
def test_during_a_rotation_both_secrets_hold(secrets: list[str]) -> None:
    assert verify(secrets, headers(), VECTOR_BODY) == VECTOR_ID


def test_during_a_rotation_a_receiver_may_hold_either_secret() -> None:
    signed = sign([OTHER_SECRET, VECTOR_SECRET], VECTOR_ID, VECTOR_TIME, VECTOR_BODY)

    assert signed["webhook-signature"].split(" ")[1] == VECTOR_SIGNATURE
    assert verify([OTHER_SECRET], signed, VECTOR_BODY) == VECTOR_ID
    assert verify([VECTOR_SECRET], signed, VECTOR_BODY) == VECTOR_ID


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"id": None}, "unsigned"),
        ({"timestamp": None}, "unsigned"),
        ({"signature": None}, "unsigned"),
        ({"signature": ""}, "unsigned"),
        ({"id": "msg_other"}, "signature"),
        ({"id": "with space"}, "malformed"),
        ({"id": "ж"}, "malformed"),
        ({"id": "x" * 201}, "malformed"),
        ({"id": "nul\x00"}, "malformed"),
        ({"timestamp": "hello"}, "malformed"),
        ({"timestamp": "nan"}, "malformed"),
        ({"timestamp": "1e9"}, "malformed"),
        ({"timestamp": "1614265330.5"}, "malformed"),
        ({"timestamp": "-1614265330"}, "malformed"),
        ({"timestamp": "١٦١٤٢٦٥٣٣٠"}, "malformed"),
        ({"timestamp": "9" * 11}, "signature"),
        ({"timestamp": "9" * 400}, "malformed"),
        ({"timestamp": "1614265331"}, "signature"),
        ({"signature": STRANGE_SIGNATURE}, "signature"),
        ({"signature": VECTOR_SIGNATURE[:8]}, "malformed"),
        ({"signature": "v1,"}, "malformed"),
        ({"signature": "v1"}, "malformed"),
        ({"signature": "v1,not base64"}, "malformed"),
        ({"signature": VECTOR_SIGNATURE.replace("v1", "v2")}, "malformed"),
        ({"signature": VECTOR_SIGNATURE.replace("v1,", "v1")}, "malformed"),
        ({"signature": "v1,a,b"}, "malformed"),
        ({"signature": "v1,\udcff"}, "malformed"),
    ],
)
def test_what_is_not_rightly_signed_is_forged(changes: dict[str, str | None], code: str) -> None:
    with pytest.raises(Forged) as caught:
        verify([VECTOR_SECRET], headers(**changes), VECTOR_BODY)

    assert caught.value.code == code


@pytest.mark.parametrize("position", range(len(VECTOR_BODY)))
def test_one_changed_byte_is_noticed(position: int) -> None:
    changed = VECTOR_BODY[:position] + bytes([VECTOR_BODY[position] ^ 1]) + VECTOR_BODY[position + 1 :]

    with pytest.raises(Forged):
        verify([VECTOR_SECRET], headers(), changed)


def test_the_secret_of_another_shop_opens_nothing() -> None:
    with pytest.raises(Forged):
        verify([OTHER_SECRET], headers(), VECTOR_BODY)


def test_a_body_that_is_not_utf8_is_forged() -> None:
    with pytest.raises(Forged) as caught:
        verify([VECTOR_SECRET], headers(), "заказ".encode("cp1251"))

    assert caught.value.code == "not_utf8"


@pytest.mark.parametrize("seconds", [-300, -299, 0, 299, 300])
def test_five_minutes_off_are_tolerated(clock: time_machine.Traveller, seconds: int) -> None:
    clock.move_to(VECTOR_TIME + timedelta(seconds=seconds))

    assert verify([VECTOR_SECRET], headers(), VECTOR_BODY) == VECTOR_ID


@pytest.mark.parametrize("seconds", [-301, 301, 86_400])
def test_more_than_five_minutes_off_is_forged(clock: time_machine.Traveller, seconds: int) -> None:
    clock.move_to(VECTOR_TIME + timedelta(seconds=seconds))

    with pytest.raises(Forged, match=r"too (old|new)"):
        verify([VECTOR_SECRET], headers(), VECTOR_BODY)


@pytest.mark.parametrize("secrets", [[], [""], ["whsec_"], ["whsec_c2hvcnQ="], ["whsec_not base64 at all, sorry"]])
def test_without_a_usable_secret_nothing_is_genuine(secrets: list[str]) -> None:
    with pytest.raises(Forged) as caught:
        verify(secrets, headers(), VECTOR_BODY)

    assert caught.value.code == "no_secret"


@pytest.mark.parametrize("secrets", [[], [""], ["whsec_"], [VECTOR_SECRET, "whsec_c2hvcnQ="]])
def test_nothing_is_signed_with_a_malformed_secret(secrets: list[str]) -> None:
    with pytest.raises(Misconfigured):
        sign(secrets, VECTOR_ID, VECTOR_TIME, VECTOR_BODY)


def test_new_secrets_have_the_form_that_the_scheme_asks_for() -> None:
    made = {new_secret() for _ in range(50)}

    assert len(made) == 50
    assert all(secret.startswith("whsec_") and is_secret(secret) for secret in made)


def test_the_reasons_name_no_secret() -> None:
    with pytest.raises(Forged) as caught:
        verify([OTHER_SECRET], headers(), VECTOR_BODY)

    assert OTHER_SECRET.removeprefix("whsec_") not in caught.value.message
