"""Times as Magento writes them: ``YYYY-MM-DD HH:MM:SS``, in UTC without saying so, whatever the shop's zone."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from connectors.toolkit.dates import floor_second, parse_gmt
from connectors.toolkit.lenient import Reading, joined


def moment(reading: Reading, wire: Mapping[str, Any], key: str, offset: timedelta, path: str = "") -> datetime | None:
    """``YYYY-MM-DD HH:MM:SS`` in UTC."""
    value = wire.get(key)
    if not value or (isinstance(value, str) and value.startswith("0000-")):
        return None
    try:
        return parse_gmt(value) + offset if isinstance(value, str) else None
    except (ValueError, OverflowError):
        reading.fault(joined(path, key), "is not a time")
        return None


def written(at: datetime, offset: timedelta = timedelta(0)) -> str:
    """The form that filters take; parts of a second are cut off."""
    return floor_second(at - offset).strftime("%Y-%m-%d %H:%M:%S")
