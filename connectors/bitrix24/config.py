"""The connection's settings, checked and typed."""

import ipaddress
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from urllib.parse import quote, urlsplit

from connectors.contract.errors import Misconfigured
from connectors.contract.spec import Limits

DEFAULT_TIMEOUT_SECONDS = 65
"""Bitrix24 cuts a call off after 60 seconds in the cloud; whoever gives up earlier does not know what was written."""

DEFAULT_ORIGINATOR = "integration-hub"
DEFAULT_ORDER_FIELD = "UF_CRM_HUB_ORDER_ID"
OAUTH_SERVER = "https://oauth.bitrix.info"
"""The vendor's own host for every portal, self-hosted ones too: the application's secret never goes to a portal."""

_ZONE = re.compile(r"\.bitrix24\.(?:[a-z]{2,6}|com\.[a-z]{2})$")
_WEBHOOK = re.compile(r"(?P<user>[0-9]{1,12})/(?P<secret>[A-Za-z0-9]{6,100})")
_FIELD = re.compile(r"UF_CRM_[A-Z0-9_]{1,43}")


class Access(StrEnum):
    WEBHOOK = "webhook"
    APPLICATION = "application"


class LeadsBecome(StrEnum):
    LEAD = "lead"
    DEAL = "deal"


class Edits(StrEnum):
    """When a later edit in the shop may change lines and amount of a deal."""

    WHILE_OPEN = "while_open"
    ALWAYS = "always"
    NEVER = "never"

    def follows(self, *, is_open: bool) -> bool:
        return self is Edits.ALWAYS or (self is Edits.WHILE_OPEN and is_open)


class Deleted(StrEnum):
    """What becomes of an order whose deal staff deleted."""

    RECREATE = "recreate"
    LEAVE = "leave"


class Plan(StrEnum):
    STANDARD = "standard"
    ENTERPRISE = "enterprise"
    OWN = "own"


@dataclass(frozen=True, slots=True)
class Config:
    address: str
    access: Access = Access.WEBHOOK
    webhook: str = ""
    client_id: str = ""
    client_secret: str = ""
    oauth_server: str = OAUTH_SERVER
    member_id: str = ""
    application_token: str = ""
    pipeline: str = "0"
    first_stage: str = ""
    counterparts: Mapping[str, Sequence[str]] = field(default_factory=dict)
    default_manager: str = ""
    source: str = ""
    originator: str = DEFAULT_ORIGINATOR
    order_field: str = DEFAULT_ORDER_FIELD
    former_field: str = ""
    title: str = "Order {number}"
    delivery_field: str = ""
    address_field: str = ""
    payment_field: str = ""
    payment_status_field: str = ""
    leads_become: LeadsBecome = LeadsBecome.LEAD
    with_companies: bool = True
    edits: Edits = Edits.WHILE_OPEN
    deleted: Deleted = Deleted.RECREATE
    operating_limit_seconds: int = 480
    ca_file: str = ""
    timeout_seconds: int = DEFAULT_TIMEOUT_SECONDS

    @property
    def host(self) -> str:
        return urlsplit(self.address).netloc

    @property
    def webhook_parts(self) -> tuple[str, str]:
        """User and secret of the incoming webhook; raises Misconfigured when it has another form."""
        found = _WEBHOOK.fullmatch(_webhook_path(self.webhook))
        if found is None:
            message = (
                "The incoming webhook is empty or incomplete. Paste its whole address from Bitrix24, such as "
                "https://myportal.bitrix24.com/rest/1/xxxxxxxx/."
            )
            raise Misconfigured(message, code="webhook")
        return found["user"], found["secret"]

    @property
    def secrets(self) -> Sequence[str]:
        """What must never be shown although no key names it."""
        return [part for part in (_webhook_path(self.webhook).partition("/")[2], self.client_secret) if len(part) > 5]


def config_from(settings: Mapping[str, Any]) -> Config:
    """Raises Misconfigured, naming the field, when one cannot be used."""
    return Config(
        address=base_url(_text(settings, "address")),
        access=Access(_text(settings, "access") or Access.WEBHOOK),
        webhook=_text(settings, "webhook"),
        client_id=_text(settings, "client_id"),
        client_secret=_text(settings, "client_secret"),
        oauth_server=_text(settings, "oauth_server").rstrip("/") or OAUTH_SERVER,
        member_id=_text(settings, "member_id"),
        application_token=_text(settings, "application_token"),
        pipeline=_text(settings, "pipeline") or "0",
        first_stage=_text(settings, "first_stage"),
        counterparts=_counterparts(settings.get("counterparts")),
        default_manager=_text(settings, "default_manager"),
        source=_text(settings, "source"),
        originator=_text(settings, "originator") or DEFAULT_ORIGINATOR,
        order_field=_field(settings, "order_field", "Field for the order's id"),
        former_field=_field(settings, "former_field", "Field of an earlier connector"),
        title=_text(settings, "title") or "Order {number}",
        delivery_field=_field(settings, "delivery_field", "Delivery field"),
        address_field=_field(settings, "address_field", "Address field"),
        payment_field=_field(settings, "payment_field", "Payment field"),
        payment_status_field=_field(settings, "payment_status_field", "Payment status field"),
        leads_become=LeadsBecome(_text(settings, "leads_become") or LeadsBecome.LEAD),
        with_companies=bool(_or_default(settings, "with_companies", True)),
        edits=Edits(_text(settings, "edits") or Edits.WHILE_OPEN),
        deleted=Deleted(_text(settings, "deleted") or Deleted.RECREATE),
        operating_limit_seconds=int(_or_default(settings, "operating_limit_seconds", 480)),
        ca_file=_text(settings, "ca_file"),
        timeout_seconds=int(_or_default(settings, "timeout_seconds", DEFAULT_TIMEOUT_SECONDS)),
    )


