"""Rows as the protocol's JSON."""

from datetime import datetime
from decimal import Decimal

from connectors.minishop2.sandbox.catalog import CATEGORIES, VENDOR, Modification, Product
from connectors.minishop2.sandbox.shop import DELIVERIES, DRAFT, HOST, PAYMENTS, STATUSES, Customer, Json, Order, Shop

SITE = f"https://{HOST}"
_ADDRESS = (
    "receiver",
    "phone",
    "email",
    "country",
    "index",
    "region",
    "city",
    "metro",
    "street",
    "building",
    "entrance",
    "floor",
    "room",
    "comment",
    "text_address",
)


def moment(at: datetime | None) -> str | None:
    return at.isoformat(timespec="seconds") if at is not None else None


def money(amount: Decimal) -> str:
    return f"{amount:.2f}"


def is_draft(order: Order) -> bool:
    return order.status in {0, DRAFT}


def order_view(shop: Shop, order: Order) -> Json:
    delivery, payment = DELIVERIES.get(order.delivery), PAYMENTS.get(order.payment)
    weight = sum((Decimal(item["weight"]) * Decimal(item["count"]) for item in order.items), Decimal(0))
    return {
        "id": order.id,
        "number": order.number,
        "number_first_id": shop.first_of_number(order.number),
        "created_at": moment(order.created),
        "updated_at": moment(order.changed),
        "read_at": shop.now().isoformat(timespec="microseconds"),
        "status": {"id": order.status, "name": STATUSES[order.status].name if order.status in STATUSES else ""},
        "is_paid": order.paid is not None,
        "paid_at": moment(order.paid),
        "context": "web",
        "currency": shop.currency,
        "totals": {"cart": money(order.cart), "delivery": money(order.delivery_cost), "total": money(order.total)},
        "weight": f"{weight:.3f}",
        "weight_unit": "kg",
        "comment": order.comment,
        "manager_comment": order.manager_comment,
        "properties": order.properties or [],  # PHP writes an empty object so
        "delivery": {"id": order.delivery, "name": delivery[0]} if delivery else None,
        "payment": {"id": order.payment, "name": payment[0], "class": payment[1]} if payment else None,
        "customer": _buyer(shop, order),
        "address": {key: order.address.get(key, "") for key in _ADDRESS},
        "items": [dict(item) for item in order.items],
        "discounts": [dict(discount) for discount in order.discounts],
    }


def _buyer(shop: Shop, order: Order) -> Json:
    if order.is_manager:
        return {
            "id": 1,
            "email": f"manager@{HOST}",
            "email_is_generated": False,
            "phone": "",
            "full_name": "Shop manager",
            "is_manager": True,
        }
    known = shop.customers.get(order.customer_id)
    if known is None:
        return {"id": 0, "email": "", "email_is_generated": False, "phone": "", "full_name": "", "is_manager": False}
    return {
        "id": known.id,
        "email": known.email,
        "email_is_generated": known.email_is_generated,
        "phone": known.phone,
        "full_name": known.full_name,
        "is_manager": False,
    }


def customer_view(shop: Shop, known: Customer) -> Json:
    return {
        "id": known.id,
        "username": known.email,
        "email": known.email,
        "email_is_generated": known.email_is_generated,
        "phone": "",
        "mobile_phone": known.phone,
        "full_name": known.full_name,
        "created_at": moment(known.created),
        "updated_at": None,
        "read_at": shop.now().isoformat(timespec="microseconds"),
        "active": True,
        "blocked": False,
        "address": {"city": known.city} if known.city else [],
        "groups": ["Buyers"],
        "fields": {"bonus": 10} if known.id % 2 else [],
    }


def product_view(shop: Shop, product: Product) -> Json:
    names = {id: name for id, _parent, name in CATEGORIES}
    return {
        "id": product.id,
        "article": product.article,
        "name": product.name,
        "url": f"{SITE}/{product.article.lower()}",
        "price": money(product.price),
        "old_price": money(product.old_price),
        "currency": shop.currency,
        "weight": f"{product.weight:.3f}",
        "weight_unit": "kg",
        "image": f"{SITE}/assets/{product.id}.jpg",
        "images": [f"{SITE}/assets/{product.id}.jpg", f"{SITE}/assets/{product.id}-2.jpg"],
        "vendor": VENDOR,
        "category_ids": list(product.category_ids),
        "category_names": [names[id] for id in product.category_ids],
        "active": product.is_active,
        "stock": None,
        "description": f"<p>{product.name}</p>",
        "options": product.options or [],
        "created_at": "2026-01-10T12:00:00+03:00",
        "updated_at": "2026-01-14T12:00:00+03:00",
        "read_at": shop.now().isoformat(timespec="microseconds"),
        "modifications": [_modification(each) for each in product.modifications],
    }


def _modification(each: Modification) -> Json:
    return {
        "id": each.id,
        "name": each.name,
        "article": each.article,
        "price": money(each.price),
        "old_price": "",
        "weight": "",
        "stock": each.stock,
        "image": "",
        "active": True,
        "options": each.options,
    }


def dictionaries() -> Json:
    return {
        "statuses": [
            {
                "id": each.id,
                "name": each.name,
                "active": each.active,
                "final": each.final,
                "fixed": each.fixed,
                "rank": each.rank,
                "role": each.role,
            }
            for each in STATUSES.values()
        ],
        "deliveries": [{"id": id, "name": name, "active": active} for id, (name, _cost, active) in DELIVERIES.items()],
        "payments": [
            {"id": id, "name": name, "active": active, "class": handler}
            for id, (name, handler, active) in PAYMENTS.items()
        ],
        "vendors": [{"id": 1, "name": VENDOR}],
        "options": [{"key": "color", "name": "Colour"}, {"key": "size", "name": "Size"}],
        "order_fields": [{"key": "gift_wrap", "name": "Gift wrap"}],
    }
