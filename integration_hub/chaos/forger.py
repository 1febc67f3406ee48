"""Calls to the hub's doors as the genuine senders and as strangers make them. Signs by the published schemes alone."""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from standardwebhooks import Webhook

from integration_hub.connections.models import Connection

from . import courier
from .world import World

SIGNATURE = "X-WC-Webhook-Signature"
PUSH_SECRET = "whsec_" + base64.b64encode(bytes(range(32))).decode()
OTHER_SECRET = "whsec_" + base64.b64encode(bytes(range(32, 64))).decode()


def signed(delivery: courier.Delivery, body: bytes, secret: str, *, id: str = "") -> courier.Delivery:
    """The shop's delivery with another body, signed with that secret as WooCommerce does."""
    signature = base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()
    return with_signature(replace(delivery, body=body, id=id or delivery.id), signature)


def with_signature(delivery: courier.Delivery, signature: str | None) -> courier.Delivery:
    headers = {name: value for name, value in delivery.headers.items() if name.lower() != SIGNATURE.lower()}
    return replace(delivery, headers=headers if signature is None else {**headers, SIGNATURE: signature})


def signature_of(delivery: courier.Delivery) -> str:
    return next(value for name, value in delivery.headers.items() if name.lower() == SIGNATURE.lower())


def one_byte_changed(body: bytes, place: int) -> bytes:
    place %= len(body)
    return body[:place] + bytes([body[place] ^ 1]) + body[place + 1 :]


def pushing_shop() -> Connection:
    """A shop without a platform, which pushes."""
    found, _made = Connection.objects.get_or_create(
        name="Pushing shop",
        defaults={"kind": "custom_cms", "role": "store", "secrets": {"signing_secret": PUSH_SECRET}},
    )
    return found


def push(
    world: World, shop: Connection, body: bytes, *, secret: str = PUSH_SECRET, off: float = 0.0, id: str = ""
) -> courier.Delivery:
    """A push of orders, signed after Standard Webhooks by a clock that is so many seconds off."""
    at = datetime.now(UTC) + timedelta(seconds=off)
    id = id or f"msg_{secrets.token_hex(8)}"
    text = body.decode("utf-8", "replace")
    headers: Mapping[str, Any] = {
        "Content-Type": "application/json",
        "webhook-id": id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(secret).sign(msg_id=id, timestamp=at, data=text),
    }
    url = f"{hub_address(world)}/api/v1/push/{shop.hook_token}/orders"
    return courier.Delivery(id, "push", url, {name: str(value) for name, value in headers.items()}, body)


def hub_address(world: World) -> str:
    return world.hub.address if world.hub is not None else str(settings.HUB_BASE_URL)
