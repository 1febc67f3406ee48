"""A full name that the shop keeps as one text."""

import re
from dataclasses import dataclass
from enum import StrEnum

_PATRONYMIC = re.compile(r"(?i)(?:вич|вна|ична|инична|оглы|кызы|углы|vich|vna|ichna|ogly|kyzy)$")
_SHORTEST_PATRONYMIC = 5


class NameOrder(StrEnum):
    """What staff know of how buyers write their names."""

    WHOLE = "whole"
    LAST_FIRST = "last_first"
    FIRST_LAST = "first_last"


@dataclass(frozen=True, slots=True)
class Name:
    first: str = ""
    last: str = ""
    middle: str = ""


def split_name(full: str, order: NameOrder) -> Name:
    """``WHOLE`` keeps everything as the first name: a name is never guessed unasked.

    Otherwise a patronymic shows where it stands, whatever the order: behind the first name, so that "Anna Petrovna
    Ivanova" and "Ivanova Anna Petrovna" come to the same. Without one, the first word is what ``order`` says and the
    rest, be it one word or more, the other.
    """
    words = full.split()
    if order is NameOrder.WHOLE or len(words) < 2:
        return Name(first=" ".join(words))
    if len(words) == 3:
        if _is_patronymic(words[2]):
            return Name(first=words[1], last=words[0], middle=words[2])
        if _is_patronymic(words[1]):
            return Name(first=words[0], last=words[2], middle=words[1])
    if len(words) == 2 and _is_patronymic(words[1]):
        return Name(first=words[0], middle=words[1])
    rest = " ".join(words[1:])
    return Name(first=rest, last=words[0]) if order is NameOrder.LAST_FIRST else Name(first=words[0], last=rest)


def _is_patronymic(word: str) -> bool:
    return len(word) >= _SHORTEST_PATRONYMIC and _PATRONYMIC.search(word) is not None
