"""What the pretended RetailCRM account is set up with: codes, rights, custom fields, settings. The content is ours."""

from typing import Any

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

STATUSES = (
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
GROUPS = (
    ("new", "New", False),
    ("approval", "Approval", True),
    ("assembling", "Assembling", True),
    ("delivery", "Delivery", True),
    ("complete", "Completed", False),
    ("cancel", "Cancelled", False),
)
DELIVERY_TYPES = (
    ("self-delivery", "Pick-up from the shop", 0),
    ("courier", "Courier", 300),
    ("express", "Express courier", 600),
    ("russian-post", "Post", 250),
    ("pickup-point", "Pick-up point", 150),
    ("international", "International parcel", 1500),
)
DELIVERY_SERVICES = (("avia", "Air"), ("ground", "Ground"), ("evening", "Evening slot"))
PAYMENT_TYPES = (
    ("cash", "Cash"),
    ("bank-card", "Bank card"),
    ("bank-transfer", "Bank transfer"),
    ("e-money", "Electronic money"),
    ("credit", "Instalments"),
    ("gift-card", "Gift card"),
)
PAYMENT_STATUSES = (
    ("not-paid", "Not paid", False),
    ("invoice", "Invoice sent", False),
    ("paid", "Paid", True),
    ("returned", "Money returned", False),
)
ORDER_METHODS = (
    ("shopping-cart", "Shopping cart"),
    ("phone", "By phone"),
    ("one-click", "One click"),
    ("messenger", "Messenger"),
)
ORDER_TYPES = (("eshop-individual", "Private person"), ("eshop-legal", "Company"))
PRODUCT_STATUSES = (("new", "New", False), ("in-reserve", "Reserved", False), ("cancel", "Cancelled", True))
UNITS = (("pc", "Piece", "pc"), ("kg", "Kilogram", "kg"), ("m", "Metre", "m"))
_CUSTOM_FIELDS = (
    ("order", "coupon", "Coupon codes", "text"),
    ("order", "gift_message", "Gift message", "text"),
    ("order", "call_not_needed", "No call needed", "boolean"),
    ("order", "store_order_url", "Order in the store", "string"),
    ("customer", "customer_group", "Customer group", "string"),
    ("customer", "bonus_card", "Bonus card", "string"),
    ("customer", "birthday_gift_sent", "Birthday gift sent", "date"),
)


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
