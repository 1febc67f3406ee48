"""Events: told once, never again, with the number of the deal and nothing of what changed."""

from collections.abc import Callable
from functools import partial
from typing import Any
from urllib.parse import urlencode

from connectors.bitrix24.sandbox.portal import Portal
from connectors.bitrix24.sandbox.wire import Json, Refusal
from connectors.toolkit.sandbox.background import deliver

FORM = "application/x-www-form-urlencoded"
MEMBER_ID = "d897063e1ce7c5eb9f04b9751eef5915"
APPLICATION_TOKEN = "51856fefc120afa4b628cc82d3935cce"
WEBHOOK_TOKEN = "jvh9y1ulvt2m6k5or90v9mg8nn32ozas"

KNOWN = frozenset(
    f"ONCRM{entity}{event}" for entity in ("DEAL", "CONTACT", "LEAD") for event in ("ADD", "UPDATE", "DELETE")
) | {"ONCRMDEALMOVETOCATEGORY", "ONAPPINSTALL", "ONAPPUNINSTALL"}
ONLY_APPLICATIONS = "ONCRMDEALMOVETOCATEGORY"


class Events:
    """Outgoing webhooks that staff made, and handlers that an application bound."""

    def __init__(
        self, portal: Portal, call_later: Callable[[float, Callable[[], None]], None], url: Callable[[], str]
    ) -> None:
        self._portal = portal
        self._call_later = call_later
        self._handlers: list[tuple[str, str]] = []
        self._webhooks: list[tuple[str, str, str]] = []
        self._url = url
        self.tokens: Callable[[], Json] = dict

    def clear(self) -> None:
        self._handlers.clear()
        self._webhooks.clear()

    def add_webhook(self, event: str, address: str, token: str) -> None:
        if event == ONLY_APPLICATIONS:
            raise ValueError("an outgoing webhook cannot listen to this event")
        self._webhooks.append((event, address, token))

    def bind(self, event: str, handler: str) -> None:
        if event not in KNOWN:
            raise Refusal(400, "ERROR_EVENT_NOT_FOUND", "Event not found")
        if (event, handler) in self._handlers:
            raise Refusal(400, "ERROR_CORE", "Unable to set event handler: Handler already binded")
        self._handlers.append((event, handler))

    def bound(self) -> list[Json]:
        return [
            {"event": event, "handler": handler, "auth_type": "0", "offline": 0} for event, handler in self._handlers
        ]

    def unbind(self, event: str, handler: str) -> int:
        kept = [each for each in self._handlers if each != (event, handler)]
        count, self._handlers = len(self._handlers) - len(kept), kept
        return count

    def tell(self, event: str, item: Json) -> None:
        """Everybody who listens, each once."""
        fields = {"ID": str(item["id"])}
        if event == ONLY_APPLICATIONS:
            fields |= {"CATEGORY_ID": str(item["categoryId"]), "STAGE_ID": item["stageId"]}
        for place, (wanted, address, token) in enumerate(self._webhooks, start=900):
            if wanted == event:
                self._post(address, event, str(place), {"FIELDS": fields}, {"application_token": token})
        for place, (wanted, address) in enumerate(self._handlers, start=200):
            if wanted == event:
                auth = {"application_token": APPLICATION_TOKEN, "expires_in": "3600", "scope": "crm", "status": "L"}
                self._post(address, event, str(place), {"FIELDS": fields}, auth | _without_refresh(self.tokens()))

    def install(self, address: str) -> None:
        """What a local application gets when it is installed."""
        data = {"VERSION": "1", "ACTIVE": "Y", "INSTALLED": "Y", "LANGUAGE_ID": "en"}
        auth = {"application_token": APPLICATION_TOKEN, "expires_in": "3600", "scope": "crm", "status": "L"}
        self._post(address, "ONAPPINSTALL", "", data, auth | self.tokens())

    def _post(self, address: str, event: str, handler: str, data: Any, auth: Json) -> None:
        domain = self._url().partition("://")[2]
        body = {
            "event": event,
            **({"event_handler_id": handler} if handler else {}),
            "data": data,
            "ts": str(int(self._portal.clock().timestamp())),
            "auth": {
                "domain": domain,
                "client_endpoint": f"{self._url()}/rest/",
                "server_endpoint": "https://oauth.bitrix.info/rest/",
                "member_id": MEMBER_ID,
                **auth,
            },
        }
        self._call_later(0, partial(self._send, address, urlencode(_pairs(body)).encode()))

    def _send(self, address: str, body: bytes) -> None:
        status = deliver(address, body, {"Content-Type": FORM})
        self._portal.counters["events_sent"] += 1
        self._portal.counters["events_lost"] += not 200 <= status < 300


def _without_refresh(tokens: Json) -> Json:
    return {name: value for name, value in tokens.items() if name != "refresh_token"}


def _pairs(value: Any, prefix: str = "") -> list[tuple[str, str]]:
    if isinstance(value, dict):
        return [
            pair for key, inner in value.items() for pair in _pairs(inner, f"{prefix}[{key}]" if prefix else str(key))
        ]
    return [(prefix, str(value))]
