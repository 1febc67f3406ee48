"""A sign-in whose refresh token rotates, shared by many workers."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread

from django.db import connection as database

from integration_hub.connections.tokens import StoredTokens

from ..row import Findings, Row, at_least, exactly
from ..world import World

WORKERS = 6
CALLS_PER_TOKEN = 25
NAME = "oauth"


@dataclass(slots=True)
class Account:
    """An OAuth account: a token serves some calls; a refresh token is taken once, and a second time is an attack."""

    serial: int = 1
    calls_left: int = CALLS_PER_TOKEN
    refreshes: int = 0
    refused_refreshes: int = 0
    lock: Lock = field(default_factory=Lock)

    def call(self, token: str) -> int:
        with self.lock:
            if token != f"access-{self.serial}" or self.calls_left == 0:
                return 401
            self.calls_left -= 1
            return 200

    def refresh(self, token: str) -> tuple[int, dict[str, str]]:
        with self.lock:
            if token != f"refresh-{self.serial}":
                self.refused_refreshes += 1
                return 400, {"error": "invalid_grant"}
            self.serial, self.calls_left = self.serial + 1, CALLS_PER_TOKEN
            self.refreshes += 1
            return 200, {"access": f"access-{self.serial}", "refresh": f"refresh-{self.serial}"}


@contextmanager
def _served(account: Account) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            token = self.rfile.read(int(self.headers["Content-Length"])).decode()
            status, body = account.refresh(token) if self.path == "/refresh" else (account.call(token), {})
            answer = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as above
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


def _post(address: str, path: str, token: str) -> tuple[int, str]:
    line = HTTPConnection(address, timeout=20)
    try:
        line.request("POST", path, token)
        answer = line.getresponse()
        return answer.status, answer.read().decode()
    finally:
        line.close()


def _work(connection_id: int, address: str, calls: int) -> int:
    """Calls that failed although they were tried with a fresh token."""
    tokens = StoredTokens(connection_id)

    def refresh(seen: str) -> str:
        return _post(address, "/refresh", json.loads(seen)["refresh"])[1]

    failed = 0
    try:
        for _ in range(calls):
            signed_in = tokens.get(NAME)
            for _ in range(WORKERS):
                status, _body = _post(address, "/call", json.loads(signed_in)["access"])
                if status != 401:
                    break
                # The others may have used up the new one already: then that one is renewed.
                signed_in = tokens.renewed(NAME, signed_in, refresh)
            failed += status != 200
    finally:
        database.close()
    return failed


def rotation(world: World, calls: int) -> Findings:
    """Workers call with one sign-in, which expires under them again and again."""
    account = Account()
    StoredTokens(world.crm.pk).put(NAME, json.dumps({"access": "access-1", "refresh": "refresh-1"}))
    with _served(account) as address, ThreadPoolExecutor(WORKERS) as pool:
        done = [pool.submit(_work, world.crm.pk, address, calls // WORKERS) for _ in range(WORKERS)]
        failed = sum(each.result() for each in done)
    made = calls // WORKERS * WORKERS
    return Findings(
        (),
        (),
        (),
        {
            "calls that failed": exactly(0, failed),
            "refresh tokens used twice": exactly(0, account.refused_refreshes),
            "refreshes": at_least(made // CALLS_PER_TOKEN - 1, account.refreshes),
            "refreshes beyond the need": exactly(0, max(account.refreshes - made // CALLS_PER_TOKEN, 0)),
        },
        note=f"{WORKERS} workers; an OAuth account of the row's own stands in for Bitrix24's",
    )


ROWS = (
    Row(
        "F28",
        "Token expires in mid-run; two workers refresh at once; the refresh token rotates",
        rotation,
        orders=3_000,
        small=150,
        passes_when="one refresh; nothing fails",
    ),
)
