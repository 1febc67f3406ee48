"""Code books."""

from typing import Any

import pytest
import responses

from connectors.contract.errors import Misconfigured
from connectors.contract.results import BookEntry
from connectors.woocommerce.codes import CodeSource
from tests.connectors.woocommerce.shop import API, Hub, error, transport

METHOD = {"instance_id": 4, "method_id": "flat_rate", "title": "48 h &amp; more", "enabled": True}


def books(**answers: Any) -> dict[str, tuple[BookEntry, ...]]:
    given = {
        "orders/statuses": [{"slug": "processing", "name": "Processing"}, {"slug": "checkout-draft", "name": "Draft"}],
        "payment_gateways": [
            {"id": "cod", "title": "Cash", "enabled": True},
            {"id": "cheque", "title": "", "method_title": "Cheque", "enabled": False},
            {"id": ""},
        ],
        "shipping_methods": [{"id": "flat_rate", "title": "Flat rate"}],
        "shipping/zones": [{"id": 1, "name": "Mainland"}],
        "shipping/zones/1/methods": [METHOD, {**METHOD, "instance_id": 5, "enabled": False, "title": ""}],
        "shipping/zones/0/methods": [{**METHOD, "instance_id": 9, "method_id": "courier"}],
        **answers,
    }
    with responses.RequestsMock() as web:
        for path, body in given.items():
            web.get(f"{API}/{path}", json=body)
        return {book.kind: tuple(book.entries) for book in CodeSource(transport(Hub())).read_books()}


def test_statuses_include_custom_ones_and_mark_drafts() -> None:
    assert books()["status"] == (
        BookEntry("processing", "Processing"),
        BookEntry("checkout-draft", "Draft", is_active=False),
    )


def test_switched_off_payment_methods_stay_because_old_orders_carry_them() -> None:
    assert books()["payment"] == (
        BookEntry("cod", "Cash"),
        BookEntry("cheque", "Cheque", is_active=False),
    )


def test_delivery_lists_kinds_then_methods_of_all_zones_also_of_the_rest_of_the_world() -> None:
    assert books()["delivery"] == (
        BookEntry("flat_rate", "Flat rate"),
        BookEntry("flat_rate:4", "Mainland: 48 h & more", group="Mainland"),
        BookEntry("flat_rate:5", "Mainland: ", is_active=False, group="Mainland"),
        BookEntry("courier:9", "Rest of the world: 48 h & more", group="Rest of the world"),
    )


def test_every_code_has_at_most_one_entry() -> None:
    for entries in books().values():
        codes = [entry.code for entry in entries]
        assert len(codes) == len(set(codes))
        assert all(type(code) is str for code in codes)


def test_missing_right_is_told_and_not_taken_for_an_empty_book() -> None:
    with responses.RequestsMock() as web:
        web.get(f"{API}/orders/statuses", json=[])
        web.get(f"{API}/payment_gateways", json=error("woocommerce_rest_cannot_view", 403), status=403)

        with pytest.raises(Misconfigured):
            CodeSource(transport(Hub())).read_books()
