"""REST form of orders, refunds, notes and customers (WooCommerce REST API v3), key for key and in its order."""

from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from connectors.woocommerce.sandbox.answers import Answers
from connectors.woocommerce.sandbox.catalog import COUPONS, RATES
from connectors.woocommerce.sandbox.records import (
    CURRENCIES,
    EDITABLE_STATUSES,
    PAYABLE,
    ChargeLine,
    CouponLine,
    Customer,
    ItemLine,
    Note,
    Order,
    Refund,
    decimals_of,
    gmt_text,
    local_text,
    money,
)

VERSION = "10.7.0"
DATES = ("date_created", "date_modified", "date_completed", "date_paid")


@dataclass(frozen=True, slots=True)
class Views:
    answers: Answers
    zone: ZoneInfo

    def order(self, order: Order, decimals: int | None = None) -> dict[str, Any]:
        """``GET /orders/{id}``. ``decimals`` is the ``dp`` argument; by default those of the order's currency."""
        unit = decimals_of(order.currency)
        show = _Show(unit, unit if decimals is None else decimals)
        cart_tax, shipping_tax, total = order.cart_tax, order.shipping_tax, order.total
        moments = (order.created, order.modified, order.completed, order.paid)
        created, modified, completed, paid = (local_text(moment, self.zone) for moment in moments)
        url = self.answers.url
        return {
            "id": order.id,
            "parent_id": 0,
            "status": order.shown_status,
            "currency": order.currency,
            "version": VERSION,
            "prices_include_tax": True,
            "date_created": created,
            "date_modified": modified,
            "discount_total": show.text(sum(line.subtotal - line.total for line in order.items)),
            "discount_tax": show.text(sum(line.subtotal_tax - line.total_tax for line in order.items)),
            "shipping_total": show.text(order.shipping_total),
            "shipping_tax": show.text(shipping_tax),
            "cart_tax": show.text(cart_tax),
            "total": show.text(total),
            "total_tax": show.text(cart_tax + shipping_tax),
            "customer_id": order.customer_id,
            "order_key": order.order_key,
            "billing": order.billing,
            "shipping": order.shipping,
            "payment_method": order.payment_method,
            "payment_method_title": order.payment_method_title,
            "transaction_id": order.transaction_id,
            "customer_ip_address": order.ip_address,
            "customer_user_agent": order.user_agent,
            "created_via": order.created_via,
            "customer_note": order.customer_note,
            "date_completed": completed,
            "date_paid": paid,
            "cart_hash": order.cart_hash,
            "number": order.number,
            "meta_data": order.meta,
            "line_items": [show.item(line) for line in order.items],
            "tax_lines": _tax_lines(order, show),
            "shipping_lines": [show.shipping(line) for line in order.shipping_lines],
            "fee_lines": [show.fee(line) for line in order.fees],
            "coupon_lines": [show.coupon(line) for line in order.coupons],
            "refunds": [
                {"id": one.id, "reason": one.reason, "total": show.text(-one.amount)} for one in reversed(order.refunds)
            ],
            "payment_url": f"{url}/checkout/order-pay/{order.id}/?pay_for_order=true&key={order.order_key}",
            "is_editable": order.shown_status in EDITABLE_STATUSES,
            "needs_payment": order.shown_status in PAYABLE and total > 0,
            "needs_processing": order.needs_processing,
            **dict(zip((f"{name}_gmt" for name in DATES), _gmt(order), strict=True)),
            "currency_symbol": CURRENCIES.get(order.currency, ("", order.currency, 2))[1],
            "_links": self._order_links(order),
        }

    def refund(self, order: Order, refund: Refund, *, with_parent: bool = False) -> dict[str, Any]:
        """``GET /orders/{id}/refunds/{id}``; the list over all orders (``/refunds``) names the parent too."""
        unit = decimals_of(order.currency)
        show = _Show(unit, unit)
        path = f"/orders/{order.id}/refunds/{refund.id}"
        kind = "full" if refund.amount >= order.total else "partial"
        return {
            "id": refund.id,
            **({"parent_id": order.id} if with_parent else {}),
            "date_created": local_text(refund.created, self.zone),
            "date_created_gmt": gmt_text(refund.created),
            "amount": show.text(refund.amount),
            "reason": refund.reason,
            "refunded_by": 1,
            "refunded_payment": False,
            "meta_data": [{"id": refund.id, "key": "_refund_type", "value": kind}],
            "line_items": [show.item(line) for line in refund.lines],
            "shipping_lines": [],
            "tax_lines": _tax_lines_of(refund.lines, (), refund.id, show),
            "fee_lines": [],
            "_links": self.answers.links(path, ("GET", "DELETE"), up=self.answers.href(f"/orders/{order.id}")),
        }

    def note(self, order_id: int, note: Note) -> dict[str, Any]:
        path = f"/orders/{order_id}/notes/{note.id}"
        return {
            "id": note.id,
            "author": "WooCommerce",
            "date_created": local_text(note.created, self.zone),
            "date_created_gmt": gmt_text(note.created),
            "note": note.text,
            "customer_note": note.for_customer,
            "_links": self.answers.links(path, ("GET", "DELETE"), up=self.answers.href(f"/orders/{order_id}")),
        }

    def customer(self, customer: Customer) -> dict[str, Any]:
        allow = ("GET", "POST", "PUT", "PATCH", "DELETE")
        return {
            "id": customer.id,
            "date_created": local_text(customer.created, self.zone),
            "date_created_gmt": gmt_text(customer.created),
            "date_modified": local_text(customer.modified, self.zone),
            "date_modified_gmt": gmt_text(customer.modified),
            "email": customer.email,
            "first_name": customer.first_name,
            "last_name": customer.last_name,
            "role": customer.role,
            "username": customer.username,
            "billing": _customer_order(customer.billing),
            "shipping": _customer_order(customer.shipping),
            "is_paying_customer": customer.is_paying,
            "avatar_url": f"https://secure.gravatar.com/avatar/{customer.id:064x}?s=96&d=mm&r=g",
            "meta_data": customer.meta,
            "_links": self.answers.links(
                f"/customers/{customer.id}", allow[:4] if customer.role == "administrator" else allow
            ),
        }

    def _order_links(self, order: Order) -> dict[str, Any]:
        path = f"/orders/{order.id}"
        emails = [{"embeddable": True, **self.answers.href(f"{path}/actions/email_templates")[0]}]
        links = self.answers.links(path, email_templates=emails)
        if order.customer_id:
            links["customer"] = self.answers.href(f"/customers/{order.customer_id}")
        return links


