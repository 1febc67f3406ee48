"""The door for webhooks and CRM triggers: ``/hooks/<token>/``. Checks, keeps, answers; looks into nothing."""

import logging
import re

from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt

from connectors.contract.errors import Forged, Misconfigured
from connectors.contract.results import Acknowledged, HookRequest
from integration_hub.engine.inbox import Arrival
from integration_hub.flows.doors import door_of, keep_and_nudge

from .bodies import bounded_body

logger = logging.getLogger(__name__)

RETRY_AFTER_SECONDS = "5"

_TOKEN = re.compile(r"[A-Za-z0-9_-]{20,64}")
"""Anything else cannot be one of ours and need not reach the database."""

NOT_ACCEPTED = "This call is not accepted."


@csrf_exempt
def hook(request: HttpRequest, token: str, rest: str = "") -> HttpResponse:  # noqa: ARG001 - some systems add a path
    """Keep a genuine call and answer 200.

    401 for an unknown address or a call that is not genuine (the same answer, so that addresses cannot be probed),
    413 for a body above HUB_MAX_BODY_BYTES, 411 for one of unknown length, 405 for a method that no system uses, 503
    with Retry-After when the database is away: then nothing was kept and the sender should come again.
    """
    if request.method not in {"POST", "GET"}:
        return _answer(405, "Only POST and GET are answered here.")
    if request.headers.get("Transfer-Encoding"):
        return _answer(411, "Send the body with its length.")
    body = bounded_body(request, settings.HUB_MAX_BODY_BYTES)
    if body is None:
        return _answer(413, "The body is larger than this hub accepts.")
    if not _TOKEN.fullmatch(token):
        return _answer(401, NOT_ACCEPTED)
    try:
        return _keep(request, token, body)
    except DatabaseError:
        # The server may have been restarted since this thread's last call. Keeping twice is harmless: one dedup key
        # is one event.
        connection.close()
    try:
        return _keep(request, token, body)
    except DatabaseError:
        logger.warning("a webhook was turned away: the database is not available")
        answer = _answer(503, "The hub cannot store this just now. Send it again in a few seconds.")
        answer["Retry-After"] = RETRY_AFTER_SECONDS
        return answer


def _keep(request: HttpRequest, token: str, body: bytes) -> HttpResponse:
    hook_request = HookRequest(
        method=request.method or "",
        headers={name.lower(): value for name, value in request.headers.items()},
        body=body,
        query=request.GET.dict(),
    )
    try:
        door = door_of(token)
        if door is None or door.receiver is None:
            return _answer(401, NOT_ACCEPTED)
        accepted = door.receiver.accept(hook_request)
    except (Forged, Misconfigured) as problem:
        logger.warning("a call to a connection's door was refused: %s", problem.message)
        return _answer(401, NOT_ACCEPTED)
    if isinstance(accepted, Acknowledged):
        return _answer(200, "ok")
    keep_and_nudge(
        door.connection_id,
        [
            Arrival(
                connection_id=door.connection_id,
                topic=accepted.topic,
                dedup_key=accepted.dedup_key,
                body=body if accepted.body is None else accepted.body,
                headers=accepted.headers,
            )
        ],
    )
    return _answer(200, "ok")


def _answer(status: int, text: str) -> JsonResponse:
    response = JsonResponse({"message": text}, status=status)
    # Django logs the path of every 4xx and 5xx, and ours holds the token.
    response._has_been_logged = True  # type: ignore[attr-defined]
    return response
