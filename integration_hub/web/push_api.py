"""The push API: a shop of one's own sends orders, customers, leads, products and status changes.

All or nothing: 202 means that every object of the body was understood and is stored for good; with any other answer
nothing of it was. The order of the checks is fixed, so that a stranger learns nothing: form of the call, size,
character set, authenticity, JSON, objects, storing.
"""

import hashlib
import hmac
import logging
import re
from typing import Any

from django.db import InterfaceError, OperationalError
from django.utils import timezone
from rest_framework.exceptions import APIException
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.permissions import AllowAny
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from connectors.contract.errors import ConnectorError
from connectors.contract.push import envelope
from connectors.contract.results import Accepted, Acknowledged, HookRequest
from integration_hub.connections.adapters import spec_of
from integration_hub.connections.models import Connection
from integration_hub.engine.inbox import Arrival
from integration_hub.engine.models import InboxEvent
from integration_hub.flows.doors import keep_and_nudge, receiver_for

from .push_answers import Refusal, invalid, not_genuine, unavailable
from .push_body import json_object, raw_body
from .push_schema import CUSTOMERS, LEADS, ORDERS, PRODUCTS, STATUS_CHANGES, PushKind, objects_in

logger = logging.getLogger(__name__)

_TOKEN = re.compile(r"[A-Za-z0-9_-]{20,64}", re.ASCII)


class _AlwaysJson(BaseContentNegotiation):
    """An answer in JSON whatever the client's Accept header wishes for: a 406 would help nobody."""

    def select_parser(self, request: Any, parsers: Any) -> Any:  # noqa: ARG002  # DRF's interface
        return None

    def select_renderer(self, request: Any, renderers: Any, format_suffix: Any = None) -> Any:  # noqa: ARG002  # as above
        renderer: BaseRenderer = renderers[0]
        return renderer, renderer.media_type


class _PushView(APIView):
    """Authenticity is the connector's business, so DRF's own authentication stays out of the way."""

    authentication_classes = ()
    permission_classes = (AllowAny,)
    parser_classes = ()
    content_negotiation_class = _AlwaysJson

    def handle_exception(self, exc: Exception) -> Response:
        """Every refusal as JSON with ``error`` and ``message``."""
        refusal = _refusal_for(exc)
        if refusal is None:
            logger.error("A push ended with a fault of the hub.", exc_info=exc)
            message = "A fault of the hub, noted in its log. Send the same push again later."
            refusal = Refusal(500, "internal", message)
        return Response(refusal.body, refusal.status, headers=refusal.headers)

    def finalize_response(self, request: Any, response: Any, *args: Any, **kwargs: Any) -> Any:
        final = super().finalize_response(request, response, *args, **kwargs)
        # Django logs the path of every refused call, and ours holds the connection's token.
        final._has_been_logged = True  # type: ignore[attr-defined]  # Django's own mark, which it does not declare
        return final


class PushView(_PushView):
    """POST of one object or of many. ``kind`` is given by the address."""

    http_method_names = ["post"]
    kind: PushKind = ORDERS

    def post(self, request: Request, token: str) -> Response:
        body = raw_body(request._request)
        connection, accepted = _authenticated(request, token, body)
        if isinstance(accepted, Acknowledged):
            raise Refusal(422, "invalid", "A test message goes to /ping.", {"faults": []})
        objects, faults = objects_in(self.kind, json_object(body))
        if faults:
            raise invalid(faults)
        keys = _dedup_keys(accepted, len(objects))
        known = _events(connection, keys)
        keep_and_nudge(
            connection.pk,
            [
                Arrival(
                    connection_id=connection.pk,
                    topic=self.kind.push_type,
                    dedup_key=key,
                    body=envelope(self.kind.push_type, item),
                    headers=accepted.headers,
                    source=InboxEvent.Source.PUSH,
                )
                for key, item in zip(keys, objects, strict=True)
            ],
        )
        stored = _events(connection, keys)
        answer = {
            "accepted": len(objects),
            "event_ids": [str(stored[key]) for key in keys if key in stored],
            "duplicate": len(known) == len(keys),
        }
        return Response(answer, 202)


class OrdersView(PushView):
    kind = ORDERS


class CustomersView(PushView):
    kind = CUSTOMERS


class LeadsView(PushView):
    kind = LEADS


class ProductsView(PushView):
    kind = PRODUCTS


class StatusChangesView(PushView):
    kind = STATUS_CHANGES


class PingView(_PushView):
    """GET: whether address and signature are right. The signature covers the empty body."""

    http_method_names = ["get"]

    def get(self, request: Request, token: str) -> Response:
        _authenticated(request, token, b"")
        return Response({"ok": True, "time": timezone.now().isoformat(timespec="seconds")})


class UnknownAddressView(_PushView):
    """Anything else below the push address, so that a mistyped one gets an answer in JSON and no line in the log."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        names = ", ".join(f"/{name}" for name in ("orders", "customers", "leads", "products", "status-changes"))
        message = f"No such address. There are {names} and /ping, without a slash."
        raise Refusal(404, "not_found", message)


def _authenticated(request: Request, token: str, body: bytes) -> tuple[Connection, Accepted | Acknowledged]:
    """The connection of a genuine push. Raises Refusal (401), for an unknown address in about the same time."""
    connection = _connection(token)
    receiver = receiver_for(connection) if connection is not None else None
    if connection is None or receiver is None:
        hmac.digest(b"nobody", body, hashlib.sha256)
        raise not_genuine()
    headers = {name.lower(): value for name, value in request.headers.items()}
    try:
        return connection, receiver.accept(HookRequest(request.method or "", headers, body))
    except ConnectorError as problem:
        logger.warning("a push to connection %s was refused: %s", connection.pk, problem.message)
        raise not_genuine() from None


def _connection(token: str) -> Connection | None:
    """Only systems that read the envelopes of pushes; a token of any other is as good as unknown."""
    if not _TOKEN.fullmatch(token):
        return None
    connection = Connection.objects.filter(hook_token=token).first()
    return connection if connection is not None and ORDERS.push_type in spec_of(connection).wire_topics else None


def _dedup_keys(accepted: Accepted, count: int) -> list[str]:
    return [f"{accepted.dedup_key}:{index}" for index in range(count)]


def _events(connection: Connection, keys: list[str]) -> dict[str, int]:
    """The events that are stored under those keys."""
    found = InboxEvent.objects.filter(connection=connection, dedup_key__in=keys)
    return dict(found.values_list("dedup_key", "pk"))


def _refusal_for(problem: Exception) -> Refusal | None:
    if isinstance(problem, Refusal):
        return problem
    if isinstance(problem, (OperationalError, InterfaceError)):
        logger.warning("a push was turned away: the database is not available")
        return unavailable()
    if isinstance(problem, APIException):
        return Refusal(problem.status_code, problem.default_code, str(problem.detail))
    return None
