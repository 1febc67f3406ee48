"""The plug-in of MODX shops in a real PHP, called by the hub's own connector, both ways over HTTP."""

import re
import subprocess
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from queue import Empty, Queue
from time import monotonic, sleep

import pytest
import requests

from connectors.contract.canonical import ObjectKind, Order
from connectors.contract.capabilities import Adapter
from connectors.contract.errors import Misconfigured
from connectors.contract.results import Accepted, HookEvent, HookRequest, Refused, Seen, StatusDraft, Written
from connectors.contract.spec import Services
from connectors.minishop2.spec import SPEC
from connectors.toolkit.standard_webhooks import sign
from tests.connectors.custom_cms.world import NoTokens

ROUTER = Path(__file__).resolve().parents[2] / "companions" / "modx" / "tests" / "server.php"
SECRET = "whsec_dGhlIHNob3AgYW5kIHRoZSBodWIgc2hhcmUgdGhpcy4="
OTHER_SECRET = "whsec_YW5vdGhlciBzaG9wJ3Mgc2VjcmV0LCBhcyBsb25n"

pytestmark = pytest.mark.php


@dataclass
class Shop:
    url: str
    events: Queue[HookRequest] = field(default_factory=Queue)

    def opened(self, *, clock_is_off_by: timedelta = timedelta(0), **settings: str) -> Adapter:
        services = Services(
            on_exchange=lambda exchange: None,
            throttle=lambda bucket: None,
            slow_down=lambda bucket, pause: None,
            tokens=NoTokens(),
            clock=lambda: datetime.now(UTC) + clock_is_off_by,
            allowed_private_networks=("127.0.0.0/8",),
        )
        return SPEC.open({"shop": self.url, "signing_secret": SECRET, **settings}, services)

    def buy(self, id: int) -> None:
        answer = requests.post(f"{self.url}/orders", json={"id": id}, timeout=10)
        assert answer.text == '{"success":true}'

    def next_order(self) -> tuple[str, Order]:
        """The next event of the shop as the connector reads it: topic and order."""
        receiver = self.opened().webhooks
        assert receiver is not None
        request = self.events.get(timeout=10)
        accepted = receiver.accept(request)
        assert isinstance(accepted, Accepted)
        [change] = receiver.read(HookEvent(accepted.topic, {}, request.body, datetime.now(UTC)))
        assert isinstance(change, Seen)
        assert change.kind is ObjectKind.ORDER
        assert isinstance(change.record, Order)
        return accepted.topic, change.record


STARTED = re.compile(rb"\(http://127\.0\.0\.1:(\d+)\) started")


def port_of(php: "subprocess.Popen[bytes]", said: Path) -> int:
    """The free port that PHP's web server took; it says so when it listens there."""
    end = monotonic() + 10
    while monotonic() < end and php.poll() is None:
        found = STARTED.search(said.read_bytes())
        if found:
            return int(found[1])
        sleep(0.01)
    pytest.fail(f"PHP's web server did not start: {said.read_text()}")


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    shop = Shop("")
    said = tmp_path / "php.log"

    class Door(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            headers: Mapping[str, str] = {name.lower(): value for name, value in self.headers.items()}
            shop.events.put(HookRequest("POST", headers, body))
            self.send_response(202)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base class names it so
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Door) as hub, said.open("wb") as log:
        threading.Thread(target=hub.serve_forever, daemon=True).start()
        php = subprocess.Popen(
            ["php", "-S", "127.0.0.1:0", str(ROUTER)],
            env={"FOLDER": str(tmp_path), "HUB_URL": f"http://127.0.0.1:{hub.server_port}/hooks/token"},
            stdout=subprocess.DEVNULL,
            stderr=log,
        )
        try:
            shop.url = f"http://127.0.0.1:{port_of(php, said)}"
            yield shop
        finally:
            php.kill()
            php.wait()
            hub.shutdown()


def test_an_order_of_the_shop_arrives_as_it_is_fetched(shop: Shop) -> None:
    shop.buy(15)

    topic, order = shop.next_order()

    assert topic == "order.created"
    assert (order.id, order.number, order.status) == ("15", "2601/15", "1")
    assert [line.sku for line in order.lines] == ["TS-137-RM"]
    source = shop.opened().orders
    assert source is not None
    fetched = source.fetch(["15", "99"])
    assert list(fetched) == ["15"]
    assert fetched["15"] == order


def test_a_status_of_the_hub_is_set_once_and_its_event_comes_back(shop: Shop) -> None:
    shop.buy(15)
    shop.next_order()
    sink = shop.opened().status_sink
    assert sink is not None
    draft = StatusDraft("15", "2", change_id="change-1", expected_status="1")

    outcomes = [*sink.put_statuses([draft]), *sink.put_statuses([draft])]

    assert outcomes == [Written("15"), Written("15")]
    request = shop.events.get(timeout=10)
    assert b'"event":"order.status"' in request.body
    assert b'"cause":"change-1"' in request.body
    with pytest.raises(Empty):
        shop.events.get_nowait()


def test_what_the_shop_refuses_is_refused_in_its_words(shop: Shop) -> None:
    shop.buy(15)
    sink = shop.opened().status_sink
    assert sink is not None

    [moved] = sink.put_statuses([StatusDraft("15", "2", change_id="c-1", expected_status="3")])
    [inactive] = sink.put_statuses([StatusDraft("15", "7", change_id="c-2")])
    sink.put_statuses([StatusDraft("15", "3", change_id="c-3")])
    [final] = sink.put_statuses([StatusDraft("15", "2", change_id="c-4")])

    assert isinstance(moved, Refused)
    assert moved.code == "moved_meanwhile"
    assert isinstance(inactive, Refused)
    assert inactive.code == "inactive"
    assert isinstance(final, Refused)
    assert "The status is final" in final.message


def test_orders_are_walked_page_by_page(shop: Shop) -> None:
    for id in (15, 16, 17):
        shop.buy(id)
    source = shop.opened().orders
    assert source is not None

    page = source.scan(None, None)

    assert [item.id for item in page.items] == ["15", "16", "17"]
    assert not page.has_more


def test_codes_are_read_and_the_account_is_in_order(shop: Shop) -> None:
    adapter = shop.opened()
    assert adapter.codes is not None
    assert adapter.account is not None

    books = adapter.codes.read_books()
    report = adapter.account.verify()

    kinds = {book.kind: [entry.code for entry in book.entries] for book in books}
    assert kinds["status"] == ["1", "2", "3", "4", "7"]
    assert kinds["payment"] == ["3"]
    assert report.passed
    assert "minishop2 4.4.2-pl" in report.version.lower()


def test_a_wrong_clock_and_a_wrong_secret_are_told_apart(shop: Shop) -> None:
    with pytest.raises(Misconfigured) as clock:
        shop.opened(clock_is_off_by=timedelta(minutes=-6)).codes.read_books()  # type: ignore[union-attr]  # it has codes
    with pytest.raises(Misconfigured) as secret:
        shop.opened(signing_secret=OTHER_SECRET).codes.read_books()  # type: ignore[union-attr]  # it has codes

    assert clock.value.code == "clock"
    assert secret.value.code == "bad_signature"


def test_a_call_that_was_overheard_cannot_be_played_again(shop: Shop) -> None:
    body = b'{"action":"ping"}'
    headers = sign([SECRET], "overheard", datetime.now(UTC), body)
    address = f"{shop.url}/assets/components/hubconnector/api.php"

    answers = [requests.post(address, data=body, headers=headers, timeout=10) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [200, 425]
    assert answers[1].json()["error"]["code"] == "replay"
