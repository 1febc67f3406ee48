"""Products: read with their variations, walked by id, and polled by their change time."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import requests

from connectors.contract.canonical import (
    Category,
    Dimensions,
    LengthUnit,
    LineOption,
    Money,
    Offer,
    Product,
    Weight,
    WeightUnit,
)
from connectors.contract.capabilities import Adapter
from connectors.contract.errors import Unreadable
from connectors.contract.results import UnreadableObject
from connectors.toolkit.sandbox import Sandbox
from connectors.woocommerce.goods import Shop, read_product
from connectors.woocommerce.sandbox import KEY, SECRET, make
from connectors.woocommerce.spec import SPEC
from tests.connectors.woocommerce.shop import Hub

SHOP = Shop("EUR", WeightUnit.GRAM, LengthUnit.MILLIMETRE)
TREE = {
    "18": Category(id="18", parent_id="19", name="Clothes"),
    "19": Category(id="19", name="Fashion & home"),
    "7": Category(id="7", parent_id="8", name="Ring"),
    "8": Category(id="8", parent_id="7", name="Of categories"),
}


def wire(**changes: Any) -> dict[str, Any]:
    return {
        "id": 30,
        "name": "T-shirt &amp; cap",
        "type": "simple",
        "status": "publish",
        "sku": "TS",
        "price": "19.90",
        "regular_price": "25.00",
        "tax_status": "taxable",
        "manage_stock": True,
        "stock_quantity": 4,
        "stock_status": "instock",
        "weight": "200",
        "dimensions": {"length": "300", "width": "200.5", "height": "20"},
        "categories": [{"id": 18, "name": "Clothes", "slug": "clothes"}],
        "brands": [{"id": 1, "name": "Acme", "slug": "acme"}],
        "images": [{"id": 5, "src": "https://shop.example/a.jpg"}],
        "attributes": [
            {"id": 1, "name": "Size", "slug": "pa_size", "variation": True, "options": ["S", "M"]},
            {"id": 0, "name": "Fabric", "slug": "fabric", "variation": False, "options": ["Cotton", "Linen"]},
        ],
        "global_unique_id": "4006381333931",
        "permalink": "https://shop.example/product/t-shirt/",
        "virtual": False,
        "description": "<p>Soft.</p>",
        "date_created_gmt": "2026-01-01T10:00:00",
        "date_modified_gmt": "2026-02-01T10:00:00",
        **changes,
    }


def test_simple_product_with_everything_that_a_catalog_needs() -> None:
    product = read_product(wire(), [], SHOP, TREE)

    assert product == Product(
        id="30",
        sku="TS",
        name="T-shirt & cap",
        price=Money(amount=Decimal("19.90"), currency="EUR"),
        regular_price=Money(amount=Decimal("25.00"), currency="EUR"),
        stock=Decimal(4),
        category_ids=("18",),
        categories=(TREE["18"], TREE["19"]),
        brand="Acme",
        barcode="4006381333931",
        options=(LineOption(code="fabric", name="Fabric", value="Cotton, Linen"),),
        image_urls=("https://shop.example/a.jpg",),
        weight=Weight(value=Decimal(200), unit=WeightUnit.GRAM),
        dimensions=Dimensions(
            length=Decimal(300), width=Decimal("200.5"), height=Decimal(20), unit=LengthUnit.MILLIMETRE
        ),
        description="Soft.",
        url="https://shop.example/product/t-shirt/",
        created_at=datetime(2026, 1, 1, 10, tzinfo=UTC),
        updated_at=datetime(2026, 2, 1, 10, tzinfo=UTC),
    )


def test_variation_keeps_its_own_and_takes_the_rest_from_its_product() -> None:
    variation = {
        "id": 31,
        "sku": "TS-M",
        "status": "publish",
        "price": "21.00",
        "regular_price": "21.00",
        "stock_status": "outofstock",
        "attributes": [{"id": 1, "name": "Size", "slug": "pa_size", "option": "M"}],
        "image": None,
        "permalink": "https://shop.example/product/t-shirt/?attribute_pa_size=m",
    }

    product = read_product(wire(type="variable", price=""), [variation], SHOP, TREE)

    price = Money(amount=Decimal("21.00"), currency="EUR")
    size = LineOption(code="pa_size", name="Size", value="M")
    assert product.offers == (
        Offer(
            id="31",
            sku="TS-M",
            name="T-shirt & cap, M",
            is_active=True,
            price=price,
            regular_price=price,
            purchase_price=None,
            stock=Decimal(0),
            barcode="",
            options=(size,),
            image_urls=product.image_urls,
            weight=product.weight,
            dimensions=product.dimensions,
            url="https://shop.example/product/t-shirt/?attribute_pa_size=m",
            accounting_id="",
        ),
    )


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"status": "draft"}, {"is_active": False}),
        ({"virtual": True}, {"is_service": True}),
        ({"tax_status": "none"}, {"is_tax_free": True}),
        ({"price": ""}, {"price": None}),
        ({"manage_stock": False, "stock_quantity": None}, {"stock": None}),
        ({"manage_stock": False, "stock_quantity": None, "stock_status": "outofstock"}, {"stock": Decimal(0)}),
        ({"stock_quantity": -2}, {"stock": Decimal(-2)}),
        ({"weight": ""}, {"weight": None}),
        ({"dimensions": {"length": "1", "width": "", "height": "3"}}, {"dimensions": None}),
        ({"brands": []}, {"brand": ""}),
        ({"categories": [{"id": 99, "name": "New one"}]}, {"categories": (Category(id="99", name="New one"),)}),
        ({"categories": [{"id": 7}]}, {"categories": (TREE["7"], TREE["8"])}),
        ({"categories": []}, {"categories": (), "category_ids": ()}),
        ({"images": False, "attributes": None}, {"image_urls": (), "options": ()}),
    ],
)
def test_what_shops_leave_out_or_say_differently(changes: dict[str, Any], expected: dict[str, Any]) -> None:
    product = read_product(wire(**changes), [], SHOP, TREE)

    assert {name: getattr(product, name) for name in expected} == expected


def test_faults_are_told_with_their_paths() -> None:
    with pytest.raises(Unreadable) as caught:
        read_product(wire(id=0, price="cheap"), [{"id": 31, "price": "?"}], SHOP, TREE)

    assert {fault.path for fault in caught.value.faults} == {"id", "price", "variations.0.price"}


# --- over real HTTP ---------------------------------------------------------------------------------------------------


@pytest.fixture
def shop() -> Iterator[Sandbox]:
    with make() as box:
        yield box


def opened(box: Sandbox, page_size: int = 10) -> Adapter:
    hub = Hub(now=datetime.now(UTC))
    values = {"site": box.url, "consumer_key": KEY, "consumer_secret": SECRET, "page_size": page_size}
    return SPEC.open(values, hub.services())


def staff(box: Sandbox, **body: Any) -> None:
    requests.post(f"{box.url}/__sandbox__/goods", json=body, timeout=10).raise_for_status()


def walked(read: Any) -> list[Product]:
    found: list[Product] = []
    cursor = ""
    for _ in range(50):
        page = read(cursor)
        found += page.items
        if not page.has_more:
            return found
        cursor = page.cursor
    raise AssertionError("the walk does not end")


def test_walk_sees_every_product_once_with_its_variations(shop: Sandbox) -> None:
    staff(shop, more=25)
    source = opened(shop).products
    assert source is not None

    found = walked(lambda cursor: source.scan(None, None, cursor))

    by_id = {product.id: product for product in found}
    assert set(by_id) == {str(number) for number in [*range(20, 28), 30, *range(40, 65)]}
    sweater = by_id["30"]
    assert [variant.id for variant in sweater.variants] == [str(number) for number in range(31, 40)]
    assert [category.name for category in sweater.categories] == ["Ropa", "Moda & hogar"]
    assert sweater.offers[0].price == Money(amount=Decimal("39.00"), currency="EUR")


def test_only_variable_products_cost_a_call_of_their_own(shop: Sandbox) -> None:
    source = opened(shop, page_size=100).products
    assert source is not None
    staff(shop, more=60)

    assert len(source.scan(None, None).items) == 69

    calls = shop.state()["calls"]
    assert {path: count for path, count in calls.items() if "products" in path or "currencies" in path} == {
        "GET /wp-json/wc/v3/products": 1,
        "GET /wp-json/wc/v3/products/(?P<number>\\d+)/variations": 1,
        "GET /wp-json/wc/v3/products/categories": 1,
        "GET /wp-json/wc/v3/settings/products": 1,
        "GET /wp-json/wc/v3/data/currencies/current": 1,
    }


def test_products_are_fetched_by_id_and_a_variation_is_none(shop: Sandbox) -> None:
    source = opened(shop).products
    assert source is not None

    found = source.fetch(["20", "30", "31", "999", "x"])

    assert set(found) == {"20", "30"}
    assert not any(isinstance(each, UnreadableObject) for each in found.values())


def test_poll_brings_what_staff_changed_and_then_nothing(shop: Sandbox) -> None:
    source = opened(shop).products_changed
    assert source is not None
    began = datetime.now(UTC) - timedelta(hours=1)
    first = source.changed("", began)
    staff(shop, id=21, price=1234)

    page = source.changed(first.cursor, began)

    changed = [each for each in page.items if isinstance(each, Product) and each.id == "21"]
    assert [each.price for each in changed] == [Money(amount=Decimal("12.34"), currency="EUR")]
