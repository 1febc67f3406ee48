"""The webhooks that the shop should have for us: what they are, and setting them right."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from connectors.contract.errors import Misconfigured
from connectors.contract.results import Subscription
from connectors.contract.spec import TokenStore
from connectors.woocommerce import client
from connectors.woocommerce.lenient import as_map, identifier, text
from connectors.woocommerce.transport import Transport

TOPICS = (
    "order.created",
    "order.updated",
    "order.deleted",
    "order.restored",
    "customer.created",
    "customer.updated",
)
"""One webhook each. No products: every order fires one for each of its lines."""

NAME = "Integration Hub: "
MEMORY = "webhooks"
"""Name in the token store of what we made: ``{"ids": [...], "secret": fingerprint}``."""

_ALLOWED_PORTS = frozenset({None, 80, 443, 8080})
"""WordPress calls no others (``wp_http_validate_url``, filter ``http_allowed_safe_ports``)."""

_UNSAFE = frozenset("&<>\"'")
"""WooCommerce decodes HTML entities in the secret before it signs."""


class WebhookManager:
    """``webhook_manager`` capability. Touches only webhooks that point at us or that we made."""

    def __init__(self, shop: Transport, tokens: TokenStore, secret: str) -> None:
        self._shop = shop
        self._tokens = tokens
        self._secret = secret

    def check(self, address: str) -> Sequence[Subscription]:
        return self._states(client.webhooks(self._shop), address)

    def ensure(self, address: str) -> Sequence[Subscription]:
        """Creates, moves back, switches on; gives the secret anew when it was changed here."""
        self._require_secret()
        hooks = client.webhooks(self._shop)
        has_new_secret = self._memory().get("secret") != _fingerprint(self._secret)
        for topic in TOPICS:
            hook = self._best(hooks, topic, address)
            if hook is None:
                hook = self._create(topic, address)
                hooks.append(hook)
            elif changes := self._changes(hook, address, has_new_secret=has_new_secret):
                changed = client.change_webhook(self._shop, identifier(hook["id"]), changes)
                hooks = [changed if other is hook and changed else other for other in hooks]
        self._remember(hooks, address)
        return self._states(hooks, address)

    # --- looking ------------------------------------------------------------------------------------------------------

    def _states(self, hooks: Sequence[Mapping[str, Any]], address: str) -> list[Subscription]:
        return [self._state(topic, hooks, address) for topic in TOPICS]

    def _state(self, topic: str, hooks: Sequence[Mapping[str, Any]], address: str) -> Subscription:
        hook = self._best(hooks, topic, address) or _namesake(hooks, topic)
        if hook is None:
            return Subscription(topic, "missing")
        hook_id, status = identifier(hook.get("id")), text(hook.get("status"))
        if not _points_at(hook, address):
            host = urlsplit(text(hook.get("delivery_url"))).hostname or "another address"
            return Subscription(topic, "wrong_address", hook_id, f"It calls {host} or another path.")
        if status != "active":
            note = "The shop switched it off after failed deliveries." if status == "disabled" else f"It is {status}."
            return Subscription(topic, "disabled", hook_id, f"{note} What happened meanwhile comes by polling.")
        return Subscription(topic, "active", hook_id, _port_note(address))

    def _best(self, hooks: Sequence[Mapping[str, Any]], topic: str, address: str) -> Mapping[str, Any] | None:
        """The active one at our address, else any at our address, else one we made that points elsewhere."""
        ours = self._memory_ids()
        candidates = [
            hook
            for hook in hooks
            if text(hook.get("topic")) == topic and (_points_at(hook, address) or identifier(hook.get("id")) in ours)
        ]
        return min(
            candidates,
            key=lambda hook: (not _points_at(hook, address), text(hook.get("status")) != "active"),
            default=None,
        )

    # --- setting right ------------------------------------------------------------------------------------------------

    def _create(self, topic: str, address: str) -> Mapping[str, Any]:
        hook = client.create_webhook(self._shop, name=NAME + topic, topic=topic, address=address, secret=self._secret)
        self._put_memory({*self._memory_ids(), identifier(hook.get("id"))} - {""})
        return hook

    def _changes(self, hook: Mapping[str, Any], address: str, *, has_new_secret: bool) -> dict[str, str]:
        changes: dict[str, str] = {}
        if text(hook.get("status")) != "active":
            changes["status"] = "active"
        if not _points_at(hook, address):
            changes["delivery_url"] = address
        if has_new_secret:
            changes["secret"] = self._secret
        return changes

    def _require_secret(self) -> None:
        if not self._secret or _UNSAFE & set(self._secret):
            message = "Fill in the webhook secret in the connection's settings, best as 64 hexadecimal digits."
            raise Misconfigured(message, code="webhook_secret")

    # --- remembering --------------------------------------------------------------------------------------------------

    def _memory(self) -> Mapping[str, Any]:
        try:
            return as_map(json.loads(self._tokens.get(MEMORY) or "{}"))
        except ValueError:
            return {}

    def _memory_ids(self) -> frozenset[str]:
        ids = self._memory().get("ids")
        return frozenset(map(str, ids)) if isinstance(ids, list) else frozenset()

    def _put_memory(self, ids: Iterable[str], secret: str | None = None) -> None:
        known = self._memory().get("secret", "") if secret is None else secret
        self._tokens.put(MEMORY, json.dumps({"ids": sorted(ids), "secret": known}))

    def _remember(self, hooks: Sequence[Mapping[str, Any]], address: str) -> None:
        ids = {identifier(hook.get("id")) for hook in hooks if _points_at(hook, address)} - {""}
        self._put_memory(ids, _fingerprint(self._secret))


def _points_at(hook: Mapping[str, Any], address: str) -> bool:
    return text(hook.get("delivery_url"), 5_000).rstrip("/") == address.strip().rstrip("/")


def _namesake(hooks: Sequence[Mapping[str, Any]], topic: str) -> Mapping[str, Any] | None:
    """One of our name that we do not remember: of another hub, or of this one before it lost its memory."""
    return next((hook for hook in hooks if text(hook.get("name")) == NAME + topic), None)


def _port_note(address: str) -> str:
    port = urlsplit(address).port
    return "" if port in _ALLOWED_PORTS else f"WordPress does not call port {port}: use 80, 443 or 8080."


def _fingerprint(secret: str) -> str:
    """Tells whether the secret was changed, without keeping it a second time."""
    return hashlib.sha256(secret.encode()).hexdigest()[:16]
