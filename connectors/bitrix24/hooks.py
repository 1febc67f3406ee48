"""The address that the portal calls: events of outgoing webhooks and applications, and robots on a stage.

Nothing is signed. An event carries the application token and the portal's id, which are compared; a robot's call
carries what staff typed, and only the unguessable address keeps strangers out. Both say no more than *which* deal: the
hub reads it. Nothing that came with a token is kept: an event is reduced to its name and the deal's id.
"""

import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from connectors.contract.canonical import ObjectKind
from connectors.contract.errors import Fault, Forged, Unreadable
from connectors.contract.results import (
    Accepted,
    Acknowledged,
    Change,
    Hint,
    HookEvent,
    HookRequest,
    NotRelevant,
)
from connectors.contract.spec import Services
from connectors.toolkit.lenient import as_map, text

from .config import Access, Config
from .forms import Values, as_list, values_in
from .oauth import application_tokens, install, member_id, sign_in_by_code

DEAL_EVENTS = ("ONCRMDEALADD", "ONCRMDEALUPDATE", "ONCRMDEALDELETE", "ONCRMDEALMOVETOCATEGORY")
"""What the hub listens to. A move to another pipeline comes only as the last one, and only to applications."""

ROBOT = "robot"
"""The topic of a robot's call."""

INSTALLED = "ONAPPINSTALL"
TOPICS = (*DEAL_EVENTS, ROBOT)

DEAL_NAMES = ("deal", "deal_id", "dealId", "ID", "id")
ORDER_NAMES = ("order", "order_id", "orderId", "external_id", "externalId", "origin_id")
_DOCUMENT = re.compile(r"DEAL_([0-9]{1,18})")


class WebhookReceiver:
    def __init__(self, config: Config, services: Services) -> None:
        self._config = config
        self._services = services

    def accept(self, request: HookRequest) -> Accepted | Acknowledged:
        """Every call counts as a new one: Bitrix24 repeats none, and two changes in one second look the same."""
        if request.method.upper() not in {"GET", "POST"}:
            return Acknowledged("Only GET and POST carry events.")
        values = {**request.query, **values_in(request.body, request.headers.get("content-type", ""))}
        name = text(values.get("event")).upper()
        if name:
            return self._event(name, values)
        if self._config.access is Access.APPLICATION and {"code", "state"} <= request.query.keys():
            # The one call that a door makes: the code would have died before a worker took it up.
            sign_in_by_code(self._config, self._services, request.query)
            return Acknowledged("The hub is signed in to the portal.")
        if auth := as_map(values.get("auth")):
            self._check(auth, is_event=False)
        change = _robot_change(values)
        if change is None:
            return Acknowledged("The call names no deal: it needs a parameter “deal” or “order”.")
        named = {"order" if change.by == "external_id" else "deal": change.id}
        return self._accepted(ROBOT, urlencode(named))

    def read(self, event: HookEvent) -> Sequence[Change]:
        values = values_in(event.body, event.headers.get("content-type", ""))
        name = text(values.get("event")).upper()
        if name:
            return [_event_change(name, values)]
        change = _robot_change(values)
        if change is None:
            what = "The portal's call"
            raise Unreadable(what, [Fault("deal", "names no deal: “deal” or “order” is needed")])
        return [change]

    def _event(self, name: str, values: Values) -> Accepted | Acknowledged:
        auth = as_map(values.get("auth"))
        if name == INSTALLED and self._config.access is Access.APPLICATION:
            install(self._config, self._services, auth)
            return Acknowledged("The application was installed.")
        self._check(auth, is_event=True)
        if name not in DEAL_EVENTS and _document(values) is None:
            return Acknowledged(f"{name[:60]} is of no deal.")
        fields = as_map(as_map(values.get("data")).get("FIELDS"))
        id = text(fields.get("ID")) or _document(values) or ""
        kept = {"event": name if name in DEAL_EVENTS else "ONCRMDEALUPDATE", "data[FIELDS][ID]": id}
        return self._accepted(kept["event"], urlencode(kept))

    def _check(self, auth: Mapping[str, Any], *, is_event: bool) -> None:
        """In constant time; what is not known yet is not compared, and Verify says so. A robot need not say who it is
        (what Bitrix24's own one adds is not documented), the unguessable address vouches for it; what it says must be
        right."""
        wanted, given = application_tokens(self._config, self._services.tokens), text(auth.get("application_token"))
        fits = [hmac.compare_digest(given.encode(), each.encode()) for each in wanted]
        if wanted and (given or is_event) and not any(fits):
            message = "The event's application token is missing or differs from the connection's."
            raise Forged(message, code="application_token")
        portal, named = member_id(self._config, self._services.tokens), text(auth.get("member_id"))
        if portal and (named or is_event) and not hmac.compare_digest(named.encode(), portal.encode()):
            message = "The event comes from another portal than this connection's."
            raise Forged(message, code="member_id")

    def _accepted(self, topic: str, kept: str) -> Accepted:
        seed = f"{kept}\n{self._services.clock().isoformat()}"
        headers = {"content-type": "application/x-www-form-urlencoded"}
        return Accepted(topic, hashlib.sha256(seed.encode()).hexdigest(), headers, body=kept.encode())


def _event_change(name: str, values: Values) -> Change:
    """Raises Unreadable when an event of a deal does not say which."""
    id = text(as_map(as_map(values.get("data")).get("FIELDS")).get("ID")) or _document(values) or ""
    if name not in DEAL_EVENTS and not _document(values):
        return NotRelevant(f"{name[:60]} is of no deal.")
    if not _is_id(id):
        raise Unreadable("The event", [Fault("data.FIELDS.ID", "is not the number of a deal")])
    return Hint(ObjectKind.ORDER, id)


def _robot_change(values: Values) -> Hint | None:
    """The deal that a robot names: by its document, its number, or the store's order id that staff typed in."""
    document = _document(values)
    if document is not None:
        return Hint(ObjectKind.ORDER, document)
    properties = as_map(values.get("properties"))
    deal = next(
        (id for name in DEAL_NAMES for place in (values, properties) if _is_id(id := text(place.get(name)))), ""
    )
    if deal:
        return Hint(ObjectKind.ORDER, deal)
    order = next(
        (id for name in ORDER_NAMES for place in (values, properties) if (id := text(place.get(name), 200))), ""
    )
    return Hint(ObjectKind.ORDER, order, "external_id") if order else None


def _document(values: Values) -> str | None:
    """``document_id`` is a list whose last entry is like DEAL_123."""
    for entry in reversed(as_list(values.get("document_id"))):
        found = _DOCUMENT.fullmatch(text(entry))
        if found is not None:
            return found[1]
    return None


def _is_id(value: str) -> bool:
    return value.isascii() and value.isdigit() and len(value) <= 18
