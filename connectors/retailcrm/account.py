"""The Verify button: who we are in RetailCRM, which rights are missing, and whether the site fits."""

from collections.abc import Sequence
from typing import Any

from connectors.contract.errors import Misconfigured, Rejected
from connectors.contract.results import AccountReport, Check

from .client import Client
from .config import Config, zone
from .facts import currency_of, timezone_of
from .wire import text, texts

NEEDED_SCOPES = ("order_read", "order_write", "customer_read", "customer_write", "reference_read")
"""What the calls of this connector need; RetailCRM names them the same in its key form."""

USEFUL_SCOPES = ("custom_fields_read",)

_KEY_FORM = "RetailCRM: Settings, Integration, API access keys, your key."


class Account:
    def __init__(self, client: Client, config: Config) -> None:
        self._client = client
        self._config = config

    def verify(self) -> AccountReport:
        """Raises Misconfigured when the address or the key is wrong, because then nothing else can be asked."""
        credentials = self._client.credentials()
        versions = self._client.api_versions()
        settings, settings_check = self._settings()
        site, site_checks = self._site(credentials, settings)
        facts = {"timezone": timezone_of(settings), "currency": text(site.get("currency")).upper()}
        return AccountReport(
            account=f"{text(site.get('name')) or self._config.site} ({self._config.base_url})",
            version=max(versions, default=""),
            checks=[_version_check(versions), *_scope_checks(credentials), *site_checks, settings_check],
            facts={key: value for key, value in facts.items() if value},
        )

    def _settings(self) -> tuple[dict[str, Any], Check]:
        cure = "Enter the account's time zone in the connection's settings by hand."
        try:
            settings = self._client.settings()
            name = timezone_of(settings)
            zone(name)
        except (Misconfigured, Rejected) as problem:
            return {}, Check("Time zone", bool(self._config.timezone), problem.message, cure)
        return settings, Check("Time zone", True, f"Times are sent in {name}.")

    def _site(self, credentials: dict[str, Any], settings: dict[str, Any]) -> tuple[dict[str, Any], list[Check]]:
        code = self._config.site
        available = texts(credentials.get("sitesAvailable"))
        reachable = credentials.get("siteAccess") != "access_selective" or code in available
        checks = [
            Check(
                "Key reaches the site",
                reachable,
                f"The key reaches “{code}”."
                if reachable
                else f"The key reaches only: {', '.join(available) or 'none'}.",
                "" if reachable else f"Give the key access to the site “{code}”. {_KEY_FORM}",
            )
        ]
        try:
            sites = self._client.reference("sites", "sites")
        except (Misconfigured, Rejected) as problem:
            return {}, [*checks, Check("Site exists", False, problem.message, f"Grant reference_read. {_KEY_FORM}")]
        site = next((row for row in sites if text(row.get("code")) == code), {})
        site = {**site, "currency": site.get("currency") or currency_of(settings)} if site else {}
        known = ", ".join(sorted(text(row.get("code")) for row in sites)) or "none"
        checks.append(
            Check(
                "Site exists",
                bool(site),
                f"“{site.get('name')}”." if site else f"There is no site “{code}”. There are: {known}.",
                "" if site else "Correct the site code (RetailCRM: Settings, Stores, Stores, column Symbolic code).",
            )
        )
        if site:
            checks.append(_currency_check(text(site["currency"]), self._config.currency))
        return site, checks


def _version_check(versions: Sequence[str]) -> Check:
    has_v5 = any(version.startswith("5") for version in versions)
    message = f"The account offers API {', '.join(versions) or 'nothing'}."
    return Check("API version 5", has_v5, message, "" if has_v5 else "Ask RetailCRM's support to open API version 5.")


def _scope_checks(credentials: dict[str, Any]) -> list[Check]:
    """One line per missing right, by RetailCRM's own name; one line when all are there."""
    granted = set(texts(credentials.get("scopes")))
    checks = [
        Check(f"Right {scope}", False, f"The key lacks {scope}.", f"Tick {scope}. {_KEY_FORM}")
        for scope in NEEDED_SCOPES
        if scope not in granted
    ]
    if not checks:
        checks = [Check("Rights", True, f"The key has {', '.join(NEEDED_SCOPES)}.")]
    lacking = [scope for scope in USEFUL_SCOPES if scope not in granted]
    if lacking:
        message = f"Without {', '.join(lacking)} the hub cannot offer RetailCRM's custom fields in mappings."
        checks.append(Check("Custom fields", True, message))
    if "store_write" not in granted:
        message = "Without store_write the hub cannot send prices and stock as they change."
        checks.append(Check("Prices and stock", True, message))
    return checks


def _currency_check(currency: str, stored: str) -> Check:
    changed = f" Until now the hub took it for {stored}." if stored and stored != currency else ""
    message = f"The site keeps {currency or 'no currency'}. Orders in another currency are refused.{changed}"
    return Check("Currency", bool(currency), message, "" if currency else "Set the site's currency in RetailCRM.")
