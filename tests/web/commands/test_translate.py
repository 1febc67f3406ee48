"""``translate``: the codes and fields of a record, or all that is not mapped; nothing is stored."""

import json
from pathlib import Path
from typing import Any

import pytest

from integration_hub.connections.models import Route
from integration_hub.records.models import Record
from mappings.models import CodeRule, FieldRule, SeenCode
from tests.web import factories as make

from .running import give_stdin, run

pytestmark = pytest.mark.django_db

ORDER: dict[str, Any] = {
    "id": "1001",
    "status": "processing",
    "created_at": "2026-03-01T10:00:00Z",
    "currency": "EUR",
    "total": "20.00",
    "customer": {"id": "7", "email": "buyer@example.com", "company": "Muster"},
    "customer_comment": "Ring twice",
    "deliveries": [{"code": "flat_rate:3", "name": "Flat rate"}],
    "payments": [{"id": "1", "code": "stripe", "name": "Card", "status": "paid"}],
}


@pytest.fixture
def route() -> Route:
    route = make.route(name="Shop → CRM", id_prefix="s-", start_at="2026-01-01T00:00:00Z")
    for kind, store_code, crm_code in (
        ("status", "processing", "assembling"),
        ("delivery", "flat_rate", "courier"),
        ("payment", "stripe", "bank-card"),
        ("order_method", "callback", "phone"),
    ):
        CodeRule.objects.create(route=route, kind=kind, store_code=store_code, crm_code=crm_code)
    FieldRule.objects.create(route=route, object="order", source="customer_comment", target="wish")
    FieldRule.objects.create(route=route, object="customer", source="company", target="firm")
    return route


def file(folder: Path, body: bytes | Any) -> str:
    path = folder / "record.json"
    path.write_bytes(body if isinstance(body, bytes) else json.dumps(body).encode())
    return str(path)


def test_order_is_shown_in_the_codes_and_fields_of_the_crm(route: Route, tmp_path: Path) -> None:
    ran = run("translate", "Shop → CRM", file(tmp_path, ORDER), "--json")

    assert ran.code == 0
    assert ran.json == {
        "route": "Shop → CRM",
        "object": "order",
        "id": "1001",
        "external_id": "s-1001",
        "objection": "",
        "codes": {
            "status": [["processing", "assembling"]],
            "delivery": [["flat_rate:3", "courier"]],
            "payment": [["stripe", "bank-card"]],
            "payment_status": [["paid", None]],
        },
        "fields": {"wish": "Ring twice"},
        "customer_fields": {"firm": "Muster"},
        "missing": [],
        "fault": "",
    }


def test_people_read_the_same_line_by_line(route: Route, tmp_path: Path) -> None:
    ran = run("translate", str(route.pk), file(tmp_path, ORDER))

    assert (ran.code, ran.lines) == (
        0,
        [
            "Shop → CRM: the order would be sent as s-1001",
            "  status processing -> assembling",
            "  delivery flat_rate:3 -> courier",
            "  payment stripe -> bank-card",
            "  payment_status paid -> (left out)",
            "  field wish = Ring twice",
            "  customer's field firm = Muster",
        ],
    )


def test_every_code_without_a_rule_is_listed_and_nothing_is_noted(route: Route, tmp_path: Path) -> None:
    CodeRule.objects.filter(kind__in=["delivery", "payment"]).delete()

    ran = run("translate", route.name, file(tmp_path, ORDER))
    as_json = run("translate", route.name, file(tmp_path, ORDER), "--json")

    assert ran.code == as_json.code == 1
    assert ran.lines == [
        "Shop → CRM: 2 codes of the order are not mapped",
        "  delivery “flat_rate:3” (Flat rate)",
        "  payment “stripe” (Card)",
    ]
    assert as_json.json["missing"] == [
        {"kind": "delivery", "code": "flat_rate:3", "label": "Flat rate"},
        {"kind": "payment", "code": "stripe", "label": "Card"},
    ]
    assert as_json.json["codes"] == {}
    assert not SeenCode.objects.exists()
    assert not Record.objects.exists()


def test_order_that_the_route_does_not_want_says_why(route: Route, tmp_path: Path) -> None:
    Route.objects.update(start_at="2026-06-01T00:00:00Z")

    ran = run("translate", route.name, file(tmp_path, ORDER))

    assert ran.code == 0
    assert ran.lines[-1] == "  but it stays here: Older than the start of “Shop → CRM”. A backfill brings it over."


def test_status_is_left_alone_when_the_route_does_not_carry_it_to_the_crm(route: Route, tmp_path: Path) -> None:
    Route.objects.update(status_flow="to_store")

    ran = run("translate", route.name, file(tmp_path, {**ORDER, "status": "never-mapped"}), "--json")

    assert ran.code == 0
    assert "status" not in ran.json["codes"]


