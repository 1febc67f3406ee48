"""The calls of wc/v3 that the connector makes, one function each.

Source of all: WooCommerce REST API documentation, version 3, and the behaviour of WooCommerce 10.7 where it differs.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from connectors.contract.errors import Misconfigured
from connectors.toolkit.dates import format_gmt
from connectors.woocommerce.lenient import as_map, identifier, plain, text
from connectors.woocommerce.transport import Params, Reply, Transport

MAX_PER_PAGE = 100
"""101 is refused with ``rest_invalid_param``."""

MAX_BATCH = 100
"""``orders/batch`` takes 100 objects together, unless the shop filters it down; more is a 413."""


# --- orders -----------------------------------------------------------------------------------------------------------


def orders_by_id(shop: Transport, ids: Sequence[str], fields: str = "") -> Reply:
    """``GET /orders?include=``: trashed and unfinished ones are left out by the default status ``any``."""
    chosen = [("_fields", fields)] if fields else []
    return shop.call("GET", "orders", params=[("include", ",".join(ids)), ("per_page", str(len(ids))), *chosen])


def orders_created(
    shop: Transport, after: datetime | None, before: datetime | None, *, offset: int, per_page: int
) -> Reply:
    """``GET /orders`` by id, created strictly after and strictly before."""
    return shop.call("GET", "orders", params=[*_window("", after, before), *_by_id(offset, per_page)])


def orders_modified(shop: Transport, after: datetime, *, per_page: int) -> Reply:
    """``GET /orders`` by change time, strictly after, resolution one second; the order of ties is not defined."""
    window = _window("modified_", after, None)
    return shop.call(
        "GET", "orders", params=[*window, ("orderby", "modified"), ("order", "asc"), ("per_page", str(per_page))]
    )


def orders_modified_between(shop: Transport, after: datetime, before: datetime, *, offset: int, per_page: int) -> Reply:
    """``GET /orders`` by id, changed strictly after and strictly before."""
    return shop.call("GET", "orders", params=[*_window("modified_", after, before), *_by_id(offset, per_page)])


def set_status(shop: Transport, order_id: str, status: str) -> Any:
    """``PUT /orders/<id>``: runs every hook of the shop (mails, stock). A missing id is a 400, not a 404."""
    return shop.call("PUT", f"orders/{order_id}", json={"status": status}).data


def set_paid(shop: Transport, order_id: str) -> Any:
    """``PUT /orders/<id>`` with ``set_paid``: the shop's "payment complete"; moves no money. What happens in statuses
    that need no payment differs between versions, so callers look at the answer."""
    return shop.call("PUT", f"orders/{order_id}", json={"set_paid": True}).data


def set_statuses(shop: Transport, wanted: Sequence[tuple[str, str]]) -> list[Any]:
    """``POST /orders/batch``: one result per order, in order, failures as ``{id, error}``.

    Unlike the single call it does not check its arguments: an unknown status silently becomes ``pending``
    (``WC_REST_Controller::batch_items``, ``WC_Order::set_status``). Callers have to check statuses before.
    """
    body = {"update": [{"id": int(order_id), "status": status} for order_id, status in wanted]}
    results = as_map(shop.call("POST", "orders/batch", json=body).data).get("update")
    return results if isinstance(results, list) else []


def try_write(shop: Transport) -> None:
    """``POST /orders/batch`` with nothing to do: passes only with the right to write, and changes nothing."""
    shop.call("POST", "orders/batch", json={"update": []})


def order_statuses(shop: Transport) -> dict[str, str]:
    """Slug -> name, custom ones too. ``GET /orders/statuses`` exists since 9.6; before, the schema lists the slugs."""
    try:
        rows = shop.call("GET", "orders/statuses").rows
    except Misconfigured as problem:
        if problem.code != "rest_no_route":
            raise
        return _statuses_of_schema(shop)
    return {text(row.get("slug")): plain(row.get("name")) for row in map(as_map, rows) if text(row.get("slug"))}


def _statuses_of_schema(shop: Transport) -> dict[str, str]:
    schema = as_map(shop.call("OPTIONS", "orders").data).get("schema")
    allowed = as_map(as_map(as_map(schema).get("properties")).get("status")).get("enum")
    slugs = [text(slug) for slug in allowed] if isinstance(allowed, list) else []
    return {slug: slug.replace("-", " ").capitalize() for slug in slugs if slug}


# --- customers --------------------------------------------------------------------------------------------------------


def customers_by_id(shop: Transport, ids: Sequence[str]) -> Reply:
    """``GET /customers?include=&role=all``: the default role hides subscribers and custom roles."""
    return shop.call("GET", "customers", params=[("include", ",".join(ids)), ("per_page", str(len(ids))), _ALL_ROLES])


def customers(shop: Transport, *, offset: int, per_page: int) -> Reply:
    """``GET /customers`` by id. There is no filter by time; guests are never listed."""
    return shop.call("GET", "customers", params=[_ALL_ROLES, *_by_id(offset, per_page)])


_ALL_ROLES = ("role", "all")


# --- products ---------------------------------------------------------------------------------------------------------


def products_by_id(shop: Transport, ids: Sequence[str]) -> Reply:
    """``GET /products?include=``: all but trashed ones; a variation's id finds nothing here."""
    return shop.call("GET", "products", params=[("include", ",".join(ids)), ("per_page", str(len(ids)))])


