"""Which answer of the shop's status address means what: one literal table, read from top to bottom."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from connectors.contract.errors import AGAIN, ConnectorError, Misconfigured, RateLimited, Rejected, Retryable
from connectors.toolkit.http import Answer
from connectors.toolkit.redact import redact_text

PAUSE_WHEN_BUSY = timedelta(seconds=30)
"""After a 429 that names no time."""

MAX_WORDS = 300
"""Of the shop's own words."""

_SIGNING = "Put the connection's signing secret into the shop, then press Verify."
_ADDRESS = "Check the status address in the connection's settings, then press Verify."
_ORDER = "Look at the order in the shop, then send the status again or dismiss it."


@dataclass(frozen=True, slots=True)
class Row:
    """``first`` to ``last`` are HTTP statuses; ``advice`` is what staff should do."""

    first: int
    last: int
    error: type[ConnectorError]
    code: str
    advice: str


TABLE: tuple[Row, ...] = (
    Row(200, 299, Retryable, "web_page", f"It answered with a web page. {_ADDRESS}"),
    Row(300, 399, Misconfigured, "redirected", _ADDRESS),
    Row(401, 401, Misconfigured, "unauthorized", _SIGNING),
    Row(402, 403, Misconfigured, "forbidden", _SIGNING),
    Row(404, 404, Rejected, "not_found", f"The shop does not know the order. If it should: {_ADDRESS}"),
    Row(405, 406, Misconfigured, "no_method", _ADDRESS),
    Row(407, 407, Misconfigured, "forbidden", _ADDRESS),
    Row(408, 408, Retryable, "timeout", AGAIN),
    Row(409, 409, Rejected, "conflict", _ORDER),
    Row(410, 410, Misconfigured, "gone", f"The shop has given this address up. {_ADDRESS}"),
    Row(415, 415, Misconfigured, "no_method", _ADDRESS),
    Row(425, 425, Retryable, "too_early", AGAIN),
    Row(429, 429, RateLimited, "rate_limited", AGAIN),
    Row(400, 499, Rejected, "refused", _ORDER),
    Row(500, 599, Retryable, "server_error", AGAIN),
)
"""HTTP (RFC 9110); 410 after the Standard Webhooks scheme: the receiver wants no more messages. A 5xx may be repeated
at once because ``webhook-id`` names the change: a shop that did write it recognises the repeat."""


def is_taken(answer: Answer) -> bool:
    """True for 2xx, unless it is a whole web page: then nobody read the message."""
    return 200 <= answer.status < 300 and not _is_web_page(answer)


def error_for(answer: Answer) -> ConnectorError:
    """The error that an answer which is no success stands for."""
    row = next((row for row in TABLE if row.first <= answer.status <= row.last), TABLE[-1])
    said = words(answer) or f"HTTP {answer.status}"
    message = f"The shop: {said.rstrip('.')}. {row.advice}"
    if issubclass(row.error, RateLimited):
        return RateLimited(message, code=row.code, retry_after=answer.retry_after or PAUSE_WHEN_BUSY)
    if issubclass(row.error, Retryable):
        return Retryable(message, code=row.code, retry_after=answer.retry_after)
    return row.error(message, code=row.code)


def words(answer: Answer) -> str:
    """What the shop says in ``error`` or ``message``, or as plain text; personal data masked, on one line."""
    if _is_web_page(answer):
        return ""
    try:
        said = _said(answer.json())
    except (ValueError, RecursionError):
        said = answer.text[: MAX_WORDS * 2]
    clean = said.replace("\x00", "").encode("utf-8", "replace").decode()
    return redact_text(" ".join(clean.split())[:MAX_WORDS])


def _said(body: Any) -> str:
    if isinstance(body, str):
        return body
    if not isinstance(body, dict):
        return ""
    for key in ("error", "message", "detail"):
        value = body.get(key)
        if isinstance(value, dict):
            value = value.get("message")
        if isinstance(value, str) and value.strip():
            return value
    return ""


def _is_web_page(answer: Answer) -> bool:
    start = answer.text[:200].lstrip().lower()
    return start.startswith(("<!doctype html", "<html"))
