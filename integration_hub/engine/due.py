"""What the outbox has to deliver now."""

from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from integration_hub.connections.models import Route

from .models import Backfill, Lane, OutboxItem


def due_items(now: datetime) -> QuerySet[OutboxItem]:
    """Items that may be sent now. The newer state of an object that is in flight on another lane waits for that."""
    key = ("route_id", "flow", "object_kind", "object_id")
    flying = OutboxItem.objects.filter(state=OutboxItem.State.IN_FLIGHT, **{name: OuterRef(name) for name in key})
    due = OutboxItem.objects.filter(~Exists(flying), state=OutboxItem.State.WAITING, due_at__lte=now)
    return due.exclude(route__mode=Route.Mode.OFF)


def due_lanes(now: datetime) -> list[int]:
    """Lanes that have something to deliver now."""
    due = due_items(now).filter(lane_id=OuterRef("pk"))
    return list(Lane.objects.filter(Exists(due)).order_by("pk").values_list("pk", flat=True))


def count_due(lane_id: int, most: int) -> int:
    """How many items of the lane may be sent now, counted up to ``most``."""
    return len(due_items(timezone.now()).filter(lane_id=lane_id).values_list("pk")[:most])


def more_is_coming(lane: Lane, patience: timedelta) -> bool:
    """Whether a backfill reads for this lane just now, and nothing on it has waited longer than ``patience``."""
    now = timezone.now()
    reading = Backfill.objects.filter(
        route__crm_id=lane.connection_id, flow=lane.flow, state=Backfill.State.RUNNING, lease_until__gt=now
    )
    return reading.exists() and not due_items(now).filter(lane_id=lane.pk, updated_at__lt=now - patience).exists()


def has_due(lane_id: int, now: datetime) -> bool:
    """Whether the lane has something to deliver now."""
    return due_items(now).filter(lane_id=lane_id).exists()
