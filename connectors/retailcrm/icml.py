"""The catalog in the form that RetailCRM loads: ICML, its extension of Yandex' YML.

Source: the vendor's page Developers/ICML and what its own modules write. Amounts have a point, weight is in kilograms,
dimensions are in centimetres (order lines differ: there weight is in grams).
"""

import hashlib
import re
from collections.abc import Iterator
from datetime import datetime
from functools import lru_cache
from typing import BinaryIO

from lxml import etree

from connectors.contract.canonical import Category, Product, Variant
from connectors.contract.results import FeedWritten, ShopCatalog

from .config import OfferId
from .offers import number, offers_of

DATE_TIME = "%Y-%m-%d %H:%M:%S"

LOOSE = Category(id="hub-loose", name="—")
"""Every offer has to name a category; where the shop has put a product into none, it stands in this one."""

_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
"""Characters that XML 1.0 cannot hold in any way of writing them."""

_NOT_CODE = re.compile(r"[^A-Za-z0-9_-]+")


def write(stream: BinaryIO, catalog: ShopCatalog, rule: OfferId, made_at: datetime, currency: str = "") -> FeedWritten:
    """Write the file; ``rule`` names the offers as the order lines do, ``made_at`` is in the account's zone.

    Left out, and counted: offers without a price, with one in another currency than ``currency``, without the id that
    the rule asks for, and second ones of an id.
    """
    counted = _Counted(rule, currency)
    known = {category.id: category for category in catalog.categories}
    with etree.xmlfile(stream, encoding="UTF-8", buffered=True) as xml:
        xml.write_declaration()
        with xml.element("yml_catalog", date=made_at.strftime(DATE_TIME)), xml.element("shop"):
            xml.write(_leaf("name", catalog.shop_name), _leaf("company", catalog.shop_name))
            with xml.element("categories"):
                for category in _tree(known, with_loose=catalog.has_loose_products):
                    xml.write(category)
            with xml.element("offers"):
                for product in catalog.products:
                    for offer, id in counted.kept(product):
                        xml.write(_offer(product, offer, id, rule, known))
    return FeedWritten(counted.offers, counted.notes())


class _Counted:
    """Which offers go into the file, and how many stay out for which reason."""

    def __init__(self, rule: OfferId, currency: str) -> None:
        self._rule, self._currency = rule, currency
        self._ids: set[int] = set()
        self.offers = self._without_price = self._other_currency = self._without_id = self._repeated = 0

    def kept(self, product: Product) -> Iterator[tuple[Variant, str]]:
        for offer in offers_of(product, self._rule):
            id = offer.sku if self._rule is OfferId.SKU else offer.id
            if offer.price is None:
                self._without_price += 1
            elif self._currency and offer.price.currency != self._currency:
                self._other_currency += 1
            elif not id:
                self._without_id += 1
            elif self._is_repeated(id):
                self._repeated += 1
            else:
                self.offers += 1
                yield offer, id

    def _is_repeated(self, id: str) -> bool:
        """Kept as numbers: a hundred thousand texts would be most of the memory."""
        number = hash(id)
        if number in self._ids:
            return True
        self._ids.add(number)
        return False

    def notes(self) -> list[str]:
        found = (
            (self._without_price, "without a price"),
            (self._other_currency, f"priced in another currency than {self._currency}"),
            (self._without_id, "without an article number, which names the offers here"),
            (self._repeated, "with an id that another offer has already"),
        )
        return [f"{count} left out: {why}" for count, why in found if count]


# --- elements ---------------------------------------------------------------------------------------------------------


def _tree(known: dict[str, Category], *, with_loose: bool) -> Iterator[etree._Element]:
    for category in [*known.values(), LOOSE] if with_loose else known.values():
        attributes = {"id": _clean(category.id)}
        if category.parent_id in known and category.parent_id != category.id:
            attributes["parentId"] = _clean(category.parent_id)
        yield _leaf("category", category.name, **attributes)


