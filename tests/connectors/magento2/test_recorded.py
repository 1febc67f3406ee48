"""Against what was taken from the vendor: every call fits the OpenAPI description, every recorded product is read."""

import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from connectors.contract.canonical import Category, WeightUnit
from connectors.contract.results import StatusDraft
from connectors.magento2.goods import read_product

from .world import START, World

Json = dict[str, Any]
OURS = re.compile(r"/V1/hub/")
"""Routes of the companion module."""

KINDS: dict[str, tuple[type[Any], ...]] = {
    "integer": (int, bool),
    "number": (int, float),
    "string": (str,),
    "boolean": (bool,),
    "array": (list,),
    "object": (dict,),
}


def everything(shop: World) -> None:
    """Each kind of call that the connector makes."""
    adapter = shop.open(allow_refunds=True, store_views=["default", "es_ar"])
    placed = shop.shop(5)
    assert adapter.account is not None
    assert adapter.codes is not None
    assert adapter.status_sink is not None
    adapter.account.verify()
    adapter.codes.read_books()
    for source in (adapter.orders, adapter.customers, adapter.products):
        assert source is not None
        source.scan(None, None)
        source.fetch(["12", "67"])
    for changed in (adapter.orders_changed, adapter.customers_changed, adapter.products_changed):
        assert changed is not None
        changed.changed("", START)
    for id, statuses in zip(
        placed, (["packed"], ["complete", "closed"], ["canceled"], ["holded", "processing"]), strict=False
    ):
        for status in statuses:
            adapter.status_sink.put_statuses([StatusDraft(id, status, f"change-{id}")])


@pytest.mark.recorded_files("magento", "openapi-*.json")
def test_every_call_fits_the_description_of_the_vendor(recorded_file: Path, shop: World) -> None:
    description = json.loads(recorded_file.read_text(encoding="utf-8"))

    everything(shop)

    found = [fault for exchange in shop.hub.exchanges for fault in faults(description, exchange)]
    assert len(shop.hub.exchanges) > 30
    assert found == []


def faults(description: Json, exchange: Any) -> list[str]:
    parts = urlsplit(exchange.url)
    path = parts.path.partition("/rest/all")[2]
    if OURS.search(path):
        return []
    described = next(
        (
            methods[exchange.method.lower()]
            for pattern, methods in description["paths"].items()
            if exchange.method.lower() in methods and re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", pattern), path)
        ),
        None,
    )
    if described is None:
        return [f"{exchange.method} {path} is not described"]
    bodies = [each["schema"] for each in described.get("parameters", []) if each["in"] == "body"]
    sent = json.loads(exchange.request_body) if exchange.request_body else {}
    found = mismatches(description, bodies[0], sent, path) if bodies else [path] * bool(sent)
    names = [each["name"] for each in described.get("parameters", []) if each["in"] == "query"]
    for name, _value in parse_qsl(parts.query):
        # Both ways of writing are taken (performing-searches.md); the description has one of them.
        plain = re.sub(r"\[\d+\]", "", re.sub(r"_(\w)", lambda found: found[1].upper(), name))
        if name != "fields" and plain not in {re.sub(r"\[\d+\]", "", each) for each in names}:
            found.append(f"{path}: query {name}")
    return found


def mismatches(description: Json, schema: Json, value: Any, path: str) -> list[str]:
    """What of the value the schema does not know, lacks, or has of another type."""
    if "$ref" in schema:
        return mismatches(description, description["definitions"][schema["$ref"].rpartition("/")[2]], value, path)
    kind = schema.get("type", "object")
    if not isinstance(value, KINDS[kind]):
        return [f"{path} is no {kind}"]
    if not isinstance(value, dict):
        return []
    known = schema.get("properties", {})
    found = [f"{path}.{name} is not known" for name in value if name not in known]
    found += [f"{path}.{name} is missing" for name in schema.get("required", []) if name not in value]
    for name, each in value.items():
        if name in known:
            found += mismatches(description, known[name], each, f"{path}.{name}")
    return found


class PlainShop:
    """What surrounds the recorded products."""

    currency, weight_unit = "EUR", WeightUnit.KILOGRAM
    media_url, link_url = "https://shop.example.test/media/", "https://shop.example.test/"
    brands = {"14": "Marca Uno", "15": "Marca Dos"}
    categories = {"5": Category(id="5", name="Cocina"), "6": Category(id="6", parent_id="5", name="Tazas")}
    config = type("Config", (), {"brand_attribute": "manufacturer"})

    def labels_of(self, _attribute: str) -> dict[str, str]:
        return {}


@pytest.mark.recorded_files("magento", "product*.json")
def test_recorded_products_are_read(recorded_file: Path) -> None:
    whole = json.loads(recorded_file.read_text(encoding="utf-8"))
    bodies = whole.get("items", [whole]) if isinstance(whole, dict) else []
    for body in bodies:
        if {"sku", "type_id", "custom_attributes"} <= body.keys():
            read = read_product(body, [], PlainShop())  # type: ignore[arg-type]  # the part of a shop that is used

            assert (read.id, read.sku, read.name) == (str(body["id"]), body["sku"], body["name"])
            assert (read.price is None) == (not body["price"])
            assert read.updated_at is not None
            assert {category.id for category in read.categories} >= set(read.category_ids)
            assert read.brand in {"", *PlainShop.brands.values()}


def test_what_does_not_fit_the_description_is_found() -> None:
    schema = {"type": "object", "required": ["a"], "properties": {"b": {"type": "integer"}}}

    assert mismatches({}, schema, {"b": "x", "c": 1}, "body") == [
        "body.c is not known", "body.a is missing", "body.b is no integer",
    ]  # fmt: skip
