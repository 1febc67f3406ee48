"""Everything that was recorded from a live shop, and whatever is put into the folder later."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from connectors.contract.canonical import LengthUnit, ObjectKind, WeightUnit
from connectors.contract.errors import ConnectorError, Forged
from connectors.contract.results import Accepted, Acknowledged, HookEvent, HookRequest, Seen, UnreadableObject
from connectors.toolkit.http import Answer
from connectors.woocommerce.errors import TABLE, error_for
from connectors.woocommerce.goods import Shop, read_product
from connectors.woocommerce.hooks import HookReceiver
from connectors.woocommerce.people import read_customer
from connectors.woocommerce.reader import read_order
from connectors.woocommerce.transport import oauth_parameters
from tests.connectors.woocommerce.shop import NOW

KIND = "woocommerce"


def _objects(value: Any) -> Iterator[dict[str, Any]]:
    """Every object in an answer, at whatever depth."""
    if isinstance(value, dict):
        yield value
        for inner in value.values():
            yield from _objects(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _objects(inner)


def _body(path: Path) -> Any:
    recorded = json.loads(path.read_text(encoding="utf-8"))
    return recorded.get("body") if isinstance(recorded, dict) else recorded


@pytest.mark.recorded_files(KIND, "*.json")
def test_recorded_orders_are_read(recorded_file: Path) -> None:
    if recorded_file.name.startswith("schema_"):
        return
    for wire in _objects(_body(recorded_file)):
        if {"line_items", "billing", "currency"} <= wire.keys():
            read = read_order(wire)

            assert read.id == str(wire["id"])
            assert str(read.total) == wire["total"]
            assert len(read.lines) == len(wire["line_items"])


@pytest.mark.recorded_files(KIND, "*.json")
def test_recorded_products_are_read_with_their_variations(recorded_file: Path) -> None:
    shop = Shop("EUR", WeightUnit.KILOGRAM, LengthUnit.CENTIMETRE)
    for wire in _objects(_body(recorded_file)):
        if {"permalink", "sku", "price", "stock_status", "grouped_products"} <= wire.keys():
            read = read_product(wire, [{**wire, "id": 900, "attributes": []}], shop, {})

            assert (read.id, read.sku, [each.id for each in read.variants]) == (str(wire["id"]), wire["sku"], ["900"])
            assert read.category_ids == tuple(str(each["id"]) for each in wire["categories"])
            assert str(read.price.amount if read.price else "") == wire["price"]
            assert read.updated_at is not None


@pytest.mark.recorded_files(KIND, "*.json")
def test_recorded_customers_are_read(recorded_file: Path) -> None:
    for wire in _objects(_body(recorded_file)):
        if {"is_paying_customer", "billing", "username"} <= wire.keys() and "type" not in wire["billing"]:
            read = read_customer(wire)

            assert (read.id, read.email) == (str(wire["id"]), wire["email"].lower())


@pytest.mark.recorded_files(KIND, "error_*.json")
def test_recorded_errors_have_a_class(recorded_file: Path) -> None:
    recorded = json.loads(recorded_file.read_text(encoding="utf-8"))
    if not isinstance(recorded, dict) or "status" not in recorded:
        return
    body = json.dumps(recorded["body"]).encode()

    found = error_for(Answer(recorded["status"], {"content-type": "application/json"}, body, ""))

    assert isinstance(found, ConnectorError)
    assert type(found) in {row.error for row in TABLE}
    assert "@example" not in found.message


@pytest.mark.recorded_files(KIND, "*deliver*.json")
def test_recorded_deliveries_pass_the_door_and_are_understood(recorded_file: Path) -> None:
    deliveries = [one for one in json.loads(recorded_file.read_text(encoding="utf-8")) if "headers" in one]

    for delivery in deliveries:
        headers = {name.lower(): value for name, value in delivery["headers"].items()}
        body = delivery["body"].encode()
        site = headers.get("x-wc-webhook-source", "https://shop.example.test/")
        receiver = HookReceiver(site, [], [delivery.get("secret") or ""])
        answer = receiver.accept(HookRequest("POST", headers, body))
        if isinstance(answer, Acknowledged):
            assert "x-wc-webhook-signature" not in headers
            continue
        assert isinstance(answer, Accepted)
        changes = receiver.read(HookEvent(answer.topic, answer.headers, body, NOW))

        assert len(changes) == 1
        assert not isinstance(changes[0], UnreadableObject)
        if isinstance(changes[0], Seen) and changes[0].kind is ObjectKind.ORDER:
            assert changes[0].id == str(json.loads(body)["id"])
        with pytest.raises(Forged):
            receiver.accept(HookRequest("POST", headers, body + b" "))


@pytest.mark.recorded_files(KIND, "oauth1_vectors*.json")
def test_recorded_signatures_are_reproduced(recorded_file: Path) -> None:
    for vector in json.loads(recorded_file.read_text(encoding="utf-8")):
        address = urlsplit(vector["url"])
        signed = oauth_parameters(
            vector["method"],
            address._replace(query="").geturl(),
            parse_qsl(address.query, keep_blank_values=True),
            vector["consumer_key"],
            vector["consumer_secret"],
            timestamp=int(vector["timestamp"]),
            nonce=vector["nonce"],
        )

        assert dict(signed)["oauth_signature"] == vector["signature"]
