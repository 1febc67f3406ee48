"""Times on the wire. Inside the hub every time is aware and in UTC; these helpers stand at the border."""

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

ONE_SECOND = timedelta(seconds=1)


def parse_utc(text: str) -> datetime:
    """ISO 8601 with an offset or ``Z``, as UTC. Raises ValueError; a time without zone is refused, never guessed."""
    moment = datetime.fromisoformat(text.strip())
    if moment.tzinfo is None:
        message = "has no time zone"
        raise ValueError(message)
    return _as_utc(moment)


def parse_gmt(text: str) -> datetime:
    """ISO 8601 without zone from a field that is documented as GMT; an offset, when there is one, is honoured."""
    moment = datetime.fromisoformat(text.strip())
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else _as_utc(moment)


def parse_http_date(text: str) -> datetime | None:
    """A ``Date`` header (RFC 9110, 5.6.7) as UTC; None when it is absent or unreadable."""
    try:
        moment = parsedate_to_datetime(text)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else _as_utc(moment)
    except (ValueError, IndexError, TypeError):
        return None


def format_gmt(moment: datetime) -> str:
    """``YYYY-MM-DDTHH:MM:SS`` in GMT without zone, parts of a second cut off."""
    return floor_second(moment).replace(tzinfo=None).isoformat()


def format_utc(moment: datetime) -> str:
    """``YYYY-MM-DDTHH:MM:SSZ``, parts of a second cut off."""
    return format_gmt(moment) + "Z"


def floor_second(moment: datetime) -> datetime:
    """The start of the second the moment lies in, in UTC."""
    return moment.astimezone(UTC).replace(microsecond=0)


def ceil_second(moment: datetime) -> datetime:
    """The first whole second that is not before the moment, in UTC."""
    floor = floor_second(moment)
    return floor if floor == moment else floor + ONE_SECOND


def _as_utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        message = "lies outside the calendar"
        raise ValueError(message) from None
