"""Which answer of the shop means what: the table from HTTP status and body code to who acts next.

Rows are decided by ``code``, never by the message: that one is in the shop's language. Sources: captures of
WooCommerce 10.7, and its REST controllers. 5xx after a status change is Retryable and not OutcomeUnknown, because
setting the same status twice is one change: the second time nothing happens, no mail goes out.
"""

import re
from dataclasses import dataclass
from datetime import timedelta
from fnmatch import fnmatchcase
from typing import Any

from connectors.contract.errors import ConnectorError, Misconfigured, RateLimited, Rejected, Retryable
from connectors.toolkit.http import Answer
from connectors.toolkit.redact import redact_text
from connectors.woocommerce.decode import decoded
from connectors.woocommerce.lenient import as_map, plain, text

HTML = "(html)"
"""Stands in the code column for an answer that is a page and not JSON: it came from something in front of the API."""

_KEYS = "WooCommerce > Settings > Advanced > REST API"
_SIGN_IN = (
    f"Check key and secret under {_KEYS}. If they are right, the key's user needs the role Shop manager, or the server "
    "drops the sign-in header or does not know that it is called over https: try another sign-in method."
)
_RIGHTS = f"Under {_KEYS}, give the key the permission Read/Write and a user with the role Shop manager."
_FIREWALL = "Allow the hub's address for /wp-json in the shop's security plugin, firewall or CDN."
_ADDRESS = (
    "Check the site address in the connection's settings. In the shop, WooCommerce must be active and "
    "Settings > Permalinks must not be “Plain”."
)


@dataclass(frozen=True, slots=True)
class Row:
    """``status`` and ``code`` are patterns (``5??``, ``woocommerce_rest_cannot_*``); ``*`` is any, the first wins."""

    status: str
    code: str
    error: type[ConnectorError]
    says: str
    cure: str = ""


TABLE: tuple[Row, ...] = (
    Row("429", "*", RateLimited, "The shop's host asks for a pause."),
    Row("503", "*", Retryable, "The shop is in maintenance or overloaded."),
    Row("408", "*", Retryable, "The shop's server gave up waiting."),
    Row("425", "*", Retryable, "The shop's server asks to try later."),
    Row("501", "*", Rejected, "The shop cannot do that with this object."),
    Row("5??", "*", Retryable, "The shop's server failed."),
    Row(
        "401",
        HTML,
        Misconfigured,
        "The shop asks for a password before its API.",
        "Take the site's password off /wp-json.",
    ),
    Row(
        "401",
        "woocommerce_rest_authentication_error",
        Misconfigured,
        "The shop refuses the key.",
        "Check the consumer secret; the key's permission must be Read/Write, the clocks of both servers right, and "
        "the site address exactly the one under Settings > General.",
    ),
    Row(
        "401",
        "woocommerce_rest_authentication_missing_parameter",
        Misconfigured,
        "The shop got half of a signature.",
        "Something between hub and shop removes query parameters: switch that off, or use the site's https address.",
    ),
    Row("401", "woocommerce_rest_cannot_view", Misconfigured, "The shop does not recognise the key.", _SIGN_IN),
    Row("401", "woocommerce_rest_cannot_*", Misconfigured, "The key may not do that.", _RIGHTS),
    Row("401", "rest_*", Misconfigured, "A plugin of the shop closes the REST API.", _FIREWALL),
    Row("401", "*", Misconfigured, "The shop refuses the sign-in.", _SIGN_IN),
    Row("403", HTML, Misconfigured, "Something in front of the shop blocks the hub.", _FIREWALL),
    Row("403", "woocommerce_rest_cannot_*", Misconfigured, "The key may not do that.", _RIGHTS),
    Row("403", "rest_*", Misconfigured, "A plugin of the shop closes the REST API.", _FIREWALL),
    Row("403", "*", Misconfigured, "The shop forbids the call.", _RIGHTS),
    Row("406", "*", Misconfigured, "Something in front of the shop blocks the hub.", _FIREWALL),
    Row("404", HTML, Misconfigured, "There is no REST API at this address.", _ADDRESS),
    Row("404", "rest_no_route", Misconfigured, "The shop does not know this part of the API.", _ADDRESS),
    Row("405", "*", Misconfigured, "Something in front of the shop forbids this kind of call.", _FIREWALL),
    Row("400", "woocommerce_rest_shop_order_invalid_id", Rejected, "The shop has no such order (any more)."),
    Row("404", "woocommerce_rest_shop_order_invalid_id", Rejected, "The shop has no such order (any more)."),
    Row("400", "rest_invalid_param", Rejected, "The shop refuses a value."),
    Row("410", "*", Rejected, "The object is already in the shop's trash."),
    Row("413", "*", Rejected, "The shop's server takes only smaller requests."),
    Row("3??", "*", Misconfigured, "The site redirects elsewhere.", _ADDRESS),
    Row("4??", "*", Rejected, "The shop refuses it."),
    Row("*", "*", Retryable, "The shop answered something that is not JSON."),
)
"""From the special to the general."""

TOO_HEAVY = frozenset({"http_413", "http_500", "http_502", "http_504"})
"""Codes of errors that a smaller batch may not meet: one order that crashes PHP, a limit, a time-out of the host."""

PAUSE_WITHOUT_RETRY_AFTER = timedelta(seconds=30)
"""What a 429 without Retry-After costs: hosts count by the minute."""


def row_for(status: int, code: str) -> Row:
    """The first row that fits; the last one fits everything."""
    return next(row for row in TABLE if fnmatchcase(str(status), row.status) and fnmatchcase(code, row.code))


def error_for(answer: Answer) -> ConnectorError:
    """The error that an answer stands for, with the shop's own words, without its body."""
    body = _body(answer)
    code = HTML if body is None else text(as_map(body).get("code"))
    words = "" if body is None else _words(as_map(body))
    return error_of(answer.status, code, words, retry_after=answer.retry_after)


def error_of_item(error: object) -> ConnectorError:
    """The error inside one item of a batch: ``{code, message, data}``; ``data`` may be an object or a bare number."""
    wire = as_map(error)
    data = wire.get("data")
    status = data if isinstance(data, int) else as_map(data).get("status")
    known = status if isinstance(status, int) and not isinstance(status, bool) else 400
    return error_of(known, text(wire.get("code")), _words(wire))


def error_of(status: int, code: str, words: str = "", *, retry_after: timedelta | None = None) -> ConnectorError:
    """The table's error for a status and a body code."""
    row = row_for(status, code)
    message = " ".join(part for part in (row.says, f"It says: {words}" if words else "", row.cure) if part)
    short = code if code and code != HTML and status < 500 and status != 413 else f"http_{status}"
    if issubclass(row.error, RateLimited):
        return RateLimited(message, code=short, retry_after=retry_after or PAUSE_WITHOUT_RETRY_AFTER)
    if issubclass(row.error, Retryable):
        return Retryable(message, code=short, retry_after=retry_after)
    return row.error(message, code=short)


def _body(answer: Answer) -> Any:
    try:
        return decoded(answer.text)
    except ValueError:
        return None


def _words(wire: Any) -> str:
    """The shop's words, made safe to show: no markup, no personal data, not long. Of wrong values, each reason."""
    params = as_map(as_map(wire.get("data")).get("params"))
    reasons = "; ".join(plain(reason) for reason in params.values())
    return re.sub(r"\s+", " ", redact_text(plain(reasons or wire.get("message"))))[:300]
