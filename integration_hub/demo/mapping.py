"""The translation of the demo: what an integrator would enter in the mapping grid."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from integration_hub.connections.models import Route
from mappings.models import CodeRule, ManagerRule

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

MODX_BOOKS = {
    "status": {"1": "new", "2": "prepayed", "6": "assembling", "3": "delivering", "4": "cancel-other"},
    "delivery": {"1": "courier", "2": "self-delivery", "3": "russian-post", "7": "courier"},
    "payment": {"1": "cash", "2": "bank-transfer", "3": "bank-card", "8": "bank-card"},
    "payment_status": PAYMENT_STATUSES,
    "order_method": {"checkout": "shopping-cart", "manager": "phone"},
}
"""miniShop2 names its statuses, deliveries and payments by number."""

MODX_STATUSES_BACK = {
    "send-to-assembling": "6",
    "assembling-complete": "6",
    "send-to-delivery": "3",
    "redirect": "3",
    "complete": "3",
    "no-product": "4",
}

DEAL_BOOKS = {
    "status": {
        "pending": "C9:NEW",
        "on-hold": "C9:PREPARATION",
        "failed": "C9:PREPAYMENT_INVOICE",
        "processing": "C9:EXECUTING",
        "en-camino": "C9:FINAL_INVOICE",
        "completed": "C9:WON",
        "cancelled": "C9:LOSE",
        "refunded": "C9:APOLOGY",
    }
}
"""Stages of Bitrix24's second pipeline. It has no payments and does without a mapping of deliveries."""

MAGENTO_BOOKS = {
    "status": {
        "pending": "new",
        "holded": "availability-confirmed",
        "processing": "assembling",
        "packed": "assembling-complete",
        "complete": "complete",
        "canceled": "cancel-other",
        "closed": "return",
    },
    "delivery": {"flatrate_flatrate": "courier"},
    "payment": {"checkmo": "bank-transfer"},
    "payment_status": PAYMENT_STATUSES,
    "order_method": ORDER_METHODS,
}
MAGENTO_STATUSES_BACK = {"send-to-assembling": "processing", "send-to-delivery": "packed", "delivering": "complete"}
MAGENTO_DEAL_BOOKS = {
    "status": {
        "pending": "C9:NEW",
        "holded": "C9:PREPARATION",
        "processing": "C9:EXECUTING",
        "packed": "C9:FINAL_INVOICE",
        "complete": "C9:WON",
        "canceled": "C9:LOSE",
        "closed": "C9:APOLOGY",
    }
}

SHOP_BOOKS = {
    "status": STATUSES,
    "delivery": DELIVERIES,
    "payment": PAYMENTS,
    "payment_status": PAYMENT_STATUSES,
    "order_method": ORDER_METHODS,
}


@dataclass(frozen=True, slots=True)
class Rules:
    """What one kind of shop is mapped with. ``unmapped``: kind, the shop's code that staff have forgotten, and the
    CRM's code that they choose for it later."""

    books: Mapping[str, Mapping[str, str]]
    statuses_back: Mapping[str, str]
    unmapped: tuple[str, str, str] | None = None

    def agree(self, store_status: str, crm_status: str) -> bool:
        """Whether the two statuses are the same thing, in either direction."""
        is_there = self.books["status"].get(store_status) == crm_status
        return is_there or self.statuses_back.get(crm_status) == store_status


RULES = {
    "minishop2": Rules(MODX_BOOKS, MODX_STATUSES_BACK, ("payment", "9", "e-money")),
    "woocommerce": Rules(SHOP_BOOKS, STATUSES_BACK, ("payment", "crypto_pay", "e-money")),
    "custom_cms": Rules(CMS_BOOKS, CMS_STATUSES_BACK),
    "magento2": Rules(MAGENTO_BOOKS, MAGENTO_STATUSES_BACK),
}
"""By the store's kind, towards RetailCRM."""

DEAL_RULES = {"woocommerce": Rules(DEAL_BOOKS, {}), "magento2": Rules(MAGENTO_DEAL_BOOKS, {})}
"""The same towards Bitrix24."""

BY_CRM = {"retailcrm": RULES, "bitrix24": DEAL_RULES}


def rules_of(route: Route) -> Rules:
    """What that route of the demo is mapped with."""
    return BY_CRM[route.crm.kind][route.store.kind]


def map_store(route: Route) -> int:
    """Enter the rules of a route from any store of the demo; returns how many."""
    rules = rules_of(route)
    return _enter(route, rules.books, rules.statuses_back)


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


LARGE = Decimal(100)
CATEGORIES = {"woocommerce": ("16", "18"), "magento2": ("6",)}
"""By the store's kind, what the two managers know about: ceramics and clothes, and all that the other shop has."""

CHIEF, MANAGERS = "13", ("11", "12")


def assign_managers(route: Route) -> None:
    """Orders of what the managers know about are taken in turns; large ones and the others are the chief's."""
    ManagerRule.objects.create(route=route, name="Large orders", managers=[CHIEF], amount_from=LARGE)
    ManagerRule.objects.create(
        route=route,
        name="By category",
        ordering=20,
        managers=list(MANAGERS),
        category_ids=list(CATEGORIES[route.store.kind]),
    )
    ManagerRule.objects.create(route=route, name="The others", ordering=30, managers=[CHIEF])


def managers_for(store_kind: str, total: Decimal, categories: Collection[str]) -> Sequence[str]:
    """Who may have an order of that total, with products of these categories, by the rules above."""
    is_known = not set(CATEGORIES[store_kind]).isdisjoint(categories)
    return MANAGERS if is_known and total < LARGE else [CHIEF]


def add_rule(route: Route, kind: str, store_code: str, crm_code: str) -> None:
    """What a staff member does when a code is on the to-do list."""
    CodeRule.objects.create(route=route, kind=kind, store_code=store_code, crm_code=crm_code)
