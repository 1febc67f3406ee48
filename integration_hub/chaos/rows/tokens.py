"""A sign-in whose refresh token rotates, shared by many workers."""

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import import_module
from threading import Barrier, Condition, Thread

from django.db import connection as database

from connectors.contract.errors import ConnectorError
from integration_hub.connections.tokens import StoredTokens
from integration_hub.demo.pair import MAGENTO_BITRIX, WOO_RETAIL
from integration_hub.engine.exchanges import ExchangeLog
from integration_hub.flows import actions
from integration_hub.flows.services import opened

from .. import acts
from ..findings import findings
from ..row import Findings, Row, at_least, exactly
from ..world import World

WORKERS = 6
CALLS_PER_TOKEN = 25
NAME = "oauth"
ORDERS_OF_A_ROUND = 20
FEWEST_ROUNDS = 3
PATIENCE_SECONDS = 60.0
"""For the other callers of the account: longer than a worker waits for another one's refresh."""


@dataclass(slots=True)
class Account:
    """An OAuth account: a token serves some calls; a refresh token is taken once, and a second time is an attack.

    Lives are counted in calls, so that the number of refreshes is exact on any machine. A real token lives for an hour
    and outlasts every caller's way back from a refusal; here one call of each life is kept for each caller, and
    whoever asks for more than the shared rest has no answer until the others have called (or have gone).
    """

    callers: set[str]
    serial: int = 1
    calls_left: int = CALLS_PER_TOKEN
    refreshes: int = 0
    refused_refreshes: int = 0
    to_come: set[str] = field(init=False)
    """Callers whom the present token has not served yet."""

    changed: Condition = field(default_factory=Condition)

    def __post_init__(self) -> None:
        self.to_come = set(self.callers)

    def call(self, caller: str, token: str) -> int:
        with self.changed:
            is_decided = self.changed.wait_for(lambda: self._status(caller, token), PATIENCE_SECONDS)
            status = self._status(caller, token) if is_decided else 503
            if status == 200:
                self.calls_left -= 1
                self.to_come.discard(caller)
                self.changed.notify_all()
            return status

    def leave(self, caller: str) -> None:
        """This caller has no more calls to make."""
        with self.changed:
            self.callers.discard(caller)
            self.to_come.discard(caller)
            self.changed.notify_all()

    def refresh(self, token: str) -> tuple[int, dict[str, str]]:
        with self.changed:
            if token != f"refresh-{self.serial}":
                self.refused_refreshes += 1
                return 400, {"error": "invalid_grant"}
            self.serial, self.calls_left, self.to_come = self.serial + 1, CALLS_PER_TOKEN, set(self.callers)
            self.refreshes += 1
            self.changed.notify_all()
            return 200, {"access": f"access-{self.serial}", "refresh": f"refresh-{self.serial}"}

    def _status(self, caller: str, token: str) -> int:
        """0 while what is left is kept for others."""
        if token != f"access-{self.serial}" or self.calls_left == 0:
            return 401
        return 200 if caller in self.to_come or self.calls_left > len(self.to_come) else 0


@contextmanager
def _served(account: Account) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            token = self.rfile.read(int(self.headers["Content-Length"])).decode()
            _, what, caller = self.path.split("/")
            status, body = account.refresh(token) if what == "refresh" else (account.call(caller, token), {})
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
    line = HTTPConnection(address, timeout=PATIENCE_SECONDS + 10)
    try:
        line.request("POST", path, token)
        answer = line.getresponse()
        return answer.status, answer.read().decode()
    finally:
        line.close()


def _work(connection_id: int, account: Account, address: str, caller: str, calls: int) -> int:
    """Calls that failed although they were tried with a fresh token: once, as the contract has it."""
    tokens = StoredTokens(connection_id)

    def refresh(seen: str) -> str:
        return _post(address, f"/refresh/{caller}", json.loads(seen)["refresh"])[1]

    failed = 0
    try:
        for _ in range(calls):
            signed_in = tokens.get(NAME)
            status, _body = _post(address, f"/call/{caller}", json.loads(signed_in)["access"])
            if status == 401:
                signed_in = tokens.renewed(NAME, signed_in, refresh)
                status, _body = _post(address, f"/call/{caller}", json.loads(signed_in)["access"])
            failed += status != 200
    finally:
        account.leave(caller)
        database.close()
    return failed


