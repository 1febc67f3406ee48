"""Which answer of the plug-in means what: one literal table, read from top to bottom.

Statuses and codes after companions/modx/PROTOCOL.md, section 2.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from connectors.contract.errors import AGAIN, ConnectorError, Misconfigured, RateLimited, Rejected, Retryable
from connectors.toolkit.http import Answer
from connectors.toolkit.lenient import as_map, plain
from connectors.toolkit.redact import redact_text

PAUSE_WHEN_BUSY = timedelta(seconds=30)
"""After a 429 that names no time."""

MAX_WORDS = 300

NOT_FOUND, CONFLICT, REFUSED, INACTIVE = "not_found", "conflict", "refused", "inactive"
UNKNOWN_ACTION, CLOCK, BAD_SIGNATURE, NO_PLUGIN = "unknown_action", "clock", "bad_signature", "no_plugin"

_SIGNING = "Copy the signing secret of this connection into the plug-in's setting “secret”, then press Verify."
_ADDRESS = "Check the shop address in the connection's settings, and that the plug-in hubconnector is installed."
_PLUGIN_OLD = "The plug-in in the shop is older than the hub needs. Update it there."


@dataclass(frozen=True, slots=True)
class Row:
    """``first`` to ``last`` are HTTP statuses; ``said`` is the code in the answer's body (empty: whatever it is);
    ``by_plugin``: whether the answer is the plug-in's own (None: it does not matter)."""

    first: int
    last: int
    error: type[ConnectorError]
    code: str
    advice: str
    said: str = ""
    by_plugin: bool | None = None


TABLE: tuple[Row, ...] = (
    Row(200, 299, Misconfigured, NO_PLUGIN, f"A web page answered, not the plug-in. {_ADDRESS}", by_plugin=False),
    Row(200, 299, Retryable, "no_data", f"The answer lacks what was asked for. {AGAIN}"),
    Row(300, 399, Misconfigured, "redirected", _ADDRESS),
    Row(401, 401, Misconfigured, CLOCK, "Set the clock of the shop's server, or the hub's, right.", said=CLOCK),
    Row(401, 401, Misconfigured, BAD_SIGNATURE, _SIGNING),
    Row(402, 402, Misconfigured, "forbidden", _ADDRESS),
    Row(403, 403, Misconfigured, "ip", "Add the hub's address to the plug-in's setting “site_ips”.", said="ip"),
    Row(403, 403, Misconfigured, "https", "Enter the shop address with https://, then press Verify.", said="https"),
    Row(403, 403, Misconfigured, "forbidden", "A firewall of the shop's host stands in the way. Let the hub through."),
    Row(404, 404, Misconfigured, UNKNOWN_ACTION, _PLUGIN_OLD, said=UNKNOWN_ACTION),
    Row(404, 404, Misconfigured, NO_PLUGIN, f"There is no plug-in at this address. {_ADDRESS}", by_plugin=False),
    Row(404, 404, Rejected, NOT_FOUND, "The order is no longer in the shop, or has become a draft."),
    Row(405, 405, Misconfigured, "method", _ADDRESS),
    Row(408, 408, Retryable, "timeout", AGAIN),
    Row(409, 409, Rejected, CONFLICT, "The order was moved in the shop meanwhile."),
    Row(410, 410, Misconfigured, NO_PLUGIN, _ADDRESS),
    Row(
        422,
        422,
        Rejected,
        INACTIVE,
        "Switch the status on in the shop, or choose another in the mapping.",
        said=INACTIVE,
    ),
    Row(422, 422, Rejected, REFUSED, "The shop's own rules forbid it. Change the order there, or leave it."),
    Row(425, 425, Retryable, "replay", AGAIN),
    Row(429, 429, RateLimited, "rate_limited", AGAIN),
    Row(400, 499, Rejected, "bad_request", _PLUGIN_OLD),
    Row(500, 599, Retryable, "server_error", AGAIN),
)
"""A 5xx may be repeated at once: every command is safe to repeat, and a status change carries its ``change_id``."""


def is_answer(answer: Answer) -> bool:
    """True for a 2xx of the plug-in itself."""
    return 200 <= answer.status < 300 and body_of(answer).get("ok") is True


def error_for(answer: Answer) -> ConnectorError:
    """The error that an answer which is no success stands for."""
    body = body_of(answer)
    said, is_plugins = plain(error_of(body).get("code"), 60), "ok" in body
    row = next((row for row in TABLE if _fits(row, answer.status, said, is_plugins)), TABLE[-1])
    told = words(body)
    if row.code == CONFLICT and (name := plain(as_map(error_of(body).get("status")).get("name"), 100)):
        told = f"the order is “{name}” by now"
    message = f"The shop: {told.rstrip('.')}. {row.advice}" if told else row.advice
    if issubclass(row.error, RateLimited):
        return RateLimited(message, code=row.code, retry_after=answer.retry_after or PAUSE_WHEN_BUSY)
    if issubclass(row.error, Retryable):
        return Retryable(message, code=row.code, retry_after=answer.retry_after)
    return row.error(message, code=row.code)


def _fits(row: Row, status: int, said: str, is_plugins: bool) -> bool:
    if not row.first <= status <= row.last:
        return False
    return row.said in {"", said} and row.by_plugin in {None, is_plugins}


def body_of(answer: Answer) -> Any:
    """The object in the body; an empty one when there is none."""
    try:
        return as_map(answer.json())
    except (ValueError, RecursionError):
        return {}


def error_of(body: Any) -> Any:
    return as_map(body.get("error"))


def words(body: Any) -> str:
    """What the shop says, on one line, personal data masked."""
    return redact_text(plain(error_of(body).get("message"), MAX_WORDS))
