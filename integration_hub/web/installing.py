"""The two addresses of a marketplace installation: ``/install/<kind>/`` says what the hub needs, ``…/register`` takes
the key. Both exist only while the hub has an application with that vendor (``HUB_APPLICATIONS``)."""

import logging
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt

from connectors.contract.errors import ConnectorError, Forged, without_promise
from connectors.contract.results import HookRequest
from integration_hub.connections.models import Connection
from integration_hub.flows.installing import install, marketplace_of

from .bodies import bounded_body

logger = logging.getLogger(__name__)

MOST_BYTES = 16 * 1024
"""An address, a key and a token; the vendor's real calls are a few hundred bytes."""

AWAY = "The hub cannot store this just now. Try again in a few seconds."
NOT_ACCEPTED = "This call is not accepted."


@csrf_exempt
def offer(request: HttpRequest, kind: str) -> HttpResponse:
    """200 with what the hub needs; 404 without an application. Changes nothing, so GET and POST are alike."""
    market = marketplace_of(kind)
    if market is None:
        return _answer(404, {"message": "Nothing is here."})
    if request.method not in {"GET", "POST"}:
        return _answer(405, {"message": "Only GET and POST are answered here."})
    register_url = f"{settings.HUB_BASE_URL}{reverse('install-register', args=[kind])}"
    return _answer(200, market.installer.offer(register_url))


@csrf_exempt
def register(request: HttpRequest, kind: str) -> HttpResponse:
    """200 with the new connection's page; 401 for a call that is not the vendor's, 400 with words for one that cannot
    be done, 413 for one that is too long, 503 when the database is away."""
    market = marketplace_of(kind)
    if market is None:
        return _answer(404, {"message": "Nothing is here."})
    refused = market.installer.refused
    if request.method != "POST":
        return _answer(405, refused("Only POST is answered here."))
    body = bounded_body(request, MOST_BYTES)
    if body is None:
        return _answer(413, refused("The body is larger than such a call can be."))
    headers = {name.lower(): value for name, value in request.headers.items()}
    try:
        connection = install(market, HookRequest("POST", headers, body), _page)
    except Forged as problem:
        logger.warning("an installation was refused: %s", problem.message)
        return _answer(401, refused(NOT_ACCEPTED))
    except ConnectorError as problem:
        logger.warning("an installation did not end: %s", problem.message)
        return _answer(400, refused(without_promise(problem.message)))
    except DatabaseError:
        logger.warning("an installation was turned away: the database is not available")
        return _answer(503, refused(AWAY))
    logger.info("the connection %s was installed and waits for staff", connection.pk)
    return _answer(200, market.installer.installed(_page(connection)))


def _page(connection: Connection) -> str:
    """Where whoever pressed the button goes on. Signing in there is what shows that the hub is theirs."""
    page = reverse(f"admin:connections_{connection.role}connection_change", args=[connection.pk])
    return f"{settings.HUB_BASE_URL}{page}"


def _answer(status: int, body: Mapping[str, Any]) -> JsonResponse:
    return JsonResponse(dict(body), status=status)
