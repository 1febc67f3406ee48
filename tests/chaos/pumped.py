"""A world whose hub works inside the test's process, over real HTTP, with a clock that is put forward.

Webhooks go to a live server's threads; tasks are taken from the queue and done by two threads at a time, each task
twice, because the queue promises no less. What would be a wait is a step of the clock.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib import import_module
from threading import Barrier
from typing import Any, Self

import time_machine
from django.db import close_old_connections, connection
from django_q.models import OrmQ

from integration_hub.chaos.world import ChaosError
from integration_hub.flows import sweep

CREW = 2
STEP_SECONDS = 2.0
SENDERS_SECONDS = 30.0
MOST_ROUNDS = 500
LEAVE_SECONDS = 10.0


class Crew:
    """Two threads that do tasks as the queue's workers do; a thread keeps its database connection from task to task."""

    def __enter__(self) -> Self:
        self._pool = ThreadPoolExecutor(CREW)
        return self

    def __exit__(self, *_details: object) -> None:
        together = Barrier(CREW)  # so that no thread takes the other's turn
        for _ in range(CREW):
            self._pool.submit(_leave, together)
        self._pool.shutdown()

    def pump(self) -> None:
        """Tick and work until the queue is empty."""
        for _ in range(MOST_ROUNDS):
            sweep.sweep()
            queued = list(OrmQ.objects.all())
            if not queued:
                return
            OrmQ.objects.filter(pk__in=[row.pk for row in queued]).delete()
            for done in [self._pool.submit(_work, row.task) for row in queued for _ in range(CREW)]:
                done.result()
        message = "the hub does not come to rest"
        raise ChaosError(message)


@dataclass(frozen=True, slots=True)
class Pumped:
    """A ``Pace`` for the size of the test suite."""

    clock: time_machine.Traveller
    store_box: Any
    crm_box: Any
    crew: Crew
    is_small: bool = True

    def wait(self, what: str, is_done: Callable[[], bool], patience_seconds: float) -> None:
        spent = 0.0
        while True:
            self._let_them_send()
            self.crew.pump()
            if is_done():
                return
            if spent > patience_seconds:
                message = f"{what}: not finished after {patience_seconds:.0f} s"
                raise ChaosError(message)
            self.clock.shift(STEP_SECONDS)
            spent += STEP_SECONDS

    def pass_time(self, seconds: float) -> None:
        """Step by step, with work between the steps."""
        while seconds > 0:
            self._let_them_send()
            self.crew.pump()
            self.clock.shift(min(seconds, STEP_SECONDS))
            seconds -= STEP_SECONDS

    def _let_them_send(self) -> None:
        """The stand-ins' threads need real time, not steps of the clock."""
        assert self.store_box.dispatcher.wait_until_idle(SENDERS_SECONDS)
        assert self.crm_box.wait_until_quiet(SENDERS_SECONDS)


def _work(task: dict[str, Any]) -> None:
    module, _, name = str(task["func"]).rpartition(".")
    close_old_connections()
    getattr(import_module(module), name)(*task["args"])


def _leave(together: Barrier) -> None:
    together.wait(LEAVE_SECONDS)
    connection.close()
