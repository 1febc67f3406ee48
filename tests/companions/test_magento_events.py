"""What the Magento module really sends, made by its own PHP, checked and read as the hub does it."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from connectors.toolkit.standard_webhooks import verify

SCRIPT = Path(__file__).resolve().parents[2] / "companions" / "magento2" / "Test" / "events.php"
SECRET = "whsec_dGhlIHNob3AgYW5kIHRoZSBodWIgc2hhcmUgdGhpcy4="

pytestmark = pytest.mark.php


def test_every_event_is_signed_and_names_one_object() -> None:
    printed = subprocess.run(["php", str(SCRIPT)], capture_output=True, check=True, text=True).stdout
    calls: list[dict[str, Any]] = json.loads(printed)

    told = []
    for call in calls:
        body = json.loads(call["body"])
        assert verify([SECRET], call["headers"], call["body"].encode()) == body["event_id"]
        assert set(body) - {"order_id"} == {"event", "event_id", "occurred_at", "store_id", "store_code", "entity"}
        entity = body["entity"]
        told.append((body["event"], entity["type"], entity["id"], entity["increment_id"], body.get("order_id")))
    assert told == [
        ("order.placed", "order", 12, "0000012", None),
        ("order.canceled", "order", 13, "0000013", None),
        ("invoice.saved", "invoice", 3, "000000003", 14),
        ("shipment.saved", "shipment", 3, "000000003", 14),
        ("creditmemo.saved", "creditmemo", 3, "000000003", 14),
        ("track.saved", "track", 9, None, 14),
        ("customer.saved", "customer", 5, None, None),
        ("product.saved", "product", 7, "Кружка “S/M”", None),
        ("ping", "ping", 0, None, None),
    ]
