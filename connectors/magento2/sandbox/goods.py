"""What the shop sells, as ``GET /V1/products`` shows it."""

from typing import Any

Json = dict[str, Any]

GOODS = (
    (21, "MUG-BLUE", "Blue mug", 12.10, 0),
    (30, "HAT", "Hat", 15.00, 0),
    (55, "TEE-S", "T-shirt-S", 24.20, 67),
    (56, "TEE-M", "T-shirt-M", 24.20, 67),
    (67, "TEE", "T-shirt", 0.0, 0),
)
"""Id, SKU, name, price without tax, id of the configurable product that it is a variant of."""

TAX = 0.20
CATEGORY = "6"


def product_rows(now: str) -> list[Json]:
    """As ``GET /V1/products`` shows them."""
    return [_product(*goods, now) for goods in GOODS]


def _product(number: int, sku: str, name: str, price: float, parent: int, now: str) -> Json:
    variants = [other[0] for other in GOODS if other[4] == number]
    extension: Json = {"category_links": [{"position": 0, "category_id": CATEGORY}]}
    own = [
        {"attribute_code": "manufacturer", "value": "15"},
        {"attribute_code": "url_key", "value": sku.lower()},
        {"attribute_code": "category_ids", "value": [CATEGORY]},
    ]
    if variants:
        extension |= {
            "configurable_product_options": [{"attribute_id": "144", "label": "Size", "position": 0}],
            "configurable_product_links": variants,
        }
    else:
        extension["stock_item"] = {"qty": 48, "is_in_stock": True, "manage_stock": True}
    if parent:
        own.append({"attribute_code": "size", "value": "167" if sku.endswith("M") else "166"})
    return {
        "id": number, "sku": sku, "name": name, "price": price, "status": 1, "visibility": 1 if parent else 4,
        "type_id": "configurable" if variants else "simple", "created_at": "2025-10-01 10:00:00", "updated_at": now,
        "weight": 0.35, "extension_attributes": extension, "custom_attributes": own,
        "media_gallery_entries": [{"file": f"/{sku.lower()}.jpg", "disabled": False}],
    }  # fmt: skip
