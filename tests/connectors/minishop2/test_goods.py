"""Products with their modifications as variants."""

from decimal import Decimal
from typing import Any

import pytest

from connectors.contract.canonical import Category, LineOption, Product
from connectors.contract.errors import Unreadable
from connectors.minishop2.config import config_from
from connectors.minishop2.goods import Goods, category_tree

from .world import SETTINGS, bent, sample

TREE = category_tree(
    [
        {"id": 2, "parent_id": 0, "name": "Catalogue"},
        {"id": 12, "parent_id": 2, "name": "Clothes &amp; shoes"},
        {"id": 15, "parent_id": 12, "name": "T-shirts"},
        {"id": 30, "parent_id": 99, "name": "Lost"},
        {"id": 40, "parent_id": 0, "name": ""},
    ]
)


def read(payload: Any, tree: Any = TREE, **settings: Any) -> Product:
    return Goods(config_from({**SETTINGS, **settings}), tree).product(payload)


def product(**changes: Any) -> dict[str, Any]:
    return bent(sample("product_saved")["product"], changes)


def test_product_is_read_whole() -> None:
    found = read(product())

    assert (found.id, found.sku, found.name, found.brand) == ("137", "TS-137", "T-shirt", "Acme")
    assert found.price is not None
    assert found.regular_price is not None
    assert (found.price.amount, found.regular_price.amount) == (Decimal(1450), Decimal(1600))
    assert found.price.currency == "RUB"
    assert (found.stock, found.is_active, found.description) == (None, True, "Cotton")
    assert found.image_urls == ("https://shop.example/a.jpg",)
    assert found.options == (LineOption(code="color", name="color", value="red, blue"),)


def test_modification_is_a_variant_named_as_orders_name_it() -> None:
    (mod,), (dash,) = read(product()).variants, read(product(), offer_naming="dash").variants

    assert (mod.id, dash.id) == ("mod-137-21", "137-21")
    assert (mod.sku, mod.name, mod.stock) == ("TS-137-RM", "red, M", Decimal(4))
    assert [option.value for option in mod.options] == ["red", "M"]
    assert mod.weight is None


def test_variant_without_a_price_costs_what_its_product_costs() -> None:
    bare = {"id": 22, "name": "blue", "price": "", "options": []}

    (offer,) = read(product(modifications=[bare])).offers

    assert offer.price is not None
    assert offer.price.amount == Decimal("1450.00")


def test_categories_come_with_all_above_them() -> None:
    assert read(product()).categories == (
        Category(id="15", parent_id="12", name="T-shirts"),
        Category(id="12", parent_id="2", name="Clothes & shoes"),
        Category(id="2", parent_id="", name="Catalogue"),
    )


def test_tree_leaves_out_what_has_no_name_and_cuts_what_hangs_on_nothing() -> None:
    assert TREE["30"].parent_id == ""
    assert "40" not in TREE


def test_circle_in_the_tree_ends() -> None:
    circle = category_tree([{"id": 1, "parent_id": 2, "name": "a"}, {"id": 2, "parent_id": 1, "name": "b"}])

    assert [each.id for each in read(product(category_ids=[1]), circle).categories] == ["1", "2"]


def test_without_a_tree_the_names_that_came_along_do() -> None:
    assert read(product(), {}).categories == (Category(id="15", name="T-shirts"),)


def test_old_price_below_the_price_is_none() -> None:
    assert read(product(old_price="1000")).regular_price is None


@pytest.mark.parametrize(
    ("changes", "path"),
    [({"id": 0}, "id"), ({"price": "dear"}, "price"), ({"modifications": [{"name": "x"}]}, "modifications.0.id")],
)
def test_fault_is_told_with_its_path(changes: dict[str, Any], path: str) -> None:
    with pytest.raises(Unreadable) as caught:
        read(product(**changes))

    assert [fault.path for fault in caught.value.faults][:1] == [path]
