"""Form leads, carts and registrations of a shop that pushes, on their way into the CRM."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from integration_hub.connections.models import Connection, Route
from integration_hub.engine.models import OutboxItem
from mappings.models import CodeRule, SeenCode

from .world import World, call, items, pump

TOKEN = "an-access-token-of-the-shop"
LEAD: dict[str, Any] = {
    "id": "form-314",
    "form": "callback",
    "title": "Call me back",
    "created_at": "2026-03-01T10:20:00Z",
    "customer": {"is_guest": True, "phone": "+37360123456", "email": "ion@example.com", "first_name": "Ion"},
    "message": "After six",
}
ANN: dict[str, Any] = {"id": "77", "email": "ann@example.com", "first_name": "Ann"}
CART: dict[str, Any] = {
    "id": "cart-77",
    "form": "cart",
    "created_at": "2026-03-01T10:00:00Z",
    "updated_at": "2026-03-01T10:05:00Z",
    "customer": ANN,
    "currency": "EUR",
    "lines": [{"product_id": "500", "name": "Mug", "quantity": 2, "subtotal": 40, "total": 40}],
}
Push = Callable[[str, dict[str, Any]], None]


@pytest.fixture
def shop_route(world: World) -> Route:
    """A shop of one's own beside the world's, into the same CRM."""
    cms = Connection.objects.create(
        kind="custom_cms", role="store", name="Own shop", settings={}, secrets={"access_token": TOKEN}
    )
    return Route.objects.create(
        name="Own shop → CRM",
        store=cms,
        crm=world.crm,
        mode=Route.Mode.LIVE,
        id_prefix="O-",
        start_at=timezone.now() - timedelta(days=3650),
    )


@pytest.fixture
def push(shop_route: Route, client: Client) -> Push:
    def send(thing: str, body: dict[str, Any]) -> None:
        answer = client.post(
            f"/api/v1/push/{shop_route.store.hook_token}/{thing}",
            json.dumps(body),
            content_type="application/json",
            headers={"authorization": f"Bearer {TOKEN}"},
        )
        assert answer.status_code == 202, answer.content
        pump()

    return send


def set_crm(world: World, **settings: Any) -> None:
    world.crm.settings = {**world.crm.settings, **settings}
    world.crm.save()


def order_method(world: World, external_id: str) -> str:
    found = call(f"{world.crm_box.url}/__sandbox__/writes")
    assert [row["order"] for row in found if row["call"] == "orders/create"].count(external_id) == 1
    return str(OutboxItem.objects.get(flow="leads").attempts.get().translation["order_method"][0][1])


def carts(world: World) -> list[str]:
    return [row["call"] for row in call(f"{world.crm_box.url}/__sandbox__/writes") if row["call"].startswith("cart/")]


def test_lead_becomes_an_order_with_the_order_method_of_its_route(world: World, shop_route: Route, push: Push) -> None:
    shop_route.lead_order_method = "phone"
    shop_route.save()

    push("leads", {"lead": LEAD})

    assert items() == {("leads", "done"): 1}
    assert order_method(world, "O-lead-form-314") == "phone"
    assert [row["email"] for row in world.crm_customers()] == ["ion@example.com"]


def test_form_with_a_rule_of_its_own_keeps_that_one(world: World, shop_route: Route, push: Push) -> None:
    shop_route.lead_order_method = "phone"
    shop_route.save()
    CodeRule.objects.create(route=shop_route, kind="order_method", store_code="callback", crm_code="messenger")

    push("leads", {"lead": LEAD})

    assert order_method(world, "O-lead-form-314") == "messenger"


def test_form_without_any_rule_parks_where_others_have_one(world: World, shop_route: Route, push: Push) -> None:
    CodeRule.objects.create(route=shop_route, kind="order_method", store_code="cart-page", crm_code="shopping-cart")

    push("leads", {"lead": LEAD})

    assert items() == {("leads", "parked"): 1}
    assert SeenCode.objects.filter(route=shop_route, kind="order_method", code="callback").exists()


def test_lead_becomes_a_customer_with_a_note_when_the_connection_says_so(world: World, push: Push) -> None:
    set_crm(world, leads_as="note")

    push("leads", {"lead": LEAD})
    push("leads", {"lead": LEAD})

    assert world.writes(world.crm_box)["customers/notes/create"] == 1
    assert world.crm_orders() == {}
    assert [row["email"] for row in world.crm_customers()] == ["ion@example.com"]


def test_two_leads_of_one_visitor_are_two_leads_and_one_customer(world: World, push: Push) -> None:
    push("leads", {"lead": LEAD})
    push("leads", {"lead": {**LEAD, "id": "form-315"}})

    assert set(world.crm_orders()) == {"O-lead-form-314", "O-lead-form-315"}
    assert len(world.crm_customers()) == 1


def test_registration_becomes_a_customer_and_the_first_order_finds_it(world: World, push: Push) -> None:
    push("customers", {"customer": ANN})
    order = {
        "id": "1001",
        "status": "new",
        "created_at": "2026-03-01T10:20:00Z",
        "currency": "EUR",
        "total": 10,
        "customer": ANN,
        "lines": [{"product_id": "500", "name": "Mug", "quantity": 1, "subtotal": 10, "total": 10}],
    }
    route = Route.objects.get(name="Own shop → CRM")
    CodeRule.objects.create(route=route, kind="status", store_code="new", crm_code="new")

    push("orders", {"order": order})

    [customer] = world.crm_customers()
    assert (customer["externalId"], customer["orders"]) == ("O-77", 1)
    assert set(world.crm_orders()) == {"O-1001"}


def test_hidden_registration_gives_the_guest_of_earlier_orders_an_account(world: World, push: Push) -> None:
    """A shop that makes an account at the first order: the CRM's guest with that e-mail is joined, not doubled."""
    set_crm(world, find_by_email=True)
    push("leads", {"lead": {**LEAD, "customer": {"is_guest": True, "email": ANN["email"]}}})
    assert [row["externalId"] for row in world.crm_customers()] == [""]

    push("customers", {"customer": ANN})

    assert [row["externalId"] for row in world.crm_customers()] == ["O-77"]


