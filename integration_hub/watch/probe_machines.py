"""Looks at the machines of the hub: processes that do not stay up, machines that are silent, disks that fill up."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from socket import gethostname

import psutil
from django.conf import settings

from integration_hub.engine.models import Heartbeat

from .findings import Finding, measured
from .models import Incident

Kind = Incident.Kind

SILENT_AFTER = timedelta(minutes=2)
REMOVED_AFTER = timedelta(days=1)

MACHINES = "supervisor:"
"""How the heartbeat of a machine's supervisor is named."""


def silent_machines(now: datetime) -> Iterator[Finding]:
    """Supervisors that beat until lately and no more. One that was stopped in order says so in its last beat."""
    rows = Heartbeat.objects.filter(name__startswith=MACHINES, at__lt=now - SILENT_AFTER, at__gte=now - REMOVED_AFTER)
    for name, at, detail in rows.values_list("name", "at", "detail"):
        if not detail.get("stopped"):
            machine = name.removeprefix(MACHINES)
            facts = {"name": machine, "age": measured((now - at).total_seconds())}
            yield Finding(Kind.MACHINE, f"machine:{machine}", facts)


def processes_that_fall(now: datetime) -> Iterator[Finding]:
    """Machines whose supervisor starts a process again and again, or cannot start it."""
    rows = Heartbeat.objects.filter(name__startswith=MACHINES, at__gte=now - SILENT_AFTER)
    for name, detail in rows.values_list("name", "detail"):
        falling = [str(each) for each in detail.get("falling") or ()]
        if falling:
            machine = name.removeprefix(MACHINES)
            facts = {"name": machine, "processes": ", ".join(falling)}
            yield Finding(Kind.WORKERS, f"machine:{machine}", facts, len(falling))


def full_disks(_now: datetime) -> Iterator[Finding]:
    """The disk of the data folder of this machine, where SQLite's file is; a database server's disk is not seen."""
    free = free_megabytes(Path(settings.HUB_DATA_DIR))
    if free is not None and free < settings.HUB_ALERT_DISK_FREE_MB:
        machine = gethostname()
        yield Finding(Kind.DISK, f"machine:{machine}", {"name": machine, "free": free})


def free_megabytes(folder: Path) -> int | None:
    """What an ordinary user may still write; None when the folder is not there."""
    try:
        return int(psutil.disk_usage(str(folder)).free // 1_000_000)
    except OSError:
        return None
