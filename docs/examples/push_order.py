"""Pushes one order into the hub, signed. Copy what you need; it wants Python 3.11 and the library ``standardwebhooks``.

    HUB_ADDRESS=https://hub.example/api/v1/push/<token> HUB_SECRET=whsec_... python push_order.py
    python push_order.py --file orders.json      # a body of your own: {"order": {...}} or {"orders": [...]}
    python push_order.py --ping                  # only test address and secret

Ends with 0 when the hub has stored the order, 1 when it refused it, 2 when it should be sent again later.
"""

import argparse
import json
import os
import sys
import time
import urllib.error
import urllib.request
import uuid
from datetime import UTC, datetime
from pathlib import Path

from standardwebhooks import Webhook

EXAMPLE = {
    "order": {
        "id": "1001",
        "number": "A-1001",
        "status": "paid",
        "created_at": "2025-03-01T10:14:00+02:00",
        "updated_at": "2025-03-01T10:14:58.120+02:00",
        "currency": "EUR",
        "total": "54.00",
        "customer": {"id": "77", "email": "buyer@shop.example", "first_name": "Ion"},
        "lines": [
            {"id": "1", "sku": "MUG-BLUE", "name": "Blue mug", "quantity": 2, "subtotal": "48.00", "total": "48.00"}
        ],
        "deliveries": [{"code": "courier", "name": "Courier", "cost": "6.00"}],
        "payments": [{"id": "1001-1", "code": "card", "status": "paid"}],
    }
}


def signed_headers(secret: str, event_id: str, body: bytes) -> dict[str, str]:
    """The headers of one try. Take a new time for every try, and the same id as long as it is the same event."""
    now = datetime.fromtimestamp(int(time.time()), tz=UTC)
    return {
        "webhook-id": event_id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Webhook(secret).sign(event_id, now, body.decode("utf-8")),
    }


def send(method: str, address: str, headers: dict[str, str], body: bytes) -> tuple[int, str]:
    """Status and body of the answer; status 0 when there was none."""
    content = body if method == "POST" else None
    request = urllib.request.Request(address, content, headers, method=method)  # noqa: S310  # the address is your own
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310  # as above
            return answer.status, answer.read().decode("utf-8")
    except urllib.error.HTTPError as refusal:
        return refusal.code, refusal.read().decode("utf-8", "replace")
    except OSError as fault:
        return 0, str(fault)


def main() -> int:
    parser = argparse.ArgumentParser(description="Pushes one order into the hub, signed.")
    parser.add_argument("--address", default=os.environ.get("HUB_ADDRESS"), help="ends in /api/v1/push/<token>")
    parser.add_argument("--secret", default=os.environ.get("HUB_SECRET"), help="whsec_...; better given as HUB_SECRET")
    parser.add_argument("--file", type=Path, help="JSON to send instead of the example")
    parser.add_argument("--ping", action="store_true", help="only test address and secret")
    given = parser.parse_args()
    if not given.address or not given.secret:
        parser.error("HUB_ADDRESS and HUB_SECRET are needed.")

    if given.ping:
        method, path, body = "GET", "ping", b""
    else:
        method, path = "POST", "orders"
        body = given.file.read_bytes() if given.file else json.dumps(EXAMPLE, ensure_ascii=False).encode("utf-8")
    # Keep this id with the event in your own database: a repeat after a time-out must carry the same one.
    event_id = f"msg_{uuid.uuid4().hex}"
    headers = {"Content-Type": "application/json", **signed_headers(given.secret, event_id, body)}
    status, answer = send(method, f"{given.address.rstrip('/')}/{path}", headers, body)
    sys.stdout.write(f"{status} {answer}\n")
    if 200 <= status < 300:
        return 0
    return 2 if status in {0, 429} or status >= 500 else 1


if __name__ == "__main__":
    sys.exit(main())
