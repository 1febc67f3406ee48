"""Countries as buyers write them."""

import re
from collections.abc import Mapping
from functools import lru_cache

from babel import Locale

LANGUAGES = ("ru", "en", "es", "ro", "uk", "be", "kk", "de", "fr", "it", "pl", "pt")
"""In which a country's own name is known (Unicode CLDR). Of two countries with one name the first language decides."""

_SHORT = {
    "рф": "RU",
    "россия рф": "RU",
    "российская федерация": "RU",
    "белоруссия": "BY",
    "республика беларусь": "BY",
    "республика казахстан": "KZ",
    "молдавия": "MD",
    "республика молдова": "MD",
    "киргизия": "KG",
    "сша": "US",
    "usa": "US",
    "united states of america": "US",
    "uk": "GB",
    "great britain": "GB",
    "england": "GB",
    "england uk": "GB",
    "russian federation": "RU",
    "republic of moldova": "MD",
    "czech republic": "CZ",
    "holland": "NL",
}
_CODE = re.compile(r"[A-Za-z]{2}", re.ASCII)
_OTHERS = re.compile(r"[^\w]+")


class Countries:
    """Free text to ISO 3166 codes. ``own``: what staff added, which wins."""

    def __init__(self, own: Mapping[str, str] | None = None) -> None:
        self._own = {_key(name): code.upper() for name, code in (own or {}).items() if _CODE.fullmatch(code)}

    def code(self, written: str) -> str:
        """The two letters; empty for what is no known country, and then the text stays text."""
        key = _key(written)
        if key in self._own:
            return self._own[key]
        if _CODE.fullmatch(written.strip()) and written.strip().upper() in _territories():
            return written.strip().upper()
        return _names().get(key, "") if key else ""


def _key(name: str) -> str:
    return _OTHERS.sub(" ", name.casefold().replace("ё", "е")).strip()


@lru_cache(maxsize=1)
def _territories() -> frozenset[str]:
    return frozenset(
        code for code in map(str, Locale("en").territories) if _CODE.fullmatch(code) and code not in {"ZZ", "EU"}
    )


@lru_cache(maxsize=1)
def _names() -> Mapping[str, str]:
    names: dict[str, str] = dict(_SHORT)
    for language in LANGUAGES:
        for code, name in Locale(language).territories.items():
            if code in _territories():
                names.setdefault(_key(str(name)), str(code))
    return names
