"""A store's catalog out of its records, read while it is written: memory does not grow with it."""

from collections.abc import Iterator
from datetime import datetime

from django.db.models import Max, QuerySet, TextField
from django.db.models.functions import Cast

from connectors.contract.canonical import Category, ObjectKind, Product
from connectors.contract.results import ShopCatalog
from integration_hub.connections.models import Connection
from integration_hub.records.models import Record

CHUNK = 500
"""Records fetched at once: about a megabyte."""


def shop_catalog(store: Connection, now: datetime) -> ShopCatalog:
    """Everything that the store sells, in the order in which it was first seen."""
    categories, has_loose = _categories(store)
    return ShopCatalog(
        shop_name=store.name,
        made_at=now,
        categories=categories,
        products=_products(store),
        has_loose_products=has_loose,
    )


def _rows(store: Connection) -> QuerySet[Record]:
    return Record.objects.filter(connection=store, kind=ObjectKind.PRODUCT.value, is_gone=False)


def _categories(store: Connection) -> tuple[list[Category], bool]:
    """Every category once, and whether some product stands in none. The newest product's words win, because shops
    rename categories without touching the products in them."""
    found: dict[str, Category] = {}
    has_loose = False
    sets = _rows(store).order_by().values("content__categories").annotate(newest=Max("seen_at")).order_by("newest")
    for described in sets.values_list("content__categories", flat=True).iterator(chunk_size=CHUNK):
        has_loose = has_loose or not described
        for each in described or ():
            category = Category.model_validate(each)
            found[category.id] = category
    return list(found.values()), has_loose


def _products(store: Connection) -> Iterator[Product]:
    """Checked from the text as it is stored: half the time of reading it into plain values first."""
    texts = _rows(store).order_by("pk").annotate(text=Cast("content", TextField())).values_list("text", flat=True)
    for text in texts.iterator(chunk_size=CHUNK):
        yield Product.model_validate_json(text)
