"""Measures a process tree from outside: CPU time and memory."""

from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Event, Thread
from time import monotonic

import psutil

SAMPLE_SECONDS = 0.5


@dataclass(slots=True)
class Meter:
    """Watches the tree below ``pid`` while the block runs. Memory is the sum of resident sizes, shared pages included
    once per process, so it overstates rather than understates."""

    pid: int
    progress: Callable[[], int] | None = None
    cpu_seconds: float = 0.0
    seconds: float = 0.0
    peak_mb: float = 0.0
    samples: list[tuple[int, float]] = field(default_factory=list)
    """(progress, MB) over time."""

    _stop: Event = field(default_factory=Event)
    _thread: Thread | None = None
    _cpu_at_start: float = 0.0
    _began: float = 0.0

    def __enter__(self) -> "Meter":
        self._cpu_at_start, self._began = cpu_of(self.pid), monotonic()
        self._thread = Thread(target=self._watch, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
        self.seconds = monotonic() - self._began
        self.cpu_seconds = cpu_of(self.pid) - self._cpu_at_start

    def _watch(self) -> None:
        while not self._stop.wait(SAMPLE_SECONDS):
            megabytes = memory_of(self.pid)
            self.peak_mb = max(self.peak_mb, megabytes)
            if self.progress is not None:
                self.samples.append((self.progress(), megabytes))


def _tree(pid: int) -> list[psutil.Process]:
    root = psutil.Process(pid)
    return [root, *root.children(recursive=True)]


def cpu_of(pid: int) -> float:
    """CPU seconds of the tree so far, those of its ended and awaited members included."""
    total = 0.0
    for process in _tree(pid):
        try:
            times = process.cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += times.user + times.system + times.children_user + times.children_system
    return total


def memory_of(pid: int) -> float:
    total = 0
    for process in _tree(pid):
        try:
            total += process.memory_info().rss
        except psutil.NoSuchProcess:
            continue
    return total / 1_000_000


def quantile(values: list[float], share: float) -> float:
    """The smallest value that at least ``share`` of the values do not exceed; 0 when there are none."""
    ordered = sorted(values)
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)] if ordered else 0.0
