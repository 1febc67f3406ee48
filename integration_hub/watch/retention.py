"""Healed incidents are forgotten with the other reports; what is broken is never forgotten."""

from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone

from integration_hub.flows.prune import touch

from .models import Incident


def prune_incidents(now: datetime | None = None) -> int:
    """One step; returns how many incidents went, their notices with them."""
    end = (now or timezone.now()) - timedelta(days=settings.HUB_KEEP_REPORTS_DAYS)
    return touch(Incident.objects.filter(closed_at__lt=end).order_by("closed_at"), lambda rows: rows.delete()[0])
