"""A lead is an order without items."""

from datetime import UTC, datetime

from responses import CallList

from connectors.contract.canonical import Customer, Lead, ObjectKind, Source
from connectors.contract.capabilities import LeadSink
from connectors.contract.results import CustomerDraft, LeadDraft, Refused, Written, WrittenAlso

from .world import World, answers, form, made, query

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
    fields={"size": ["S", "M"], "height": 180, "none": ""},
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
        "managerComment": "Call me back\nhttps://shop.example/contacts\nsize: S, M\nheight: 180",
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


# --- a customer with a note -------------------------------------------------------------------------------------------


def note_sink(world: World) -> LeadSink:
    sink = world.open(leads_as="note").lead_sink
    assert sink is not None
    return sink


def bob_is_there() -> None:
    answers("GET", "customers", {"success": True, "customers": [{"id": 9, "email": "bob@example.com"}]})


def test_lead_becomes_a_note_of_the_visitors_customer(world: World, calls: CallList) -> None:
    bob_is_there()
    answers("POST", "customers/notes/create", {"success": True, "id": 81}, 201)
    draft = LeadDraft(
        LEAD, "lead-5", customer=CustomerDraft(VISITOR, key="email:bob@example.com"), fields={"when": "18"}
    )

    (outcome,) = note_sink(world).put_leads([draft])

    assert outcome == Written("81", also=(WrittenAlso(ObjectKind.CUSTOMER, "email:bob@example.com", "9"),))
    assert made(calls) == ["GET customers", "POST customers/notes/create"]
    assert form(calls[1]) == {
        "site": "main",
        "note": {
            "text": "Call me back\nAfter six\nsize: S, M\nheight: 180\nwhen: 18\nhttps://shop.example/contacts\ngoogle\n[lead-5]",
            "customer": {"id": 9},
        },
    }


def test_note_that_may_be_there_already_is_looked_for_by_its_mark(world: World, calls: CallList) -> None:
    bob_is_there()
    notes = [{"id": 80, "text": "Call me back\n[lead-55]"}, {"id": 81, "text": "Call me back\n[lead-5]"}]
    answers("GET", "customers/notes", {"success": True, "notes": notes})

    (outcome,) = note_sink(world).put_leads(
        [LeadDraft(LEAD, "lead-5", customer=CustomerDraft(VISITOR), must_look_up=True)]
    )

    assert outcome == Written("81")
    assert query(calls[1]) == [("filter[customerIds][]", "9"), ("limit", "100")]


def test_note_that_is_there_is_not_written_again(world: World, calls: CallList) -> None:
    bob_is_there()

    (outcome,) = note_sink(world).put_leads(
        [LeadDraft(LEAD, "lead-5", target_id="81", customer=CustomerDraft(VISITOR))]
    )

    assert isinstance(outcome, Written)
    assert outcome.id == "81"
    assert made(calls) == ["GET customers"]


def test_note_of_somebody_without_email_and_phone_is_refused_and_says_why(world: World, calls: CallList) -> None:
    nobody = Customer(is_guest=True, first_name="Bob")
    lead = LEAD.model_copy(update={"customer": nobody})

    (outcome,) = note_sink(world).put_leads([LeadDraft(lead, "lead-5", customer=CustomerDraft(nobody))])

    assert isinstance(outcome, Refused)
    assert outcome.code == "no_contact"
    assert made(calls) == []


def test_one_refused_note_does_not_hold_up_the_others(world: World, calls: CallList) -> None:
    bob_is_there()
    answers("POST", "customers/notes/create", {"success": False, "errorMsg": "Validation error"}, 400)
    answers("POST", "customers/notes/create", {"success": True, "id": 82}, 201)

    first, second = note_sink(world).put_leads(
        [LeadDraft(LEAD, name, customer=CustomerDraft(VISITOR)) for name in ("lead-5", "lead-6")]
    )

    assert isinstance(first, Refused)
    assert isinstance(second, Written)
