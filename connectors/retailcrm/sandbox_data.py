"""Reference books of the pretended RetailCRM account, in the shapes of API v5.

Books keyed by code and books that are lists follow the vendor's own answers; the content is ours.
"""

from collections.abc import Mapping, Sequence
from typing import Any

Book = dict[str, Any] | list[Any]

SCOPES = (
    "order_read",
    "order_write",
    "customer_read",
    "customer_write",
    "reference_read",
    "reference_write",
    "store_read",
    "store_write",
    "integration_read",
    "integration_write",
    "custom_fields_read",
    "custom_fields_write",
    "analytics_write",
)

_STATUSES = (
    ("new", "New", "new"),
    ("availability-confirmed", "In stock, confirmed", "approval"),
    ("client-confirmed", "Confirmed with the customer", "approval"),
    ("prepayed", "Prepaid", "approval"),
    ("send-to-assembling", "Sent to the warehouse", "assembling"),
    ("assembling", "Being picked", "assembling"),
    ("assembling-complete", "Picked", "assembling"),
    ("send-to-delivery", "Handed to the carrier", "delivery"),
    ("delivering", "On its way", "delivery"),
    ("redirect", "Delivery moved", "delivery"),
    ("complete", "Completed", "complete"),
    ("no-call", "Not reachable", "cancel"),
    ("no-product", "Out of stock", "cancel"),
    ("cancel-other", "Cancelled", "cancel"),
    ("return", "Returned", "cancel"),
)
_GROUPS = (
    ("new", "New", False),
    ("approval", "Approval", True),
    ("assembling", "Assembling", True),
    ("delivery", "Delivery", True),
    ("complete", "Completed", False),
    ("cancel", "Cancelled", False),
)
_DELIVERY_TYPES = (
    ("self-delivery", "Pick-up from the shop", 0),
    ("courier", "Courier", 300),
    ("express", "Express courier", 600),
    ("russian-post", "Post", 250),
    ("pickup-point", "Pick-up point", 150),
    ("international", "International parcel", 1500),
)
_DELIVERY_SERVICES = (("avia", "Air"), ("ground", "Ground"), ("evening", "Evening slot"))
_PAYMENT_TYPES = (
    ("cash", "Cash"),
    ("bank-card", "Bank card"),
    ("bank-transfer", "Bank transfer"),
    ("e-money", "Electronic money"),
    ("credit", "Instalments"),
    ("gift-card", "Gift card"),
)
_PAYMENT_STATUSES = (
    ("not-paid", "Not paid", False),
    ("invoice", "Invoice sent", False),
    ("paid", "Paid", True),
    ("returned", "Money returned", False),
)
_ORDER_METHODS = (
    ("shopping-cart", "Shopping cart"),
    ("phone", "By phone"),
    ("one-click", "One click"),
    ("messenger", "Messenger"),
)
_ORDER_TYPES = (("eshop-individual", "Private person"), ("eshop-legal", "Company"))
_PRODUCT_STATUSES = (("new", "New", False), ("in-reserve", "Reserved", False), ("cancel", "Cancelled", True))
_UNITS = (("pc", "Piece", "pc"), ("kg", "Kilogram", "kg"), ("m", "Metre", "m"))
_CUSTOM_FIELDS = (
    ("order", "coupon", "Coupon codes", "text"),
    ("order", "gift_message", "Gift message", "text"),
    ("order", "call_not_needed", "No call needed", "boolean"),
    ("order", "store_order_url", "Order in the store", "string"),
    ("customer", "customer_group", "Customer group", "string"),
    ("customer", "bonus_card", "Bonus card", "string"),
    ("customer", "birthday_gift_sent", "Birthday gift sent", "date"),
)


def default_books(sites: Sequence[str], currencies: Mapping[str, str]) -> dict[str, tuple[str, Book]]:
    """Name in the path -> (key in the answer, content)."""
    payment_codes = [code for code, _ in _PAYMENT_TYPES]
    delivery_codes = [code for code, _, _ in _DELIVERY_TYPES]
    status_codes = [code for code, _, _ in _PAYMENT_STATUSES]
    base = next(iter(currencies.values()))
    return {
        "statuses": ("statuses", _statuses()),
        "status-groups": ("statusGroups", _status_groups()),
        "delivery-types": ("deliveryTypes", _delivery_types(payment_codes, base)),
        "delivery-services": (
            "deliveryServices",
            {code: {"name": name, "code": code, "active": True} for code, name in _DELIVERY_SERVICES},
        ),
        "payment-types": ("paymentTypes", _payment_types(delivery_codes, status_codes)),
        "payment-statuses": ("paymentStatuses", _payment_statuses(payment_codes)),
        "order-methods": ("orderMethods", _plain(_ORDER_METHODS, "isFromPos", default_value=False)),
        "order-types": ("orderTypes", _plain(_ORDER_TYPES, "ordering", default_value=990)),
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


def default_custom_fields() -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "code": code,
            "required": False,
            "inFilter": True,
            "inList": True,
            "inGroupActions": False,
            "type": kind,
            "entity": entity,
            "ordering": 50,
            "viewMode": "editable",
        }
        for entity, code, name, kind in _CUSTOM_FIELDS
    ]


def settings(currency: str, zone: str) -> dict[str, Any]:
    changed = "2026-01-01 09:00:00"
    return {
        "default_currency": {"value": currency, "updated_at": changed},
        "system_language": {"value": "EN", "updated_at": changed},
        "timezone": {"value": zone, "updated_at": changed},
        "work_times": [
            {
                "day_type": day,
                "start_time": "09:00",
                "end_time": "18:00",
                "lunch_start_time": "13:00",
                "lunch_end_time": "14:00",
            }
            for day in ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")
        ],
        "mg": {"order_creation": {"default": {"site": "", "order_type": "", "order_method": ""}, "channels": {}}},
    }


def _statuses() -> dict[str, Any]:
    return {
        code: {"name": name, "code": code, "active": True, "ordering": number * 10, "group": group}
        for number, (code, name, group) in enumerate(_STATUSES, 1)
    }


def _status_groups() -> dict[str, Any]:
    return {
        code: {
            "name": name,
            "code": code,
            "active": True,
            "ordering": number * 10,
            "process": process,
            "statuses": [status for status, _, group in _STATUSES if group == code],
        }
        for number, (code, name, process) in enumerate(_GROUPS, 1)
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
            "deliveryServices": [service for service, _ in _DELIVERY_SERVICES] if code == "russian-post" else [],
            "defaultForCrm": code == "self-delivery",
            "deliveryPaymentTypes": [{"code": payment, "cod": payment == "cash"} for payment in payment_codes],
            "sites": [],
        }
        for code, name, cost in _DELIVERY_TYPES
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
        for code, name in _PAYMENT_TYPES
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
        for number, (code, name, complete) in enumerate(_PAYMENT_STATUSES, 1)
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
        for code, name, cancels in _PRODUCT_STATUSES
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
        for code, name, symbol in _UNITS
    }


def _currencies(currencies: Mapping[str, str]) -> list[dict[str, Any]]:
    codes = list(dict.fromkeys(currencies.values()))
    return [
        {"id": number, "code": code, "isBase": number == 1, "isAutoConvert": number > 1}
        for number, code in enumerate(codes, 1)
    ]
