"""Turns a basket into order lines with taxes and discounts, as the shop calculates them (prices include tax)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from connectors.woocommerce.sandbox.catalog import COUPONS, STANDARD, Product, line_meta, line_name, rate_for
from connectors.woocommerce.sandbox.records import ChargeLine, CouponLine, ItemLine, Order, tax_part


@dataclass(frozen=True, slots=True)
class Wanted:
    """A line of the basket. Without a product it is one that has been deleted since, or a free text line."""

    product: Product | None
    quantity: int = 1
    name: str = ""
    gross: int | None = None
    """Total price instead of the catalogue's."""
    meta: tuple[tuple[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class Basket:
    items: Sequence[Wanted]
    shipping: Sequence[tuple[str, str, str, int]] = ()
    """method_id, instance_id, title, price with tax"""
    fees: Sequence[tuple[str, int]] = ()
    coupons: Sequence[str] = ()
    country: str = "ES"
    meta: Sequence[tuple[str, Any]] = field(default_factory=tuple)


def item_line(wanted: Wanted, country: str, next_id: Callable[[], int]) -> ItemLine:
    """One product line before discounts."""
    product = wanted.product
    gross = wanted.gross if wanted.gross is not None else (product.price if product else 0) * wanted.quantity
    rate = rate_for(product.tax_class if product else "", country)
    tax = tax_part(gross, rate.basis_points)
    parent = product.parent_id if product else 0
    extra = [{"key": key, "value": value} for key, value in wanted.meta]
    return ItemLine(
        id=next_id(),
        name=wanted.name or (line_name(product) if product else ""),
        product_id=(parent or product.id) if product else 0,
        variation_id=product.id if product and parent else 0,
        quantity=wanted.quantity,
        subtotal=gross - tax,
        subtotal_tax=tax,
        total=gross - tax,
        total_tax=tax,
        rate_id=rate.id,
        tax_class=product.tax_class if product else "",
        sku=product.sku if product else None,
        parent_name=product.name if product and parent else None,
        is_virtual=bool(product and product.is_virtual),
        meta=(line_meta(product) if product else []) + extra,
    )


def charge(title: str, code: str, instance_id: str, gross: int, country: str, next_id: Callable[[], int]) -> ChargeLine:
    rate = rate_for("", country)
    tax = tax_part(gross, rate.basis_points)
    return ChargeLine(next_id(), title, code, instance_id, gross - tax, tax, rate.id)


def fill(order: Order, basket: Basket, next_id: Callable[[], int]) -> None:
    """Put the basket's lines on the order and discount them."""
    country = basket.country
    order.items += [item_line(wanted, country, next_id) for wanted in basket.items]
    order.shipping_lines += [
        charge(title, code, instance, gross, country, next_id) for code, instance, title, gross in basket.shipping
    ]
    order.fees += [charge(name, "", "", gross, country, next_id) for name, gross in basket.fees]
    for code in basket.coupons:
        discount(order, code, next_id)


def discount(order: Order, code: str, next_id: Callable[[], int]) -> None:
    """Apply one coupon to all lines in proportion; a coupon that the shop does not know takes nothing off."""
    coupon = COUPONS.get(code)
    left = sum(line.total + line.total_tax for line in order.items)
    off = 0 if coupon is None else left * coupon.amount // 100 if coupon.kind == "percent" else min(coupon.amount, left)
    net_off = tax_off = given = 0
    for place, line in enumerate(order.items):
        gross = line.total + line.total_tax
        share = off - given if place == len(order.items) - 1 else off * gross // left if left else 0
        given += share
        new_tax = tax_part(gross - share, _basis_points(line))
        new_net = gross - share - new_tax
        net_off, tax_off = net_off + line.total - new_net, tax_off + line.total_tax - new_tax
        order.items[place] = replace(line, total=new_net, total_tax=new_tax)
    kind, amount = (coupon.kind, coupon.amount) if coupon else ("fixed_cart", 0)
    order.coupons.append(CouponLine(next_id(), code, net_off, tax_off, kind, amount))


def _basis_points(line: ItemLine) -> int:
    if not line.rate_id:
        return 0
    return rate_for(line.tax_class, "ES").basis_points if line.rate_id != STANDARD.id else STANDARD.basis_points
