"""Takes values out of payloads that plug-ins may have bent, and collects every fault with its path.

The rule: what only decorates (names, titles, notes) is taken when it can be and left empty otherwise; what decides
(ids, amounts, times) is a fault when it is there and cannot be read.
"""

import html
import re
from collections.abc import Mapping
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, TypeVar

from pydantic import ValidationError

from connectors.contract.canonical import Canonical
from connectors.contract.errors import Fault
from connectors.toolkit.dates import parse_utc

M = TypeVar("M", bound=Canonical)

MAX_TEXT = 1_000
MAX_LONG_TEXT = 20_000
MAX_CODE = 200
"""The lengths of the canonical ``Text``, ``LongText`` and ``Code``; a longer decoration is cut, not refused."""

MAX_NUMBER_LENGTH = 60
_LARGEST_AMOUNT = Decimal(10) ** 14
"""Together with ten decimals this is the most that the canonical ``Amount`` holds (24 digits)."""

_TEN_DECIMALS = Decimal("1E-10")
_TAG = re.compile(r"</?[a-zA-Z][^<>]{0,1000}>")
_LINE_BREAK = re.compile(r"(?i)<br\s{0,10}/?>|</(?:p|div|li|tr|h[1-6])\s{0,10}>|\r\n?")
_NO_DATE = ("0000-", "-0001-")
"""How MySQL's zero date comes out of PHP: no date."""


def as_map(value: object) -> Mapping[str, Any]:
    """The object, or an empty one: PHP writes an empty object as ``[]``, plug-ins write null or false."""
    return value if isinstance(value, dict) else {}


def clean(value: str) -> str:
    """Without NUL and lone surrogates, which no database keeps."""
    return value.replace("\x00", "").encode("utf-8", "replace").decode("utf-8").strip()


def text(value: object, limit: int = MAX_TEXT) -> str:
    """Text, or a number as text; anything else is nothing."""
    if isinstance(value, str):
        return clean(value)[:limit]
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return _number_text(value)[:limit]
    return ""


def plain(value: object, limit: int = MAX_TEXT) -> str:
    """Text that people read, on one line: without tags, entities resolved, white space in one piece."""
    raw = text(value, limit * 4)
    return " ".join(_without_markup(raw).split())[:limit]


def plain_lines(value: object, limit: int = MAX_LONG_TEXT) -> str:
    """As ``plain``, with the line breaks that the text or its markup has; never two empty lines on end."""
    raw = _LINE_BREAK.sub("\n", text(value, limit * 4))
    lines = [" ".join(line.split()) for line in _without_markup(raw).split("\n")]
    kept = [line for position, line in enumerate(lines) if line or (position and lines[position - 1])]
    return "\n".join(kept).strip()[:limit]


def _without_markup(raw: str) -> str:
    return clean(html.unescape(_TAG.sub(" ", raw) if "<" in raw else raw))


def identifier(value: object) -> str:
    """An id as text; 0, "", null and false mean that there is none."""
    name = text(value, MAX_CODE + 1)
    return "" if name == "0" else name


def _number_text(value: int | float) -> str:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    try:
        return str(value)
    except ValueError:  # Python refuses to print whole numbers of more than 4300 digits
        return ""


class Reading:
    """One payload being read."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []

    def fault(self, path: str, message: str) -> None:
        self.faults.append(Fault(path, message))

    def amount(self, holder: Mapping[str, Any], key: str, path: str, *, required: bool = False) -> Decimal:
        """An exact amount. Empty means 0; a missing one only where it is not required."""
        where = joined(path, key)
        value = holder.get(key)
        if required and value is None:
            self.fault(where, "is missing")
            return Decimal(0)
        amount = _decimal(value)
        if amount is None:
            self.fault(where, "is not an amount")
            return Decimal(0)
        return amount

    def zoned(self, holder: Mapping[str, Any], key: str, path: str = "") -> datetime | None:
        """An ISO time with its offset, in UTC; one without offset is a fault and never guessed."""
        value = holder.get(key)
        if is_blank(value):
            return None
        where = joined(path, key)
        if not isinstance(value, str) or len(value) > MAX_NUMBER_LENGTH:
            self.fault(where, "is not a time")
            return None
        try:
            return parse_utc(value)
        except ValueError as problem:
            self.fault(where, "has no time zone" if "time zone" in str(problem) else "is not a time")
            return None

    def objects(self, holder: Mapping[str, Any], key: str, path: str = "") -> list[tuple[str, Mapping[str, Any]]]:
        """The list's objects with their paths; PHP writes a list with gaps as an object."""
        value, whole = holder.get(key), joined(path, key)
        if isinstance(value, dict):
            value = list(value.values())
        if is_blank(value):
            return []
        if not isinstance(value, list):
            self.fault(whole, "is not a list")
            return []
        found: list[tuple[str, Mapping[str, Any]]] = []
        for index, item in enumerate(value):
            where = f"{whole}.{index}"
            if isinstance(item, dict):
                found.append((where, item))
            elif not is_blank(item):
                self.fault(where, "is not an object")
        return found

    def build(self, model: type[M], path: str, /, **values: Any) -> M | None:
        """The record, or None with the faults kept; what is a fault already is not told twice."""
        told = {fault.path for fault in self.faults}
        try:
            return model(**values)
        except ValidationError as problem:
            for error in problem.errors(include_url=False, include_context=False, include_input=False):
                where = joined(path, ".".join(str(part) for part in error["loc"]))
                if where not in told:
                    self.fault(where, error["msg"])
            return None


def joined(path: str, key: str) -> str:
    """A dotted path."""
    return f"{path}.{key}" if path and key else path or key


def is_blank(value: object) -> bool:
    """PHP's ways of saying nothing."""
    if isinstance(value, str):
        return not value.strip() or value.startswith(_NO_DATE)
    return value is None or value is False or value in ([], {})


def simple(value: object, most: int = 20) -> Any:
    """A scalar or a list of at most ``most`` scalars, cleaned, as JSON can hold it; None for all else."""
    if isinstance(value, list):
        parts = [_scalar(part) for part in value]
        return parts if 0 < len(parts) <= most and None not in parts else None
    return _scalar(value)


def _scalar(value: object) -> str | int | float | bool | None:
    if isinstance(value, bool):
        return value
    if isinstance(value, str):
        return clean(value)[:MAX_LONG_TEXT] or None
    if isinstance(value, int):
        return value if abs(value) < 10**15 else text(value) or None  # beyond that JavaScript and JSON lose digits
    if isinstance(value, float):
        return value if value - value == 0 else None  # NaN and Infinity are not JSON
    return None


def _decimal(value: object) -> Decimal | None:
    if is_blank(value):
        return Decimal(0)
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        return None
    raw = value.strip() if isinstance(value, str) else _number_text(value)
    if len(raw) > MAX_NUMBER_LENGTH:
        return None
    try:
        amount = Decimal(raw)
        if not amount.is_finite() or abs(amount) >= _LARGEST_AMOUNT:
            return None
        exponent = amount.as_tuple().exponent
        if isinstance(exponent, int) and exponent < -10:
            amount = amount.quantize(_TEN_DECIMALS, rounding=ROUND_HALF_UP)
        return amount + 0  # turns -0.00 into 0.00
    except ArithmeticError:
        return None
