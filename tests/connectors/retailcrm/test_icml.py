"""The catalog file: what stands in it, what is left out, and that it is XML whatever shops write."""

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from io import BytesIO
from typing import Any
from xml.etree import ElementTree

import pytest

from connectors.contract.canonical import (
    Category,
    Dimensions,
    LengthUnit,
    LineOption,
    Money,
    Product,
    Unit,
    Variant,
    Weight,
    WeightUnit,
)
from connectors.contract.results import FeedWritten, ShopCatalog
from connectors.retailcrm.config import Config, OfferId
from connectors.retailcrm.feed import CatalogFeed
from connectors.retailcrm.sandbox.catalog_load import Loaded, read

MADE_AT = datetime(2026, 1, 15, 7, 0, tzinfo=UTC)
TREE = (Category(id="5", name="T-shirts"), Category(id="7", parent_id="5", name="For women"))


def eur(amount: str) -> Money:
    return Money(amount=Decimal(amount), currency="EUR")


def shirt(**changes: Any) -> Product:
    fields: dict[str, Any] = {
        "id": "137",
        "name": "T-shirt",
        "price": eur("1400.00"),
        "sku": "TS-137",
        "category_ids": ("7",),
        "categories": TREE,
    }
    return Product(**(fields | changes))


def build(
    products: Sequence[Product], categories: Sequence[Category] = TREE, **config: Any
) -> tuple[FeedWritten, ElementTree.Element, list[str]]:
    """What was reported, the file, and what the stand-in of RetailCRM finds wrong with it."""
    fields = {"base_url": "https://x.retailcrm.ru", "api_key": "k", "site": "main", "timezone": "Europe/Moscow"}
    stream = BytesIO()
    is_loose = any(not product.category_ids for product in products)
    catalog = ShopCatalog("Shop & Sons", MADE_AT, categories, products, has_loose_products=is_loose)
    written = CatalogFeed(Config(**(fields | config))).write(stream, catalog)
    loaded = Loaded(200)
    read(loaded, stream.getvalue())
    return written, ElementTree.fromstring(stream.getvalue()), loaded.faults  # noqa: S314 - our own file


def offer(*products: Product, **config: Any) -> ElementTree.Element:
    """The first offer of a file in which nothing is wrong."""
    _written, root, faults = build(products, **config)
    assert faults == []
    found = root.find("shop/offers/offer")
    assert found is not None
    return found


def texts(element: ElementTree.Element, name: str) -> list[str]:
    return [each.text or "" for each in element.findall(name)]


def test_frame_has_the_shop_the_time_of_the_account_and_the_category_tree() -> None:
    written, root, faults = build([shirt()])

    assert (written, faults) == (FeedWritten(1, []), [])
    assert (root.tag, root.get("date")) == ("yml_catalog", "2026-01-15 10:00:00")
    assert root.findtext("shop/name") == "Shop & Sons"
    assert [(each.get("id"), each.get("parentId"), each.text) for each in root.iter("category")] == [
        ("5", None, "T-shirts"),
        ("7", "5", "For women"),
    ]


def test_offer_of_a_product_without_variants_is_the_product() -> None:
    found = offer(
        shirt(
            stock=Decimal("16.9"),
            purchase_price=eur("900.50"),
            brand="Acme",
            tax_rate=Decimal(20),
            barcode="4006381333931",
            accounting_id="82",
            url="https://shop.example/p/43?a=1&b=2",
            image_urls=("https://shop.example/a.jpg", "/relative.jpg", "https://shop.example/b.jpg"),
            weight=Weight(value=Decimal(1250), unit=WeightUnit.GRAM),
            dimensions=Dimensions(
                length=Decimal(300), width=Decimal(205), height=Decimal(12), unit=LengthUnit.MILLIMETRE
            ),
            unit=Unit(code="pcs", name="Piece", symbol="pc."),
            options=(LineOption(code="fabric", name="Fabric", value="Cotton"),),
        )
    )

    assert found.attrib == {"id": "137", "productId": "137", "quantity": "16", "type": "product"}
    assert {each.tag: each.text for each in found if each.tag not in {"param", "picture", "unit"}} == {
        "name": "T-shirt",
        "productName": "T-shirt",
        "price": "1400",
        "purchasePrice": "900.5",
        "categoryId": "7",
        "url": "https://shop.example/p/43?a=1&b=2",
        "productActivity": "Y",
        "activity": "Y",
        "vendor": "Acme",
        "xmlId": "82",
        "weight": "1.25",
        "dimensions": "30/20.5/1.2",
        "vatRate": "20",
        "barcode": "4006381333931",
    }
    assert texts(found, "picture") == ["https://shop.example/a.jpg", "https://shop.example/b.jpg"]
    assert [(each.get("code"), each.get("name"), each.text) for each in found.findall("param")] == [
        ("article", "Article", "TS-137"),
        ("fabric", "Fabric", "Cotton"),
    ]
    unit = found.find("unit")
    assert unit is not None
    assert unit.attrib == {"code": "pcs", "name": "Piece", "sym": "pc."}


