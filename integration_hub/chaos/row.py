"""What a row is, and what it finds."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from integration_hub.demo.pair import WOO_RETAIL, Kinds

from .world import World

DATABASES = ("postgresql", "sqlite")


@dataclass(frozen=True, slots=True)
class Criterion:
    """One figure and its limit. A timing counts at full size only."""

    limit: float
    seen: float
    passed: bool
    is_timing: bool = False

    def as_dict(self) -> dict[str, Any]:
        return {"limit": self.limit, "seen": self.seen, "passed": self.passed}


def at_most(limit: float, seen: float, *, is_timing: bool = False) -> Criterion:
    return Criterion(limit, round(seen, 3), seen <= limit, is_timing)


def at_least(limit: float, seen: float, *, is_timing: bool = False) -> Criterion:
    return Criterion(limit, round(seen, 3), seen >= limit, is_timing)


def exactly(limit: float, seen: float) -> Criterion:
    return Criterion(limit, round(seen, 3), seen == limit)


@dataclass(frozen=True, slots=True)
class Findings:
    """What a row saw. The first three name what is wrong, for people; they must be empty."""

    lost: Sequence[str]
    duplicated: Sequence[str]
    wrong_last_state: Sequence[str]
    criteria: Mapping[str, Criterion]
    note: str = ""

    def judged(self, *, is_small: bool) -> dict[str, Any]:
        """As the table shows it. Timings are left out at the size of the test suite."""
        criteria = {name: each for name, each in self.criteria.items() if not (is_small and each.is_timing)}
        wrong = [*self.lost, *self.duplicated, *self.wrong_last_state]
        return {
            "lost": len(self.lost),
            "duplicated": len(self.duplicated),
            "wrong_last_state": len(self.wrong_last_state),
            "criteria": {name: each.as_dict() for name, each in criteria.items()},
            "passed": not wrong and all(each.passed for each in criteria.values()),
            "note": self.note,
            "wrong": wrong[:10],
        }


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the matrix. ``orders`` at full size, ``small`` in the test suite."""

    name: str
    title: str
    run: Callable[[World, int], Findings]
    orders: int = 10_000
    small: int = 60
    passes_when: str = ""
    """Beside nothing lost, nothing doubled, the last state right: for people."""

    needs_processes: bool = False
    pairs: Sequence[Kinds] = (WOO_RETAIL,)
    """Between which store and CRM it runs; on each of them."""

    sizes: Mapping[Kinds, int] = field(default_factory=dict)
    """Orders at full size where a pair's promise is about another number."""

    databases: Sequence[str] = DATABASES
    environment: Mapping[str, str] = field(default_factory=dict)
    is_in_suite: bool = True
    """False: only ``./hub chaos`` runs it, because it cannot be made small."""

    def size(self, kinds: Kinds) -> int:
        return self.sizes.get(kinds, self.orders)
