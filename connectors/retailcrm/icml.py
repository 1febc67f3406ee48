"""The catalog in the form that RetailCRM loads: ICML, its extension of Yandex' YML.

Source: the vendor's page Developers/ICML and what its own modules write. Amounts have a point, weight is in kilograms,
dimensions are in centimetres (order lines differ: there weight is in grams).

Written as text: building a tree of each offer took as long as all else together. What the offers of a product say
alike is put into words once. Every text of the shop goes through ``_text`` or ``_attribute``.
"""

import re
from collections.abc import Iterator
from datetime import datetime
from functools import lru_cache
from typing import BinaryIO, NamedTuple

from connectors.contract.canonical import Category, LineOption, Money, Offer, Product, Unit, Weight
from connectors.contract.results import FeedWritten, ShopCatalog

from .config import OfferId
from .offers import number, offers_of, property_code

DATE_TIME = "%Y-%m-%d %H:%M:%S"

LOOSE = Category(id="hub-loose", name="—")
"""Every offer has to name a category; where the shop has put a product into none, it stands in this one."""

_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
"""Characters that XML 1.0 cannot hold in any way of writing them."""


def write(stream: BinaryIO, catalog: ShopCatalog, rule: OfferId, made_at: datetime, currency: str = "") -> FeedWritten:
    """Write the file; ``rule`` names the offers as the order lines do, ``made_at`` is in the account's zone.

    ``stream`` should have a buffer: it is handed a product at a time. Left out, and counted: offers without a price,
    with one in another currency than ``currency``, without the id that the rule asks for, and second ones of an id.
    """
    counted = _Counted(rule, currency)
    known = {category.id: category for category in catalog.categories}
    date, name = made_at.strftime(DATE_TIME), _text(catalog.shop_name)
    head = (
        "<?xml version='1.0' encoding='UTF-8'?>\n",
        f'<yml_catalog date="{date}"><shop><name>{name}</name><company>{name}</company><categories>',
        *_tree(known, with_loose=catalog.has_loose_products),
        "</categories><offers>",
    )
    stream.write("".join(head).encode())
    for product in catalog.products:
        common = _common(product, known)
        stream.write("".join([_offer(common, offer, id, rule) for offer, id in counted.kept(product)]).encode())
    stream.write(b"</offers></shop></yml_catalog>")
    return FeedWritten(counted.offers, counted.notes())


class _Counted:
    """Which offers go into the file, and how many stay out for which reason."""

    def __init__(self, rule: OfferId, currency: str) -> None:
        self._rule, self._currency = rule, currency
        self._ids: set[int] = set()
        self.offers = self._without_price = self._other_currency = self._without_id = self._repeated = 0

    def kept(self, product: Product) -> Iterator[tuple[Offer, str]]:
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


def _tree(known: dict[str, Category], *, with_loose: bool) -> Iterator[str]:
    for category in [*known.values(), LOOSE] if with_loose else known.values():
        attributes = f' id="{_attribute(category.id)}"'
        if category.parent_id in known and category.parent_id != category.id:
            attributes += f' parentId="{_attribute(category.parent_id)}"'
        yield f"<category{attributes}>{_text(category.name)}</category>"


class _Common(NamedTuple):
    """What all offers of a product say alike, written, in the order of the file."""

    product: Product
    id: str
    kind: str
    name: str
    categories: str
    activity: str
    vendor: str
    tax: str
    params: dict[str, str]
    """By code."""
    unit: str
    price: str
    weight: str
    """Both for the offers that have the product's own."""


def _common(product: Product, known: dict[str, Category]) -> _Common:
    categories = [id for id in dict.fromkeys(product.category_ids) if id in known] or [LOOSE.id]
    tax = ""
    if product.is_tax_free:
        tax = "<vatRate>none</vatRate>"
    elif product.tax_rate is not None:
        tax = f"<vatRate>{number(product.tax_rate)}</vatRate>"
    return _Common(
        product=product,
        id=_attribute(product.parent_id or product.id),
        kind="service" if product.is_service else "product",
        name=f"<productName>{_text(product.name)}</productName>",
        categories="".join([f"<categoryId>{_text(id)}</categoryId>" for id in categories]),
        activity=f"<productActivity>{_flag(product.is_active)}</productActivity>",
        vendor=f"<vendor>{_text(product.brand)}</vendor>" if product.brand else "",
        tax=tax,
        params=_params(product.options),
        unit=_unit(product.unit) if product.unit is not None and product.unit.code else "",
        price=_price(product.price),
        weight=_weight(product.weight),
    )


