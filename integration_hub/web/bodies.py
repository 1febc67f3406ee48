"""Bodies of calls to our doors: never more than allowed, and a sender of too much hears the answer."""

from contextlib import suppress

from django.http import HttpRequest, UnreadablePostError

MOST_DISCARDED = 32 * 1024 * 1024
"""Whoever announces more is cut off."""

PART = 64 * 1024


def bounded_body(request: HttpRequest, limit: int) -> bytes | None:
    """The body; None for one above ``limit`` bytes."""
    if _announced(request) <= limit:
        body = request.read(limit + 1)
        if len(body) <= limit:
            return body
    discard(request)
    return None


def discard(request: HttpRequest) -> None:
    """Read the rest of the body and forget it. A server that closes a connection with bytes unread cuts off its own
    answer, and the next call of a proxy that keeps the connection."""
    if _announced(request) <= MOST_DISCARDED:
        with suppress(UnreadablePostError, OSError):
            while request.read(PART):
                pass


def _announced(request: HttpRequest) -> int:
    length = request.META.get("CONTENT_LENGTH") or ""
    return int(length) if length.isdecimal() else 0
