"""The connection's settings, checked and typed."""

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from connectors.contract.errors import Misconfigured

ZONES = (
    "retailcrm.ru",
    "retailcrm.pro",
    "retailcrm.es",
    "retailcrm.io",
    "simla.com",
    "simla.io",
    "ecomlogic.com",
)
"""Domains under which accounts live, as the vendor's WooCommerce module 5.0.14 accepts them."""

DEFAULT_TIMEOUT_SECONDS = 30


class OfferId(StrEnum):
    """Which id of a line names the offer over there; it has to agree with the catalog that RetailCRM loads."""

    VARIANT = "variant"
    PRODUCT = "product"
    SKU = "sku"
    SKU_AS_XML_ID = "sku_as_xml_id"


class LeadsAs(StrEnum):
    """What becomes of a form lead, which RetailCRM has no entity for."""

    ORDER = "order"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Config:
    base_url: str
    api_key: str
    site: str
    transfer_number: bool = True
    offer_id: OfferId = OfferId.VARIANT
    offers_known: bool = True
    find_by_email: bool = False
    find_by_phone: bool = False
    find_guests: bool = True
    corporate: bool = False
    leads_as: LeadsAs = LeadsAs.ORDER
    timezone: str = ""
    currency: str = ""
    price_type: str = ""
    warehouse: str = ""
    trigger_secret: str = ""
    timeout_seconds: int = DEFAULT_TIMEOUT_SECONDS


def config_from(settings: Mapping[str, Any]) -> Config:
    """Raises Misconfigured, naming the field, when one cannot be used."""
    timezone = _text(settings, "timezone")
    if timezone:
        zone(timezone)
    return Config(
        base_url=base_url(_text(settings, "address")),
        api_key=_required(settings, "api_key", "API key"),
        site=_required(settings, "site", "Site code"),
        transfer_number=bool(_or_default(settings, "transfer_number", True)),
        offer_id=OfferId(_text(settings, "offer_id") or OfferId.VARIANT),
        offers_known=bool(_or_default(settings, "offers_known", True)),
        find_by_email=bool(_or_default(settings, "find_by_email", False)),
        find_by_phone=bool(_or_default(settings, "find_by_phone", False)),
        find_guests=bool(_or_default(settings, "find_guests", True)),
        corporate=bool(_or_default(settings, "corporate", False)),
        leads_as=LeadsAs(_text(settings, "leads_as") or LeadsAs.ORDER),
        timezone=timezone,
        currency=_text(settings, "currency").upper(),
        price_type=_text(settings, "price_type"),
        warehouse=_text(settings, "warehouse"),
        trigger_secret=_text(settings, "trigger_secret"),
        timeout_seconds=int(_or_default(settings, "timeout_seconds", DEFAULT_TIMEOUT_SECONDS)),
    )


def base_url(address: str) -> str:
    """Scheme and host of an account: https and one of ``ZONES``; anything goes inside our own network.

    A pasted page address or a bare host name is accepted. Raises Misconfigured.
    """
    try:
        parts = urlsplit(address if "://" in address else f"https://{address}")
    except ValueError:  # a bracket that is not closed
        parts = urlsplit("")
    host = (parts.hostname or "").lower()
    if parts.username or parts.password or not host or parts.scheme not in {"http", "https"}:
        message = "The address must look like https://myshop.retailcrm.ru."
        raise Misconfigured(message, code="address")
    if _is_private(host):
        return f"{parts.scheme}://{parts.netloc}"
    if not any(host.endswith(f".{zone}") for zone in ZONES):
        message = f"“{host}” is no RetailCRM account. The address ends in one of: {', '.join(ZONES)}."
        raise Misconfigured(message, code="address")
    if parts.scheme != "https":
        message = "RetailCRM answers over https only. Enter the address with https://."
        raise Misconfigured(message, code="address")
    return f"https://{host}"


def order_url(base: str, id: str) -> str:
    return f"{base}/orders/{id}/edit"


def zone(name: str) -> ZoneInfo:
    """The named time zone; raises Misconfigured when there is none of that name."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        message = f"“{name}” is no time zone. Enter the one of the RetailCRM account, for example Europe/Moscow."
        raise Misconfigured(message, code="timezone") from None


def _is_private(host: str) -> bool:
    """A loopback or private address, or a name without a dot, which no public account has."""
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return "." not in host


def _text(settings: Mapping[str, Any], key: str) -> str:
    return str(settings.get(key) or "").strip()


def _required(settings: Mapping[str, Any], key: str, label: str) -> str:
    value = _text(settings, key)
    if not value:
        message = f"“{label}” is empty in the connection's settings."
        raise Misconfigured(message, code=key)
    return value


def _or_default(settings: Mapping[str, Any], key: str, default: Any) -> Any:
    value = settings.get(key)
    return default if value is None or value == "" else value
