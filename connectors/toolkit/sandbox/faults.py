"""Faults on demand: what a sandbox does wrong on purpose, switch by switch."""

import random
import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

MAX_LATENCY_MS = 60_000
MAX_HANG_SECONDS = 600.0


@dataclass(frozen=True, slots=True)
class Fate:
    """What shall go wrong with one call. Decided before the work, so that a run repeats with the same seed."""

    drop_before: bool = False
    error_status: int = 0
    retry_after_seconds: int | None = None
    html: bool = False
    latency_seconds: float = 0.0
    hang_seconds: float = 0.0
    drop_after: bool = False


@dataclass(slots=True)
class Faults:
    """The switches. All off by default; rates are shares of calls from 0 to 1.

    ``only`` is a regular expression searched in the path and in what the stand-in says of the call
    (``Sandbox.naming``): calls that do not match it are left alone.
    ``rate_limit`` and ``refuse`` are obeyed by each vendor's stand-in in that vendor's own way.
    """

    error_rate: float = 0.0
    error_status: int = 500
    latency_ms: int = 0
    hang_rate: float = 0.0
    hang_seconds: float = 30.0
    drop_before_rate: float = 0.0
    drop_after_rate: float = 0.0
    rate_limit: str = "off"
    retry_after_seconds: int = 1
    retry_after_max_seconds: int = 0
    """Above ``retry_after_seconds``: each 429 asks for a pause drawn between the two."""

    too_many_rate: float = 0.0
    html_rate: float = 0.0
    refuse: list[str] = field(default_factory=list)
    down: bool = False
    seed: int = 0
    only: str = ""
    _random: random.Random = field(default_factory=lambda: random.Random(0), repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def set(self, switches: Mapping[str, Any]) -> None:
        """Change the named switches, all or none; ``reset: true`` lifts the others first.

        Raises ValueError for an unknown switch or an impossible value.
        """
        wanted = {name: value for name, value in switches.items() if name != "reset"}
        checked = {name: _checked(name, value) for name, value in wanted.items()}
        with self._lock:
            if switches.get("reset"):
                for name, value in _defaults().items():
                    setattr(self, name, value)
            for name, value in checked.items():
                setattr(self, name, value)
            if "seed" in checked or switches.get("reset"):
                self._random.seed(self.seed)

    def reset(self) -> None:
        self.set({"reset": True})

    def as_dict(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in _defaults()}

    def refuses(self, *names: str) -> bool:
        """True when one of the object's names (external id, number, e-mail ...) contains a refused text."""
        return any(text in name for text in self.refuse for name in names)

    def fate(self, *names: str) -> Fate:
        """Draw what happens to a call to this path, or with these names."""
        if self.only and not any(re.search(self.only, name) for name in names):
            return Fate()
        if self.down:
            return Fate(drop_before=True)
        with self._lock:
            fails = self._draw(self.error_rate)
            too_many = self._draw(self.too_many_rate)
            return Fate(
                drop_before=self._draw(self.drop_before_rate),
                error_status=429 if too_many else self.error_status if fails else 0,
                retry_after_seconds=self._pause() if too_many else None,
                html=self._draw(self.html_rate),
                latency_seconds=self.latency_ms / 1000,
                hang_seconds=self.hang_seconds if self._draw(self.hang_rate) else 0.0,
                drop_after=self._draw(self.drop_after_rate),
            )

    def _pause(self) -> int:
        return self._random.randint(
            self.retry_after_seconds, max(self.retry_after_seconds, self.retry_after_max_seconds)
        )

    def _draw(self, rate: float) -> bool:
        return rate > 0 and self._random.random() < rate


def _defaults() -> dict[str, Any]:
    blank = Faults()
    return {item.name: getattr(blank, item.name) for item in fields(Faults) if not item.name.startswith("_")}


def _checked(name: str, value: Any) -> Any:
    defaults = _defaults()
    if name not in defaults:
        message = f"unknown fault {name!r}; known: {', '.join(sorted(defaults))}"
        raise ValueError(message)
    default = defaults[name]
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if name == "refuse":
        fits = isinstance(value, list) and all(isinstance(text, str) and text for text in value)
    elif name == "rate_limit":
        fits = value in {"off", "vendor"}
    elif name.endswith("_rate"):
        fits = is_number and 0 <= value <= 1
    elif name == "hang_seconds":
        fits = is_number and 0 <= value <= MAX_HANG_SECONDS
    elif name == "latency_ms":
        fits = is_number and 0 <= value <= MAX_LATENCY_MS
    elif name == "error_status":
        fits = isinstance(value, int) and 400 <= value <= 599
    elif name == "only":
        fits = isinstance(value, str) and _is_pattern(value)
    else:
        fits = isinstance(value, type(default))
    if not fits:
        message = f"fault {name!r} cannot be {value!r}"
        raise ValueError(message)
    return value


def _is_pattern(text: str) -> bool:
    try:
        re.compile(text)
    except re.error:
        return False
    return True
