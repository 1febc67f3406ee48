"""Once a night every route is compared; not all at once."""

import hashlib
import logging
from datetime import date, datetime, time, timedelta

from django.conf import settings
from django.utils import timezone

from connectors.contract.errors import ConnectorError
from integration_hub.connections.models import Route
from integration_hub.engine.models import ReconcileRun

from . import reconcile

logger = logging.getLogger(__name__)

STILL_MOVING = timedelta(minutes=10)
"""Orders younger than this may be on their way by webhook."""


def start_due(now: datetime | None = None) -> int:
    """Begin the comparisons whose time has come since midnight; returns how many. Safe to call from any number of
    supervisors, as often as one likes: one query when nothing is to be done."""
    now = now or timezone.now()
    today = timezone.localtime(now).date()
    begun = set(ReconcileRun.objects.filter(night=today).values_list("route_id", flat=True))
    routes = Route.objects.filter(reconciles_nightly=True, sync_orders=True).exclude(mode=Route.Mode.OFF)
    due = [route for route in routes.exclude(pk__in=begun) if _is_due(route, today, now)]
    return sum(_begin(route, today, now) for route in due)


def _begin(route: Route, night: date, now: datetime) -> bool:
    try:
        if not reconcile.can_compare(route):
            return False
    except ConnectorError:
        logger.warning("route %s is not compared tonight: a connection of it cannot be opened", route.pk)
        return False
    earliest = now - timedelta(days=settings.HUB_RECONCILE_DAYS)
    return reconcile.plan_night(route, night, max(route.start_at, earliest), now - STILL_MOVING)


def _is_due(route: Route, today: date, now: datetime) -> bool:
    """A route that was made after its time today has its first night before it."""
    begins = begins_at(route, today)
    return begins is not None and route.created_at < begins <= now


def begins_at(route: Route, day: date) -> datetime | None:
    """When the route's comparison of that day begins, in the hub's time zone; None when it has none.

    Routes without a time of their own are spread over HUB_RECONCILE_SPREAD_MINUTES, each always at the same minute.
    """
    at = route.reconcile_at or installation_time()
    if at is None or not route.reconciles_nightly:
        return None
    begins = timezone.make_aware(datetime.combine(day, at))
    return begins if route.reconcile_at else begins + timedelta(minutes=_share(route.pk))


def installation_time() -> time | None:
    return time.fromisoformat(settings.HUB_RECONCILE_AT) if settings.HUB_RECONCILE_AT else None


def _share(route_id: int) -> int:
    spread = settings.HUB_RECONCILE_SPREAD_MINUTES
    digest = hashlib.blake2b(str(route_id).encode(), digest_size=4).digest()
    return int.from_bytes(digest, "big") % spread if spread > 0 else 0
