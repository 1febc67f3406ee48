"""JSON out of what a WordPress site really sends: a byte order mark or PHP's warnings may stand before it."""

import json
import re
from typing import Any

_START = re.compile(r"[\[{]")
_MAX_STARTS = 200
_MAX_LEAD = 20_000
"""Warnings are short; a page that holds no JSON in its beginning is a page."""


def decoded(body: str) -> Any:
    """The JSON value, also behind PHP warnings; raises ValueError when there is none."""
    try:
        return json.loads(body)
    except RecursionError:
        message = "nested too deeply"
        raise ValueError(message) from None
    except ValueError:
        return _behind_warnings(body)


def _behind_warnings(body: str) -> Any:
    decoder = json.JSONDecoder()
    for count, start in enumerate(_START.finditer(body, 0, _MAX_LEAD)):
        if count >= _MAX_STARTS:
            break
        try:
            value, end = decoder.raw_decode(body, start.start())
        except (ValueError, RecursionError):
            continue
        rest = body[end:].strip()
        # "[1]" inside a warning's text is followed by more text; the real body by nothing or by more markup.
        if not rest or (rest.startswith("<") and isinstance(value, dict)):
            return value
    message = "holds no JSON"
    raise ValueError(message)