def products_created(
    shop: Transport, after: datetime | None, before: datetime | None, *, offset: int, per_page: int
) -> Reply:
    """``GET /products`` by id, created strictly after and strictly before; variations do not stand in this list."""
    return shop.call("GET", "products", params=[*_window("", after, before), *_by_id(offset, per_page)])


def products_modified(shop: Transport, after: datetime, *, per_page: int) -> Reply:
    """``GET /products`` by change time, strictly after, resolution one second."""
    order = [("orderby", "modified"), ("order", "asc"), ("per_page", str(per_page))]
    return shop.call("GET", "products", params=[*_window("modified_", after, None), *order])


def products_modified_between(
    shop: Transport, after: datetime, before: datetime, *, offset: int, per_page: int
) -> Reply:
    """``GET /products`` by id, changed strictly after and strictly before."""
    return shop.call("GET", "products", params=[*_window("modified_", after, before), *_by_id(offset, per_page)])


def variations(shop: Transport, product_id: str) -> list[Any]:
    """``GET /products/<id>/variations``, all pages."""
    return _all_pages(shop, f"products/{product_id}/variations")


def categories(shop: Transport) -> list[Any]:
    """``GET /products/categories``, all pages."""
    return _all_pages(shop, "products/categories")


def product_settings(shop: Transport) -> dict[str, str]:
    """``GET /settings/products``: value by id. Needs the right to manage the shop."""
    rows = map(as_map, shop.call("GET", "settings/products").rows)
    return {text(row.get("id")): text(row.get("value")) for row in rows}


_MOST_PAGES = 100


def _all_pages(shop: Transport, path: str) -> list[Any]:
    """A list whose rows do not come and go while it is read; at most 10,000 rows."""
    found: list[Any] = []
    for page in range(1, _MOST_PAGES + 1):
        place = [("per_page", str(MAX_PER_PAGE)), ("page", str(page)), ("orderby", "id"), ("order", "asc")]
        rows = shop.call("GET", path, params=place).rows
        found += rows
        if len(rows) < MAX_PER_PAGE:
            break
    return found


# --- dictionaries -----------------------------------------------------------------------------------------------------


def payment_gateways(shop: Transport) -> list[Any]:
    """``GET /payment_gateways``: switched-off ones too. Needs the right to manage the shop."""
    return shop.call("GET", "payment_gateways").rows


def shipping_methods(shop: Transport) -> list[Any]:
    """``GET /shipping_methods``: the kinds of shipping."""
    return shop.call("GET", "shipping_methods").rows


def shipping_zones(shop: Transport) -> list[Any]:
    """``GET /shipping/zones``: with zone 0, the rest of the world."""
    return shop.call("GET", "shipping/zones").rows


def zone_methods(shop: Transport, zone_id: str) -> list[Any]:
    """``GET /shipping/zones/<id>/methods``: the instances a buyer can choose there."""
    return shop.call("GET", f"shipping/zones/{zone_id}/methods").rows


def currency(shop: Transport) -> str:
    """``GET /data/currencies/current``: the shop's currency; plugins may let orders differ."""
    return text(as_map(shop.call("GET", "data/currencies/current").data).get("code"))


def versions(shop: Transport) -> Mapping[str, Any]:
    """``GET /system_status``, only its two versions: the rest holds the server's paths."""
    params: Params = [("_fields", "environment.version,environment.wp_version")]
    return as_map(as_map(shop.call("GET", "system_status", params=params).data).get("environment"))


# --- webhooks ---------------------------------------------------------------------------------------------------------


def webhooks(shop: Transport) -> list[Mapping[str, Any]]:
    """``GET /webhooks``, all pages: those of other programs too."""
    found: list[Mapping[str, Any]] = []
    for page in range(1, 51):  # 5,000 webhooks: far beyond any real shop, but not for ever
        rows = shop.call(
            "GET", "webhooks", params=[("per_page", str(MAX_PER_PAGE)), ("page", str(page)), ("orderby", "id")]
        ).rows
        found += [row for row in map(as_map, rows) if identifier(row.get("id"))]
        if len(rows) < MAX_PER_PAGE:
            break
    return found


def create_webhook(shop: Transport, *, name: str, topic: str, address: str, secret: str) -> Mapping[str, Any]:
    """``POST /webhooks``. Always with our secret: one that the shop makes up is never shown."""
    body = {"name": name, "topic": topic, "delivery_url": address, "secret": secret, "status": "active"}
    return as_map(shop.call("POST", "webhooks", json=body).data)


def change_webhook(shop: Transport, webhook_id: str, changes: Mapping[str, str]) -> Mapping[str, Any]:
    """``PUT /webhooks/<id>``. Switching on does not reset the shop's failure counter; one good delivery does."""
    return as_map(shop.call("PUT", f"webhooks/{webhook_id}", json=dict(changes)).data)


# --- parts ------------------------------------------------------------------------------------------------------------


def _window(prefix: str, after: datetime | None, before: datetime | None) -> list[tuple[str, str]]:
    """Times are read as the shop's local time unless ``dates_are_gmt`` is given."""
    bounds = [
        (f"{prefix}{name}", format_gmt(moment)) for name, moment in (("after", after), ("before", before)) if moment
    ]
    return [*bounds, ("dates_are_gmt", "true")] if bounds else []


def _by_id(offset: int, per_page: int) -> list[tuple[str, str]]:
    return [("orderby", "id"), ("order", "asc"), ("offset", str(offset)), ("per_page", str(per_page))]
