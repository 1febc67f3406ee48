"""Telephone numbers as systems compare them."""

from functools import lru_cache

import phonenumbers


@lru_cache(maxsize=2_048)
def e164(raw: str, country: str = "") -> str:
    """E.164 when the number is valid (read as one of ``country`` when it has no +), else as typed."""
    raw = raw.strip()
    try:
        parsed = phonenumbers.parse(raw, country or None)
    except phonenumbers.NumberParseException:
        return raw
    if not phonenumbers.is_valid_number(parsed):
        return raw
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


def digits(number: str) -> str:
    return "".join(character for character in number if character.isdigit())