def _offer(common: _Common, offer: Offer, id: str, rule: OfferId) -> str:
    stock = "" if offer.stock is None else f' quantity="{max(int(offer.stock), 0)}"'
    parts = [
        f'<offer id="{_attribute(id)}" productId="{common.id}"{stock} type="{common.kind}">',
        f"<name>{_text(offer.name or common.product.name)}</name>{common.name}",
    ]
    parts.append(common.price if offer.price is common.product.price else _price(offer.price))
    if offer.purchase_price is not None:
        parts.append(f"<purchasePrice>{number(offer.purchase_price.amount)}</purchasePrice>")
    parts.append(common.categories)
    parts.append(_pictures(offer.image_urls))
    parts.append(_link(offer.url))
    parts.append(f"{common.activity}<activity>{_flag(offer.is_active)}</activity>{common.vendor}")
    xml_id = offer.sku if rule is OfferId.SKU_AS_XML_ID else offer.accounting_id
    if xml_id:
        parts.append(f"<xmlId>{_text(xml_id)}</xmlId>")
    parts.append(common.weight if offer.weight is common.product.weight else _weight(offer.weight))
    if offer.dimensions is not None and all(offer.dimensions.centimetres):
        sides = "/".join(number(side) for side in offer.dimensions.centimetres)
        parts.append(f"<dimensions>{sides}</dimensions>")
    parts.append(common.tax)
    if offer.barcode:
        parts.append(f"<barcode>{_text(offer.barcode)}</barcode>")
    if offer.sku.strip():
        parts.append(f'<param code="article" name="Article">{_text(offer.sku)}</param>')
    # A code once, the variant's before the product's.
    params = _params(offer.options)
    parts += params.values()
    parts += [param for code, param in common.params.items() if code not in params]
    parts.append(f"{common.unit}</offer>\n")
    return "".join(parts)


def _params(options: tuple[LineOption, ...]) -> dict[str, str]:
    """Each property that RetailCRM takes, by its code; the first one of a code counts."""
    found: dict[str, str] = {}
    for option in options:
        code, param = _param(option.code, option.name, option.value)
        if param:
            found.setdefault(code, param)
    return found


# Variants share pictures and address with their product, and properties with half the shop: each is written once.


@lru_cache(maxsize=1024)
def _param(code: str, name: str, value: str) -> tuple[str, str]:
    """Its code over there, and the element; that is empty when there is nothing to tell."""
    known_as, told = property_code(code or name), _clean(value).strip()
    if not known_as or not told or known_as == "article":
        return known_as, ""
    return known_as, f'<param code="{known_as}" name="{_attribute(name or code)}">{_text(told)}</param>'


@lru_cache(maxsize=8)
def _pictures(urls: tuple[str, ...]) -> str:
    return "".join([f"<picture>{_text(url)}</picture>" for url in urls if _is_address(url)])


@lru_cache(maxsize=8)
def _link(url: str) -> str:
    return f"<url>{_text(url)}</url>" if _is_address(url) else ""


def _price(price: Money | None) -> str:
    return "" if price is None else f"<price>{number(price.amount)}</price>"


def _weight(weight: Weight | None) -> str:
    return "" if weight is None or weight.value <= 0 else f"<weight>{number(weight.grams / 1000)}</weight>"


def _unit(unit: Unit) -> str:
    code, name, symbol = (_attribute(text) for text in (unit.code, unit.name or unit.code, unit.symbol or unit.code))
    return f'<unit code="{code}" name="{name}" sym="{symbol}"/>'


def _text(text: str) -> str:
    """As it stands between tags."""
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    # Readers of XML take a bare carriage return for a line feed.
    return escaped if escaped.isprintable() else _clean(escaped).replace("\r", "&#13;")


def _attribute(text: str) -> str:
    """As it stands between quotation marks."""
    escaped = _text(text).replace('"', "&quot;")
    # Readers of XML take line feeds and tabs in attributes for spaces.
    return escaped if escaped.isprintable() else escaped.replace("\n", "&#10;").replace("\t", "&#9;")


def _clean(text: str) -> str:
    return text if text.isprintable() else _NOT_XML.sub("", text)


def _flag(is_on: bool) -> str:
    return "Y" if is_on else "N"


def _is_address(url: str) -> bool:
    return url.startswith(("https://", "http://"))
