"""The routes' daily windows at the moment of sending: what falls due outside one waits for its next opening."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from integration_hub.connections.models import Route
from integration_hub.engine.models import OutboxItem

from .routing import due_in_window


@dataclass(frozen=True, slots=True)
class Windows:
    """The windows of the routes that send over one connection; read once per drain, nothing when none has one."""

    routes: Sequence[Route] = ()

    def hold_back(self, lane_id: int, now: datetime) -> int:
        """Put off what is due on the lane for routes that are closed now; returns how many items. One statement for a
        closed route. What staff want at once is not held."""
        held = 0
        for route in self.routes:
            opens = due_in_window(route, now)
            if opens > now:
                due = OutboxItem.objects.filter(lane_id=lane_id, state=OutboxItem.State.WAITING, due_at__lte=now)
                held += due.filter(route=route, is_urgent=False).update(due_at=opens, updated_at=now)
        return held


def windows_of(connection_id: int) -> Windows:
    """One query."""
    either = Q(store=connection_id) | Q(crm=connection_id)
    rows = Route.objects.filter(either, window_from__isnull=False, window_to__isnull=False)
    return Windows(tuple(rows.only("pk", "window_from", "window_to")))
