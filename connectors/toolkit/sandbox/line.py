"""The connections on which one thread of a stand-in sends: one try each, no redirects."""

import select
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from urllib.parse import SplitResult, urlsplit


@dataclass(frozen=True, slots=True)
class Answer:
    """``status`` 0: nobody answered. ``retry_after``: seconds that the receiver asked for, 0 without a wish."""

    status: int
    retry_after: int = 0

    @property
    def is_acknowledged(self) -> bool:
        return 200 <= self.status <= 299


class Line:
    """Belongs to one thread."""

    def __init__(self) -> None:
        self._open: dict[str, HTTPConnection] = {}

    def post(
        self, url: str, body: bytes, headers: dict[str, str], *, keep_alive: bool, timeout_seconds: float
    ) -> Answer:
        """POST once; never follows a redirect."""
        parts = urlsplit(url)
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        key = f"{parts.scheme}://{parts.netloc}"
        connection = self._usable(key) or _connect(parts, timeout_seconds)
        keep = False
        try:
            connection.request("POST", target, body, headers if keep_alive else headers | {"Connection": "close"})
            answer = connection.getresponse()
            answer.read()
            keep = keep_alive and not answer.will_close
            wish = answer.getheader("Retry-After") or ""
            return Answer(answer.status, int(wish) if wish.isascii() and wish.isdigit() else 0)
        except (OSError, HTTPException):
            return Answer(0)
        finally:
            if keep:
                self._open[key] = connection
            else:
                connection.close()

    def close(self) -> None:
        for connection in self._open.values():
            connection.close()

    def _usable(self, key: str) -> HTTPConnection | None:
        """A connection kept from before, unless the receiver has closed it meanwhile: a second try on a new one
        could deliver twice, so a stale one is found out beforehand."""
        connection = self._open.pop(key, None)
        if connection is None or connection.sock is None:
            return None
        if select.select([connection.sock], [], [], 0)[0]:
            connection.close()
            return None
        return connection


def _connect(parts: SplitResult, timeout_seconds: float) -> HTTPConnection:
    host, port = parts.hostname or "", parts.port
    if parts.scheme == "https":
        return HTTPSConnection(host, port or 443, timeout=timeout_seconds)
    return HTTPConnection(host, port or 80, timeout=timeout_seconds)
