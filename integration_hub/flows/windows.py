"""The routes' daily windows at the moment of sending: what falls due outside one waits for its next opening."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from integration_hub.connections.models import Route
from integration_hub.engine import outbox

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
                held += outbox.put_off(lane_id, route.pk, until=opens, now=now)
        return held


def windows_of(connection_id: int) -> Windows:
    """One query."""
    either = Q(store=connection_id) | Q(crm=connection_id)
    rows = Route.objects.filter(either, window_from__isnull=False, window_to__isnull=False)
    return Windows(tuple(rows.only("pk", "window_from", "window_to")))
