"""Behind every door: keep what arrived, then ask for work on it."""

from collections.abc import Sequence

from connectors.contract.capabilities import WebhookReceiver
from integration_hub.connections.models import Connection
from integration_hub.engine import inbox, lanes
from integration_hub.engine.exchanges import ExchangeLog

from .queue import send_lane
from .services import opened


def keep_and_nudge(connection_id: int, arrivals: Sequence[inbox.Arrival]) -> int:
    """Store events durably, then nudge the connection's lane; returns how many events were new.

    The events are committed before the lane is looked at. Whoever nudged it already has a task that has not begun
    yet, and that task will see them; so a burst costs one task and not one per event. Should we die in between, the
    sweep finds the events within a second.
    """
    kept = inbox.keep(arrivals)
    lanes.nudge([lanes.inbound_lane(connection_id).pk], send_lane)
    return kept


def receiver_for(connection: Connection) -> WebhookReceiver | None:
    """What checks calls to this connection's door; None when its system sends none."""
    return opened(connection, ExchangeLog(connection.pk)).webhooks