@dataclass(frozen=True, slots=True)
class _Show:
    """Prints amounts kept in ``unit`` decimals with ``decimals`` places."""

    unit: int
    decimals: int

    def text(self, amount: int) -> str:
        if self.decimals == self.unit:
            return money(amount, self.unit)
        return f"{amount / 10**self.unit:.{max(self.decimals, 0)}f}"

    def item(self, line: ItemLine) -> dict[str, Any]:
        each = line.total / line.quantity / 10**self.unit if line.quantity else 0
        taxes = {"id": line.rate_id, "total": self.text(line.total_tax), "subtotal": self.text(line.subtotal_tax)}
        has_parent = line.parent_name is not None
        return {
            "id": line.id,
            "name": line.name,
            "product_id": line.product_id,
            "variation_id": line.variation_id,
            "quantity": line.quantity,
            "tax_class": line.tax_class,
            "subtotal": self.text(line.subtotal),
            "subtotal_tax": self.text(line.subtotal_tax),
            "total": self.text(line.total),
            "total_tax": self.text(line.total_tax),
            "taxes": [taxes] if line.rate_id else [],
            "meta_data": [
                {
                    "id": one.get("id", line.id * 10 + place),
                    "key": one["key"],
                    "value": one["value"],
                    "display_key": one.get("display_key", one["key"]),
                    "display_value": one.get("display_value", one["value"]),
                }
                for place, one in enumerate(line.meta)
            ],
            "sku": line.sku,
            "global_unique_id": "",
            "price": int(each) if each == int(each) else round(each, 6),
            "image": {"id": 0 if has_parent else "", "src": ""},
            "parent_name": line.parent_name,
        }

    def shipping(self, line: ChargeLine) -> dict[str, Any]:
        return {
            "id": line.id,
            "method_title": line.title,
            "method_id": line.code,
            "instance_id": line.instance_id,
            "total": self.text(line.total),
            "total_tax": self.text(line.total_tax),
            "taxes": self._charge_taxes(line),
            "tax_status": "taxable",
            "meta_data": line.meta,
        }

    def fee(self, line: ChargeLine) -> dict[str, Any]:
        return {
            "id": line.id,
            "name": line.title,
            "tax_class": "",
            "tax_status": "taxable",
            "amount": "",
            "total": self.text(line.total),
            "total_tax": self.text(line.total_tax),
            "taxes": self._charge_taxes(line),
            "meta_data": line.meta,
        }

    def coupon(self, line: CouponLine) -> dict[str, Any]:
        number = COUPONS[line.code].id if line.code in COUPONS else 0
        nominal = line.amount if line.kind == "percent" else line.amount / 10**self.unit
        shown = int(nominal) if nominal == int(nominal) else nominal
        kind = "null" if line.kind == "fixed_cart" else f'"{line.kind}"'
        info = f'[{number},"{line.code}",{kind},{shown}]'
        return {
            "id": line.id,
            "code": line.code,
            "discount": _short(self.text(line.discount)),
            "discount_tax": _short(self.text(line.discount_tax)),
            "meta_data": [
                {
                    "id": line.id * 10,
                    "key": "coupon_info",
                    "value": info,
                    "display_key": "coupon_info",
                    "display_value": info,
                }
            ],
            "discount_type": line.kind,
            "nominal_amount": shown,
            "free_shipping": False,
        }

    def _charge_taxes(self, line: ChargeLine) -> list[dict[str, Any]]:
        return [{"id": line.rate_id, "total": self.text(line.total_tax), "subtotal": ""}] if line.rate_id else []


