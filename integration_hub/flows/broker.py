"""The task queue's broker, patient with a database that is away.

django-q2's own ends its process at the first failed query and sleeps ten seconds before; each of its processes then
has to be started anew. This one waits a moment and asks again, so work goes on within a second of the database.
"""

import logging
from time import sleep
from typing import Any

from django.db import DatabaseError, InterfaceError, connections
from django_q.brokers.orm import ORM
from django_q.conf import Conf

logger = logging.getLogger(__name__)

ASK_AGAIN_SECONDS = 0.5


class PatientBroker(ORM):  # type: ignore[misc]  # the library ships no types
    """Set in ``Q_CLUSTER``. What it cannot take off the queue is done again later, which tasks must bear anyway."""

    is_away = False

    def dequeue(self) -> Any:
        """Tasks, or nothing: also when the database cannot be asked."""
        try:
            tasks = super().dequeue()
        except (DatabaseError, InterfaceError) as problem:
            self._missed(problem)
            sleep(ASK_AGAIN_SECONDS)
            return None
        self.is_away = False
        return tasks

    def delete(self, task_id: Any) -> Any:
        try:
            return super().delete(task_id)
        except (DatabaseError, InterfaceError) as problem:
            self._missed(problem)
            return None

    def _missed(self, problem: Exception) -> None:
        if not self.is_away:
            logger.warning("the queue cannot be read, the database is away (%s); trying on", type(problem).__name__)
        self.is_away = True
        connections[Conf.ORM].close()
