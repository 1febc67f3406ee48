"""JSON as the standard has it, from senders that nobody vouches for.

Python's own parser takes NaN and endless numbers, and ends with RecursionError for deep nesting. What comes out of
here can be stored, compared and written again by every database and parser behind us.
"""

import json
import math
from collections.abc import Iterator
from typing import Any

MAX_DEPTH = 32
"""An order needs 8; custom fields may nest a little."""

MAX_NUMBER_LENGTH = 40
"""Of a number as written. Above the 24 digits that an amount may have, below anything that costs time."""


class NotJson(ValueError):
    """Why a text is refused; ``line`` and ``column`` count from 1, and are 0 where the place is not known.

    The reason quotes nothing of the text, which may hold personal data.
    """

    def __init__(self, reason: str, line: int = 0, column: int = 0) -> None:
        super().__init__(f"{reason} at line {line}, column {column}" if line else reason)
        self.line = line
        self.column = column


def parse(body: bytes) -> Any:
    """The value that the UTF-8 text holds, free of NUL characters; raises NotJson.

    Numbers with a point keep 15 digits, which is what a ``double`` of the sender holds: 0.30000000000000004 becomes
    0.3. An amount with more has to be sent as text.
    """
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        reason = f"The body is not UTF-8: byte {fault.start + 1} cannot be read"
        raise NotJson(reason) from None
    try:
        value = json.loads(text, parse_constant=_no_constant, parse_float=_finite, parse_int=_bounded)
    except json.JSONDecodeError as fault:
        raise NotJson(fault.msg, fault.lineno, fault.colno) from None
    except RecursionError:
        raise _too_deep() from None
    return _cleaned(value)


def _no_constant(name: str) -> Any:
    raise NotJson(f"{name} is not a number in JSON")


def _finite(literal: str) -> float:
    value = float(literal) if len(literal) <= MAX_NUMBER_LENGTH else math.inf
    if not math.isfinite(value):
        raise NotJson("A number is too large or too long")
    return float(f"{value:.15g}")


def _bounded(literal: str) -> int:
    if len(literal) > MAX_NUMBER_LENGTH:
        raise NotJson("A number is too large or too long")
    return int(literal)


def _too_deep() -> NotJson:
    return NotJson(f"The body is nested deeper than {MAX_DEPTH} levels")


def _cleaned(root: Any) -> Any:
    """Takes NUL out of every text and checks depth and characters, level by level instead of by recursion."""
    holder = [root]
    level: list[Any] = [holder]
    for _ in range(MAX_DEPTH + 1):
        level = [child for container in level for child in _clean_one(container)]
        if not level:
            return holder[0]
    raise _too_deep()


def _clean_one(container: Any) -> Iterator[Any]:
    """Cleans the texts of one list or object in place; gives the lists and objects inside it."""
    if isinstance(container, dict):
        for key in [key for key in container if _is_dirty(key)]:
            container[_clean(key)] = container.pop(key)
        places: Any = list(container)
    else:
        places = range(len(container))
    for place in places:
        value = container[place]
        if isinstance(value, str):
            if _is_dirty(value):
                container[place] = _clean(value)
        elif isinstance(value, (dict, list)):
            yield value


def _is_dirty(text: str) -> bool:
    return "\x00" in text or not _encodes(text)


def _encodes(text: str) -> bool:
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _clean(text: str) -> str:
    if not _encodes(text):
        raise NotJson("A text holds half of a character (an unpaired \\ud800 to \\udfff)")
    return text.replace("\x00", "")
