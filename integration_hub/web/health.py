"""Whether the hub is alive, and whether it can work."""

from datetime import timedelta

from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone

from integration_hub.engine.models import Heartbeat

BEAT_IS_STALE_AFTER = timedelta(seconds=30)


def live(_request: HttpRequest) -> HttpResponse:
    """200 as long as the web process answers at all."""
    return JsonResponse({"status": "ok"})


def ready(_request: HttpRequest) -> HttpResponse:
    """200 when the database answers and a supervisor was seen within half a minute, else 503 naming what is missing."""
    try:
        newest = Heartbeat.objects.order_by("-at").values_list("at", flat=True).first()
    except DatabaseError:
        return JsonResponse({"status": "unavailable", "missing": "database"}, status=503)
    if newest is None or timezone.now() - newest > BEAT_IS_STALE_AFTER:
        return JsonResponse({"status": "unavailable", "missing": "supervisor"}, status=503)
    return JsonResponse({"status": "ok"})
