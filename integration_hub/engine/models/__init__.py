"""Tables of the engine. Everything that staff may have to repair is a row with a state and a reason."""

from .attempts import Attempt, Exchange
from .cursors import Backfill, BackfillFault, Cursor
from .inbox import InboxEvent
from .lanes import Heartbeat, Lane, RateBucket
from .links import Link
from .outbox import OutboxItem

__all__ = [
    "Attempt",
    "Backfill",
    "BackfillFault",
    "Cursor",
    "Exchange",
    "Heartbeat",
    "InboxEvent",
    "Lane",
    "Link",
    "OutboxItem",
    "RateBucket",
]
