"""The push API over real HTTP: the program of the guide, and what only a socket can do wrong."""

import json
import os
import socket
import subprocess
import sys
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from connectors.toolkit.standard_webhooks import new_secret
from integration_hub.connections.models import Connection
from integration_hub.engine.models import InboxEvent
from integration_hub.web.push_examples import ORDER

from .pushing import ACCESS_TOKEN

pytestmark = pytest.mark.django_db(transaction=True)

TOP = Path(__file__).resolve().parents[3]


def run_example(live_server: Any, shop: Connection, *arguments: str, secret: str = "") -> tuple[int, str]:
    environment = {
        "PATH": os.environ["PATH"],
        "HUB_ADDRESS": f"{live_server.url}/api/v1/push/{shop.hook_token}",
        "HUB_SECRET": secret or shop.secrets["signing_secret"],
    }
    program = TOP / "docs" / "examples" / "push_order.py"
    done = subprocess.run(
        [sys.executable, program, *arguments], env=environment, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.stderr == ""
    return done.returncode, done.stdout


def test_the_program_of_the_guide_pushes_an_order(live_server: Any, shop: Connection) -> None:
    code, printed = run_example(live_server, shop)

    event = InboxEvent.objects.get()
    assert (code, printed) == (0, f'202 {{"accepted":1,"event_ids":["{event.pk}"],"duplicate":false}}\n')
    assert json.loads(bytes(event.body))["data"]["id"] == "1001"


def test_it_pushes_a_file_and_tells_what_is_wrong_with_it(live_server: Any, shop: Connection, tmp_path: Path) -> None:
    body = tmp_path / "orders.json"
    body.write_text(json.dumps({"orders": [ORDER, ORDER | {"total": "much"}]}))

    code, printed = run_example(live_server, shop, "--file", str(body))

    assert code == 1
    assert printed.startswith("422 ")
    assert "orders.1.total" in printed
    assert not InboxEvent.objects.exists()


def test_it_tests_the_line(live_server: Any, shop: Connection) -> None:
    assert run_example(live_server, shop, "--ping")[0] == 0
    assert run_example(live_server, shop, "--ping", secret=new_secret())[0] == 1
    assert not InboxEvent.objects.exists()


def answer_to(live_server: Any, request: bytes) -> tuple[int, dict[str, Any]]:
    """Sends the bytes, says that no more will come, and reads the answer."""
    parts = urlsplit(live_server.url)
    with socket.create_connection((parts.hostname, parts.port), timeout=20) as line:
        line.sendall(request)
        line.shutdown(socket.SHUT_WR)
        received = b""
        while part := line.recv(65_536):
            received += part
    head, _, body = received.partition(b"\r\n\r\n")
    return int(head.split()[1]), json.loads(body)


@pytest.mark.parametrize(
    ("length", "sent", "status", "error"),
    [
        (b"Content-Length: 100000\r\n", b'{"order":', 400, "incomplete"),
        (b"Content-Length: 0\r\n", b"", 400, "malformed"),
        (b"Content-Length: -5\r\n", b"{}", 411, "length_required"),
        (b"Transfer-Encoding: chunked\r\n", b"2\r\n{}\r\n0\r\n\r\n", 411, "length_required"),
        (b"Content-Length: 99999999999\r\n", b"{}", 413, "too_large"),
    ],
    ids=["cut off", "empty", "negative", "chunked", "too large"],
)
def test_a_body_that_is_not_as_announced_is_refused(
    live_server: Any, shop: Connection, length: bytes, sent: bytes, status: int, error: str
) -> None:
    head = (
        f"POST /api/v1/push/{shop.hook_token}/orders HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
        f"Content-Type: application/json\r\nAuthorization: Bearer {ACCESS_TOKEN}\r\n"
    ).encode()

    code, answer = answer_to(live_server, head + length + b"\r\n" + sent)

    assert (code, answer["error"]) == (status, error)
    assert not InboxEvent.objects.exists()


def test_a_push_needs_no_cookie_and_gets_none(live_server: Any, shop: Connection) -> None:
    line = HTTPConnection(urlsplit(live_server.url).netloc, timeout=20)
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {ACCESS_TOKEN}"}

    line.request("POST", f"/api/v1/push/{shop.hook_token}/orders", json.dumps({"order": ORDER}), headers)
    answer = line.getresponse()
    line.close()

    assert answer.status == 202
    assert answer.getheader("Set-Cookie") is None
