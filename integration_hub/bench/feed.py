"""The catalog file at full size: built once, from records, in this process."""

import os
from decimal import Decimal
from threading import Event, Thread
from time import monotonic, process_time
from typing import Any

import psutil
from django.core.management import call_command
from django.utils import timezone

from connectors.contract.canonical import Category, LineOption, Money, ObjectKind, Product, Variant, Weight, WeightUnit
from integration_hub.catalog.files import file_of
from integration_hub.catalog.models import CatalogFeed
from integration_hub.connections.models import Connection, Route
from integration_hub.flows import feeds
from integration_hub.records import store
from integration_hub.records.models import Record

SAMPLE_SECONDS = 0.01
VARIANTS = 5
"""Of every second product. The others are bought as they are."""

_COLOURS = ("red", "green", "blue", "black", "white")


def build(offers: int) -> dict[str, Any]:
    """Seconds, memory above that of the process at rest, and bytes."""
    call_command("migrate", verbosity=0)
    feed = _feed(offers)
    warm = CatalogFeed.objects.get(pk=feed.pk)
    feeds.feed_form(warm)
    began, cpu = monotonic(), process_time()
    with _Peak() as peak:
        feeds.build_feed(feed.pk)
    seconds, cpu = monotonic() - began, process_time() - cpu
    feed.refresh_from_db()
    packed = file_of(feed, packed=True)
    return {
        "offers": feed.offers,
        "seconds": round(seconds, 2),
        "cpu_seconds": round(cpu, 2),
        "peak_memory_mb": round(peak.megabytes, 1),
        "bytes": feed.size,
        "bytes_packed": packed.size if packed else 0,
        "lost": offers - feed.offers,
        # A row that has this key was not measured.
        **({"error": feed.error} if feed.error else {}),
    }


def _feed(offers: int) -> CatalogFeed:
    shop = Connection.objects.create(kind="woocommerce", role="store", name="Shop")
    crm = Connection.objects.create(
        kind="retailcrm",
        role="crm",
        name="CRM",
        settings={"address": "https://bench.retailcrm.ru", "site": "main", "currency": "EUR", "timezone": "UTC"},
        secrets={"api_key": "bench"},
    )
    route = Route.objects.create(name="Shop → CRM", store=shop, crm=crm, mode=Route.Mode.LIVE, sync_catalog=True)
    _fill(shop, offers)
    feeds.send_due()
    return CatalogFeed.objects.get(route=route)


def _fill(shop: Connection, offers: int) -> None:
    rows: list[Record] = []
    number = made = 0
    while made < offers:
        number += 1
        variants = min(VARIANTS, offers - made) if number % 2 else 0
        made += variants or 1
        rows.append(_row(shop, _product(number, variants)))
        if len(rows) == 1_000:
            store.save(rows)
            rows.clear()
    store.save(rows)


def _product(number: int, variants: int) -> Product:
    price = Money(amount=Decimal(number % 900 + 1), currency="EUR")
    top, leaf = Category(id=f"{number % 20}", name=f"Group & Co {number % 20}"), f"{100 + number % 400}"
    return Product(
        id=f"{number}",
        sku=f"SKU-{number}",
        name=f"Чайник эмалированный «Луна» {number} & крышка <{number % 7} л>",
        price=price,
        regular_price=price,
        stock=Decimal(number % 50),
        category_ids=(leaf,),
        categories=(Category(id=leaf, parent_id=top.id, name=f"Leaf {leaf}"), top),
        brand="Acme",
        options=(LineOption(code="material", name="Материал", value="сталь"),),
        image_urls=(f"https://shop.example/images/{number}.jpg",),
        weight=Weight(value=Decimal(number % 3000), unit=WeightUnit.GRAM),
        url=f"https://shop.example/catalog/kettle-{number}?a=1&b=2",
        variants=tuple(
            Variant(
                id=f"mod-{number}-{place}",
                sku=f"SKU-{number}-{place}",
                stock=Decimal(place),
                options=(LineOption(code="color", name="Цвет", value=_COLOURS[place]),),
            )
            for place in range(variants)
        ),
        updated_at=timezone.now(),
    )


def _row(shop: Connection, product: Product) -> Record:
    content = product.model_dump(mode="json", exclude_defaults=True)
    kind = ObjectKind.PRODUCT.value
    prints = store.fingerprints(content, kind)
    now = timezone.now()
    return store.row_for(shop.pk, kind, product.id, product, content=content, prints=prints, version=None, now=now)


class _Peak:
    """The most memory that this process had while the block ran, above what it had before."""

    megabytes = 0.0

    def __enter__(self) -> "_Peak":
        self._process, self._stop = psutil.Process(os.getpid()), Event()
        self._before = self._process.memory_info().rss
        self._thread = Thread(target=self._watch, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._look()
        self._stop.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._stop.wait(SAMPLE_SECONDS):
            self._look()

    def _look(self) -> None:
        self.megabytes = max(self.megabytes, (self._process.memory_info().rss - self._before) / 1_000_000)