def test_nothing_is_said_of_what_the_shop_does_not_know() -> None:
    found = offer(shirt(sku=""))

    assert found.attrib == {"id": "137", "productId": "137", "type": "product"}
    assert [each.tag for each in found] == [
        "name", "productName", "price", "categoryId", "productActivity", "activity",
    ]  # fmt: skip


def test_variants_keep_their_ids_and_are_grouped_by_their_product() -> None:
    red = Variant(
        id="mod-137-21",
        sku="TS-137-RM",
        price=eur("1500"),
        stock=Decimal(-4),
        options=(LineOption(code="color", name="Colour", value="red"), LineOption(code="size", value="M")),
    )
    own = Variant(id="137", name="T-shirt", is_active=False)

    written, root, faults = build([shirt(variants=(red, own), image_urls=("https://shop.example/a.jpg",))])

    assert (written.offers, faults) == (2, [])
    first, second = root.findall("shop/offers/offer")
    assert (first.get("id"), first.get("productId"), first.get("quantity")) == ("mod-137-21", "137", "0")
    assert (first.findtext("name"), first.findtext("productName")) == ("T-shirt, red, M", "T-shirt")
    assert (first.findtext("price"), first.findtext("picture")) == ("1500", "https://shop.example/a.jpg")
    assert [(each.get("code"), each.get("name"), each.text) for each in first.findall("param")] == [
        ("article", "Article", "TS-137-RM"),
        ("color", "Colour", "red"),
        ("size", "size", "M"),
    ]
    assert (second.get("id"), second.get("productId"), second.findtext("price")) == ("137", "137", "1400")
    assert (second.findtext("productActivity"), second.findtext("activity")) == ("Y", "N")


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (OfferId.VARIANT, [("v1", None), ("v2", None)]),
        (OfferId.SKU, [("A-1", None), ("A-2", None)]),
        (OfferId.SKU_AS_XML_ID, [("v1", "A-1"), ("v2", "A-2")]),
        (OfferId.PRODUCT, [("137", None)]),
    ],
)
def test_offers_bear_the_ids_that_order_lines_name(rule: OfferId, expected: list[tuple[str, str | None]]) -> None:
    variants = (Variant(id="v1", sku="A-1", price=eur("30")), Variant(id="v2", sku="A-2", price=eur("20")))

    _written, root, faults = build([shirt(variants=variants)], offer_id=rule)

    assert faults == []
    assert [(each.get("id"), each.findtext("xmlId")) for each in root.iter("offer")] == expected


def test_product_rule_takes_the_lowest_price_and_the_whole_stock() -> None:
    variants = (
        Variant(id="v1", price=eur("30"), stock=Decimal(2)),
        Variant(id="v2", price=eur("20"), stock=Decimal(3)),
    )

    found = offer(shirt(variants=variants), offer_id=OfferId.PRODUCT)

    assert (found.findtext("price"), found.get("quantity"), found.findtext("name")) == ("20", "5", "T-shirt")


def test_what_cannot_be_offered_is_left_out_and_counted() -> None:
    products = [
        shirt(),
        shirt(id="2", price=None),
        shirt(id="3", price=Money(amount=Decimal(1), currency="USD")),
        shirt(id="137"),
    ]

    written, root, faults = build(products, currency="EUR")

    assert faults == []
    assert [each.get("id") for each in root.iter("offer")] == ["137"]
    assert written == FeedWritten(
        1,
        [
            "1 left out: without a price",
            "1 left out: priced in another currency than EUR",
            "1 left out: with an id that another offer has already",
        ],
    )


