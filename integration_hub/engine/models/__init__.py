"""Tables of the engine. Everything that staff may have to repair is a row with a state and a reason."""

from .attempts import Attempt, Exchange
from .backfills import Backfill, BackfillFault
from .claims import Claim
from .cursors import Cursor
from .inbox import InboxEvent
from .lanes import Heartbeat, Lane, RateBucket
from .links import Link
from .outbox import OutboxItem
from .reconciles import Drift, ReconcileRun

__all__ = [
    "Attempt",
    "Backfill",
    "BackfillFault",
    "Claim",
    "Cursor",
    "Drift",
    "Exchange",
    "Heartbeat",
    "InboxEvent",
    "Lane",
    "Link",
    "OutboxItem",
    "RateBucket",
    "ReconcileRun",
]
