"""The door for webhooks and CRM triggers: ``/hooks/<token>/``. Checks, keeps, answers; looks into nothing."""

import logging

from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt

from connectors.contract.errors import Forged, Misconfigured
from connectors.contract.results import Acknowledged, HookRequest
from integration_hub.connections.models import Connection
from integration_hub.engine.inbox import Arrival
from integration_hub.flows.doors import keep_and_nudge, receiver_for

logger = logging.getLogger(__name__)

RETRY_AFTER_SECONDS = "5"


@csrf_exempt
def hook(request: HttpRequest, token: str, rest: str = "") -> HttpResponse:
    """Keep a genuine call and answer 200.

    401 for an unknown address or a call that is not genuine (the same answer, so that addresses cannot be probed),
    413 for a body above HUB_MAX_BODY_BYTES, 405 for a method no system uses, 503 with Retry-After when the database
    is away: then nothing was kept and the sender should come again.
    """
    if request.method not in {"POST", "GET"}:
        return _answer(405, "Only POST and GET are answered here.")
    body = _bounded_body(request)
    if body is None:
        return _answer(413, "The body is larger than this hub accepts.")
    try:
        return _keep(request, token, body)
    except DatabaseError:
        logger.warning("a webhook was turned away: the database is not available")
        answer = _answer(503, "The hub cannot store this just now. Send it again in a few seconds.")
        answer["Retry-After"] = RETRY_AFTER_SECONDS
        return answer


def _keep(request: HttpRequest, token: str, body: bytes) -> HttpResponse:
    connection = Connection.objects.filter(hook_token=token).first()
    if connection is None:
        return _answer(401, "This call is not accepted.")
    receiver = receiver_for(connection)
    if receiver is None:
        return _answer(401, "This call is not accepted.")
    hook_request = HookRequest(
        method=request.method or "",
        headers={name.lower(): value for name, value in request.headers.items()},
        body=body,
        query=request.GET.dict(),
    )
    try:
        accepted = receiver.accept(hook_request)
    except (Forged, Misconfigured) as problem:
        logger.warning("a call to the door of connection %s was refused: %s", connection.pk, problem.message)
        return _answer(401, "This call is not accepted.")
    if isinstance(accepted, Acknowledged):
        return _answer(200, "ok")
    keep_and_nudge(
        connection.pk,
        [
            Arrival(
                connection_id=connection.pk,
                topic=accepted.topic,
                dedup_key=accepted.dedup_key,
                body=body,
                headers=accepted.headers,
            )
        ],
    )
    return _answer(200, "ok")


def _bounded_body(request: HttpRequest) -> bytes | None:
    limit: int = settings.HUB_MAX_BODY_BYTES
    try:
        announced = int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        announced = 0
    if announced > limit:
        return None
    body = request.read(limit + 1)
    return body if len(body) <= limit else None


def _answer(status: int, text: str) -> JsonResponse:
    return JsonResponse({"message": text}, status=status)