def test_offers_without_an_article_are_left_out_where_it_names_them() -> None:
    written, _root, _faults = build([shirt(sku="")], offer_id=OfferId.SKU)

    assert written == FeedWritten(0, ["1 left out: without an article number, which names the offers here"])


def test_product_in_no_category_stands_in_one_that_is_there() -> None:
    _written, root, faults = build([shirt(category_ids=(), categories=())], categories=())

    assert faults == []
    assert [each.get("id") for each in root.iter("category")] == texts(
        root.findall("shop/offers/offer")[0], "categoryId"
    )


def test_parent_that_is_not_there_or_is_the_category_itself_is_not_named() -> None:
    tree = (Category(id="7", parent_id="404", name="Lost"), Category(id="8", parent_id="8", name="Own parent"))

    _written, root, faults = build([shirt(category_ids=("7", "8", "7", "9"), categories=tree)], categories=tree)

    assert faults == []
    assert [each.get("parentId") for each in root.iter("category")] == [None, None]
    assert texts(root.findall("shop/offers/offer")[0], "categoryId") == ["7", "8"]


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ('Boot "Alpha" & <b>42</b>', 'Boot "Alpha" & <b>42</b>'),
        ("Чайник «Луна» 茶 🫖", "Чайник «Луна» 茶 🫖"),
        ("a\x01b\x0bc\ufffed\x1f", "abcd"),
        ("line\nbreak", "line\nbreak"),
        ("]]>", "]]>"),
    ],
)
def test_texts_survive_or_lose_only_what_xml_cannot_hold(name: str, shown: str) -> None:
    found = offer(shirt(name=name, sku=name, options=(LineOption(code="x", name=name, value=name),)))

    assert (found.findtext("name"), found.findtext("productName")) == (shown, shown)
    assert texts(found, "param") == [shown, shown]


def test_quotation_marks_and_breaks_survive_in_attributes_too() -> None:
    odd = 'a "b" & <c>\td\r\ne'

    found = offer(shirt(id=odd, name=odd, options=(LineOption(code="x", name=odd, value=odd),)))

    param = found.findall("param")[1]
    assert (found.get("id"), found.get("productId"), found.findtext("name")) == (odd, odd, odd)
    assert (param.get("name"), param.text) == (odd, odd)


def test_option_codes_become_what_the_crm_takes_and_stay_the_same() -> None:
    options = (
        LineOption(code="Размер", name="Размер", value="M"),
        LineOption(code="pa colour/1", name="Colour", value="red"),
        LineOption(code="article", name="Fake", value="x"),
        LineOption(code="empty", name="Empty", value=" "),
        LineOption(code="", name="", value="nameless"),
        LineOption(code="pa_colour_1", name="Again", value="blue"),
    )

    found = offer(shirt(options=options))

    assert [(each.get("code"), each.text) for each in found.findall("param")] == [
        ("article", "TS-137"),
        ("p_df8092aa", "M"),
        ("pa_colour_1", "red"),
    ]


@pytest.mark.parametrize(
    ("changes", "rate"),
    [
        ({"is_tax_free": True}, "none"),
        ({"tax_rate": Decimal("5.50")}, "5.5"),
        ({"tax_rate": Decimal(0)}, "0"),
        ({}, None),
    ],
)
def test_tax_is_told_as_far_as_it_is_known(changes: dict[str, Any], rate: str | None) -> None:
    assert offer(shirt(**changes)).findtext("vatRate") == rate


def test_service_and_inactive_product_are_marked() -> None:
    found = offer(shirt(is_service=True, is_active=False))

    assert (found.get("type"), found.findtext("productActivity"), found.findtext("activity")) == ("service", "N", "N")


def test_setup_names_the_site_and_the_address() -> None:
    feed = CatalogFeed(Config(base_url="https://x.retailcrm.ru", api_key="k", site="main"))

    rows = [row for step in feed.setup("https://hub.example/feeds/t") for row in step.rows]

    assert rows == [("Site code", "main"), ("ICML address", "https://hub.example/feeds/t")]
    assert feed.form().content_type == "application/xml; charset=utf-8"


@pytest.mark.recorded_files("retailcrm", "icml_*.xml")
def test_recorded_files_have_nothing_that_the_stand_in_objects_to(recorded_file: Any) -> None:
    loaded = Loaded(200)

    read(loaded, recorded_file.read_bytes())

    assert loaded.faults == []
    assert len(loaded.offers) == 2
