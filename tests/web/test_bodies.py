"""A body that is too large is refused, and read to its end so that the sender hears so."""

from io import BytesIO

import pytest
from django.core.handlers.wsgi import WSGIRequest
from django.test import RequestFactory

from integration_hub.web import bodies
from integration_hub.web.bodies import bounded_body


def call(stream: BytesIO, length: int | str) -> WSGIRequest:
    environ = RequestFactory().post("/hooks/token/").environ
    return WSGIRequest(environ | {"wsgi.input": stream, "CONTENT_LENGTH": str(length)})


def test_body_within_the_limit_is_given() -> None:
    assert bounded_body(call(BytesIO(b"x" * 1000), 1000), 1000) == b"x" * 1000


def test_body_above_the_limit_is_read_to_its_end() -> None:
    stream = BytesIO(b"x" * 300_000)

    assert bounded_body(call(stream, 300_000), 1000) is None
    assert stream.tell() == 300_000


def test_whoever_announces_far_more_is_not_listened_to() -> None:
    stream = BytesIO(b"x" * 300_000)

    assert bounded_body(call(stream, bodies.MOST_DISCARDED + 1), 1000) is None
    assert stream.tell() == 0


@pytest.mark.parametrize("length", ["", "many", "-5", "²"])
def test_length_that_is_none_is_no_body(length: str) -> None:
    assert bounded_body(call(BytesIO(b"x" * 10), length), 1000) == b""


def test_sender_who_goes_away_meanwhile_is_no_fault() -> None:
    class Broken(BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            raise ConnectionResetError

    assert bounded_body(call(Broken(), 300_000), 1000) is None
