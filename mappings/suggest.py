"""Which code of the other side a code probably is. Shown to staff from ``SHOW_FROM`` up, never applied by itself.

Likeness of letters alone misleads (“cashondelivery” is 54 % “courier”), so known meanings come first: the same meaning
is a strong suggestion, different meanings are none, and letters count only where a meaning is unknown.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz import fuzz

from .synonyms import SYNONYMS

SHOW_FROM = 70
"""Below it most pairs are wrong."""

WHOLE_WORD_LENGTH = 4
"""Phrases up to this length must be whole words: “cod” stands in “barcode”, “new” in “renewal”."""

SAME_MEANING = 90
DIFFERENT_MEANING = 0


@dataclass(frozen=True, slots=True)
class Candidate:
    """A code of the other side's code book."""

    code: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """``score`` is 0 to 100."""

    code: str
    name: str
    score: int


def suggest(kind: str, code: str, name: str, candidates: Iterable[Candidate]) -> Suggestion | None:
    """The best candidate when it is good enough to be shown; the first one of equals, so the order is stable."""
    best: Suggestion | None = None
    for candidate in candidates:
        score = likeness(kind, (code, name), (candidate.code, candidate.name))
        if score >= SHOW_FROM and (best is None or score > best.score):
            best = Suggestion(candidate.code, candidate.name, score)
    return best


def likeness(kind: str, ours: Sequence[str], theirs: Sequence[str]) -> int:
    """How probably two codes, each with its name, mean the same: 0 to 100."""
    our_texts = [words(text) for text in ours if words(text)]
    their_texts = [words(text) for text in theirs if words(text)]
    if not our_texts or not their_texts:
        return 0
    if any(_compact(our) == _compact(their) for our in our_texts for their in their_texts):
        return 100
    letters = max(fuzz.token_sort_ratio(our, their) for our in our_texts for their in their_texts)
    our_meanings = _meanings(kind, our_texts)
    their_meanings = _meanings(kind, their_texts)
    if our_meanings & their_meanings:
        return round(SAME_MEANING + (99 - SAME_MEANING) * letters / 100)
    if our_meanings and their_meanings:
        return DIFFERENT_MEANING
    return min(round(letters), SAME_MEANING - 1)


@lru_cache(maxsize=4_096)
def words(text: str) -> str:
    """Lower case words with one space between: ``BankTransfer``, ``bank-transfer`` and ``bank_transfer`` are equal."""
    spaced = re.sub(r"(?<=[a-zа-яё])(?=[A-ZА-ЯЁ])", " ", text)
    return " ".join(re.findall(r"[^\W_]+", spaced.casefold().replace("ё", "е")))


def _compact(text: str) -> str:
    return text.replace(" ", "")


def _meanings(kind: str, texts: Iterable[str]) -> frozenset[int]:
    return frozenset(found for text in texts if (found := _meaning(kind, text)) is not None)


@lru_cache(maxsize=4_096)
def _meaning(kind: str, text: str) -> int | None:
    """The number of the synonym group whose phrase fits best: the longest one that stands in the text."""
    longest, meaning = 0, None
    compact, padded = _compact(text), f" {text} "
    for number, phrases in enumerate(SYNONYMS.get(kind, ())):
        for phrase in map(words, phrases):
            short = len(phrase) <= WHOLE_WORD_LENGTH
            stands = f" {phrase} " in padded if short else _compact(phrase) in compact
            if stands and len(phrase) > longest:
                longest, meaning = len(phrase), number
    return meaning
