"""Examples of the push API's description. A test checks each of them against the models."""

from typing import Any

ORDER: dict[str, Any] = {
    "id": "1001",
    "number": "A-1001",
    "status": "paid",
    "created_at": "2025-03-01T10:14:00+02:00",
    "updated_at": "2025-03-01T10:14:58.120+02:00",
    "currency": "EUR",
    "total": "54.00",
    "total_tax": "9.00",
    "customer": {"id": "77", "email": "buyer@shop.example", "phone": "+37360123456", "first_name": "Ion"},
    "lines": [
        {
            "id": "1",
            "product_id": "500",
            "sku": "MUG-BLUE",
            "name": "Blue mug",
            "quantity": 2,
            "subtotal": "40.00",
            "subtotal_tax": "8.00",
            "total": "40.00",
            "total_tax": "8.00",
        }
    ],
    "deliveries": [
        {
            "code": "courier",
            "name": "Courier",
            "cost": "5.00",
            "cost_tax": "1.00",
            "address": {"country": "MD", "city": "Chișinău", "postcode": "MD-2001", "line1": "Strada Exemplu 1"},
        }
    ],
    "payments": [
        {
            "id": "1001-1",
            "code": "card",
            "status": "paid",
            "amount": {"amount": "54.00", "currency": "EUR"},
            "paid_at": "2025-03-01T10:14:50+02:00",
        }
    ],
    "customer_comment": "Please ring twice.",
}

CUSTOMER: dict[str, Any] = {
    "id": "77",
    "email": "buyer@shop.example",
    "phone": "+37360123456",
    "first_name": "Ion",
    "updated_at": "2025-03-01T10:14:58Z",
    "consents": [{"channel": "email", "granted": True, "at": "2025-02-01T08:00:00Z"}],
}

LEAD: dict[str, Any] = {
    "id": "form-314",
    "form": "callback",
    "title": "Call me back",
    "created_at": "2025-03-01T10:20:00Z",
    "customer": {"is_guest": True, "phone": "+37360123456", "first_name": "Ion"},
    "message": "Is the blue mug dishwasher safe?",
    "page_url": "https://shop.example/mugs/blue",
}

PRODUCT: dict[str, Any] = {
    "id": "500",
    "name": "Mug",
    "price": {"amount": "24.00", "currency": "EUR"},
    "category_ids": ["7"],
    "categories": [{"id": "7", "parent_id": "5", "name": "Mugs"}, {"id": "5", "name": "Kitchen"}],
    "brand": "Acme",
    "weight": {"value": "350", "unit": "g"},
    "url": "https://shop.example/mug",
    "variants": [
        {
            "id": "501",
            "sku": "MUG-BLUE",
            "stock": 12,
            "options": [{"code": "color", "name": "Colour", "value": "blue"}],
            "image_urls": ["https://shop.example/mug-blue.jpg"],
        },
        {
            "id": "502",
            "sku": "MUG-RED",
            "stock": 0,
            "price": {"amount": "26.00", "currency": "EUR"},
            "options": [{"code": "color", "name": "Colour", "value": "red"}],
        },
    ],
    "updated_at": "2025-03-01T10:14:58Z",
}

STATUS_CHANGE: dict[str, Any] = {
    "order_id": "1001",
    "status": "shipped",
    "changed_at": "2025-03-02T09:00:00Z",
    "comment": "Handed to the courier.",
}

ACCEPTED: dict[str, Any] = {"accepted": 1, "event_ids": ["4711"], "duplicate": False}

INVALID: dict[str, Any] = {
    "error": "invalid",
    "message": "Nothing was stored. Correct what is listed and send it again.",
    "faults": [
        {
            "path": "orders.3.lines.0.quantity",
            "message": "Decimal input should be an integer, float, string or Decimal object",
        }
    ],
}
