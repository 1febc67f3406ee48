"""``/metrics`` for Prometheus: only for who has the token or calls from a named network; otherwise not there."""

import hmac
import ipaddress
from collections.abc import Sequence

from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse

from integration_hub.watch.figures import CONTENT_TYPE, exposition

FORWARDED = ("HTTP_X_FORWARDED_FOR", "HTTP_FORWARDED", "HTTP_X_REAL_IP")
"""A call through a proxy seems to come from the proxy: by its address everybody would be let in."""


def metrics(request: HttpRequest) -> HttpResponse:
    """200 with the figures; 404 while nobody may read them; 401 without the token; 503 without a database."""
    if not settings.HUB_METRICS_TOKEN and not settings.HUB_METRICS_NETWORKS:
        return HttpResponse("There is no such page.", status=404, content_type="text/plain")
    if not (_has_token(request) or _is_near(request)):
        answer = HttpResponse("The token is missing or wrong.", status=401, content_type="text/plain")
        answer["WWW-Authenticate"] = "Bearer"
        return answer
    try:
        return HttpResponse(exposition(), content_type=CONTENT_TYPE)
    except DatabaseError:
        return HttpResponse("The database is not available.", status=503, content_type="text/plain")


def _has_token(request: HttpRequest) -> bool:
    token: str = settings.HUB_METRICS_TOKEN
    given = request.headers.get("Authorization", "")
    return bool(token) and hmac.compare_digest(given.encode(), f"Bearer {token}".encode())


def _is_near(request: HttpRequest) -> bool:
    networks: Sequence[str] = settings.HUB_METRICS_NETWORKS
    if not networks or any(request.META.get(name) for name in FORWARDED):
        return False
    try:
        address = ipaddress.ip_address(request.META.get("REMOTE_ADDR", ""))
    except ValueError:
        return False
    return any(address in ipaddress.ip_network(network) for network in networks)
