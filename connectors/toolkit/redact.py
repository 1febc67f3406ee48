"""Takes secrets and personal data out of what the sync log keeps.

Works on text that was cut first, so its cost does not grow with the size of a batch; a cut JSON document cannot be
parsed any more, which is why this is done by patterns and not on the parsed tree.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import parse_qsl, quote, unquote_plus, urlencode, urlsplit, urlunsplit

KEPT_CHARACTERS = 8_000
"""Enough to see the shape of a request and the whole of an error answer."""

MASK = "•••"

_SECRET_KEYS = (
    r"api_?key|x-api-key|consumer_key|consumer_secret|client_secret|secret|token|access_token|refresh_token|password|passwd|"
    r"signature|oauth_\w+|authorization|client_?id|auth"
)
_PERSONAL_KEYS = (
    r"e_?mail|phones?|additional_?phone|number_phone|first_?name|last_?name|middle_?name|patronymic|full_?name|"
    r"nick_?name|username|address_?[12]?|address_text|line[12]|street|building|flat|house|text|postcode|index|zip|"
    r"birthday|birth_?date|tax_?number|inn|customer_ip_address|customer_user_agent|customer_note|customer_?comment|"
    r"manager_?comment|notes?|message"
)
_QUERY_KEY = re.compile(rf"^(?:{_SECRET_KEYS}|.*(?:email|phone|name)\]?)$", re.IGNORECASE)
_JSON_STRING = re.compile(
    rf'("(?:{_SECRET_KEYS}|{_PERSONAL_KEYS})"\s*:\s*)(?:"(?:[^"\\]|\\.)*"?|-?\d[\d.]*)', re.IGNORECASE
)


@lru_cache(maxsize=32)
def _values_of(keys: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(rf'("(?:{"|".join(keys)})"\s*:\s*)(?:"(?:[^"\\]|\\.)*"?|-?\d[\d.]*)')


_EMAIL = re.compile(r"[^\s\"'<>@=&:,;]{1,64}@[^\s\"'<>@=&:,;]{1,255}")
_PHONE = re.compile(r"\+\d[\d\s().-]{7,}\d")


def redact_url(url: str) -> str:
    """The address without user part and with the values of secret and personal parameters masked."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    if parts.port is not None:
        host = f"{host}:{parts.port}"
    query = [
        (key, MASK if _QUERY_KEY.match(key) else value) for key, value in parse_qsl(parts.query, keep_blank_values=True)
    ]
    readable = urlencode(query, safe="[],:").replace(quote(MASK), MASK)
    return urlunsplit((parts.scheme, host, parts.path, readable, ""))


def redact_text(body: str, *, is_form: bool = False, keys: tuple[str, ...] = ()) -> str:
    """The body, cut to ``KEPT_CHARACTERS``, with secrets and personal data masked. ``keys`` are patterns of further
    JSON keys whose values are masked."""
    text = body[: KEPT_CHARACTERS * 3 if is_form else KEPT_CHARACTERS]
    if is_form:
        text = re.sub(rf"(?i)(^|&)({_SECRET_KEYS}|{_PERSONAL_KEYS})=[^&]*", rf"\1\2={MASK}", text)
        text = unquote_plus(text)[:KEPT_CHARACTERS]
    text = _JSON_STRING.sub(rf'\1"{MASK}"', text)
    if keys:
        text = _values_of(keys).sub(rf'\1"{MASK}"', text)
    text = _EMAIL.sub(MASK, text)
    return _PHONE.sub(MASK, text)


@dataclass(frozen=True, slots=True)
class Masking:
    """What a system needs masked in logs and messages beyond what is masked for all.

    ``texts`` are secrets that stand where no key names them (in a path); ``keys`` are patterns of JSON keys with
    personal values; ``unfold`` brings a request body whose parts are encoded into plain JSON, so that keys are found.
    """

    texts: Sequence[str] = ()
    keys: Sequence[str] = ()
    unfold: Callable[[str], str] | None = None

    def hide(self, text: str) -> str:
        for secret in self.texts:
            text = text.replace(secret, MASK) if secret else text
        return text

    def url(self, url: str) -> str:
        return self.hide(redact_url(url))

    def body(self, text: str, *, is_form: bool = False) -> str:
        return redact_text(self.hide(text), is_form=is_form, keys=tuple(self.keys))

    def request(self, data: bytes | str | None, *, is_form: bool) -> str:
        if data is None:
            return ""
        text = data.decode("utf-8", "replace") if isinstance(data, bytes) else data
        unfolded = self.unfold(text) if self.unfold is not None else text
        return self.body(unfolded[:40_000], is_form=is_form)


NO_MASKING = Masking()
