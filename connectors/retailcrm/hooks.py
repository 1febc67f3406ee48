"""The address that a RetailCRM trigger calls ("HTTP request" action).

Such a call is not signed: the secret token in our address authenticates it, and optionally a ``secret`` parameter. It
is taken as a hint only; the hub reads the present status from the API. Staff type the parameters in by hand, so any
usual spelling is understood, as form, JSON or query, by POST or GET.
"""

import hashlib
import hmac
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal
from urllib.parse import parse_qsl, urlencode

from connectors.contract.canonical import ObjectKind
from connectors.contract.errors import Fault, Forged, Unreadable
from connectors.contract.results import (
    Accepted,
    Acknowledged,
    Change,
    Hint,
    HookEvent,
    HookRequest,
    SetupStep,
)

from .account import NEEDED_SCOPES, USEFUL_SCOPES
from .wire import json_object

TOPIC = "order.status"

ID_NAMES = ("id", "crm_id", "crmId", "retailcrm_id", "crm_order_id")
EXTERNAL_ID_NAMES = (
    "externalId",
    "external_id",
    "externalid",
    "order_external_id",
    "orderExternalId",
    "order_id",
    "orderId",
)
"""``order_id`` carries the shop's id in the vendor's published example of such a trigger."""

SECRET_NAME = "secret"  # noqa: S105  # the name of the parameter, not its value
_QUERY = "hub-query"
"""Name under which the query of a call is kept beside its body."""


class WebhookReceiver:
    def __init__(self, secret: str, clock: Callable[[], datetime]) -> None:
        self._secret = secret
        self._clock = clock

    def accept(self, request: HookRequest) -> Accepted | Acknowledged:
        """Every call counts as a new one: the same words may tell of a later change, and repeats only cost a read."""
        if request.method.upper() not in {"GET", "POST"}:
            return Acknowledged("Only GET and POST carry a trigger's parameters.")
        values = _values(request.body, request.headers, request.query)
        given = str(values.get(SECRET_NAME) or "")
        if self._secret and not hmac.compare_digest(given.encode("utf-8", "replace"), self._secret.encode()):
            message = "The trigger's parameter “secret” is missing or differs from the connection's settings."
            raise Forged(message, code="secret")
        if _hint(values) is None:
            return Acknowledged("The call names no order: it needs a parameter “id” or “external_id”.")
        query = urlencode({name: value for name, value in request.query.items() if name != SECRET_NAME})
        seed = b"\n".join((request.body, query.encode(), self._clock().isoformat().encode()))
        headers = {"content-type": request.headers.get("content-type", ""), _QUERY: query}
        return Accepted(TOPIC, hashlib.sha256(seed).hexdigest(), headers)

    def read(self, event: HookEvent) -> Sequence[Change]:
        query = dict(parse_qsl(event.headers.get(_QUERY, "")))
        hint = _hint(_values(event.body, event.headers, query))
        if hint is None:
            what = "The trigger's call"
            raise Unreadable(what, [Fault("id", "names no order: a parameter “id” or “external_id” is needed")])
        return [hint]


def _values(body: bytes, headers: Mapping[str, str], query: Mapping[str, str]) -> dict[str, Any]:
    """All parameters, wherever they stand; the body's win. An ``order`` object is laid open."""
    values: dict[str, Any] = dict(query)
    text = body.decode("utf-8", "replace").strip()
    if "json" in headers.get("content-type", "") or text.startswith("{"):
        values |= json_object(text)
    elif text:
        values |= dict(parse_qsl(text))
    order = values.get("order")
    nested = json_object(order) if isinstance(order, str) else order
    return values | nested if isinstance(nested, dict) else values


def _hint(values: Mapping[str, Any]) -> Hint | None:
    """RetailCRM's own id names the order surest; orders born there have no other."""
    own = _first(values, ID_NAMES)
    if own.isascii() and own.isdigit():
        return Hint(ObjectKind.ORDER, own)
    external = _first(values, EXTERNAL_ID_NAMES)
    by: Literal["external_id"] = "external_id"
    return Hint(ObjectKind.ORDER, external, by) if external else None


def _first(values: Mapping[str, Any], names: Sequence[str]) -> str:
    found = (_clean(values[name]) for name in names if isinstance(values.get(name), (str, int)))
    return next((value for value in found if value and len(value) <= 200), "")


def _clean(value: str | int) -> str:
    """Without NUL and halves of characters, which no database keeps."""
    try:
        said = str(value)
    except ValueError:  # Python refuses to print whole numbers of more than 4300 digits
        return ""
    return said.replace("\x00", "").encode("utf-8", "replace").decode().strip()


def setup_steps(settings: Mapping[str, Any], hook_address: str) -> Sequence[SetupStep]:
    """What staff do by hand in RetailCRM."""
    rows = [
        ("id", "{{ order.getId() }}"),
        ("external_id", "{{ order.getExternalId() }}"),
        ("status", "{{ order.getStatus().getCode() }}"),
    ]
    if settings.get("trigger_secret"):
        rows.append((SECRET_NAME, "the trigger secret from the connection's settings"))
    return (
        SetupStep(
            "Create an API key",
            "RetailCRM: Settings, Integration, API access keys, Add. Restrict it to the store that orders go to, and "
            "tick the rights below.",
            tuple(("Right", scope) for scope in (*NEEDED_SCOPES, *USEFUL_SCOPES)),
        ),
        SetupStep(
            "Create a trigger for status changes",
            "RetailCRM: Settings, Automation, Triggers, Add. The hub also polls the history every few minutes; "
            "the trigger only makes it faster.",
            (
                ("Event", "Order change"),
                ("Condition", 'changeSet.hasChangedField("status") and changeSet.getNewValue("status")'),
                ("Action", "HTTP request"),
                ("Address", hook_address),
                ("Method", "POST"),
            ),
        ),
        SetupStep(
            "Parameters of the HTTP request",
            "Add these rows to the action. One of id and external_id is enough.",
            tuple(rows),
        ),
        SetupStep(
            "Before a backfill",
            "Switch off the triggers that send e-mails and text messages in RetailCRM, so that buyers of old orders "
            "are not written to. Switch them on again when the backfill is done.",
        ),
    )
