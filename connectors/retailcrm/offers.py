"""Which offers a product is over there, by the rule that order lines follow too."""

import hashlib
import re
from collections.abc import Iterable
from decimal import Decimal
from functools import lru_cache
from typing import assert_never

from connectors.contract.canonical import Offer, Product

from .config import OfferId

_NOT_CODE = re.compile(r"[^A-Za-z0-9_-]+")


def offers_of(product: Product, rule: OfferId) -> Iterable[Offer]:
    """The offers that orders may name. Where they name the product, it is one offer at its lowest price."""
    offers = product.offers
    match rule:
        case OfferId.VARIANT | OfferId.SKU | OfferId.SKU_AS_XML_ID:
            return offers
        case OfferId.PRODUCT:
            priced = [offer for offer in offers if offer.price is not None] or offers
            cheapest = min(priced, key=lambda offer: offer.price.amount if offer.price else Decimal(0))
            stocks = [offer.stock for offer in offers]
            whole = cheapest._replace(
                id=product.id,
                sku=product.sku,
                name=product.name,
                options=(),
                is_active=product.is_active,
                stock=None if None in stocks else sum((stock for stock in stocks if stock is not None), Decimal(0)),
            )
            return (whole,)
        case unreachable:
            assert_never(unreachable)


@lru_cache(maxsize=4096)
def property_code(name: str) -> str:
    """Letters, digits, “-” and “_”; a name in another script becomes a short digest, the same every time, in the file
    and in the lines of orders."""
    code = _NOT_CODE.sub("_", name).strip("_")
    if code or not name.strip():
        return code[:50]
    return f"p_{hashlib.blake2b(name.encode(), digest_size=4).hexdigest()}"


def number(value: Decimal) -> str:
    """With a point, at most six decimals, without an exponent and without zeros at the end: 1.25, 14000."""
    text = f"{value:f}"
    if "." not in text:
        return text
    if len(text) - text.index(".") > 7:
        text = f"{value:.6f}"
    return text.rstrip("0").rstrip(".")
