"""What has to be known of the account before a time or an amount can be sent: its time zone, the site's currency."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from connectors.contract.errors import Misconfigured

from .client import Client
from .config import zone

TIME_FORMAT = "%Y-%m-%d %H:%M:%S"
"""RetailCRM's date-time, in the account's zone, without offset. It is stored as sent."""


class Facts:
    """Taken from the settings, where Verify leaves them; else read, at most once while the connection is open."""

    def __init__(self, client: Client, site: str, *, timezone: str = "", currency: str = "") -> None:
        self._client = client
        self._site = site
        self._zone = zone(timezone) if timezone else None
        self._currency = currency

    @property
    def zone(self) -> ZoneInfo:
        if self._zone is None:
            self._zone = zone(timezone_of(self._client.settings()) or "UTC")
        return self._zone

    @property
    def currency(self) -> str:
        """The site's currency (ISO 4217); raises Misconfigured when the site does not exist."""
        if not self._currency:
            self._currency = self._read_currency()
        return self._currency

    def _read_currency(self) -> str:
        sites = self._client.reference("sites", "sites")
        for row in sites:
            if row.get("code") == self._site:
                return str(row.get("currency") or "").upper() or currency_of(self._client.settings())
        codes = ", ".join(sorted(str(row.get("code")) for row in sites)) or "none"
        message = f"RetailCRM has no site “{self._site}”. Sites of this key: {codes}. Correct the site code."
        raise Misconfigured(message, code="site")

    def local(self, moment: datetime) -> str:
        """A moment as RetailCRM stores it."""
        return moment.astimezone(self.zone).strftime(TIME_FORMAT)

    def moment(self, stored: str) -> datetime | None:
        """What RetailCRM stored, as a moment in UTC; None when it is no date-time."""
        try:
            return datetime.strptime(stored, TIME_FORMAT).replace(tzinfo=self.zone).astimezone(UTC)
        except ValueError:
            return None


def timezone_of(settings: dict[str, Any]) -> str:
    return _value(settings, "timezone")


def currency_of(settings: dict[str, Any]) -> str:
    return _value(settings, "default_currency").upper()


def _value(settings: dict[str, Any], key: str) -> str:
    entry = settings.get(key)
    return str(entry.get("value") or "") if isinstance(entry, dict) else ""
