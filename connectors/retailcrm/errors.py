"""Which answer of RetailCRM means what: one literal table, read from top to bottom.

RetailCRM decides by ``errorMsg``, not by status: the HTTP status of key errors is not documented, so texts come first.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from connectors.contract.errors import (
    AGAIN,
    ConnectorError,
    Misconfigured,
    OutcomeUnknown,
    RateLimited,
    Rejected,
    Retryable,
)
from connectors.toolkit.http import Answer

RATE_LIMIT_PAUSE = timedelta(seconds=1)
"""RetailCRM allows 10 calls a second and sends no Retry-After: after a second there is room again."""

MAX_WORDS = 600
"""Of the system's own words; a batch answer may repeat one fault for every line."""

MAX_LEVELS = 10
"""Of ``errors``: the vendor nests fields of items of orders, four at most."""

NOT_FOUND = "not_found"
ALREADY_EXISTS = "already_exists"


@dataclass(frozen=True, slots=True)
class Row:
    """One row: all that is given must fit. ``text`` is looked for in errorMsg, upper or lower case alike.

    ``write_error`` replaces ``error`` when the call was a write: a server that broke while it wrote leaves us not
    knowing. ``advice`` is what staff should do.
    """

    error: type[ConnectorError]
    code: str
    advice: str
    status: int | None = None
    text: str = ""
    html: bool | None = None
    write_error: type[ConnectorError] | None = None


_KEY = "Check the API key in the connection's settings (RetailCRM: Settings, Integration, API access keys)."
_ADDRESS = "Check the address in the connection's settings, for example https://myshop.retailcrm.ru."
_RIGHTS = "Grant the key the missing right (RetailCRM: Settings, Integration, API access keys), then press Verify."
_LOOK = "The hub looks the object up before it writes again."
_FIX = "Correct what RetailCRM names, then send the object again."

TABLE: tuple[Row, ...] = (
    Row(Misconfigured, "api_key_missing", _KEY, text='"apiKey" is missing'),
    Row(Misconfigured, "api_key_wrong", _KEY, text='Wrong "apiKey" value'),
    Row(Misconfigured, "access_denied", _RIGHTS, text="Access denied"),
    Row(Misconfigured, "no_account", _ADDRESS, text="Account does not exist"),
    Row(Misconfigured, "no_method", _ADDRESS, text="API method not found"),
    Row(RateLimited, "rate_limited", AGAIN, status=503),
    Row(RateLimited, "rate_limited", AGAIN, status=429),
    Row(RateLimited, "rate_limited", AGAIN, text="Rate limit exceeded"),
    Row(Misconfigured, "no_account", _ADDRESS, status=405),
    Row(Misconfigured, "web_page", _ADDRESS, status=404, html=True),
    Row(Misconfigured, "web_page", _ADDRESS, status=200, html=True),
    Row(Misconfigured, "unauthorized", _KEY, status=401),
    Row(Misconfigured, "forbidden", _RIGHTS, status=403),
    Row(Rejected, "too_large", "Too large for RetailCRM in one call. Divide the order in the store.", status=413),
    Row(Rejected, ALREADY_EXISTS, _FIX, text="already exists"),
    Row(Rejected, NOT_FOUND, "It was deleted there, or belongs to another site.", status=404),
    Row(Rejected, "refused", _FIX, status=400),
    Row(Rejected, "partly_refused", _FIX, status=460),
    Row(Retryable, "server_error", AGAIN, status=500, write_error=OutcomeUnknown),
    Row(Retryable, "server_error", AGAIN, status=502, write_error=OutcomeUnknown),
    Row(Retryable, "server_error", AGAIN, status=504, write_error=OutcomeUnknown),
)
"""RetailCRM API v5: rules page, and the literal texts that the vendor's own PHP and Go clients compare with."""


def error_for(answer: Answer, *, is_write: bool = False) -> ConnectorError:
    """The error that an answer which is no success stands for."""
    body = body_of(answer)
    said = words(body) or f"HTTP {answer.status}"
    row = _matching(answer, _text(body.get("errorMsg"))) or _fallback(answer, is_understood=bool(body))
    kind = row.write_error if is_write and row.write_error is not None else row.error
    advice = _LOOK if kind is OutcomeUnknown else row.advice
    message = f"RetailCRM: {said.rstrip('.')}. {advice}"
    if kind is RateLimited:
        return RateLimited(message, code=row.code, retry_after=answer.retry_after or RATE_LIMIT_PAUSE)
    if issubclass(kind, Retryable):
        return kind(message, code=row.code, retry_after=answer.retry_after)
    return kind(message, code=row.code)


def _matching(answer: Answer, error_message: str) -> Row | None:
    for row in TABLE:
        if row.status is not None and row.status != answer.status:
            continue
        if row.text and row.text.lower() not in error_message.lower():
            continue
        if row.html is not None and row.html != answer.is_html:
            continue
        return row
    return None


def _fallback(answer: Answer, *, is_understood: bool) -> Row:
    if answer.status >= 500 or (answer.status < 300 and not is_understood):
        return Row(Retryable, "server_error", AGAIN, write_error=OutcomeUnknown)
    if answer.is_html:
        return Row(Misconfigured, "web_page", _ADDRESS)
    return Row(Rejected, "refused", _FIX)


def body_of(answer: Answer) -> dict[str, Any]:
    """The answer's JSON object; empty when the body is anything else (a web page, half an answer)."""
    try:
        body = answer.json()
    except (ValueError, RecursionError):
        return {}
    return body if isinstance(body, dict) else {}


def words(body: Mapping[str, Any]) -> str:
    """``errorMsg`` and ``errors`` as one line. ``errors`` is a map of fields, a list of texts, or absent."""
    said = _text(body.get("errorMsg"))
    details = detail_words(body.get("errors"))
    joined = f"{said.rstrip('.')}: {details}" if said and details else said or details
    return joined[:MAX_WORDS].replace("\x00", "").encode("utf-8", "replace").decode()


def detail_words(errors: Any, levels: int = MAX_LEVELS) -> str:
    """What stands under ``errors``, in any of its shapes, also nested."""
    if levels == 0:
        return ""
    if isinstance(errors, Mapping):
        filled = ((str(key), value) for key, value in errors.items() if value not in (None, "", []))
        return "; ".join(_field_words(key, detail_words(value, levels - 1)) for key, value in filled)
    if isinstance(errors, list):
        return "; ".join(part for each in errors if (part := detail_words(each, levels - 1)))
    return _text(errors)


def _text(value: Any) -> str:
    try:
        return str(value).strip() if isinstance(value, str | int | float) else ""
    except ValueError:  # Python refuses to print whole numbers of more than 4300 digits
        return ""


def _field_words(key: str, said: str) -> str:
    return said if key.isdigit() else f"{key}: {said}"
