"""Kills processes of the running hub, as a machine that runs out of memory does."""

import random
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from threading import Event, Thread

import psutil

from .world import World


def workers(world: World) -> list[psutil.Process]:
    """The task queue's worker processes, busy or idle: those below its sentinel."""
    return [process for process in _family(world) if _is_worker(process)]


def web_processes(world: World) -> list[psutil.Process]:
    """The web server's worker processes, without its master."""
    gunicorn = [process for process in _family(world) if "gunicorn" in _words(process)]
    pids = {process.pid for process in gunicorn}
    return [process for process in gunicorn if process.ppid() in pids]


def _family(world: World) -> list[psutil.Process]:
    assert world.hub is not None  # noqa: S101 - a row that kills says needs_processes
    return psutil.Process(world.hub.pid).children(recursive=True)


def _words(process: psutil.Process) -> str:
    with suppress(psutil.NoSuchProcess, psutil.ZombieProcess):
        return " ".join(process.cmdline()).strip()  # a title that became shorter is filled up
    return ""


def _is_worker(process: psutil.Process) -> bool:
    """django-q2 says in the title what each of its processes is: the cluster's name, then the process's."""
    words = _words(process)
    return words.endswith(" idle") or "integration_hub.flows.tasks." in words


def kill(process: psutil.Process) -> bool:
    with suppress(psutil.NoSuchProcess):
        process.send_signal(signal.SIGKILL)
        return True
    return False


@contextmanager
def killing(find: Callable[[], list[psutil.Process]], *, every: float, seed: int = 1) -> Iterator[list[int]]:
    """While the block runs one of the processes is killed every so many seconds; yields the pids that were."""
    chance, stop, killed = random.Random(seed), Event(), list[int]()  # noqa: S311 - the same again for the same seed

    def work() -> None:
        while not stop.wait(every):
            with suppress(psutil.NoSuchProcess):
                victims = find()
                if victims and kill(victim := chance.choice(victims)):
                    killed.append(victim.pid)

    thread = Thread(target=work, name="killer", daemon=True)
    thread.start()
    try:
        yield killed
    finally:
        stop.set()
        thread.join(10)
