"""The connection's settings, typed. Nothing is refused here: a shop that cannot be called back can still push."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

from connectors.toolkit.standard_webhooks import is_secret

MIN_TOKEN_CHARACTERS = 20
"""A shorter token could be guessed; it opens nothing."""

ID_PLACE = "{id}"


@dataclass(frozen=True, slots=True)
class CodeList:
    """A list of codes that staff typed in, and the lines that could not be understood."""

    codes: Sequence[tuple[str, str]]
    bad_lines: Sequence[str]


@dataclass(frozen=True, slots=True)
class Config:
    signing_secret: str
    previous_signing_secret: str
    access_token: str
    status_address: str
    status_codes: CodeList
    delivery_codes: CodeList
    payment_codes: CodeList

    @property
    def secrets(self) -> list[str]:
        """The present secret, and during a rotation the one before it; only those of the right form."""
        return [secret for secret in (self.signing_secret, self.previous_signing_secret) if is_secret(secret)]


def config_from(settings: Mapping[str, Any]) -> Config:
    return Config(
        signing_secret=_text(settings, "signing_secret"),
        previous_signing_secret=_text(settings, "previous_signing_secret"),
        access_token=_text(settings, "access_token"),
        status_address=_text(settings, "status_address"),
        status_codes=code_list(settings.get("status_codes")),
        delivery_codes=code_list(settings.get("delivery_codes")),
        payment_codes=code_list(settings.get("payment_codes")),
    )


def code_list(value: Any) -> CodeList:
    """``code = Name`` per line; a line without ``=`` is a code that is its own name. The first of two equals wins."""
    lines = value.splitlines() if isinstance(value, str) else list(value or ())
    codes: dict[str, str] = {}
    bad: list[str] = []
    for line in (str(line).strip() for line in lines):
        code, _, name = (part.strip() for part in line.partition("="))
        if code and len(code) <= 200:
            codes.setdefault(code, name or code)
        elif line:
            bad.append(line[:80])
    return CodeList(tuple(codes.items()), tuple(bad))


def order_url(settings: Mapping[str, Any], id: str) -> str:
    """The order's page in the shop's own back office; empty when staff entered no web address with a place for the id.

    Only http and https: the address becomes a link in the admin.
    """
    template = _text(settings, "order_url_template")
    if urlsplit(template).scheme not in {"http", "https"} or ID_PLACE not in template:
        return ""
    return template.replace(ID_PLACE, quote(id, safe=""))


def _text(settings: Mapping[str, Any], key: str) -> str:
    return str(settings.get(key) or "").strip()
