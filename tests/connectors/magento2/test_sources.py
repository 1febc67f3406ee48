"""Reading lists: nothing is missed, whatever Magento's pages do."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import responses

from connectors.contract.canonical import Order, Product
from connectors.contract.errors import Retryable
from connectors.contract.results import UnreadableObject
from connectors.magento2.sources import poll_of
from connectors.magento2.spec import SPEC
from tests.contract.kinds import Hub

from .world import START, World, order, world

SECOND = "2026-01-05 10:00:00"


def walked(read: Any, cursor: str = "", most: int = 60) -> tuple[list[Any], str]:
    items: list[Any] = []
    for _ in range(most):
        page = read(cursor)
        items += page.items
        if not page.has_more:
            return items, page.cursor
        assert page.cursor != cursor
        cursor = page.cursor
    raise AssertionError("the walk does not end")


def ids(items: Sequence[Any]) -> list[str]:
    return sorted({item.id for item in items}, key=int)


@pytest.mark.parametrize("size", [1, 3, 100])
def test_walk_sees_every_order_once(size: int, shop: World) -> None:
    placed = shop.shop(7)
    source = shop.open(page_size=size).orders
    assert source is not None

    items, _ = walked(lambda cursor: source.scan(None, None, cursor))

    assert [item.id for item in items] == placed


@pytest.mark.parametrize("size", [1, 2, 3, 7, 100])
def test_poll_sees_every_order_when_many_share_one_second(size: int, shop: World) -> None:
    placed = shop.shop(7)
    shop.desk("change", {"ids": placed[:5], "updated_at": SECOND})
    source = shop.open(page_size=size).orders_changed
    assert source is not None

    items, _ = walked(lambda cursor: source.changed(cursor, START))

    assert ids(items) == placed


def test_order_that_changes_while_the_poll_is_on_its_way_makes_no_other_be_missed(shop: World) -> None:
    placed = shop.shop(6)
    for minute, id in enumerate(placed):
        shop.desk("change", {"id": id, "updated_at": f"2026-01-05 10:0{minute}:00"})
    source = shop.open(page_size=2).orders_changed
    assert source is not None
    first = source.changed("", START)

    shop.desk("change", {"id": placed[0], "updated_at": "2026-01-05 11:00:00"})
    rest, _ = walked(lambda cursor: source.changed(cursor, START), first.cursor)

    assert ids([*first.items, *rest]) == placed
    assert placed[0] in ids(rest)


def test_next_poll_brings_only_what_is_recent(shop: World) -> None:
    placed = shop.shop(3)
    for id in placed:
        shop.desk("change", {"id": id, "updated_at": SECOND})
    source = shop.open().orders_changed
    assert source is not None
    _, cursor = walked(lambda cursor: source.changed(cursor, START))

    again, cursor = walked(lambda cursor: source.changed(cursor, START), cursor)
    shop.desk("change", {"id": placed[1]})
    changed, _ = walked(lambda cursor: source.changed(cursor, START), cursor)

    assert again == []
    assert ids(changed) == [placed[1]]


@pytest.mark.parametrize("cursor", ["", "x", "{}", "[]", '{"since": "no time"}', '{"since": 5}'])
def test_foreign_cursor_begins_anew(cursor: str) -> None:
    at = datetime(2026, 1, 5, 10, 0, 0, 500, tzinfo=UTC)

    assert poll_of(cursor, at).since == at.replace(microsecond=0)


def test_order_that_breaks_the_shop_is_told_and_the_others_are_read(shop: World) -> None:
    placed = shop.shop(9)
    shop.desk("options", {"poison": [int(placed[4])]})
    adapter = shop.open()
    assert adapter.orders is not None
    assert adapter.orders_changed is not None

    scanned = adapter.orders.scan(None, None)
    polled, _ = walked(lambda cursor: adapter.orders_changed.changed(cursor, START))
    fetched = adapter.orders.fetch(placed)

    for items in (list(scanned.items), polled, list(fetched.values())):
        assert ids(items) == placed
        [bad] = [item for item in items if isinstance(item, UnreadableObject)]
        assert bad.id == placed[4]
        assert "webapi-65a0f1c2d3e4f" in bad.faults[0].message


def test_shop_that_is_down_is_no_bad_order(shop: World) -> None:
    placed = shop.shop(9)
    source = shop.open().orders
    assert source is not None
    shop.desk("faults", {"error_rate": 1, "error_status": 500})
    before = shop.state()["total_calls"]

    with pytest.raises(Retryable):
        source.fetch(placed)

    assert shop.state()["total_calls"] == before + 2


def test_shop_that_allows_only_small_pages_is_read_in_small_pages(shop: World) -> None:
    placed = shop.shop(8)
    shop.desk("options", {"max_page": 3})
    source = shop.open().orders
    assert source is not None

    items, _ = walked(lambda cursor: source.scan(None, None, cursor))
    fetched = source.fetch(placed)

    assert [item.id for item in items] == placed
    assert sorted(fetched, key=int) == placed


@pytest.mark.parametrize(
    ("views", "scope"), [([], "all"), (["default", "es_ar"], "all"), (["es_ar"], "es_ar"), (["2"], "es_ar")]
)
def test_catalog_is_read_as_the_one_chosen_store_view_shows_it(views: list[str], scope: str, shop: World) -> None:
    adapter = shop.open(store_views=views)
    assert adapter.products is not None
    assert adapter.products_changed is not None
    assert adapter.orders is not None

    adapter.products.scan(None, None)
    adapter.products_changed.changed("", START)
    adapter.products.fetch(["21"])
    adapter.orders.scan(None, None)

    paths = [each.url.partition("/rest/")[2].partition("?")[0] for each in shop.hub.exchanges]
    catalog = {path.partition("/")[0] for path in paths if "/V1/products" in path or "/V1/categories" in path}
    assert catalog == {scope}
    assert {path for path in paths if "/V1/orders" in path} == {"all/V1/orders"}


@responses.activate
@pytest.mark.parametrize("total", ["3", None])
def test_walk_goes_on_where_the_total_is_text_or_is_not_told(total: str | None) -> None:
    address = "https://shop.example.test/rest/all/V1/orders"
    pages: list[Any] = [[order(entity_id="1"), order(entity_id="2")], {"4": order(entity_id="3")}]
    for rows in pages:
        told = {} if total is None else {"total_count": total}
        responses.get(address, json={"items": rows, **told})
    settings = {"shop": "https://shop.example.test", "auth": "bearer", "access_token": "t" * 32, "page_size": 2}
    source = SPEC.open(settings, Hub().services()).orders
    assert source is not None

    first = source.scan(None, None)
    second = source.scan(None, None, first.cursor)

    assert (ids(first.items), first.has_more) == (["1", "2"], True)
    assert ids(second.items) == ["3"]


def test_codes_are_learnt_from_a_shop_that_allows_only_small_pages() -> None:
    with world(companion=False) as shop:
        shop.shop(3)
        shop.desk("options", {"max_page": 2})
        codes = shop.open().codes
        assert codes is not None

        books = {book.kind: [entry.code for entry in book.entries] for book in codes.read_books()}

        assert books["payment"]


@pytest.mark.parametrize("view", ["2", "es_ar"])
def test_only_the_chosen_store_views_are_read(view: str, shop: World) -> None:
    placed = shop.shop(6)
    adapter = shop.open(store_views=[view])
    assert adapter.orders is not None

    items, _ = walked(lambda cursor: adapter.orders.scan(None, None, cursor))

    assert {item.store_view for item in items if isinstance(item, Order)} == {"2"}
    assert ids(items) == [id for id in placed if int(id) % 2]


def test_period_counts(shop: World) -> None:
    shop.shop(2)
    source = shop.open().orders
    assert source is not None
    now = datetime.now(UTC)

    assert source.scan(now + timedelta(days=1), None).items == []
    assert source.scan(None, now - timedelta(days=1)).items == []
    assert len(source.scan(now - timedelta(days=1), now + timedelta(days=1)).items) == 2


def test_products_come_with_their_variants_and_variants_not_alone(shop: World) -> None:
    source = shop.open().products
    assert source is not None

    items, _ = walked(lambda cursor: source.scan(None, None, cursor))

    products = {item.id: item for item in items if isinstance(item, Product)}
    assert set(products) == {"21", "30", "67"}
    shirt = products["67"]
    assert [(each.id, each.sku, each.options[0].value) for each in shirt.variants] == [
        ("55", "TEE-S", "S"),
        ("56", "TEE-M", "M"),
    ]
    assert [category.name for category in shirt.categories] == ["Mugs & more", "Kitchen"]
    mug = products["21"]
    assert (mug.brand, mug.stock, str(mug.price.amount if mug.price else "")) == ("Acme", Decimal(48), "12.1")
    assert mug.image_urls == ("https://shop.example.test/media/catalog/product/mug-blue.jpg",)
    assert mug.url == "https://shop.example.test/mug-blue.html"


def test_variants_of_a_page_cost_one_call(shop: World) -> None:
    source = shop.open().products
    assert source is not None

    source.scan(None, None)

    assert shop.calls()["GET products"] == 2


def test_variant_cannot_be_fetched_alone(shop: World) -> None:
    source = shop.open().products
    assert source is not None

    assert set(source.fetch(["56", "67"])) == {"67"}
