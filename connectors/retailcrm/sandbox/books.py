"""Reference books of the pretended RetailCRM account, in the shapes of API v5.

Which books are keyed by code and which are lists follows the vendor's own answers.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from connectors.retailcrm.sandbox.data import (
    DELIVERY_SERVICES,
    DELIVERY_TYPES,
    GROUPS,
    ORDER_METHODS,
    ORDER_TYPES,
    PAYMENT_STATUSES,
    PAYMENT_TYPES,
    PRODUCT_STATUSES,
    STATUSES,
    UNITS,
)

Book = dict[str, Any] | list[Any]


def default_books(sites: Sequence[str], currencies: Mapping[str, str]) -> dict[str, tuple[str, Book]]:
    """Name in the path -> (key in the answer, content)."""
    payment_codes = [code for code, _ in PAYMENT_TYPES]
    delivery_codes = [code for code, _, _ in DELIVERY_TYPES]
    status_codes = [code for code, _, _ in PAYMENT_STATUSES]
    base = next(iter(currencies.values()))
    return {
        "statuses": ("statuses", _statuses()),
        "status-groups": ("statusGroups", _status_groups()),
        "delivery-types": ("deliveryTypes", _delivery_types(payment_codes, base)),
        "delivery-services": (
            "deliveryServices",
            {code: {"name": name, "code": code, "active": True} for code, name in DELIVERY_SERVICES},
        ),
        "payment-types": ("paymentTypes", _payment_types(delivery_codes, status_codes)),
        "payment-statuses": ("paymentStatuses", _payment_statuses(payment_codes)),
        "order-methods": ("orderMethods", _plain(ORDER_METHODS, "isFromPos", default_value=False)),
        "order-types": ("orderTypes", _plain(ORDER_TYPES, "ordering", default_value=990)),
        "product-statuses": ("productStatuses", _product_statuses()),
        "sites": ("sites", {code: _site(number, code, currencies[code]) for number, code in enumerate(sites, 1)}),
        "price-types": ("priceTypes", [_price_type(1, "base", "Retail"), _price_type(2, "wholesale", "Wholesale")]),
        "stores": ("stores", [_store("main-warehouse", "Main warehouse"), _store("shop-floor", "Shop floor")]),
        "units": ("units", _units()),
        "currencies": ("currencies", _currencies(currencies)),
        "countries": ("countriesIso", ["RU", "KZ", "BY", "MD", "ES", "US"]),
        "legal-entities": ("legalEntities", []),
        "couriers": ("couriers", []),
    }


def _statuses() -> dict[str, Any]:
    return {
        code: {"name": name, "code": code, "active": True, "ordering": number * 10, "group": group}
        for number, (code, name, group) in enumerate(STATUSES, 1)
    }


def _status_groups() -> dict[str, Any]:
    return {
        code: {
            "name": name,
            "code": code,
            "active": True,
            "ordering": number * 10,
            "process": process,
            "statuses": [status for status, _, group in STATUSES if group == code],
        }
        for number, (code, name, process) in enumerate(GROUPS, 1)
    }


def _delivery_types(payment_codes: list[str], currency: str) -> dict[str, Any]:
    return {
        code: {
            "isDynamicCostCalculation": False,
            "isAutoCostCalculation": False,
            "isAutoNetCostCalculation": False,
            "isCostDependsOnRegionAndWeightAndSum": False,
            "isCostDependsOnDateTime": False,
            "currency": currency,
            "name": name,
            "code": code,
            "active": True,
            "defaultCost": cost,
            "defaultNetCost": 0,
            "paymentTypes": payment_codes,
            "deliveryServices": [service for service, _ in DELIVERY_SERVICES] if code == "russian-post" else [],
            "defaultForCrm": code == "self-delivery",
            "deliveryPaymentTypes": [{"code": payment, "cod": payment == "cash"} for payment in payment_codes],
            "sites": [],
        }
        for code, name, cost in DELIVERY_TYPES
    }


def _payment_types(delivery_codes: list[str], status_codes: list[str]) -> dict[str, Any]:
    return {
        code: {
            "name": name,
            "code": code,
            "active": True,
            "defaultForCrm": code == "cash",
            "defaultForApi": code == "cash",
            "deliveryTypes": delivery_codes,
            "paymentStatuses": status_codes,
            "sites": [],
        }
        for code, name in PAYMENT_TYPES
    }


def _payment_statuses(payment_codes: list[str]) -> dict[str, Any]:
    return {
        code: {
            "name": name,
            "code": code,
            "active": True,
            "defaultForCrm": code == "not-paid",
            "defaultForApi": code == "not-paid",
            "paymentComplete": complete,
            "ordering": number * 10,
            "paymentTypes": payment_codes,
        }
        for number, (code, name, complete) in enumerate(PAYMENT_STATUSES, 1)
    }


def _plain(rows: Sequence[tuple[str, str]], extra: str, *, default_value: Any) -> dict[str, Any]:
    return {
        code: {
            "name": name,
            "code": code,
            "active": True,
            "defaultForCrm": number == 1,
            "defaultForApi": number == 0,
            extra: default_value,
        }
        for number, (code, name) in enumerate(rows)
    }


def _product_statuses() -> dict[str, Any]:
    return {
        code: {
            "name": name,
            "code": code,
            "active": True,
            "ordering": 990,
            "createdAt": "2026-01-01 09:00:00",
            "cancelStatus": cancels,
        }
        for code, name, cancels in PRODUCT_STATUSES
    }


def _site(number: int, code: str, currency: str) -> dict[str, Any]:
    return {
        "id": number,
        "name": code.replace("-", " ").capitalize(),
        "url": f"https://{code}.example.com",
        "code": code,
        "description": "",
        "defaultForCrm": number == 1,
        "ymlUrl": f"https://{code}.example.com/catalog.xml",
        "loadFromYml": False,
        "catalogUpdatedAt": "2026-01-01 09:00:00",
        "catalogLoadingAt": "2026-01-01 09:00:00",
        "contragent": {"contragentType": "legal-entity", "legalName": "Example shop", "countryIso": "RU"},
        "countryIso": "RU",
        "currency": currency,
        "catalogId": str(number),
        "isCatalogMainSite": True,
        "ordering": 990,
        "isDemo": False,
    }


def _price_type(number: int, code: str, name: str) -> dict[str, Any]:
    return {
        "id": number,
        "code": code,
        "name": name,
        "active": True,
        "default": number == 1,
        "geo": [],
        "groups": [],
        "ordering": 990,
    }


def _store(code: str, name: str) -> dict[str, Any]:
    return {
        "type": "store-type-warehouse",
        "inventoryType": "integer",
        "address": {"countryIso": "RU", "city": "Moscow", "text": "Moscow"},
        "active": True,
        "phone": {},
        "code": code,
        "workTime": {day: [] for day in ("mo", "tu", "we", "th", "fr", "sa", "su")},
        "name": name,
    }


def _units() -> dict[str, Any]:
    return {
        code: {"code": code, "name": name, "sym": symbol, "default": code == "pc", "active": True}
        for code, name, symbol in UNITS
    }


def _currencies(currencies: Mapping[str, str]) -> list[dict[str, Any]]:
    codes = list(dict.fromkeys(currencies.values()))
    return [
        {"id": number, "code": code, "isBase": number == 1, "isAutoConvert": number > 1}
        for number, code in enumerate(codes, 1)
    ]
