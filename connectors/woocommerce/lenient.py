"""WooCommerce's own way of giving times, on top of the toolkit's lenient reading."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from connectors.toolkit import lenient
from connectors.toolkit.dates import parse_gmt, parse_utc
from connectors.toolkit.lenient import (
    MAX_CODE,
    MAX_LONG_TEXT,
    MAX_NUMBER_LENGTH,
    as_map,
    clean,
    identifier,
    is_blank,
    joined,
    plain,
    simple,
    text,
)

__all__ = ["MAX_CODE", "MAX_LONG_TEXT", "Reading", "as_map", "clean", "identifier", "plain", "simple", "text"]


class Reading(lenient.Reading):
    """One payload being read."""

    def moment(self, holder: Mapping[str, Any], key: str, path: str = "") -> datetime | None:
        """The time in ``<key>_gmt``, which is GMT without saying so.

        ``<key>`` alone is the shop's local time: taken only when it names its own offset, otherwise a fault.
        """
        name = f"{key}_gmt"
        value, parse = holder.get(name), parse_gmt
        if is_blank(value) and name not in holder and not is_blank(holder.get(key)):
            name, value, parse = key, holder[key], parse_utc
        if is_blank(value):
            return None
        if isinstance(value, str) and len(value) <= MAX_NUMBER_LENGTH:
            try:
                return parse(value)
            except ValueError as problem:
                reason = "has no time zone" if "time zone" in str(problem) else "is not a time"
                self.fault(joined(path, name), reason)
                return None
        self.fault(joined(path, name), "is not a time")
        return None
