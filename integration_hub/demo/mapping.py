"""The translation of the demo: what an integrator would enter in the mapping grid."""

from collections.abc import Mapping

from integration_hub.connections.models import Route
from mappings.models import CodeRule

STATUSES = {
    "pending": "new",
    "on-hold": "availability-confirmed",
    "processing": "assembling",
    "en-camino": "delivering",
    "completed": "complete",
    "cancelled": "cancel-other",
    "failed": "no-call",
    "refunded": "return",
}
STATUSES_BACK = {
    "client-confirmed": "processing",
    "send-to-assembling": "processing",
    "assembling-complete": "processing",
    "send-to-delivery": "en-camino",
    "prepayed": "processing",
    "redirect": "en-camino",
    "no-product": "cancelled",
}
"""CRM statuses that no store status leads to."""

DELIVERIES = {
    "flat_rate": "courier",
    "courier_express": "express",
    "free_shipping": "russian-post",
    "local_pickup": "self-delivery",
    "pickup_location": "pickup-point",
}
PAYMENTS = {
    "bacs": "bank-transfer",
    "cheque": "bank-transfer",
    "cod": "cash",
    "redsys": "bank-card",
    "ppcp-gateway": "e-money",
}
PAYMENT_STATUSES = {
    "pending": "not-paid",
    "authorized": "invoice",
    "paid": "paid",
    "partially_refunded": "paid",
    "refunded": "returned",
    "failed": "not-paid",
    "cancelled": "not-paid",
}
ORDER_METHODS = {
    "checkout": "shopping-cart",
    "store-api": "shopping-cart",
    "rest-api": "shopping-cart",
    "subscription": "shopping-cart",
    "admin": "phone",
}
CMS_BOOKS = {
    "status": {
        "new": "new",
        "accepted": "client-confirmed",
        "packed": "assembling-complete",
        "shipped": "delivering",
        "delivered": "complete",
        "returned": "return",
        "cancelled": "cancel-other",
    },
    "delivery": {"courier": "courier", "pickup": "self-delivery", "post": "russian-post"},
    "payment": {"card_online": "bank-card", "cash_on_delivery": "cash", "invoice": "bank-transfer"},
    "payment_status": PAYMENT_STATUSES,
}
CMS_STATUSES_BACK = {"send-to-delivery": "shipped", "assembling": "accepted", "send-to-assembling": "accepted"}

SHOP_BOOKS = {
    "status": STATUSES,
    "delivery": DELIVERIES,
    "payment": PAYMENTS,
    "payment_status": PAYMENT_STATUSES,
    "order_method": ORDER_METHODS,
}


def map_shop(route: Route) -> int:
    """Enter the rules of a WooCommerce route; returns how many."""
    return _enter(route, SHOP_BOOKS, STATUSES_BACK)


def map_cms(route: Route) -> int:
    """Enter the rules of the custom CMS's route; returns how many."""
    return _enter(route, CMS_BOOKS, CMS_STATUSES_BACK)


def _enter(route: Route, books: Mapping[str, Mapping[str, str]], back: Mapping[str, str]) -> int:
    rules = [
        CodeRule(route=route, kind=kind, store_code=store_code, crm_code=crm_code)
        for kind, book in books.items()
        for store_code, crm_code in book.items()
    ]
    rules += [
        CodeRule(
            route=route, kind="status", store_code=store_code, crm_code=crm_code, direction="to_store", is_way_back=True
        )
        for crm_code, store_code in back.items()
    ]
    return len(CodeRule.objects.bulk_create(rules))


def add_rule(route: Route, kind: str, store_code: str, crm_code: str) -> None:
    """What a staff member does when a code is on the to-do list."""
    CodeRule.objects.create(route=route, kind=kind, store_code=store_code, crm_code=crm_code)


def agree(store_status: str, crm_status: str, *, is_cms: bool) -> bool:
    """Whether the two statuses are the same thing under the demo's rules, in either direction."""
    books, back = (CMS_BOOKS, CMS_STATUSES_BACK) if is_cms else (SHOP_BOOKS, STATUSES_BACK)
    return books["status"].get(store_status) == crm_status or back.get(crm_status) == store_status
