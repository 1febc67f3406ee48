"""When a file is built anew."""

from datetime import datetime, timedelta

from django.utils import timezone

from .models import CatalogFeed

BUILD_DELAY = timedelta(minutes=10)
"""Between a change and the new file: one file for many changes. CRMs come for it every few hours."""


def changed(connection_id: int) -> None:
    """Products of that store changed: its files are due after ``BUILD_DELAY``, or sooner when they were already."""
    soon = timezone.now() + BUILD_DELAY
    CatalogFeed.objects.filter(route__store_id=connection_id, due_at__gt=soon).update(due_at=soon)


NIGHT_HOUR = 3


def next_night(now: datetime) -> datetime:
    """The next three o'clock in the night of the hub's own zone."""
    local = timezone.localtime(now)
    night = local.replace(hour=NIGHT_HOUR, minute=0, second=0, microsecond=0)
    return night if night > local else night + timedelta(days=1)
