"""Rings at the hub's doors and notes what is answered, second by second."""

import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event, Thread
from time import monotonic

from django.conf import settings
from django.contrib.auth import get_user_model
from django.test import Client

from .world import World

NOBODY = "0" * 43
"""A token that opens no door: asked of the database, so the answer tells whether it is there."""

HERE, AWAY = 401, 503
RING_EVERY_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class Ring:
    """``status`` 0: nobody answered."""

    at: float
    status: int
    headers: Mapping[str, str]
    body: str
    seconds: float


@dataclass(slots=True)
class Rings:
    rows: list[Ring] = field(default_factory=list)

    def between(self, start: float, end: float) -> list[Ring]:
        """Rings that began and were answered within that time."""
        return [ring for ring in self.rows if ring.at >= start and ring.at + ring.seconds <= end]

    def first(self, status: int, after: float) -> float:
        """Seconds after that moment until the first such answer; a number that fails every limit when there is none."""
        found = [ring.at + ring.seconds for ring in self.rows if ring.status == status and ring.at >= after]
        return max(min(found) - after, 0.0) if found else 9_999.0


def ring(url: str, cookie: str = "", *, timeout: float = 30.0) -> Ring:
    """A call to a door, or with a cookie a look at a page."""
    at = monotonic()
    headers: dict[str, str] = {"Cookie": cookie} if cookie else {}
    request = urllib.request.Request(url, data=None if cookie else b"{}", headers=headers)  # noqa: S310 - our own hub
    try:
        with urllib.request.urlopen(request, timeout=timeout) as answer:  # noqa: S310 - as above
            status, headers, body = answer.status, dict(answer.headers), answer.read()
    except urllib.error.HTTPError as refusal:
        status, headers, body = refusal.code, dict(refusal.headers), refusal.read()
    except OSError:
        status, headers, body = 0, {}, b""
    return Ring(at, status, headers, body.decode("utf-8", "replace"), monotonic() - at)


def staff_cookie() -> str:
    """Of an administrator who has signed in."""
    user, _created = get_user_model().objects.get_or_create(
        username="chaos", defaults={"is_staff": True, "is_superuser": True}
    )
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"


@contextmanager
def ringing(world: World, path: str = f"/hooks/{NOBODY}/", cookie: str = "") -> Iterator[Rings]:
    """While the block runs somebody rings ten times a second; with a cookie a member of staff looks at a page."""
    assert world.hub is not None  # noqa: S101 - a row that breaks the database says needs_processes
    url, stop, rings = f"{world.hub.address}{path}", Event(), Rings()

    def work() -> None:
        while not stop.wait(RING_EVERY_SECONDS):
            rings.rows.append(ring(url, cookie))

    thread = Thread(target=work, name="doorbell", daemon=True)
    thread.start()
    try:
        yield rings
    finally:
        stop.set()
        thread.join(40)