def test_customer_is_recognised_by_its_keys(route: Route, tmp_path: Path) -> None:
    ran = run("translate", route.name, file(tmp_path, ORDER["customer"]), "--json")

    assert ran.code == 0
    assert (ran.json["object"], ran.json["external_id"], ran.json["fields"]) == ("customer", "s-7", {"firm": "Muster"})


def test_lead_is_recognised_and_its_form_translated(route: Route, tmp_path: Path) -> None:
    lead = {"id": "9", "form": "callback", "created_at": "2026-03-01T10:00:00Z", "customer": {"phone": "+49 30 1"}}

    ran = run("translate", route.name, file(tmp_path, lead), "--json")
    unmapped = run("translate", route.name, file(tmp_path, {**lead, "form": "question", "title": "Ask us"}), "--json")

    assert (ran.code, ran.json["object"], ran.json["external_id"]) == (0, "lead", "s-lead-9")
    assert ran.json["codes"] == {"order_method": [["callback", "phone"]]}
    assert unmapped.code == 1
    assert unmapped.json["missing"] == [{"kind": "order_method", "code": "question", "label": "Ask us"}]


def test_what_the_file_holds_may_be_said(route: Route, tmp_path: Path) -> None:
    ran = run("translate", route.name, file(tmp_path, {"id": "7"}), "--object", "lead", "--json")

    assert ran.code == 1
    assert ran.json["object"] == "lead"
    assert [fault["path"] for fault in ran.json["faults"]] == ["created_at", "customer"]


def test_every_fault_is_told_with_its_path(route: Route, tmp_path: Path) -> None:
    broken = {**ORDER, "created_at": "2026-03-01T10:00:00", "lines": [{"quantity": "two"}], "colour": "red"}

    ran = run("translate", route.name, file(tmp_path, broken))

    assert ran.code == 1
    assert [line.partition(":")[0] for line in ran.lines] == [
        "created_at",
        "lines.0.quantity",
        "lines.0.subtotal",
        "lines.0.total",
        "colour",
    ]


@pytest.mark.parametrize(
    "body",
    [b"", b"\xff", b'{"id": 1', b"[" * 100_000, b'{"total": NaN}', b'"\\ud800"', b"[1]"],
    ids=["empty", "not UTF-8", "truncated", "deep", "NaN", "half a character", "a list"],
)
def test_no_file_ends_in_a_traceback(route: Route, tmp_path: Path, body: bytes) -> None:
    ran = run("translate", route.name, file(tmp_path, body), "--json")

    assert (ran.code, ran.error) == (1, "")
    assert [fault["path"] for fault in ran.json["faults"]] == ["(file)"]


def test_what_read_payload_prints_can_be_piped_into_it(route: Route, monkeypatch: pytest.MonkeyPatch) -> None:
    sample = Path(__file__).parents[2] / "connectors" / "woocommerce" / "samples" / "order.json"
    read = run("read_payload", "woocommerce", "order.updated", str(sample))
    give_stdin(monkeypatch, read.out.encode())

    ran = run("translate", route.name, "-", "--json")

    assert (ran.error, ran.json["object"], ran.json["id"]) == ("", "order", "501")


def test_unknown_route_names_the_known_ones(route: Route, tmp_path: Path) -> None:
    ran = run("translate", "Shop", file(tmp_path, ORDER))

    assert (ran.code, ran.out) == (1, "")
    assert ran.error == f"There is no route “Shop”. Known: Shop → CRM ({route.pk})."


def test_without_any_route_the_message_says_so(tmp_path: Path) -> None:
    ran = run("translate", "Shop", file(tmp_path, ORDER))

    assert ran.error == "There is no route “Shop”. Known: none."


def test_transform_of_the_route_is_applied(route: Route, tmp_path: Path, settings: Any) -> None:
    settings.HUB_TRANSFORMS = ["tests.flows.own_functions.mark_gift"]
    Route.objects.update(transform_order="tests.flows.own_functions.mark_gift")
    FieldRule.objects.create(route=route, object="order", source="manager_comment", target="note")

    ran = run("translate", "Shop → CRM", file(tmp_path, ORDER), "--json")

    assert ran.code == 0
    assert ran.json["fields"] == {"wish": "Ring twice", "note": "GIFT"}


def test_transform_that_fails_is_told_and_ends_with_code_1(route: Route, tmp_path: Path, settings: Any) -> None:
    settings.HUB_TRANSFORMS = ["tests.flows.own_functions.nothing"]
    Route.objects.update(transform_order="tests.flows.own_functions.nothing")

    ran = run("translate", "Shop → CRM", file(tmp_path, ORDER))

    assert ran.code == 1
    assert "the order cannot be sent. The transform “tests.flows.own_functions.nothing” gave back nothing" in ran.out
