"""The webhook endpoints, and the bodies that deliveries carry."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from connectors.toolkit.sandbox import Reply, Request
from connectors.woocommerce.sandbox.answers import Answers, Refusal, encode, is_true, json_body, numbers, paging
from connectors.woocommerce.sandbox.catalog import CatalogViews
from connectors.woocommerce.sandbox.deliveries import Dispatcher
from connectors.woocommerce.sandbox.listing import choice
from connectors.woocommerce.sandbox.shop import Shop
from connectors.woocommerce.sandbox.views import Views
from connectors.woocommerce.sandbox.webhooks import Webhook, is_address, is_topic

STATUSES = ("all", "active", "paused", "disabled")
_CODE = "woocommerce_rest_shop_webhook_invalid"


@dataclass(slots=True)
class WebhookDesk:
    shop: Shop
    answers: Answers
    dispatcher: Dispatcher
    log: Callable[..., None]
    ids: Any = field(default_factory=lambda: count(1))

    def listed(self, request: Request) -> Reply:
        where = paging(request)
        status = choice(request, "status", STATUSES, "all")
        descending = choice(request, "order", ("asc", "desc"), "desc") == "desc"
        include = numbers(request, "include")
        found = [
            webhook
            for webhook in self.dispatcher.webhooks.values()
            if status in {"all", webhook.status} and (not include or webhook.id in include)
        ]
        found.sort(key=lambda webhook: webhook.id, reverse=descending)
        items = [self._view(webhook) for webhook in found[where.offset : where.end]]
        return self.answers.page(request, items, len(found), where)

    def one(self, request: Request, number: str) -> Reply:
        return self.answers.one(request, self._view(self._found(number, 404)))

    def create(self, request: Request) -> Reply:
        webhook = self._created(json_body(request))
        return self.answers.created(request, self._view(webhook), f"/webhooks/{webhook.id}")

    def update(self, request: Request, number: str) -> Reply:
        return self.answers.one(request, self._view(self._updated(number, json_body(request))))

    def delete(self, request: Request, number: str) -> Reply:
        if not is_true(request.one("force") or str(json_body(request).get("force", ""))):
            raise Refusal(501, "woocommerce_rest_trash_not_supported", "Webhooks do not support trashing.")
        return self.answers.one(request, self._deleted(number))

    def batch(self, request: Request) -> Reply:
        body = json_body(request)
        done = {
            job: [self._batch_item(job, item) for item in body[job]]
            for job in ("create", "update", "delete")
            if isinstance(body.get(job), list)
        }
        return self.answers.one(request, done, ("POST", "PUT", "PATCH"))

    def _batch_item(self, job: str, item: Any) -> dict[str, Any]:
        number = item if job == "delete" else item.get("id", 0)
        try:
            if job == "delete":
                return self._deleted(str(number))
            return self._view(self._created(item) if job == "create" else self._updated(str(number), item))
        except Refusal as refusal:
            return {"id": number, "error": refusal.body}

    def _created(self, body: dict[str, Any]) -> Webhook:
        topic, url = str(body.get("topic") or ""), str(body.get("delivery_url") or "")
        if not is_topic(topic):
            raise Refusal(400, f"{_CODE}_topic", "Webhook topic is required and must be valid.")
        if not is_address(url):
            reason = "Webhook delivery URL must be a valid URL starting with http:// or https://."
            raise Refusal(400, f"{_CODE}_delivery_url", reason)
        # Without a secret the shop makes one up and never shows it.
        secret = str(body.get("secret") or secrets.token_hex(25))
        number, now = next(self.ids), self.shop.now()
        name = str(body.get("name") or f"Webhook created on {number}")
        webhook = self.dispatcher.webhooks[number] = Webhook(number, name, topic, url, secret, now)
        if str(body.get("status") or "active") != "active":
            webhook.status = str(body["status"])
        self.dispatcher.ping(webhook)
        self.log("webhooks", id=number, topic=topic)
        return webhook

    def _updated(self, number: str, body: dict[str, Any]) -> Webhook:
        webhook = self._found(number, 400)
        if body.get("topic") and not is_topic(str(body["topic"])):
            raise Refusal(400, f"{_CODE}_topic", "Webhook topic must be valid.")
        if body.get("delivery_url") and not is_address(str(body["delivery_url"])):
            reason = "Webhook delivery URL must be a valid URL starting with http:// or https://."
            raise Refusal(400, f"{_CODE}_delivery_url", reason)
        if body.get("status") and body["status"] not in STATUSES[1:]:
            raise Refusal(400, f"{_CODE}_status", "Webhook status must be valid.")
        wakes = body.get("status") == "active" and webhook.status != "active"
        for name in ("topic", "delivery_url", "secret", "status", "name"):
            if body.get(name):
                setattr(webhook, name, str(body[name]))
        webhook.modified = self.shop.now()
        if wakes or webhook.awaits_ping:
            # The count of failures stays as it was: one more disables the webhook again.
            webhook.awaits_ping = True
            self.dispatcher.ping(webhook)
        self.log("webhooks/id", id=webhook.id, status=webhook.status)
        return webhook

    def _deleted(self, number: str) -> dict[str, Any]:
        webhook = self._found(number, 404)
        del self.dispatcher.webhooks[webhook.id]
        self.log("webhooks/delete", id=webhook.id)
        return self._view(webhook)

    def _found(self, number: str, status: int) -> Webhook:
        webhook = self.dispatcher.webhooks.get(int(number or 0))
        if webhook is None:
            raise Refusal(status, f"{_CODE}_id", "Invalid ID." if status == 404 else "ID is invalid.")
        return webhook

    def _view(self, webhook: Webhook) -> dict[str, Any]:
        return webhook.view(self.answers, self.shop.zone)


def payload(shop: Shop, views: Views, goods: CatalogViews, webhook: Webhook, argument: int) -> bytes:
    """The body as it is when it is sent; what is gone by then is an error object with a good signature."""
    if webhook.resource == "action":
        return encode({"action": webhook.event, "arg": argument})
    if webhook.event == "deleted":
        return encode({"id": argument})
    match webhook.resource:
        case "order":
            order = shop.find(argument)
            return encode(views.order(order) if order else _gone("shop_order_invalid_id", "Invalid ID."))
        case "customer":
            customer = shop.customers.get(argument)
            return encode(views.customer(customer) if customer else _gone("invalid_id", "Invalid resource ID."))
        case "product":
            product = shop.goods.get(argument)
            return encode(goods.product(product) if product else _gone("product_invalid_id", "Invalid ID."))
    return encode(_gone("shop_coupon_invalid_id", "Invalid ID."))


def _gone(code: str, message: str) -> dict[str, Any]:
    return {"code": f"woocommerce_rest_{code}", "message": message, "data": {"status": 404}}
