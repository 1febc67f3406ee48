"""Measures a process tree from outside: CPU time and memory."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Event, Thread
from time import monotonic

import psutil

SAMPLE_SECONDS = 0.5


@dataclass(slots=True)
class Meter:
    """Watches the tree below ``pid`` while the block runs."""

    pid: int
    progress: Callable[[], int] | None = None
    cpu_seconds: dict[str, float] = field(default_factory=dict)
    """By part of the hub: web, workers, supervisor."""

    seconds: float = 0.0
    machine_busy: float = 0.0
    """Share of all cores in use, by whatever: near 1 means that the machine, not the hub's design, sets the pace."""

    peak_mb: float = 0.0
    samples: list[tuple[int, float]] = field(default_factory=list)
    """(progress, MB) over time."""

    _stop: Event = field(default_factory=Event)
    _thread: Thread | None = None
    _cpu_at_start: dict[str, float] = field(default_factory=dict)
    _began: float = 0.0

    def __enter__(self) -> "Meter":
        self._cpu_at_start, self._began = cpu_of(self.pid), monotonic()
        psutil.cpu_percent()
        self._thread = Thread(target=self._watch, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
        self.seconds = monotonic() - self._began
        self.machine_busy = psutil.cpu_percent() / 100
        now = cpu_of(self.pid)
        self.cpu_seconds = {part: now[part] - self._cpu_at_start.get(part, 0.0) for part in now}

    def _watch(self) -> None:
        while not self._stop.wait(SAMPLE_SECONDS):
            megabytes = memory_of(self.pid)
            self.peak_mb = max(self.peak_mb, megabytes)
            if self.progress is not None:
                self.samples.append((self.progress(), megabytes))


def _tree(pid: int) -> list[psutil.Process]:
    root = psutil.Process(pid)
    return [root, *root.children(recursive=True)]


def cpu_of(pid: int) -> dict[str, float]:
    """CPU seconds of each part of the tree so far, those of its ended and awaited members included."""
    total: defaultdict[str, float] = defaultdict(float)
    for process in _tree(pid):
        try:
            times, words = process.cpu_times(), " ".join(process.cmdline())
        except psutil.NoSuchProcess:
            continue
        part = "web" if "gunicorn" in words else "workers" if "qcluster" in words else "supervisor"
        total[part] += times.user + times.system + times.children_user + times.children_system
    return total


def memory_of(pid: int) -> float:
    """MB of the tree, each shared page counted once."""
    total = 0.0
    for process in _tree(pid):
        try:
            total += process.memory_full_info().pss
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
    return total / 1_000_000


def quantile(values: list[float], share: float) -> float:
    """The smallest value that at least ``share`` of the values do not exceed; 0 when there are none."""
    ordered = sorted(values)
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)] if ordered else 0.0
