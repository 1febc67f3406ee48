"""Carts that were left: one per registered customer, cleared when it became an order."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from responses import CallList

from connectors.contract.canonical import Customer, Lead
from connectors.contract.errors import RateLimited
from connectors.contract.results import NOT_TAKEN, CustomerDraft, LeadDraft, Outcome, Refused, Written

from .world import World, answers, form, line, made

ANN = Customer(id="77", email="ann@example.com")
KNOWN = CustomerDraft(ANN, external_id="77", target_id="4924", key="77")


def cart(**changes: Any) -> Lead:
    values: dict[str, Any] = {
        "id": "c-77",
        "form": "cart",
        "created_at": datetime(2026, 3, 1, 9, 0, tzinfo=UTC),
        "updated_at": datetime(2026, 3, 1, 10, 0, tzinfo=UTC),
        "customer": ANN,
        "currency": "RUB",
        "lines": (line(),),
        "page_url": "https://shop.example/cart/77",
    }
    return Lead(**(values | changes))


def put(world: World, lead: Lead, customer: CustomerDraft | None = KNOWN, **more: Any) -> Outcome:
    settings = more.pop("settings", {})
    sink = world.open(**settings).lead_sink
    assert sink is not None
    (outcome,) = sink.put_leads([LeadDraft(lead, "lead-c-77", customer=customer, **more)])
    return outcome


def test_cart_is_set_with_offers_prices_and_times_that_carry_their_offset(world: World, calls: CallList) -> None:
    answers("POST", "customer-interaction/main/cart/set", {"success": True})

    outcome = put(world, cart())

    assert outcome == Written("lead-c-77")
    assert form(calls[0]) == {
        "cart": {
            "externalId": "lead-c-77",
            "createdAt": "2026-03-01 12:00:00+03:00",
            "updatedAt": "2026-03-01 13:00:00+03:00",
            "droppedAt": "2026-03-01 13:00:00+03:00",
            "link": "https://shop.example/cart/77",
            "customer": {"id": 4924},
            "items": [{"offer": {"externalId": "137-21"}, "quantity": 2, "price": 1450}],
        }
    }


def test_cart_that_became_an_order_is_cleared_and_names_it(world: World, calls: CallList) -> None:
    answers("POST", "customer-interaction/main/cart/clear", {"success": True})

    outcome = put(world, cart(order_id="15"), order_external_id="S-15")

    assert isinstance(outcome, Written)
    assert form(calls[0]) == {
        "cart": {
            "customer": {"id": 4924},
            "clearedAt": "2026-03-01 13:00:00+03:00",
            "order": {"externalId": "S-15"},
        }
    }


def test_emptied_cart_is_cleared(world: World, calls: CallList) -> None:
    answers("POST", "customer-interaction/main/cart/clear", {"success": True})

    put(world, cart(lines=()))

    assert "order" not in form(calls[0])["cart"]


def test_cart_of_a_guest_is_not_taken_and_no_customer_is_made_for_it(world: World, calls: CallList) -> None:
    guest = Customer(is_guest=True, email="bob@example.com")

    outcome = put(world, cart(customer=guest), CustomerDraft(guest, key="email:bob@example.com"))

    assert isinstance(outcome, Refused)
    assert outcome.code == NOT_TAKEN
    assert made(calls) == []


def test_cart_is_not_taken_without_a_catalog(world: World, calls: CallList) -> None:
    outcome = put(world, cart(), settings={"offers_known": False})

    assert isinstance(outcome, Refused)
    assert outcome.code == NOT_TAKEN


def test_line_without_an_offer_is_left_out(world: World, calls: CallList) -> None:
    answers("POST", "customer-interaction/main/cart/set", {"success": True})
    nameless = line(product_id="", variant_id="", sku="")

    put(world, cart(lines=(nameless, line(quantity=Decimal("0.5"), total=Decimal(100)))))

    assert form(calls[0])["cart"]["items"] == [{"offer": {"externalId": "137-21"}, "quantity": 0.5, "price": 200}]


def test_new_customer_is_made_before_the_cart(world: World, calls: CallList) -> None:
    answers("POST", "customers/create", {"success": True, "id": 4924}, 201)
    answers("POST", "customer-interaction/main/cart/set", {"success": True})

    outcome = put(world, cart(), CustomerDraft(ANN, external_id="77", key="77"))

    assert isinstance(outcome, Written)
    assert [also.id for also in outcome.also] == ["4924"]
    assert made(calls) == ["POST customers/create", "POST customer-interaction/main/cart/set"]


def test_refused_cart_is_that_cart_alone(world: World, calls: CallList) -> None:
    answers("POST", "customer-interaction/main/cart/set", {"success": False, "errorMsg": "Offer not found"}, 400)

    outcome = put(world, cart())

    assert isinstance(outcome, Refused)
    assert outcome.message.startswith("Cart c-77: ")


def test_rate_limit_speaks_for_the_batch(world: World, calls: CallList) -> None:
    answers("POST", "customer-interaction/main/cart/set", {"success": False, "errorMsg": "Rate limit exceeded"}, 503)

    with pytest.raises(RateLimited):
        put(world, cart())
