"""Behind every door: who calls, keep what arrived, then ask for work on it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from time import monotonic

from django.conf import settings

from connectors.contract.capabilities import WebhookReceiver
from integration_hub.connections.models import Connection
from integration_hub.engine import inbox, lanes
from integration_hub.engine.exchanges import ExchangeLog

from .queue import send_lane
from .services import opened

MOST_KEPT = 256
"""Doors kept open per process; an installation has a handful."""


@dataclass(frozen=True, slots=True)
class Door:
    """What checks the calls to one connection; ``receiver`` None: its system sends none."""

    connection_id: int
    changed_at: datetime
    receiver: WebhookReceiver | None
    looked_at: float
    """By the monotonic clock: when the connection's row was last seen to be unchanged."""


_by_token: dict[str, Door] = {}
_doors: dict[int, Door] = {}


def door_of(token: str) -> Door | None:
    """The door with that token, None for an unknown one.

    Opening a connection decrypts its secrets, so the opened door is kept until the connection is changed: one narrow
    query tells, and within HUB_DOOR_TRUST_SECONDS of the last one not even that. Raises Misconfigured when the
    connection's settings do not open.
    """
    trusted = _by_token.get(token)
    if trusted is not None and monotonic() - trusted.looked_at < settings.HUB_DOOR_TRUST_SECONDS:
        return trusted
    door = _look_up(token)
    if door is None:
        _by_token.pop(token, None)
        return None
    _by_token[token] = replace(door, looked_at=monotonic())
    return door


def _look_up(token: str) -> Door | None:
    for connection_id, changed_at in Connection.objects.filter(hook_token=token).values_list("pk", "updated_at")[:1]:
        door = _doors.get(connection_id)
        if door is not None and door.changed_at == changed_at:
            return door
        return _open_door(Connection.objects.get(pk=connection_id))
    return None


def receiver_for(connection: Connection) -> WebhookReceiver | None:
    """What checks calls to this connection's door; None when its system sends none. Raises as ``door_of``."""
    door = _doors.get(connection.pk)
    if door is None or door.changed_at != connection.updated_at:
        door = _open_door(connection)
    return door.receiver


def _open_door(connection: Connection) -> Door:
    if len(_doors) >= MOST_KEPT:
        _doors.clear()
        _by_token.clear()
    receiver = opened(connection, ExchangeLog(connection.pk)).webhooks
    door = _doors[connection.pk] = Door(connection.pk, connection.updated_at, receiver, monotonic())
    return door


def keep_and_nudge(connection_id: int, arrivals: Sequence[inbox.Arrival]) -> int:
    """Store events durably, then nudge the connection's lane; returns how many events were new.

    The events are committed before the lane is looked at. Whoever nudged it already has a task that has not begun
    yet, and that task will see them; so a burst costs one task and not one per event. Should we die in between, the
    sweep finds the events within a second.
    """
    kept = inbox.keep(arrivals)
    lanes.nudge_inbound(connection_id, send_lane)
    return kept
