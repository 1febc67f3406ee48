"""Webhooks as rows: what clients create, change and read, and the rules of WooCommerce's class-wc-webhook.php."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from connectors.woocommerce.sandbox.answers import Answers
from connectors.woocommerce.sandbox.records import gmt_text, local_text

MAX_FAILURES = 5
"""More than this many failures in a row disable: the seventh failing delivery in practice."""

HOOKS = {
    "order.created": ["woocommerce_new_order"],
    "order.updated": ["woocommerce_update_order", "woocommerce_order_refunded"],
    "order.deleted": ["wp_trash_post", "woocommerce_trash_order"],
    "order.restored": ["untrashed_post", "woocommerce_untrash_order"],
    "customer.created": ["user_register", "woocommerce_created_customer", "woocommerce_new_customer"],
    "customer.updated": ["profile_update", "woocommerce_update_customer"],
    "customer.deleted": ["delete_user"],
    "product.created": [
        "woocommerce_process_product_meta",
        "woocommerce_new_product",
        "woocommerce_new_product_variation",
    ],
    "product.updated": [
        "woocommerce_process_product_meta",
        "woocommerce_update_product",
        "woocommerce_update_product_variation",
    ],
    "product.deleted": ["wp_trash_post", "woocommerce_trash_product"],
    "product.restored": ["untrashed_post"],
    "coupon.created": ["woocommerce_process_shop_coupon_meta", "woocommerce_new_coupon"],
    "coupon.updated": ["woocommerce_process_shop_coupon_meta", "woocommerce_update_coupon"],
    "coupon.deleted": ["wp_trash_post"],
    "coupon.restored": ["untrashed_post"],
}

_ENTITIES = (
    ("&quot;", '"'),
    ("&#034;", '"'),
    ("&#039;", "'"),
    ("&lt;", "<"),
    ("&#060;", "<"),
    ("&gt;", ">"),
    ("&#062;", ">"),
    ("&#038;", "&"),
    ("&amp;", "&"),
)


@dataclass(slots=True)
class Webhook:
    id: int
    name: str
    topic: str
    delivery_url: str
    secret: str
    created: int
    status: str = "active"
    modified: int | None = None
    failures: int = 0
    awaits_ping: bool = True

    @property
    def resource(self) -> str:
        return self.topic.split(".", 1)[0]

    @property
    def event(self) -> str:
        return self.topic.split(".", 1)[1]

    @property
    def hooks(self) -> list[str]:
        return [self.event] if self.resource == "action" else HOOKS[self.topic]

    def delivered(self, status: int) -> None:
        """Count an answer: anything but 200 to 302 is a failure; one success forgets the failures before."""
        if 200 <= status <= 302:
            self.failures = 0
        elif self.failures > MAX_FAILURES:
            self.status = "disabled"
        else:
            self.failures += 1

    def view(self, answers: Answers, zone: ZoneInfo) -> dict[str, Any]:
        """Without the secret: the shop never shows it again."""
        return {
            "id": self.id,
            "name": self.name,
            "status": self.status,
            "topic": self.topic,
            "resource": self.resource,
            "event": self.event,
            "hooks": self.hooks,
            "delivery_url": self.delivery_url,
            "date_created": local_text(self.created, zone),
            "date_created_gmt": gmt_text(self.created),
            "date_modified": local_text(self.modified, zone),
            "date_modified_gmt": gmt_text(self.modified),
            "_links": answers.links(f"/webhooks/{self.id}"),
        }


def is_topic(topic: str) -> bool:
    own_action = topic.startswith(("action.woocommerce_", "action.wc_"))
    return topic in HOOKS or own_action


def is_address(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme in {"http", "https"} and bool(parts.netloc)


def signing_key(secret: str) -> bytes:
    """The secret after ``wp_specialchars_decode(..., ENT_QUOTES)``: few entities, the ampersand last."""
    for entity, character in _ENTITIES:
        secret = secret.replace(entity, character)
    return secret.encode()
