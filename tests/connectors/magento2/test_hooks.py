"""Events of the companion module: genuine ones become hints."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from connectors.contract.canonical import ObjectKind
from connectors.contract.errors import Unreadable
from connectors.contract.results import Change, Hint, HookEvent, NotRelevant
from connectors.magento2.hooks import WebhookReceiver

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def read(body: Any) -> Change:
    [change] = WebhookReceiver([]).read(HookEvent("entity", {}, json.dumps(body).encode(), NOW))
    return change


@pytest.mark.parametrize(
    ("entity", "more", "expected"),
    [
        ({"type": "order", "id": 12}, {}, Hint(ObjectKind.ORDER, "12")),
        ({"type": "order", "id": "12"}, {}, Hint(ObjectKind.ORDER, "12")),
        ({"type": "invoice", "id": 3}, {"order_id": 12}, Hint(ObjectKind.ORDER, "12")),
        ({"type": "shipment", "id": 3}, {"order_id": 12}, Hint(ObjectKind.ORDER, "12")),
        ({"type": "creditmemo", "id": 3}, {"order_id": 12}, Hint(ObjectKind.ORDER, "12")),
        ({"type": "customer", "id": 7}, {}, Hint(ObjectKind.CUSTOMER, "7")),
        ({"type": "subscriber", "id": 3}, {"customer_id": 7}, Hint(ObjectKind.CUSTOMER, "7")),
        ({"type": "product", "id": 21}, {}, Hint(ObjectKind.PRODUCT, "21")),
    ],
)
def test_event_names_the_object_to_look_at(entity: Any, more: Any, expected: Change) -> None:
    assert read({"event": "x.saved", "entity": entity, **more}) == expected


@pytest.mark.parametrize(
    ("views", "told", "is_taken"),
    [
        (("default",), {"store_id": 2, "store_code": "es_ar"}, False),
        (("1",), {"store_id": 2, "store_code": "es_ar"}, False),
        (("default",), {"store_code": "es_ar"}, False),
        (("es_ar",), {"store_id": 2, "store_code": "es_ar"}, True),
        (("default", "2"), {"store_id": 2, "store_code": "es_ar"}, True),
        (("1",), {"store_code": "es_ar"}, True),
        (("default",), {"store_id": 2, "store_code": ""}, True),
        ((), {"store_id": 2, "store_code": "es_ar"}, True),
    ],
)
def test_event_of_a_store_view_that_the_connection_leaves_out_is_passed_over(
    views: tuple[str, ...], told: Any, is_taken: bool
) -> None:
    body = {"entity": {"type": "invoice", "id": 3}, "order_id": 12, **told}

    [change] = WebhookReceiver([], views).read(HookEvent("entity", {}, json.dumps(body).encode(), NOW))

    assert isinstance(change, Hint if is_taken else NotRelevant)


def test_product_belongs_to_every_store_view() -> None:
    body = {"entity": {"type": "product", "id": 21}, "store_id": 2, "store_code": "es_ar"}

    [change] = WebhookReceiver([], ["default"]).read(HookEvent("entity", {}, json.dumps(body).encode(), NOW))

    assert change == Hint(ObjectKind.PRODUCT, "21")


@pytest.mark.parametrize(
    "body",
    [{"event": "test"}, {"entity": {"type": "quote", "id": 4}}, {"entity": {"type": "subscriber", "id": 3}}, {"x": 1}],
)
def test_event_without_work_says_why(body: Any) -> None:
    change = read(body)

    assert isinstance(change, NotRelevant)
    assert change.reason


@pytest.mark.parametrize(
    "body",
    [
        {},
        [],
        {"entity": {"type": "order"}},
        {"entity": {"type": "order", "id": "x"}},
        {"entity": {"type": "invoice", "id": 3}},
    ],
)
def test_event_that_names_no_id_is_unreadable(body: Any) -> None:
    with pytest.raises(Unreadable):
        read(body)