def _gmt(order: Order) -> list[str | None]:
    return [gmt_text(moment) for moment in (order.created, order.modified, order.completed, order.paid)]


def _tax_lines(order: Order, show: _Show) -> list[dict[str, Any]]:
    first = order.items[0].id if order.items else order.id
    return _tax_lines_of((*order.items, *order.fees), order.shipping_lines, first, show)


def _tax_lines_of(goods: Any, shipping: Any, first_id: int, show: _Show) -> list[dict[str, Any]]:
    """One line for each rate. Their ids stay clear of the other lines' by a large step."""
    sums: dict[int, list[int]] = {}
    for place, lines in enumerate((goods, shipping)):
        for line in lines:
            if line.rate_id:
                sums.setdefault(line.rate_id, [0, 0])[place] += line.total_tax
    return [
        {
            "id": 1_000_000_000 + first_id * 4 + rate_id,
            "rate_code": RATES[rate_id].code,
            "rate_id": rate_id,
            "label": RATES[rate_id].label,
            "compound": False,
            "tax_total": show.text(tax),
            "shipping_tax_total": show.text(shipping_tax),
            "rate_percent": RATES[rate_id].basis_points // 100,
            "meta_data": [],
        }
        for rate_id, (tax, shipping_tax) in sums.items()
    ]


def _short(text: str) -> str:
    """Coupon amounts come without closing zeros ("4.13", "0.9", "4")."""
    return text.rstrip("0").rstrip(".") if "." in text else text


def _customer_order(address: dict[str, str]) -> dict[str, str]:
    """Customers list postcode and country before the state; orders the other way round."""
    names = list(address)
    front = [name for name in names if name not in {"state", "email", "phone"}]
    return {name: address[name] for name in [*front, *(name for name in names if name not in front)]}
