"""A lead is an order without items."""

from datetime import UTC, datetime

from responses import CallList

from connectors.contract.canonical import Customer, Lead, Source
from connectors.contract.results import CustomerDraft, LeadDraft, Written

from .world import World, answers, form, made

VISITOR = Customer(is_guest=True, email="Bob@Example.com", phone="+79033005069", first_name="Bob")
LEAD = Lead(
    id="5",
    form="call-back",
    title="Call me back",
    created_at=datetime(2026, 1, 15, 7, 0, tzinfo=UTC),
    customer=VISITOR,
    message="After six",
    page_url="https://shop.example/contacts",
    source=Source(source="google"),
)


def test_lead_becomes_an_order_without_items(world: World, calls: CallList) -> None:
    answers("GET", "customers", {"success": True, "customers": [{"id": 9, "email": "bob@example.com"}]})
    answers("POST", "orders/create", {"success": True, "id": 70}, 201)
    sink = world.open().lead_sink
    assert sink is not None

    (outcome,) = sink.put_leads(
        [LeadDraft(LEAD, "lead-5", order_method="call-back", customer=CustomerDraft(VISITOR), fields={"form": "main"})]
    )

    assert isinstance(outcome, Written)
    assert outcome.id == "70"
    assert form(calls[1])["order"] == {
        "externalId": "lead-5",
        "createdAt": "2026-01-15 10:00:00",
        "orderMethod": "call-back",
        "firstName": "Bob",
        "phone": "+79033005069",
        "email": "bob@example.com",
        "customer": {"id": 9},
        "customerComment": "After six",
        "managerComment": "Call me back\nhttps://shop.example/contacts",
        "source": {"source": "google"},
        "customFields": {"form": "main"},
    }


def test_many_leads_go_out_in_one_call(world: World, calls: CallList) -> None:
    body = {"success": True, "uploadedOrders": [{"id": 1, "externalId": "l1"}, {"id": 2, "externalId": "l2"}]}
    answers("POST", "orders/upload", body)
    sink = world.open().lead_sink
    assert sink is not None

    outcomes = sink.put_leads([LeadDraft(LEAD, "l1"), LeadDraft(LEAD, "l2")])

    assert [outcome.id for outcome in outcomes if isinstance(outcome, Written)] == ["1", "2"]
    assert made(calls) == ["POST orders/upload"]
