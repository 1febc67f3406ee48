"""Sends the shop's deliveries in another order, more often, or in parallel, and keeps the sender's log."""

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from threading import local
from time import monotonic, sleep, time
from typing import Any
from urllib.parse import urlsplit

from .world import World

PART = 500
"""Held deliveries fetched at once."""

TIMEOUT_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Delivery:
    """One webhook as the shop would have sent it; its body is the state at the moment of the event."""

    id: str
    topic: str
    url: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Answer:
    """A line of the sender's log. ``status`` 0: nobody answered."""

    delivery: Delivery
    status: int
    at: float
    ms: float

    @property
    def is_acknowledged(self) -> bool:
        return 200 <= self.status < 300


def hold(world: World, *topics: str) -> None:
    """From now on the shop makes its deliveries and keeps them."""
    world.shop.post("webhooks", {"hold": True, "only_topics": ",".join(topics)})


def held(world: World) -> list[Delivery]:
    """What the shop kept so far, oldest first; it keeps them no longer."""
    found: list[Delivery] = []
    while rows := world.shop.post("held", {"most": PART}):
        found += [_delivery(row) for row in rows]
    return found


def _delivery(row: Mapping[str, Any]) -> Delivery:
    return Delivery(str(row["id"]), row["topic"], row["url"], row["headers"], row["body"].encode())


class _Lines:
    """A kept connection for each thread that sends."""

    def __init__(self) -> None:
        self._own = local()
        self._all: list[HTTPConnection] = []

    def post(self, delivery: Delivery) -> Answer:
        parts = urlsplit(delivery.url)
        at, clock = time(), monotonic()
        connection = self._connection(parts.netloc)
        try:
            connection.request("POST", parts.path, delivery.body, dict(delivery.headers))
            answer = connection.getresponse()
            answer.read()
            status = answer.status
        except (OSError, HTTPException):
            connection.close()
            status = 0
        return Answer(delivery, status, at, (monotonic() - clock) * 1000)

    def _connection(self, address: str) -> HTTPConnection:
        kept: HTTPConnection | None = getattr(self._own, "connection", None)
        if kept is None:
            kept = self._own.connection = HTTPConnection(address, timeout=TIMEOUT_SECONDS)
            self._all.append(kept)
        return kept

    def close(self) -> None:
        for connection in self._all:
            connection.close()


def send(deliveries: Iterable[Delivery], *, senders: int = 8, rate: float = 0.0, tries: int = 1) -> list[Answer]:
    """Sends each, several at a time, in about the order given; ``rate`` a second. One that was not acknowledged is
    sent again, ``tries`` times at most, a second later. Returns the log: every try."""
    lines = _Lines()
    began = monotonic()

    def one(place: int, delivery: Delivery) -> list[Answer]:
        if rate:
            sleep(max(began + place / rate - monotonic(), 0.0))
        log: list[Answer] = []
        for turn in range(tries):
            if turn:
                sleep(1.0)
            log.append(lines.post(delivery))
            if log[-1].is_acknowledged:
                break
        return log

    try:
        with ThreadPoolExecutor(senders) as pool:
            done = [pool.submit(one, place, delivery) for place, delivery in enumerate(deliveries)]
            return [answer for each in done for answer in each.result()]
    finally:
        lines.close()


def acknowledged(log: Sequence[Answer]) -> set[str]:
    """Ids of the objects of which at least one delivery was acknowledged."""
    return {answer.delivery.id for answer in log if answer.is_acknowledged}
