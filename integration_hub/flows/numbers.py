"""Order numbers as people mean them: 99 comes before 100, and "#1001" is 1001. Pure."""

import re

_PARTS = re.compile(r"\d+|\D+")
_PREFIX = re.compile(r"\D*")

Key = tuple[tuple[int, int, str], ...]


def prefix_of(number: str) -> str:
    """What stands before the first digit: ``SO-`` of ``SO-1001``."""
    found = _PREFIX.match(number.strip())
    return found.group().casefold() if found else ""


def is_between(number: str, first: str, last: str) -> bool:
    """Whether the number lies between the two, both included. An empty end is open.

    Ends without a prefix find numbers with any. Suffixes belong to their number: 1005-1 is within 1001 to 1005.
    """
    prefix = prefix_of(first or last)
    if prefix and prefix_of(number) != prefix:
        return False
    key = _key(number)
    low, high = _key(first), _key(last)
    return bool(key) and (not low or key >= low) and (not high or key[: len(high)] <= high)


def _key(number: str) -> Key:
    """Digits compare as numbers, all else as text; what stands before the first digit is left out."""
    text = number.strip().casefold()[len(prefix_of(number)) :]
    return tuple((0, int(part), "") if part.isdigit() else (1, 0, part) for part in _PARTS.findall(text))
