"""What a client may change on an order, and how the shop takes it (WooCommerce REST API v3, orders)."""

from typing import Any

from connectors.woocommerce.sandbox.answers import Refusal, invalid_param, merged, not_in_enum
from connectors.woocommerce.sandbox.catalog import Product, rate_for
from connectors.woocommerce.sandbox.pricing import Wanted, discount, item_line
from connectors.woocommerce.sandbox.records import ChargeLine, ItemLine, Order, decimals_of, units
from connectors.woocommerce.sandbox.shop import Shop

TEXT_FIELDS = ("payment_method", "payment_method_title", "transaction_id", "customer_note", "currency")


def checked_order(shop: Shop, body: dict[str, Any]) -> None:
    """Refuse a body that the shop would refuse, before anything is changed. Raises Refusal."""
    status = body.get("status")
    allowed = ("auto-draft", *shop.statuses)
    if status is not None and status not in allowed:
        # Also for a slug with "wc-" in front, although the database keeps it so.
        raise not_in_enum("status", "status", allowed)
    customer = body.get("customer_id")
    if customer is not None and not isinstance(customer, int):
        raise invalid_param("customer_id", "customer_id is not of type integer.", "rest_invalid_type")
    if customer and customer not in shop.customers:
        raise Refusal(400, "woocommerce_rest_invalid_customer_id", "Customer ID is invalid.")
    for name in ("line_items", "shipping_lines", "fee_lines", "coupon_lines", "meta_data"):
        if body.get(name) is not None and not isinstance(body[name], list):
            raise invalid_param(name, f"{name} is not of type array.", "rest_invalid_type")
    for line in body.get("line_items") or []:
        number = line.get("variation_id") or line.get("product_id")
        if number and number not in shop.goods:
            raise Refusal(400, "woocommerce_rest_invalid_product_id", "Product ID provided does not exist.")


def lenient_status(shop: Shop, status: str) -> str:
    """A batch skips the check of arguments (WC_REST_Controller::batch_items), and the order itself takes a slug with
    ``wc-`` in front and makes ``pending`` of one that it does not know (WC_Abstract_Order::set_status)."""
    slug = status.removeprefix("wc-")
    return slug if slug in shop.statuses else "pending"


def apply_order(shop: Shop, order: Order, body: dict[str, Any], *, is_new: bool) -> None:
    """Change the named fields; the lines with an id are changed, those without are added."""
    for name in TEXT_FIELDS:
        if body.get(name) is not None:
            setattr(order, name, str(body[name]))
    order.billing = merged(order.billing, body.get("billing"))
    order.shipping = merged(order.shipping, body.get("shipping"))
    if body.get("customer_id") is not None:
        order.customer_id = body["customer_id"]
    if is_new and order.customer_id and not order.billing["email"]:
        order.billing["email"] = shop.customers[order.customer_id].email
    _apply_items(shop, order, body.get("line_items") or [])
    _apply_charges(shop, order, order.shipping_lines, body.get("shipping_lines") or [], "method_title", "method_id")
    _apply_charges(shop, order, order.fees, body.get("fee_lines") or [], "name", "")
    for coupon in body.get("coupon_lines") or []:
        code = str(coupon.get("code", "")).lower()
        if code and code not in {line.code for line in order.coupons}:
            discount(order, code, shop.next_id)
    order.meta = with_meta(shop, order.meta, body.get("meta_data") or [])
    if body.get("set_paid") is True and order.paid is None:
        shop.pay(order, "rest")
    elif body.get("status") is not None:
        shop.set_status(order, body["status"], "rest")


def _country(order: Order) -> str:
    return order.shipping["country"] or order.billing["country"]


def _apply_items(shop: Shop, order: Order, sent: list[dict[str, Any]]) -> None:
    for body in sent:
        line = next((one for one in order.items if one.id == body.get("id")), None)
        if line is None:
            order.items.append(_new_item(shop, order, body))
            continue
        gone = body.get("quantity") == 0 or ("product_id" in body and body["product_id"] is None)
        order.items.remove(line)
        if not gone:
            order.items.append(_changed_item(order, line, body))


def _new_item(shop: Shop, order: Order, body: dict[str, Any]) -> ItemLine:
    product: Product | None = shop.goods.get(body.get("variation_id") or body.get("product_id") or 0)
    meta = tuple((str(one["key"]), one.get("value")) for one in body.get("meta_data") or [])
    wanted = Wanted(product, int(body.get("quantity") or 1), str(body.get("name") or ""), meta=meta)
    line = item_line(wanted, _country(order), shop.next_id)
    return _priced(line, body, order)


def _changed_item(order: Order, line: ItemLine, body: dict[str, Any]) -> ItemLine:
    before, line.quantity = line.quantity, int(body.get("quantity") or line.quantity)
    for name in ("subtotal", "subtotal_tax", "total", "total_tax"):
        setattr(line, name, getattr(line, name) * line.quantity // before)
    line.meta += [{"key": one["key"], "value": one.get("value")} for one in body.get("meta_data") or []]
    return _priced(line, body, order)


def _priced(line: ItemLine, body: dict[str, Any], order: Order) -> ItemLine:
    """Totals that the client sent itself; they are without tax."""
    points = rate_for(line.tax_class, _country(order)).basis_points
    for name in ("subtotal", "total"):
        if body.get(name) is not None:
            net = units(body[name], decimals_of(order.currency))
            setattr(line, name, net)
            setattr(line, f"{name}_tax", (net * points * 2 + 10_000) // 20_000)
    return line


def _apply_charges(
    shop: Shop, order: Order, lines: list[ChargeLine], sent: list[dict[str, Any]], title: str, code: str
) -> None:
    country = _country(order)
    rate = rate_for("", country)
    for body in sent:
        line = next((one for one in lines if one.id == body.get("id")), None)
        if line is None:
            line = ChargeLine(shop.next_id(), "", "", "", 0, 0, rate.id)
            lines.append(line)
        elif code and body.get(code, "") is None:
            lines.remove(line)
            continue
        line.title = str(body.get(title) or line.title)
        line.code = str(body.get(code) or line.code) if code else ""
        line.instance_id = str(body.get("instance_id") or line.instance_id)
        if body.get("total") is not None:
            line.total = units(body["total"], decimals_of(order.currency))
            line.total_tax = (line.total * rate.basis_points * 2 + 10_000) // 20_000


def with_meta(shop: Shop, meta: list[dict[str, Any]], sent: Any) -> list[dict[str, Any]]:
    """A known key (or id) is changed in place, a null value removes it, anything else is added."""
    meta = list(meta)
    for body in sent if isinstance(sent, list) else []:
        if not isinstance(body, dict) or not (body.get("key") or body.get("id")):
            continue
        place = next(
            (
                at
                for at, one in enumerate(meta)
                if (body.get("id") and one["id"] == body["id"]) or one["key"] == body.get("key")
            ),
            None,
        )
        if body.get("value") is None:
            meta = [one for at, one in enumerate(meta) if at != place]
        elif place is None:
            meta.append({"id": shop.next_id(), "key": str(body["key"]), "value": body["value"]})
        else:
            meta[place] = meta[place] | {"value": body["value"]}
    return meta