def limits_from(settings: Mapping[str, Any]) -> Limits:
    """Bitrix24, Limits: a bucket of 50 calls that drains 2 a second; 250 and 5 on Enterprise. A server of one's own
    has the limit that its owner gave it."""
    source = "Bitrix24, Limits: 2 requests a second after 50 at once, 5 after 250 on Enterprise"
    match Plan(_text(settings, "plan") or Plan.STANDARD):
        case Plan.ENTERPRISE:
            return Limits(per_second=5, burst=250, concurrency=4, source=source)
        case Plan.OWN:
            rate = float(_or_default(settings, "own_rate", 10))
            return Limits(
                per_second=max(rate, 0.1), burst=max(int(rate), 1), concurrency=4, source="the server's owner"
            )
        case _:
            return Limits(per_second=2, burst=50, concurrency=4, source=source)


def base_url(address: str) -> str:
    """Scheme and host of a portal: https, or anything inside our own network. A pasted page or webhook address and a
    bare host name are accepted. Raises Misconfigured."""
    parts = urlsplit(address if "://" in address else f"https://{address}")
    host = (parts.hostname or "").lower()
    if parts.username or parts.password or not host or parts.scheme not in {"http", "https"}:
        message = "The address must look like https://myportal.bitrix24.com."
        raise Misconfigured(message, code="address")
    if parts.scheme != "https" and not is_private(host):
        message = "Bitrix24 answers over https only. Enter the address with https://."
        raise Misconfigured(message, code="address")
    return f"{parts.scheme}://{parts.netloc.lower()}"


def may_replace(old: str, new: str) -> bool:
    """Whether a portal at one address may tell us that it moved to another: our secret will be sent there.

    Only inside the vendor's own domain, where portals are renamed, or from one private address to another.
    """
    there, here = urlsplit(new), urlsplit(old)
    if there.scheme != here.scheme or there.username or there.password:
        return False
    old_host, new_host = (here.hostname or "").lower(), (there.hostname or "").lower()
    if is_private(old_host):
        return is_private(new_host)
    return bool(_ZONE.search(old_host) and _ZONE.search(new_host))


def is_private(host: str) -> bool:
    """A loopback or private address, or a name without a dot, which no public portal has."""
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return "." not in host


def deal_url(base: str, id: str) -> str:
    return f"{base}/crm/deal/details/{quote(id, safe='')}/"


def lead_url(base: str, id: str) -> str:
    return f"{base}/crm/lead/details/{quote(id, safe='')}/"


def _webhook_path(webhook: str) -> str:
    """``1/secret`` of a whole address or of just that part."""
    path = urlsplit(webhook).path if "://" in webhook else webhook
    return path.strip("/").removeprefix("rest/")


def _field(settings: Mapping[str, Any], key: str, label: str) -> str:
    name = _text(settings, key).upper()
    if name and not _FIELD.fullmatch(name):
        message = f"“{label}”: a field of a deal looks like UF_CRM_DELIVERY, at most 50 characters A-Z, 0-9 and “_”."
        raise Misconfigured(message, code=key)
    return name


def _counterparts(value: object) -> dict[str, list[str]]:
    """Lines of the form ``C9:EXECUTING = C3:EXECUTING``, several for a stage when there are several pipelines."""
    lines = value.splitlines() if isinstance(value, str) else value if isinstance(value, (list, tuple)) else ()
    found: dict[str, list[str]] = {}
    for line in lines:
        stage, sign, other = (part.strip() for part in str(line).partition("="))
        if sign and stage and other:
            found.setdefault(stage, []).append(other)
    return found


def _text(settings: Mapping[str, Any], key: str) -> str:
    return str(settings.get(key) or "").strip()


def _or_default(settings: Mapping[str, Any], key: str, default: Any) -> Any:
    value = settings.get(key)
    return default if value is None or value == "" else value
