"""The shop's calls to our door: genuine or not, and what they say.

Facts of WooCommerce 10.7 that shape this: every event is sent once; the body is the state at the time of sending, not
of the event; ``X-WC-Webhook-Delivery-ID`` is shared by deliveries of one second; a copy of the shop keeps the webhooks
and sends from the copy.
"""

import hashlib
import re
from collections.abc import Mapping, Sequence
from typing import Any

from connectors.contract.canonical import Customer, ObjectKind, Order
from connectors.contract.errors import Fault, Forged, Unreadable
from connectors.contract.results import (
    Accepted,
    Acknowledged,
    Change,
    Gone,
    Hint,
    HookEvent,
    HookRequest,
    NotRelevant,
    Seen,
    UnreadableObject,
)
from connectors.toolkit.signing import is_signed_base64
from connectors.woocommerce.decode import decoded
from connectors.woocommerce.lenient import as_map, identifier, text
from connectors.woocommerce.links import shop_name
from connectors.woocommerce.orders import numeric
from connectors.woocommerce.people import read_customer
from connectors.woocommerce.reader import DRAFT_STATUSES, GONE_STATUS, read_order

TOPIC, SOURCE, SIGNATURE = "x-wc-webhook-topic", "x-wc-webhook-source", "x-wc-webhook-signature"
DELIVERY_ID, WEBHOOK_ID = "x-wc-webhook-delivery-id", "x-wc-webhook-id"
_KEPT = (TOPIC, SOURCE, DELIVERY_ID, WEBHOOK_ID)

_PING = re.compile(rb"webhook_id=\d{1,20}")
_STATE_MARK = b'"date_modified_gmt"'
"""Bodies without it say only which object: two of them may be equal and still be two events."""

_KINDS = {"order": ObjectKind.ORDER, "customer": ObjectKind.CUSTOMER, "product": ObjectKind.PRODUCT}
_ACTION_KINDS = {"order": ObjectKind.ORDER, "customer": ObjectKind.CUSTOMER, "user": ObjectKind.CUSTOMER}
_WHOLE_ORDER = frozenset({"status", "currency", "total", "line_items"})


class HookReceiver:
    """``webhooks`` capability. ``secrets``: the present one, and while it is being replaced the one before."""

    def __init__(self, site: str, other_sources: Sequence[str], secrets: Sequence[str]) -> None:
        self._sources = {shop_name(source) for source in (site, *other_sources)} - {""}
        self._site = site
        self._secrets = [secret for secret in secrets if secret]

    def accept(self, request: HookRequest) -> Accepted | Acknowledged:
        headers, body = request.headers, request.body
        signature = headers.get(SIGNATURE, "")
        if not signature and _is_ping(request):
            return Acknowledged("The shop tried out the webhook's address.")
        if not signature:
            raise Forged("The call carries no WooCommerce signature.", code="unsigned")
        if not is_signed_base64(body, signature, self._secrets):
            message = "The signature does not fit the webhook secret of this connection. Press “Repair webhooks”."
            raise Forged(message, code="signature")
        source = headers.get(SOURCE, "")
        if shop_name(source) not in self._sources:
            message = (
                f"The call comes from {source[:200] or 'a shop that does not say which'}, not from {self._site}. A "
                "copy of the shop keeps its webhooks: switch them off there. If both are one shop, add the address to "
                "“Further source addresses” of the connection."
            )
            raise Forged(message, code="source")
        topic = headers.get(TOPIC, "").strip().lower()[:200]
        delivery = b"" if _STATE_MARK in body else headers.get(DELIVERY_ID, "").encode()
        digest = hashlib.sha256(b"\n".join((topic.encode(), delivery, body)))
        kept = {name: headers[name][:500] for name in _KEPT if name in headers}
        return Accepted(topic, digest.hexdigest(), kept)

    def read(self, event: HookEvent) -> Sequence[Change]:
        """One change. Raises Unreadable for a body that is no JSON object; never anything else."""
        try:
            payload = decoded(event.body.decode("utf-8", "replace").lstrip("\ufeff"))
        except ValueError:
            raise Unreadable(f"WooCommerce webhook {event.topic}", [Fault("", "is not JSON")]) from None
        if not isinstance(payload, dict):
            raise Unreadable(f"WooCommerce webhook {event.topic}", [Fault("", "is not an object")])
        resource, _, happened = event.topic.partition(".")
        if resource == "action":
            return [_action(payload)]
        kind = _KINDS.get(resource)
        if kind is None:
            return [NotRelevant(f"The hub does not use “{event.topic}”.")]
        return [_change(kind, happened, payload)]


def _is_ping(request: HookRequest) -> bool:
    """Sent unsigned when a webhook is created or switched on; anything but 200 leaves it pending for ever."""
    is_form = request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded")
    return request.method == "POST" and is_form and _PING.fullmatch(request.body.strip()) is not None


def _action(payload: Mapping[str, Any]) -> Change:
    """``action.*`` topics name a WordPress hook and its first argument, mostly an id."""
    action, argument = text(payload.get("action")), identifier(payload.get("arg"))
    kind = next((kind for word, kind in _ACTION_KINDS.items() if word in action), None)
    if kind is None or not numeric([argument]):
        return NotRelevant(f"“{action[:100]}” names no order or customer.")
    return Hint(kind, argument)


def _change(kind: ObjectKind, happened: str, payload: Mapping[str, Any]) -> Change:
    object_id = identifier(payload.get("id"))
    status = text(payload.get("status"))
    if not object_id:
        code = text(payload.get("code"))
        return NotRelevant(
            f"The shop sent an error instead of the {kind} ({code[:100] or 'no id'}): it was deleted before the "
            "webhook went out, or the user of the shop's webhook lost its rights."
        )
    if kind is ObjectKind.PRODUCT:
        return _product_change(happened, payload)
    if happened == "deleted" or (kind is ObjectKind.ORDER and status == GONE_STATUS):
        return Gone(kind, object_id)
    if kind is ObjectKind.ORDER and status in DRAFT_STATUSES:
        return NotRelevant("A check-out that the buyer has not finished.")
    if happened == "restored" or not _is_whole(kind, payload):
        return Hint(kind, object_id)
    try:
        record = read_order(payload) if kind is ObjectKind.ORDER else read_customer(payload)
    except Unreadable as problem:
        return UnreadableObject(kind, object_id, problem.faults)
    return Seen(kind, object_id, record, version=_version(record))


def _product_change(happened: str, payload: Mapping[str, Any]) -> Change:
    """Sent for variations too, which are part of their product. The body lacks the variations, so it is only a hint."""
    parent_id = identifier(payload.get("parent_id"))
    if parent_id:
        return Hint(ObjectKind.PRODUCT, parent_id)
    product_id = identifier(payload.get("id"))
    is_gone = happened == "deleted" or text(payload.get("status")) == GONE_STATUS
    return Gone(ObjectKind.PRODUCT, product_id) if is_gone else Hint(ObjectKind.PRODUCT, product_id)


def _is_whole(kind: ObjectKind, payload: Mapping[str, Any]) -> bool:
    """A plugin may trim bodies; half an object would wipe the other half at the target."""
    needed = _WHOLE_ORDER if kind is ObjectKind.ORDER else {"email", "billing"}
    return needed <= payload.keys() and not as_map(payload.get("error"))


def _version(record: Order | Customer) -> Any:
    return record.updated_at or record.created_at
