"""No log line shows what guards our doors."""

import io
import logging
import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.exceptions import SuspiciousOperation
from django.test import Client
from django.urls import reverse
from gunicorn.config import Config

from integration_hub.settings.logs import MaskingFormatter, masked
from integration_hub.web.server_log import ServerLog
from tests.web import factories as make

TOKEN = "kQ3-token_of-a-hook-address_0123456789abcdef"


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        (f"POST /hooks/{TOKEN}/ HTTP/1.1", "POST /hooks/•••/ HTTP/1.1"),
        (f"POST /hooks/{TOKEN} 401", "POST /hooks/••• 401"),
        (f"GET /hooks/{TOKEN}/order/9?secret=x&a=b HTTP/1.1", "GET /hooks/•••/order/9?••• HTTP/1.1"),
        (f"https://hub.example.com/api/v1/push/{TOKEN}/orders", "https://hub.example.com/api/v1/push/•••/orders"),
        ("GET /admin/?q=1 HTTP/1.1", "GET /admin/?q=1 HTTP/1.1"),
        ("the hooks are well", "the hooks are well"),
    ],
)
def test_token_and_query_of_a_door_are_masked(line: str, shown: str) -> None:
    assert masked(line) == shown


def test_traceback_is_masked_too() -> None:
    with pytest.raises(KeyError) as caught:
        os.environ[f"/hooks/{TOKEN}/"]
    record = logging.LogRecord("x", logging.ERROR, "", 0, "Internal Server Error: %s", (f"/hooks/{TOKEN}/",), None)
    record.exc_info = (caught.type, caught.value, caught.tb)

    shown = MaskingFormatter().format(record)

    assert "KeyError" in shown
    assert TOKEN not in shown


def test_access_log_of_the_web_server_shows_no_token(tmp_path: Path) -> None:
    config = Config()
    config.set("accesslog", str(tmp_path / "access"))
    config.set("errorlog", str(tmp_path / "error"))
    config.set("access_log_format", '%(h)s "%(r)s" %(s)s %(U)s %(q)s %({raw_uri}e)s %(f)s')
    log: Any = ServerLog(config)
    uri = f"/hooks/{TOKEN}/?secret=very-secret"
    environ = {
        "REQUEST_METHOD": "POST",
        "RAW_URI": uri,
        "SERVER_PROTOCOL": "HTTP/1.1",
        "PATH_INFO": f"/hooks/{TOKEN}/",
        "QUERY_STRING": "secret=very-secret",
        "HTTP_REFERER": f"http://hub.example.com{uri}",
    }
    answer = SimpleNamespace(status="200 OK", sent=2, headers=[])

    log.access(answer, SimpleNamespace(headers=[]), environ, timedelta(milliseconds=3))
    log.error("Error handling request %s", uri)
    for each in (log.access_log, log.error_log):
        for handler in list(each.handlers):
            handler.close()
            each.removeHandler(handler)

    said = (tmp_path / "access").read_text() + (tmp_path / "error").read_text()
    assert 'POST /hooks/•••/?••• HTTP/1.1" 200' in said
    assert TOKEN not in said
    assert "very-secret" not in said


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """What the installation's own handler writes."""
    [handler] = [each for each in logging.getLogger().handlers if isinstance(each.formatter, MaskingFormatter)]
    assert isinstance(handler, logging.StreamHandler)
    stream = io.StringIO()
    before = handler.setStream(stream)
    yield stream
    handler.setStream(before)


@pytest.mark.django_db
def test_refused_page_is_one_line_that_names_nobody(client: Client, written: io.StringIO) -> None:
    client.force_login(make.staff("viewer"))
    make.backfill()
    written.truncate(0)

    answers = [
        client.get(reverse("admin:engine_backfill_add")),
        client.get(reverse("admin:index") + "nowhere/", {"q": "ann@example.com"}),
        client.get(reverse("admin:index"), headers={"host": "elsewhere.example"}),
    ]

    lines = written.getvalue().strip("\0\n").splitlines()
    assert [answer.status_code for answer in answers] == [403, 404, 400]
    assert [line.split(" ", 4)[3] for line in lines] == [
        "django.request",
        "django.request",
        "django.security.DisallowedHost",
    ]
    assert "/admin/engine/backfill/add/" in lines[0]
    assert "'elsewhere.example'" in lines[2]
    assert not any("ann@example.com" in line or "viewer" in line for line in lines)


def test_fault_of_our_own_keeps_what_was_raised(written: io.StringIO) -> None:
    log = logging.getLogger("django.request")

    for status in (500, 400):
        log.error("answered with %d", status, extra={"status_code": status}, exc_info=SuspiciousOperation("odd"))

    ours, theirs = written.getvalue().split("answered with 400")
    assert ("SuspiciousOperation: odd" in ours, "SuspiciousOperation" in theirs) == (True, False)
