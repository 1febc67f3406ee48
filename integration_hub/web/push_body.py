"""Reads the body of a push: never more than allowed, and only what is whole JSON in UTF-8."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, UnreadablePostError

from connectors.contract.strict_json import NotJson, parse

from .bodies import bounded_body
from .push_answers import Refusal


def raw_body(request: HttpRequest) -> bytes:
    """The bytes as they came, which is what the signature covers. Raises Refusal (400, 411, 413, 415)."""
    _check_content_type(request)
    limit: int = settings.HUB_MAX_BODY_BYTES
    announced = request.META.get("CONTENT_LENGTH") or ""
    if not announced.isdecimal():
        raise Refusal(411, "length_required", "Send the body with a Content-Length; chunked bodies are not taken.")
    try:
        body = bounded_body(request, limit)
    except (UnreadablePostError, OSError):
        raise Refusal(400, "incomplete", "The connection ended before the body was complete.") from None
    if body is None:
        raise _too_large(limit)
    if len(body) < int(announced):
        raise Refusal(400, "incomplete", "The body is shorter than its Content-Length says.")
    _check_encoding(body)
    return body


def json_object(body: bytes) -> dict[str, Any]:
    """The body as a JSON object; raises Refusal (400) with the place of the fault."""
    try:
        value = parse(body)
    except NotJson as fault:
        place = {"line": fault.line, "column": fault.column} if fault.line else {}
        raise Refusal(400, "malformed", f"The body is not valid JSON: {fault}.", place) from None
    if not isinstance(value, dict):
        raise Refusal(400, "malformed", "The body must be a JSON object.")
    return value


def _check_content_type(request: HttpRequest) -> None:
    charset = (request.content_params or {}).get("charset", "utf-8").strip("\"'").lower()
    if request.content_type != "application/json" or charset not in {"utf-8", "utf8"}:
        message = "Send the body as “Content-Type: application/json” in UTF-8."
        raise Refusal(415, "unsupported_media_type", message)


def _check_encoding(body: bytes) -> None:
    """Told before the signature is looked at: a signed body in another character set could only be called forged."""
    try:
        body.decode()
    except UnicodeDecodeError as fault:
        message = f"The body is not UTF-8: byte {fault.start + 1} cannot be read."
        raise Refusal(400, "malformed", message, {"byte": fault.start + 1}) from None


def _too_large(limit: int) -> Refusal:
    return Refusal(413, "too_large", f"The body is larger than {limit} bytes. Send fewer objects at a time.")
