"""Which answer of Bitrix24 means what: one literal table, read from top to bottom.

The code decides, in whatever case it comes; older methods leave it empty and only the text tells. Then the status.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from connectors.contract.errors import (
    AGAIN,
    ConnectorError,
    MethodLimited,
    Misconfigured,
    OutcomeUnknown,
    RateLimited,
    Rejected,
    Retryable,
)
from connectors.toolkit.http import Answer
from connectors.toolkit.lenient import text

RATE_LIMIT_PAUSE = timedelta(seconds=2)
"""The bucket drains 2 calls a second and no Retry-After is sent: after two seconds there is room again."""

OPERATION_PAUSE = timedelta(minutes=1)
"""Where the answer does not tell when: the time used is summed over ten baskets of a minute, so one is free by then."""

MAX_WORDS = 600

NOT_FOUND = "not_found"
RATE_LIMITED = "rate_limited"
OPERATION_TIME = "operation_time"
EXPIRED_TOKEN = "expired_token"  # noqa: S105 - the vendor's name of an error
NO_RIGHT = "no_right"
NO_METHOD = "no_method"


@dataclass(frozen=True, slots=True)
class Row:
    """One row: all that is given must fit. ``codes`` and ``text`` are compared in lower case.

    ``write_error`` replaces ``error`` when the call was a write: a server that broke while it wrote leaves us not
    knowing. ``advice`` is what staff should do.
    """

    error: type[ConnectorError]
    code: str
    advice: str
    codes: Sequence[str] = ()
    status: int | None = None
    text: str = ""
    html: bool | None = None
    write_error: type[ConnectorError] | None = None


_ADDRESS = "Check the portal's address in the connection's settings, for example https://myportal.bitrix24.com."
_SIGN_IN = "Make a new incoming webhook, or install the application again, and put it into the connection's settings."
_PLAN = "REST needs a paid plan and a subscription to Market, and the right to CRM: see Bitrix24, Market, and Verify."
_SCOPE = "Tick the missing scope in the webhook or application (Verify names it), then resume."
_VENDOR = "Ask the vendor's support: the portal does not answer REST calls any more."
_METHOD = "The portal does not know this method: update Bitrix24, or install the module that it belongs to."
_LOOK = "The hub looks the object up before it writes again."
_FIX = "Correct what Bitrix24 names, then send the object again."
_BUG = "This is a fault of the hub: report it."

TABLE: tuple[Row, ...] = (
    Row(RateLimited, RATE_LIMITED, AGAIN, codes=("query_limit_exceeded",)),
    Row(MethodLimited, OPERATION_TIME, AGAIN, codes=("operation_time_limit",)),
    Row(Misconfigured, "overload", _VENDOR, codes=("overload_limit",)),
    Row(Misconfigured, "portal_deleted", _VENDOR, codes=("portal_deleted",)),
    Row(Misconfigured, EXPIRED_TOKEN, _SIGN_IN, codes=("expired_token", "invalid_grant", "invalid_token")),
    Row(
        Misconfigured,
        "unauthorized",
        _SIGN_IN,
        codes=(
            "no_auth_found",
            "invalid_credentials",
            "invalid_client",
            "wrong_client",
            "not_installed",
            "application_not_found",
        ),
    ),
    Row(Misconfigured, "payment_required", _PLAN, codes=("payment_required",)),
    Row(Misconfigured, "no_scope", _SCOPE, codes=("insufficient_scope", "invalid_scope")),
    Row(
        Misconfigured,
        NO_RIGHT,
        _PLAN,
        codes=(
            "access_denied",
            "user_access_error",
            "allowed_only_intranet_user",
            "authorization_error",
            "error_oauth",
        ),
    ),
    Row(Misconfigured, "invalid_request", _ADDRESS, codes=("invalid_request",)),
    Row(Misconfigured, NO_METHOD, _METHOD, codes=("error_method_not_found",)),
    Row(Rejected, "batch", _BUG, text="error_batch"),
    Row(Rejected, NOT_FOUND, "It was deleted there.", codes=("not_found", "owner_not_found", "error_not_found")),
    Row(Rejected, "required_field", _FIX, codes=("crm_field_error_required", "crm_field_error_required_on_stage")),
    Row(Rejected, "invalid_value", _FIX, codes=("crm_field_error_value_not_valid", "invalid_arg_value", "100")),
    Row(
        Retryable,
        "server_error",
        AGAIN,
        codes=("internal_server_error", "error_unexpected_answer"),
        write_error=OutcomeUnknown,
    ),
    Row(Misconfigured, NO_RIGHT, _PLAN, text="access denied"),
    Row(Rejected, NOT_FOUND, "It was deleted there.", text="not found"),
    Row(RateLimited, RATE_LIMITED, AGAIN, status=429),
    Row(Misconfigured, "web_page", _ADDRESS, status=200, html=True),
    Row(Misconfigured, "web_page", _ADDRESS, status=403, html=True),
    Row(Misconfigured, "web_page", _ADDRESS, status=404, html=True),
    Row(Misconfigured, "unauthorized", _SIGN_IN, status=401),
    Row(Misconfigured, NO_RIGHT, _PLAN, status=403),
    Row(Rejected, "refused", _FIX, status=400),
    Row(Retryable, "server_error", AGAIN, status=500, write_error=OutcomeUnknown),
    Row(Retryable, "server_error", AGAIN, status=502, write_error=OutcomeUnknown),
    Row(Retryable, "server_error", AGAIN, status=503),
    Row(Retryable, "server_error", AGAIN, status=504, write_error=OutcomeUnknown),
)
"""Bitrix24 REST, "System error codes" and the error tables of the methods used."""


def error_for(answer: Answer, *, is_write: bool = False) -> ConnectorError:
    """The error that an answer which is no success stands for."""
    body = body_of(answer)
    row = _matching(body, answer.status, is_html=answer.is_html) or _fallback(answer.status, answer.is_html, bool(body))
    return _error(row, words(body) or f"HTTP {answer.status}", is_write=is_write, retry_after=answer.retry_after)


def error_in(entry: Any, *, is_write: bool = False) -> ConnectorError:
    """The error of one command of a batch, which has no status of its own."""
    body = entry if isinstance(entry, Mapping) else {"error_description": text(entry)}
    row = _matching(body, None, is_html=False) or Row(Rejected, "refused", _FIX)
    return _error(row, words(body) or "refused without a word", is_write=is_write, retry_after=None)


def _error(row: Row, said: str, *, is_write: bool, retry_after: timedelta | None) -> ConnectorError:
    kind = row.write_error if is_write and row.write_error is not None else row.error
    advice = _LOOK if kind is OutcomeUnknown else row.advice
    message = f"Bitrix24: {said.rstrip('.')}. {advice}"
    if kind is MethodLimited:
        return MethodLimited(message, code=row.code, retry_after=retry_after or OPERATION_PAUSE)
    if kind is RateLimited:
        return RateLimited(message, code=row.code, retry_after=retry_after or RATE_LIMIT_PAUSE)
    if issubclass(kind, Retryable):
        return kind(message, code=row.code, retry_after=retry_after)
    return kind(message, code=row.code)


def _matching(body: Mapping[str, Any], status: int | None, *, is_html: bool) -> Row | None:
    code, said = _code_and_text(body)[0].lower(), words(body).lower()
    for row in TABLE:
        if row.codes and code not in row.codes:
            continue
        if row.status is not None and row.status != status:
            continue
        if row.text and row.text not in said:
            continue
        if row.html is not None and row.html != is_html:
            continue
        return row
    return None


def _fallback(status: int, is_html: bool, is_understood: bool) -> Row:
    if status >= 500 or (status < 300 and not is_understood):
        return Row(Retryable, "server_error", AGAIN, write_error=OutcomeUnknown)
    if is_html:
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
    """``error_description``, with the code before it when that says more."""
    code, said = _code_and_text(body)
    joined = f"{code}: {said}" if code and said and code.lower() not in said.lower() else said or code
    return joined[:MAX_WORDS]


def _code_and_text(body: Mapping[str, Any]) -> tuple[str, str]:
    """REST 3.0 answers an object where older versions have the code; a portal may mix them."""
    error = body.get("error")
    if isinstance(error, Mapping):
        return text(error.get("code")), text(error.get("message"))
    return text(error), text(body.get("error_description"))