def test_cart_is_kept_with_its_customer_and_cleared_when_it_becomes_an_order(world: World, push: Push) -> None:
    push("leads", {"lead": CART})
    assert carts(world) == ["cart/set"]

    push("leads", {"lead": {**CART, "order_id": "1001", "updated_at": "2026-03-01T10:09:00Z"}})

    assert carts(world) == ["cart/set", "cart/clear"]
    assert world.crm_orders() == {}
    assert len(world.crm_customers()) == 1
    assert items(flow="leads") == {("leads", "done"): 2}


def test_cart_that_changes_is_set_again_and_a_repeat_is_not(world: World, push: Push) -> None:
    push("leads", {"lead": CART})
    push("leads", {"lead": CART})
    more = {**CART["lines"][0], "quantity": 3, "subtotal": 60, "total": 60}

    push("leads", {"lead": {**CART, "lines": [more], "updated_at": "2026-03-01T10:06:00Z"}})

    assert carts(world) == ["cart/set", "cart/set"]


def test_cart_that_becomes_an_order_leaves_one_order_and_one_customer(world: World, push: Push) -> None:
    route = Route.objects.get(name="Own shop → CRM")
    CodeRule.objects.create(route=route, kind="status", store_code="new", crm_code="new")
    push("leads", {"lead": CART})

    order = {"id": "1001", "status": "new", "created_at": "2026-03-01T10:08:00Z", "currency": "EUR", "total": 40}
    push("orders", {"order": {**order, "customer": ANN, "lines": CART["lines"]}})
    push("leads", {"lead": {**CART, "order_id": "1001", "updated_at": "2026-03-01T10:09:00Z"}})

    assert set(world.crm_orders()) == {"O-1001"}
    assert [row["externalId"] for row in world.crm_customers()] == ["O-77"]
    cleared = [row for row in call(f"{world.crm_box.url}/__sandbox__/writes") if row["call"] == "cart/clear"]
    assert [row["order"] for row in cleared] == ["O-1001"]


def test_cart_needs_no_order_method_where_forms_have_theirs(world: World, shop_route: Route, push: Push) -> None:
    CodeRule.objects.create(route=shop_route, kind="order_method", store_code="callback", crm_code="phone")

    push("leads", {"lead": CART})

    assert items() == {("leads", "done"): 1}
    assert not SeenCode.objects.filter(code="cart").exists()


def test_cart_of_a_guest_is_left_out_and_nobody_has_to_act(world: World, push: Push) -> None:
    push("leads", {"lead": {**CART, "customer": {"is_guest": True, "email": "bob@example.com"}}})

    assert items() == {("leads", "skipped"): 1}
    assert "a guest's" in OutboxItem.objects.get().attempts.get().message
    assert world.crm_customers() == []


def test_order_of_a_company_names_the_company_and_its_contact(world: World, push: Push) -> None:
    set_crm(world, corporate=True)
    route = Route.objects.get(name="Own shop → CRM")
    CodeRule.objects.create(route=route, kind="status", store_code="new", crm_code="new")
    order = {"id": "1001", "status": "new", "created_at": "2026-03-01T10:08:00Z", "currency": "EUR", "total": 40}
    buyer = {**ANN, "company": "ACME GmbH", "tax_number": "DE99"}

    for number in ("1001", "1002"):
        push("orders", {"order": {**order, "id": number, "customer": buyer, "lines": CART["lines"]}})

    assert world.writes(world.crm_box)["customers-corporate/create"] == 1
    assert len(world.crm_customers()) == 1
    assert set(world.crm_orders()) == {"O-1001", "O-1002"}
