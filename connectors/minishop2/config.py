"""The connection's settings, checked and typed."""

import ipaddress
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from urllib.parse import quote, urlsplit

from connectors.contract.canonical import WeightUnit
from connectors.contract.errors import Misconfigured
from connectors.toolkit.standard_webhooks import is_secret

from .countries import Countries
from .names import NameOrder

AS_THE_SHOP_SAYS = "shop"
DEFAULT_TIMEOUT_SECONDS = 30
ORDER_PAGE = "manager/?a=mgr/orders&namespace=minishop2&order={id}"
ID_PLACE = "{id}"

_CURRENCY = re.compile(r"[A-Z]{3}")


class ExternalId(StrEnum):
    """Under which id an order becomes known to a CRM."""

    ID = "id"
    NUMBER = "num"
    """``2601/15`` as ``2601-15``: what modRetailCRM has sent."""


class OfferNaming(StrEnum):
    """How the variant of a product is named. A product without variants is always named by its id."""

    MOD = "mod"
    """``mod-<product>-<modification>``, as modRetailCRM."""

    DASH = "dash"
    """``<product>-<modification>``."""

    def variant_id(self, product_id: str, modification_id: str) -> str:
        """Empty when the line has no modification."""
        if not product_id or not modification_id:
            return ""
        prefix = "mod-" if self is OfferNaming.MOD else ""
        return f"{prefix}{product_id}-{modification_id}"


@dataclass(frozen=True, slots=True)
class Config:
    shop: str
    secrets: Sequence[str] = ()
    currency: str = ""
    weight_unit: WeightUnit | None = None
    external_id: ExternalId = ExternalId.ID
    offer_naming: OfferNaming = OfferNaming.MOD
    is_discount_in_prices: bool = True
    name_order: NameOrder = NameOrder.WHOLE
    skip_generated_emails: bool = True
    silent: bool = False
    rewrite_number: bool = False
    countries: Countries = field(default_factory=Countries)
    option_names: Mapping[str, str] = field(default_factory=dict)
    timeout_seconds: int = DEFAULT_TIMEOUT_SECONDS

    @property
    def is_private(self) -> bool:
        """The shop is on this machine or in our own network, where https may be left out."""
        host = urlsplit(self.shop).hostname or ""
        try:
            return not ipaddress.ip_address(host).is_global
        except ValueError:
            return "." not in host


def config_from(settings: Mapping[str, Any]) -> Config:
    """Raises Misconfigured, naming the field, when one cannot be used."""
    currency = _text(settings, "currency").upper()
    if currency and not _CURRENCY.fullmatch(currency):
        message = f"“{currency[:20]}” is no currency. Enter three letters, for example RUB or EUR."
        raise Misconfigured(message, code="currency")
    unit = _text(settings, "weight_unit")
    return Config(
        shop=shop_address(_text(settings, "shop")),
        secrets=secrets_of(settings),
        currency=currency,
        weight_unit=WeightUnit(unit) if unit in set(WeightUnit) else None,
        external_id=ExternalId(_text(settings, "external_id") or ExternalId.ID),
        offer_naming=OfferNaming(_text(settings, "offer_naming") or OfferNaming.MOD),
        is_discount_in_prices=_flag(settings, "discount_in_prices", default=True),
        name_order=NameOrder(_text(settings, "name_order") or NameOrder.WHOLE),
        skip_generated_emails=_flag(settings, "skip_generated_emails", default=True),
        silent=_flag(settings, "silent", default=False),
        rewrite_number=_flag(settings, "rewrite_number", default=False),
        countries=Countries(pairs(settings.get("country_names"))),
        option_names=pairs(settings.get("option_names")),
        timeout_seconds=int(settings.get("timeout_seconds") or DEFAULT_TIMEOUT_SECONDS),
    )


def secrets_of(settings: Mapping[str, Any]) -> list[str]:
    """The present secret, and during a rotation the other one; only those of the right form."""
    return [
        secret for key in ("signing_secret", "previous_signing_secret") if is_secret(secret := _text(settings, key))
    ]


def shop_address(address: str) -> str:
    """Scheme, host and folder of the shop without a slash at the end; a bare host name gets https. Raises
    Misconfigured."""
    try:
        parts = urlsplit(address if "://" in address else f"https://{address}")
        is_usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and not parts.username
        port = parts.port
    except ValueError:
        is_usable, port, parts = False, None, urlsplit("")
    if not is_usable:
        message = "The shop address must be a whole web address, such as https://shop.example."
        raise Misconfigured(message, code="shop")
    host = f"{parts.hostname}:{port}" if port else str(parts.hostname)
    return f"{parts.scheme}://{host}{parts.path.rstrip('/')}"


def order_url(settings: Mapping[str, Any], id: str) -> str:
    """The order's page in the MODX manager; empty when the settings give no usable address."""
    page = _text(settings, "order_page") or ORDER_PAGE
    try:
        address = page if "://" in page else f"{shop_address(_text(settings, 'shop'))}/{page.lstrip('/')}"
    except Misconfigured:
        return ""
    if urlsplit(address).scheme not in {"http", "https"} or ID_PLACE not in address:
        return ""
    return address.replace(ID_PLACE, quote(id, safe=""))


def pairs(value: Any) -> dict[str, str]:
    """``key = Name`` per line; a line without ``=`` says nothing. The first of two equals wins."""
    lines = value.splitlines() if isinstance(value, str) else list(value or ())
    found: dict[str, str] = {}
    for line in map(str, lines):
        key, _, name = (part.strip() for part in line.partition("="))
        if key and name:
            found.setdefault(key, name)
    return found


def _text(settings: Mapping[str, Any], key: str) -> str:
    return str(settings.get(key) or "").strip()


def _flag(settings: Mapping[str, Any], key: str, *, default: bool) -> bool:
    value = settings.get(key)
    return default if value is None or value == "" else bool(value)