def rotation(world: World, calls: int) -> Findings:
    """With the CRM's own connector where it signs in so."""
    return {"retailcrm": plain_rotation, "bitrix24": application}[world.crm.kind](world, calls)


def plain_rotation(world: World, calls: int) -> Findings:
    """Workers call with one sign-in, which expires under them again and again."""
    callers = [f"worker-{number}" for number in range(WORKERS)]
    account = Account(set(callers))
    StoredTokens(world.crm.pk).put(NAME, json.dumps({"access": "access-1", "refresh": "refresh-1"}))
    with _served(account) as address, ThreadPoolExecutor(WORKERS) as pool:
        done = [pool.submit(_work, world.crm.pk, account, address, each, calls // WORKERS) for each in callers]
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


def application(world: World, orders: int) -> Findings:
    """A local application of Bitrix24: in each round its token expires while orders come in, and workers that have the
    old token in hand call at one moment."""
    _install(world)
    acts.connect_doors(world)
    rounds = FEWEST_ROUNDS if world.is_small else max(orders // ORDERS_OF_A_ROUND, FEWEST_ROUNDS)
    failed: list[str] = []
    for number in range(rounds):
        with _callers(world, failed) as call_at_once:
            world.crm_desk.post("expire_token", {})
            acts.shop(world, ORDERS_OF_A_ROUND, seed=number, **acts.REGULARS)
            call_at_once()
        acts.settle(world)  # no token expires twice before a worker has used its new one
    state = acts.crm_state(world)
    return findings(
        world,
        {
            "calls that failed": exactly(0, len(failed)),
            "refresh tokens used twice": exactly(0, state["refused_refreshes"]),
            "refreshes, one for each time it expired": exactly(rounds, state["refreshes"]),
            "events of the application that were not taken": exactly(0, state["events_lost"]),
        },
        dead=0,
        note=f"{rounds} times {WORKERS} workers at once, orders meanwhile" + (f"; {failed[0]}" if failed else ""),
    )


def _install(world: World) -> None:
    """Staff make an application of the connection, and the portal tells the hub of it."""
    stand_in = import_module("connectors.bitrix24.sandbox.oauth")
    world.set_crm(access="application", client_id=stand_in.CLIENT_ID, oauth_server=world.crm_desk.url)
    world.crm.secrets = {"client_secret": stand_in.CLIENT_SECRET}
    world.crm.save()
    world.crm_desk.post("install", {"address": actions.hook_address(world.crm)})
    world.wait("the installation", lambda: bool(StoredTokens(world.crm.pk).get(NAME)))


@contextmanager
def _callers(world: World, failed: list[str]) -> Iterator[Callable[[], None]]:
    """Workers that have signed in; the function yielded lets all of them call at one moment and waits for them."""
    signed_in, start = Barrier(WORKERS + 1), Barrier(WORKERS + 1)

    def work() -> None:
        try:
            account = opened(world.crm, ExchangeLog(world.crm.pk)).status_source
            assert account is not None  # noqa: S101 - this CRM has statuses
            account.statuses(["1"], [])
            signed_in.wait(PATIENCE_SECONDS)
            start.wait(PATIENCE_SECONDS)
            account.statuses(["1"], [])
        except ConnectorError as problem:
            failed.append(problem.message)
        finally:
            database.close()

    with ThreadPoolExecutor(WORKERS) as pool:
        done = [pool.submit(work) for _ in range(WORKERS)]
        signed_in.wait(PATIENCE_SECONDS)

        def call_at_once() -> None:
            start.wait(PATIENCE_SECONDS)
            for each in done:
                each.result()

        yield call_at_once


ROWS = (
    Row(
        "F28",
        "Token expires in mid-run; two workers refresh at once; the refresh token rotates",
        rotation,
        orders=3_000,
        small=150,
        sizes={MAGENTO_BITRIX: 600},
        pairs=(WOO_RETAIL, MAGENTO_BITRIX),
        passes_when="one refresh; nothing fails",
    ),
)
