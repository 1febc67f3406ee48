"""The catalog file at its secret address: ``/feeds/<token>``. A plain file; nothing is worked out here."""

import re
from datetime import timedelta

from django.db import DatabaseError
from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.utils.http import http_date

from connectors.contract.errors import ConnectorError
from integration_hub.catalog.files import FeedFile, file_of
from integration_hub.catalog.models import CatalogFeed, feed_at
from integration_hub.connections.models import Route
from integration_hub.flows.feeds import feed_form

RETRY_AFTER_SECONDS = "60"
NOTE_FETCH_EVERY = timedelta(minutes=1)

_TOKEN = re.compile(r"[A-Za-z0-9_-]{20,64}", re.ASCII)
_FALLBACK_TYPE = "application/octet-stream"


def feed(request: HttpRequest, token: str) -> HttpResponseBase:
    """200 with the file, 304 when the caller has it, 404 for any address that is none of ours, 503 while the first
    file is being built. GET and HEAD only."""
    if request.method not in {"GET", "HEAD"}:
        return _plain(405, "Only GET is answered here.")
    try:
        found = feed_at(token) if _TOKEN.fullmatch(token) else None
    except DatabaseError:
        return _later("The hub cannot be reached just now.")
    if found is None or not found.route.sync_catalog or found.route.mode == Route.Mode.OFF:
        return _plain(404, "Nothing is here.")
    packed = "gzip" in request.headers.get("Accept-Encoding", "").lower()
    file = file_of(found, packed=packed)
    if file is None:
        return _later("The catalog is being built.")
    _note_fetch(found)
    return _sent(request, found, file, packed=packed)


def _sent(request: HttpRequest, found: CatalogFeed, file: FeedFile, *, packed: bool) -> HttpResponseBase:
    unchanged = get_conditional_response(request, etag=file.etag, last_modified=int(file.modified))
    if unchanged is not None:
        unchanged["ETag"] = file.etag
        return _quiet(unchanged)
    kind = _content_type(found)
    is_head = request.method == "HEAD"
    response = HttpResponse(content_type=kind) if is_head else FileResponse(file.path.open("rb"), content_type=kind)
    response["Content-Length"] = str(file.size)
    response["ETag"] = file.etag
    response["Last-Modified"] = http_date(file.modified)
    response["Vary"] = "Accept-Encoding"
    response["Cache-Control"] = "private, no-cache"
    if packed:
        response["Content-Encoding"] = "gzip"
    return _quiet(response)


def _content_type(found: CatalogFeed) -> str:
    try:
        return feed_form(found).content_type
    except ConnectorError:
        return _FALLBACK_TYPE


def _note_fetch(found: CatalogFeed) -> None:
    """So that staff see whether the CRM comes at all; at most once a minute."""
    now = timezone.now()
    if found.fetched_at is None or now - found.fetched_at > NOTE_FETCH_EVERY:
        CatalogFeed.objects.filter(pk=found.pk).update(fetched_at=now)


def _later(text: str) -> HttpResponseBase:
    response = _plain(503, text)
    response["Retry-After"] = RETRY_AFTER_SECONDS
    return response


def _plain(status: int, text: str) -> HttpResponseBase:
    return _quiet(HttpResponse(text, status=status, content_type="text/plain; charset=utf-8"))


def _quiet(response: HttpResponseBase) -> HttpResponseBase:
    # Django logs the path of every 4xx and 5xx, and ours holds the token.
    response._has_been_logged = True  # type: ignore[attr-defined]
    return response
