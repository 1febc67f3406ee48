"""Which answer of the shop means what: one literal table, read from top to bottom.

Magento tells business errors as 400, a missing permission as 401, anything unexpected as 500 (Framework/Webapi
ErrorProcessor). There are no codes, so words decide; they are English unless the shop translates them.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from fnmatch import fnmatchcase
from typing import Any

from connectors.contract.errors import ConnectorError, Misconfigured, RateLimited, Rejected, Retryable
from connectors.contract.strict_json import NotJson, parse
from connectors.toolkit.http import Answer
from connectors.toolkit.lenient import as_map, plain, text
from connectors.toolkit.redact import redact_text

PAGE_SIZE, STATUS_REFUSED, NOT_FOUND, CRASHED = "page_size", "status_refused", "not_found", "crashed"
"""Codes that the connector itself looks for."""

PAUSE = timedelta(seconds=30)
"""What a 429 without Retry-After costs: hosts count by the minute."""

_PLACEHOLDER = re.compile(r"%(\w+)")
_INTEGRATION = "System > Extensions > Integrations"
_BOTH_CAUSES = (
    f"Either the integration lacks that resource ({_INTEGRATION} > API), or, with the sign-in method Bearer, the shop "
    "takes no bare tokens (Stores > Configuration > Services > OAuth > Allow OAuth Access Tokens to be "
    "used as standalone Bearer tokens). Magento answers both alike; signed calls need no such setting."
)


@dataclass(frozen=True, slots=True)
class Row:
    """``status`` is a pattern (``5??``); ``words`` stand in the message, upper or lower case; ``html`` a page."""

    error: type[ConnectorError]
    code: str
    status: str
    says: str
    cure: str = ""
    words: str = ""
    html: bool | None = None


TABLE: tuple[Row, ...] = (
    Row(RateLimited, "too_many", "429", "The shop or its host asks for a pause."),
    Row(Retryable, "maintenance", "503", "The shop is in maintenance or overloaded."),
    Row(Retryable, CRASHED, "500", "The shop's server failed; its log has the details."),
    Row(Retryable, "server_error", "5??", "The shop's server failed."),
    Row(Retryable, "nonce", "40?", "The shop has seen this signature's nonce before.", words="nonce"),
    Row(
        Retryable,
        "timestamp",
        "40?",
        "The shop refuses the signature's time.",
        "Set the clocks of both servers right.",
        words="oauth_timestamp",
    ),
    Row(
        Misconfigured,
        "not_authorized",
        "401",
        "The shop does not let the hub do that.",
        _BOTH_CAUSES,
        "isn't authorized",
    ),
    Row(
        Misconfigured,
        "signature",
        "401",
        "The shop refuses the signature.",
        f"Check all four values of the integration ({_INTEGRATION}). If they are right, the shop sees another address "
        "than the hub calls (a proxy that ends https): enter that one as “Address in signatures”.",
        "signature",
    ),
    Row(
        Misconfigured,
        "sign_in",
        "401",
        "The shop refuses the sign-in.",
        f"Check the four values of the integration and that it is active ({_INTEGRATION}).",
    ),
    Row(
        Misconfigured,
        "blocked",
        "403",
        "Something in front of the shop, or the shop, forbids the call.",
        "Allow the hub's address for /rest in the shop's firewall or CDN, and check the integration.",
    ),
    Row(
        Misconfigured,
        "two_factors",
        "400",
        "The shop asks for a second factor.",
        "Use an integration instead of a user's name and password.",
        words="2fa",
    ),
    Row(
        Misconfigured,
        "no_route",
        "404",
        "The shop does not know this part of the API.",
        "Check the address; some shops answer only below /index.php/rest.",
        "does not match any route",
    ),
    Row(
        Misconfigured, "no_api", "404", "There is no REST API at this address.", "Check the shop's address.", html=True
    ),
    Row(Rejected, NOT_FOUND, "404", "The shop has no such object (any more)."),
    Row(Rejected, PAGE_SIZE, "400", "The shop allows smaller pages only.", words="pagesize"),
    Row(
        Rejected,
        STATUS_REFUSED,
        "400",
        "The shop does not allow this status now.",
        "A status may be set only while the order is in the state that it belongs to; map it to an action.",
        "not part of the order status history",
    ),
    Row(Rejected, "refused", "4??", "The shop refuses it."),
    Row(Misconfigured, "redirected", "3??", "The site redirects elsewhere.", "Enter the address that it redirects to."),
    Row(Retryable, "not_json", "*", "The shop answered something that is not what was asked for."),
)
"""Sources: Magento 2.4 web API documentation and source (ErrorProcessor, Oauth), and the issues named in the README."""


def error_for(answer: Answer) -> ConnectorError:
    """The error that an answer stands for, in the shop's own words, placeholders filled in."""
    body = body_of(answer)
    said = words(as_map(body))
    row = next(row for row in TABLE if _fits(row, answer, said))
    message = " ".join(part for part in (row.says, f"It says: {said}" if said else "", row.cure) if part)
    if issubclass(row.error, RateLimited):
        return RateLimited(message, code=row.code, retry_after=answer.retry_after or PAUSE)
    if issubclass(row.error, Retryable):
        return Retryable(message, code=row.code, retry_after=answer.retry_after)
    return row.error(message, code=row.code)


def _fits(row: Row, answer: Answer, said: str) -> bool:
    if not fnmatchcase(str(answer.status), row.status) or (row.html is not None and row.html != answer.is_html):
        return False
    return row.words.lower() in said.lower()


def body_of(answer: Answer) -> Any:
    """What the JSON of an answer says; None when it is none."""
    try:
        return parse(answer.body)
    except NotJson:
        return None


def words(body: Mapping[str, Any]) -> str:
    """``message`` with its placeholders filled in (``%1`` from a list, ``%name`` from an object), safe to show."""
    parts = [_filled(body)]
    errors = body.get("errors")
    parts += [_filled(each) for each in map(as_map, errors if isinstance(errors, list) else ())][:10]
    return re.sub(r"\s+", " ", redact_text(" ".join(part for part in parts if part)))[:400]


def _filled(wire: Mapping[str, Any]) -> str:
    given = wire.get("parameters")
    values = (
        {str(place): each for place, each in enumerate(given, 1)} if isinstance(given, list) else dict(as_map(given))
    )
    message = plain(wire.get("message"))

    def value(found: re.Match[str]) -> str:
        # The longest name that is there: “%1st” is %1 and “st”.
        for end in range(len(found[1]), 0, -1):
            if found[1][:end] in values:
                return text(values[found[1][:end]]) + found[1][end:]
        return found[0]

    return _PLACEHOLDER.sub(value, message)


def largest_page(answer: Answer) -> int:
    """What “Maximum SearchCriteria pageSize is %max” allows; 0 when it does not say."""
    found = text(as_map(as_map(body_of(answer)).get("parameters")).get("max"))
    return int(found) if found.isascii() and found.isdigit() else 0
