"""An invented shop, and how it pushes."""

import json
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from django.test import Client

from connectors.toolkit.standard_webhooks import sign
from integration_hub.connections.models import Connection
from integration_hub.engine.models import InboxEvent

ACCESS_TOKEN = "access-token-of-the-shop-0123456789"
REFUSED = {"error": "unauthorized", "message": "The address, the signature or the access token is not valid."}


def signature(shop: Connection, body: bytes, *, id: str = "", secret: str = "", at: datetime | None = None) -> Any:
    wanted = secret or str(shop.secrets["signing_secret"])
    return sign([wanted], id or f"msg_{uuid4().hex}", at or datetime.now(UTC), body)


def post(hub: Client, shop: Connection, body: Any, path: str = "orders", **how: Any) -> Any:
    """A signed push; ``headers`` replaces the signature."""
    raw = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
    headers = how.pop("headers", None)
    signed = {key: how.pop(key) for key in ("id", "secret", "at") if key in how}
    return hub.generic(
        "POST",
        f"/api/v1/push/{how.pop('token', shop.hook_token)}/{path}",
        raw,
        content_type=how.pop("content_type", "application/json"),
        headers=signature(shop, raw, **signed) if headers is None else headers,
        **how,
    )


def bearer(token: str = ACCESS_TOKEN, **more: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}", **more}


def stored() -> list[InboxEvent]:
    return list(InboxEvent.objects.order_by("pk"))


def assert_refused(answer: Any) -> None:
    assert (answer.status_code, answer.json()) == (401, REFUSED)
    assert answer["WWW-Authenticate"] == "Bearer"
    assert stored() == []
