"""One look at everything: the findings of all probes."""

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import DatabaseError

from . import probe_machines, probe_systems, probe_work
from .findings import Finding
from .models import Incident

logger = logging.getLogger(__name__)

Kind = Incident.Kind
Probe = Callable[[datetime], Iterable[Finding]]

PROBES: Sequence[tuple[Probe, frozenset[str]]] = (
    (probe_systems.switched_off_webhooks, frozenset({Kind.WEBHOOKS})),
    (probe_systems.late_polls, frozenset({Kind.POLL})),
    (probe_systems.refused_connections, frozenset({Kind.REFUSED})),
    (probe_systems.systems_that_are_away, frozenset({Kind.AWAY})),
    (probe_work.lanes_with_old_work, frozenset({Kind.LANE_STILL, Kind.OVERDUE})),
    (probe_work.paused_lanes, frozenset({Kind.LANE_PAUSED})),
    (probe_work.unread_events, frozenset({Kind.UNREAD})),
    (probe_work.dead_letters, frozenset({Kind.DEAD_LETTERS})),
    (probe_work.failed_events, frozenset({Kind.FAILED_EVENTS})),
    (probe_work.long_parked, frozenset({Kind.PARKED})),
    (probe_work.stopped_jobs, frozenset({Kind.BACKFILL, Kind.RECONCILE})),
    (probe_machines.silent_machines, frozenset({Kind.MACHINE})),
    (probe_machines.processes_that_fall, frozenset({Kind.WORKERS})),
    (probe_machines.full_disks, frozenset({Kind.DISK})),
)
"""Each with the kinds it finds: what a probe that failed would have found is not taken to be healed."""


@dataclass(frozen=True, slots=True)
class Seen:
    """``kinds`` were looked for; a kind that is missing there says nothing about its incidents."""

    findings: Sequence[Finding]
    kinds: frozenset[str]


def look(now: datetime, probes: Sequence[tuple[Probe, frozenset[str]]] = PROBES) -> Seen:
    """Ask every probe; one that fails does not keep the others from looking. Raises DatabaseError."""
    findings: list[Finding] = []
    kinds: set[str] = set()
    for probe, its_kinds in probes:
        try:
            findings += probe(now)
        except DatabaseError:
            raise
        except Exception:
            logger.exception("the watch could not look at %s", ", ".join(sorted(its_kinds)))
        else:
            kinds |= its_kinds
    return Seen(findings, frozenset(kinds))