def _offer(product: Product, offer: Variant, id: str, rule: OfferId, known: dict[str, Category]) -> etree._Element:
    attributes = {"id": _clean(id), "productId": _clean(product.parent_id or product.id)}
    if offer.stock is not None:
        attributes["quantity"] = str(max(int(offer.stock), 0))
    attributes["type"] = "service" if product.is_service else "product"
    root = etree.Element("offer", attributes)
    root.tail = "\n"
    for name, text in _leaves(product, offer, rule, known):
        etree.SubElement(root, name).text = text
    for code, name, value in _params(product, offer):
        etree.SubElement(root, "param", code=code, name=name).text = value
    if product.unit is not None and product.unit.code:
        unit = product.unit
        name, symbol = unit.name or unit.code, unit.symbol or unit.code
        etree.SubElement(root, "unit", code=_clean(unit.code), name=_clean(name), sym=_clean(symbol))
    return root


def _leaves(product: Product, offer: Variant, rule: OfferId, known: dict[str, Category]) -> list[tuple[str, str]]:
    """The elements that hold only text."""
    found = [("name", _clean(offer.name or product.name)), ("productName", _clean(product.name))]
    if offer.price is not None:
        found.append(("price", number(offer.price.amount)))
    if offer.purchase_price is not None:
        found.append(("purchasePrice", number(offer.purchase_price.amount)))
    categories = [id for id in dict.fromkeys(product.category_ids) if id in known] or [LOOSE.id]
    found += [("categoryId", _clean(id)) for id in categories]
    found += [("picture", _clean(url)) for url in offer.image_urls if _is_address(url)]
    if _is_address(offer.url):
        found.append(("url", _clean(offer.url)))
    found += [("productActivity", _flag(product.is_active)), ("activity", _flag(offer.is_active))]
    if product.brand:
        found.append(("vendor", _clean(product.brand)))
    xml_id = offer.sku if rule is OfferId.SKU_AS_XML_ID else offer.accounting_id
    if xml_id:
        found.append(("xmlId", _clean(xml_id)))
    if offer.weight is not None and offer.weight.value > 0:
        found.append(("weight", number(offer.weight.grams / 1000)))
    if offer.dimensions is not None and all(offer.dimensions.centimetres):
        found.append(("dimensions", "/".join(number(side) for side in offer.dimensions.centimetres)))
    if product.is_tax_free:
        found.append(("vatRate", "none"))
    elif product.tax_rate is not None:
        found.append(("vatRate", number(product.tax_rate)))
    if offer.barcode:
        found.append(("barcode", _clean(offer.barcode)))
    return found


def _params(product: Product, offer: Variant) -> Iterator[tuple[str, str, str]]:
    """Code, name and value of each property that RetailCRM takes; a code once, the variant's before the product's."""
    seen = {"article"}
    if offer.sku.strip():
        yield "article", "Article", _clean(offer.sku)
    for option in (*offer.options, *product.options):
        code, value = _code(option.code or option.name), _clean(option.value).strip()
        if code and value and code not in seen:
            seen.add(code)
            yield code, _clean(option.name or option.code), value


@lru_cache(maxsize=4096)
def _code(name: str) -> str:
    """Letters, digits, “-” and “_”; a name in another script becomes a short digest, the same every time."""
    code = _NOT_CODE.sub("_", name).strip("_")
    if code or not name.strip():
        return code[:50]
    return f"p_{hashlib.blake2b(name.encode(), digest_size=4).hexdigest()}"


def _leaf(name: str, text: str, **attributes: str) -> etree._Element:
    element = etree.Element(name, attributes)
    element.text = _clean(text)
    return element


def _clean(text: str) -> str:
    return text if text.isprintable() else _NOT_XML.sub("", text)


def _flag(is_on: bool) -> str:
    return "Y" if is_on else "N"


def _is_address(url: str) -> bool:
    return url.startswith(("https://", "http://"))
