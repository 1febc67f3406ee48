"""Recorded orders of a live shop on the whole way: door, reader, engine, mappings, writer, CRM."""

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from integration_hub.engine.models import InboxEvent, OutboxItem
from integration_hub.records.models import Record
from mappings.rules import unmapped_codes

from .world import HOOK_SECRET, World, items, pump

CRM_CODES = {
    "status": "new",
    "delivery": "courier",
    "payment": "bank-card",
    "payment_status": "paid",
    "order_method": "shopping-cart",
}
WHOLE = {"line_items", "billing", "currency", "status", "total"}


def objects(value: Any) -> Iterator[dict[str, Any]]:
    """Every object in an answer, at whatever depth."""
    if isinstance(value, dict):
        yield value
        value = list(value.values())
    if isinstance(value, list):
        for inner in value:
            yield from objects(inner)


def orders_in(path: Path) -> list[dict[str, Any]]:
    recorded = json.loads(path.read_text(encoding="utf-8"))
    body = recorded.get("body") if isinstance(recorded, dict) else None
    return [each for each in objects(body) if each.keys() >= WHOLE and isinstance(each["line_items"], list)]


def signature(body: bytes, secret: str) -> str:
    return base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()


def deliver(client: Client, world: World, body: bytes, headers: dict[str, str]) -> int:
    address = reverse("hook", args=[world.store.hook_token])
    kind = headers.get("Content-Type", "application/json")
    return client.post(address, body, content_type=kind, headers=headers).status_code


def map_everything(world: World) -> None:
    """What staff do with the to-do list, until it is empty."""
    for _ in range(10):
        pump()
        missing = [code for code in unmapped_codes() if code.side == "store"]
        if not missing:
            return
        for code in missing:
            world.map(code.kind, code.code, CRM_CODES[code.kind])


@pytest.fixture
def anytime(world: World) -> World:
    """Recorded orders are of any date; each is of one shop."""
    world.set_route(start_at=datetime(2000, 1, 1, tzinfo=UTC))
    return world


@pytest.mark.any_database
@pytest.mark.recorded_files("woocommerce", "*.json")
def test_recorded_orders_arrive_with_their_exact_total(anytime: World, client: Client, recorded_file: Path) -> None:
    world = anytime
    newest = {str(order["id"]): order for order in orders_in(recorded_file)}
    alive = {key: order for key, order in newest.items() if order["status"] not in {"trash", "checkout-draft"}}
    for currency in {order["currency"] for order in alive.values()}:
        world.crm.settings = {**world.crm.settings, "currency": currency}
        world.crm.save()
    for order in newest.values():
        body = json.dumps(order).encode()
        headers = {
            "X-WC-Webhook-Topic": "order.updated",
            "X-WC-Webhook-Source": world.store_box.url,
            "X-WC-Webhook-Signature": signature(body, HOOK_SECRET),
        }
        assert deliver(client, world, body, headers) == 200

    map_everything(world)

    there = world.crm_orders()
    assert not InboxEvent.objects.filter(state__in=["failed", "new"]).exists()
    assert set(items()) <= {("orders", "done")}
    assert set(there) == set(alive)
    for key, order in alive.items():
        arrived = Decimal(str(there[key]["totalSumm"])).quantize(Decimal("0.01"))
        assert arrived == Decimal(order["total"]), f"order {key}"


@pytest.mark.recorded_files("woocommerce", "customer*.json")
def test_recorded_customers_arrive_once(anytime: World, client: Client, recorded_file: Path) -> None:
    world = anytime
    recorded = json.loads(recorded_file.read_text(encoding="utf-8"))
    people = {
        str(each["id"]): each
        for each in objects(recorded.get("body"))
        if {"is_paying_customer", "username"} <= each.keys()
    }
    for _ in range(2):
        for person in people.values():
            body = json.dumps(person).encode()
            headers = {
                "X-WC-Webhook-Topic": "customer.updated",
                "X-WC-Webhook-Source": world.store_box.url,
                "X-WC-Webhook-Signature": signature(body, HOOK_SECRET),
            }
            assert deliver(client, world, body, headers) == 200
        pump()

    assert {row["externalId"] for row in world.crm_customers()} == set(people)
    assert set(items()) <= {("customers", "done")}


@pytest.mark.recorded_files("woocommerce", "*deliver*.json")
def test_recorded_deliveries_go_all_the_way(anytime: World, client: Client, recorded_file: Path) -> None:
    """Each was signed with a secret of its own, by a shop that calls itself by another address."""
    world = anytime
    answers = []
    for delivery in json.loads(recorded_file.read_text(encoding="utf-8")):
        headers = {name: value for name, value in delivery["headers"].items() if name != "Content-Length"}
        source = headers.get("X-WC-Webhook-Source", "")
        world.store.settings = {**world.store.settings, "accepted_sources": [source] if source else []}
        world.store.secrets = {**world.store.secrets, "webhook_secret": delivery.get("secret") or HOOK_SECRET}
        world.store.save()
        body = delivery["body"].encode()
        answers.append(deliver(client, world, body, headers))
        if body.startswith(b"{") and "currency" in (parsed := json.loads(body)):
            world.crm.settings = {**world.crm.settings, "currency": parsed["currency"]}
            world.crm.save()

    map_everything(world)

    assert set(answers) == {200}
    assert not InboxEvent.objects.filter(state__in=["failed", "new"]).exists()
    assert not OutboxItem.objects.exclude(state__in=["done", "skipped"]).exists()
    present = {row.object_id: Decimal(str(row.content["total"])) for row in Record.objects.filter(kind="order")}
    arrived = {key: Decimal(str(row["totalSumm"])).quantize(Decimal("0.01")) for key, row in world.crm_orders().items()}
    assert arrived.items() <= present.items()
