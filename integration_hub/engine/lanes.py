"""Lanes: who may work on what. Leases, nudges, pauses."""

import os
import socket
import uuid
from collections.abc import Callable, Collection, Iterable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from .models import Lane

LEASE = timedelta(seconds=settings.HUB_LEASE_SECONDS)
"""How long a lane stays with a worker that is silent. A living one renews it three times meanwhile, however slow the
call it waits for (``keeper``); so this is how long work rests when a whole machine is lost."""

NUDGE_IS_STALE_AFTER = timedelta(seconds=10)
"""A task that has not begun by then is taken for lost. Two tasks for one lane do no harm: one finds the lease taken."""

Send = Callable[[int, bool], None]
"""Puts a task for a lane on the queue: (lane id, whether it belongs to the queue for long jobs)."""


def new_owner() -> str:
    """A name that no other worker has, and that tells staff which machine and process it was."""
    return f"{node_name()}:{os.getpid()}:{uuid.uuid4().hex[:12]}"


def inbound_lane(connection_id: int) -> Lane:
    """The lane that reads what arrived from a connection; made at first use."""
    lane, _ = Lane.objects.get_or_create(
        key=f"in:{connection_id}", defaults={"connection_id": connection_id, "direction": Lane.Direction.IN}
    )
    return lane


def outbound_lane(connection_id: int, flow: str, *, is_backfill: bool = False) -> Lane:
    """The lane that delivers one flow to a connection; live and backfill never share one."""
    key = f"out:{connection_id}:{flow}:{'backfill' if is_backfill else 'live'}"
    lane, _ = Lane.objects.get_or_create(
        key=key,
        defaults={
            "connection_id": connection_id,
            "direction": Lane.Direction.OUT,
            "flow": flow,
            "is_backfill": is_backfill,
        },
    )
    return lane


def helper_of(lane: Lane) -> Lane:
    """The lane that takes over a part of what has gathered on another; made at first use."""
    helper, _ = Lane.objects.get_or_create(
        key=f"{lane.key}:2",
        defaults={
            "connection_id": lane.connection_id,
            "direction": lane.direction,
            "flow": lane.flow,
            "is_backfill": lane.is_backfill,
            "helps": lane,
        },
    )
    return helper


def take(lane_id: int, owner: str) -> bool:
    """Take the lease; False when a living worker has it. Whatever was asked for by nudge is now being done."""
    now = timezone.now()
    free = Q(lease_until=None) | Q(lease_until__lt=now)
    taken = Lane.objects.filter(free, pk=lane_id).update(
        lease_owner=owner, lease_until=now + LEASE, is_nudged=False, heartbeat_at=now
    )
    return bool(taken)


def renew(lane_id: int, owner: str) -> bool:
    """Keep the lease; False when it was lost: then nothing more may be written in its name."""
    now = timezone.now()
    return bool(Lane.objects.filter(pk=lane_id, lease_owner=owner).update(lease_until=now + LEASE, heartbeat_at=now))


def release_dead(is_alive: Callable[[int], bool]) -> int:
    """Give back the lanes of workers of this machine that are no more, without waiting for their leases to run out;
    returns how many. ``is_alive(pid)`` is asked only for this machine's own."""
    held = Lane.objects.exclude(lease_owner="").values_list("pk", "lease_owner")
    dead = [(pk, owner) for pk, owner in held if is_dead(owner, is_alive)]
    # The owner stays in its column: whoever takes the lane next sees that it was not given back in order.
    now = timezone.now()
    return sum(Lane.objects.filter(pk=pk, lease_owner=owner, lease_until__gt=now).update(lease_until=now)
               for pk, owner in dead)  # fmt: skip


def is_dead(owner: str, is_alive: Callable[[int], bool]) -> bool:
    """Whether that owner was a process of this machine that is no more. Of other machines nobody here can tell."""
    machine, _, rest = owner.partition(":")
    pid = rest.partition(":")[0]
    return machine == node_name() and pid.isdigit() and not is_alive(int(pid))


def node_name() -> str:
    """What this machine is called among those that share the database."""
    return (settings.HUB_NODE_NAME or socket.gethostname())[:30].replace(":", "-")


def release(lane_id: int, owner: str) -> None:
    """Give the lane back. A task that was asked for meanwhile may have come and gone because the lease was taken, so
    whoever finds work from now on asks anew."""
    Lane.objects.filter(pk=lane_id, lease_owner=owner).update(lease_owner="", lease_until=None, is_nudged=False)


def nudge(lane_ids: Iterable[int], send: Send, *, at: datetime | None = None) -> int:
    """Ask for work on lanes that nobody asked for yet; returns how many tasks were put on the queue.

    Call it after the work is committed: a lane that is nudged already has a task that has not begun, and will see it.
    """
    now = at or timezone.now()
    wanted = set(lane_ids)
    if not wanted:
        return 0
    asked = Q(is_nudged=True, nudged_at__gt=now - NUDGE_IS_STALE_AFTER)
    idle = list(Lane.objects.filter(pk__in=wanted).exclude(asked).values_list("pk", "is_backfill"))
    sent = 0
    for lane_id, is_backfill in idle:
        with transaction.atomic():
            won = Lane.objects.filter(pk=lane_id).exclude(asked).update(is_nudged=True, nudged_at=now)
            if won:
                send(lane_id, is_backfill)
                sent += 1
    return sent


def nudge_inbound(connection_id: int, send: Send) -> int:
    """``nudge`` for the lane that reads from a connection, in one narrow query when it is nudged already: this is
    called for every webhook."""
    now = timezone.now()
    found = Lane.objects.filter(key=f"in:{connection_id}").values_list("is_nudged", "nudged_at")[:1]
    for is_nudged, nudged_at in found:
        if is_nudged and nudged_at is not None and nudged_at > now - NUDGE_IS_STALE_AFTER:
            return 0
    return nudge([inbound_lane(connection_id).pk], send, at=now)


def abandon(lane_id: int, owner: str) -> None:
    """Give the lane back in disorder. The owner stays in its column, so that the sweep sees at once that items were
    left in hand."""
    Lane.objects.filter(pk=lane_id, lease_owner=owner).update(lease_until=timezone.now(), is_nudged=False)


def put_to_sleep(lane_id: int, until: datetime) -> None:
    Lane.objects.filter(pk=lane_id).update(sleeps_until=until)


def pause(lane_ids: Collection[int], reason: str) -> int:
    """Stop working on lanes and on those that help them; items are kept. Returns how many were not paused before."""
    reasons = {"paused_at": timezone.now(), "paused_reason": reason}
    Lane.objects.filter(helps__in=lane_ids, paused_at=None).update(**reasons)
    return Lane.objects.filter(pk__in=lane_ids, paused_at=None).update(**reasons)


def resume(lane_ids: Collection[int]) -> int:
    """Go on, on those that help as well. Returns how many were paused or asleep."""
    fresh: dict[str, Any] = {"paused_at": None, "paused_reason": "", "internal_errors": 0, "sleeps_until": None}
    resting = Lane.objects.exclude(paused_at=None, sleeps_until=None)
    resting.filter(helps__in=lane_ids).update(**fresh)
    return resting.filter(pk__in=lane_ids).update(**fresh)
