"""Whether the hub is alive, and whether it can work."""

from datetime import timedelta

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone

from integration_hub.engine.models import Heartbeat

BEAT_IS_STALE_AFTER = timedelta(seconds=30)
WORKERS = "workers"

_migrated = False


def live(_request: HttpRequest) -> HttpResponse:
    """200 as long as the web process answers at all."""
    return JsonResponse({"status": "ok"})


def ready(_request: HttpRequest) -> HttpResponse:
    """200 when the hub can work: the database answers and is migrated, a supervisor was seen within half a minute, and
    its workers stay up. Else 503 naming what is missing."""
    try:
        missing = _missing()
    except DatabaseError:
        missing = "database"
    if missing:
        return JsonResponse({"status": "unavailable", "missing": missing}, status=503)
    return JsonResponse({"status": "ok"})


def _missing() -> str:
    fresh = Heartbeat.objects.filter(at__gte=timezone.now() - BEAT_IS_STALE_AFTER).values_list("detail", flat=True)
    running = [detail for detail in fresh if not detail.get("stopped")]
    if not _is_migrated():
        return "migrations"
    if not running:
        return "supervisor"
    return "workers" if all(WORKERS in (detail.get("falling") or ()) for detail in running) else ""


def _is_migrated() -> bool:
    """Looked up until it is true: what was migrated once stays so as long as this process lives."""
    global _migrated  # noqa: PLW0603 - a fact about this process
    if not _migrated:
        executor = MigrationExecutor(connection)
        _migrated = not executor.migration_plan(executor.loader.graph.leaf_nodes())
    return _migrated
