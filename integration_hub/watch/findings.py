"""What a look found to be broken, before it is an incident."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext_lazy as _

_UNITS = {"d": _("%s d"), "h": _("%s h"), "min": _("%s min"), "s": _("%s s")}


@dataclass(frozen=True, slots=True)
class Finding:
    """``subject`` and the ids say what it is about; ``facts`` fill the words and leave the house, so they hold names
    that staff gave and numbers, never another system's words."""

    kind: str
    subject: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    size: int = 1
    connection_id: int | None = None
    route_id: int | None = None
    lane_id: int | None = None

    @property
    def key(self) -> tuple[str, str]:
        return (self.kind, self.subject)


def in_words(seconds: float) -> str:
    """A duration in the largest unit that fits: ``0.8 s``, ``45 s``, ``12 min``, ``3 h``, ``2 d``."""
    return in_readers_words(measured(seconds))


def measured(seconds: float) -> str:
    """The same for facts that are kept: always in English, whoever reads them puts ``in_readers_words`` around."""
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"


def in_readers_words(duration: str) -> str:
    """What ``measured`` gave, in the language that is active now; any other text as it is."""
    number, _space, unit = duration.partition(" ")
    return str(_UNITS[unit]) % number if unit in _UNITS else duration
