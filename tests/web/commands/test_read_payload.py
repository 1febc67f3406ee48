"""``read_payload``: needs no database, and never ends in a traceback."""

import json
from pathlib import Path
from typing import Any

import pytest

from connectors.contract.canonical import Order
from connectors.registry import CONNECTORS, spec_for

from .running import give_stdin, run

SAMPLES = Path(__file__).parents[2] / "connectors" / "woocommerce" / "samples"
ORDER: dict[str, Any] = {
    "id": "1001",
    "status": "paid",
    "created_at": "2026-03-01T10:00:00+01:00",
    "currency": "EUR",
    "total": "20.00",
}


def file(folder: Path, body: bytes | Any) -> str:
    path = folder / "body"
    path.write_bytes(body if isinstance(body, bytes) else json.dumps(body).encode())
    return str(path)


def test_order_of_a_shop_is_printed_as_canonical_json() -> None:
    ran = run("read_payload", "woocommerce", "order.updated", str(SAMPLES / "order.json"))

    assert ran.code == 0
    order = Order.model_validate_json(ran.out)
    assert order.id == "501"
    assert ran.lines[1] == '  "id": "501",'


def test_script_gets_kind_topic_changes_and_faults_in_one_line() -> None:
    ran = run("read_payload", "woocommerce", "customer.updated", str(SAMPLES / "customer.json"), "--json")

    assert ran.code == 0
    assert ran.json.keys() == {"kind", "topic", "changes", "faults"}
    (change,) = ran.json["changes"]
    assert change.keys() == {"change", "object", "id", "version", "record"}
    assert (change["change"], change["object"], change["record"]["id"]) == ("seen", "customer", change["id"])
    assert ran.json["faults"] == []


def test_every_fault_of_an_order_is_told_with_its_path(tmp_path: Path) -> None:
    broken = {**json.loads((SAMPLES / "order.json").read_text()), "total": "much", "date_paid_gmt": "yesterday"}

    ran = run("read_payload", "woocommerce", "order.updated", file(tmp_path, broken))
    as_json = run("read_payload", "woocommerce", "order.updated", file(tmp_path, broken), "--json")

    assert ran.code == as_json.code == 1
    assert ran.lines[0] == "The order 501 cannot be read:"
    assert {fault["path"] for fault in as_json.json["faults"]} == {"total", "date_paid_gmt"}
    assert {line.partition(":")[0] for line in ran.lines[1:]} == {"total", "date_paid_gmt"}
    assert as_json.json["changes"] == [{"change": "unreadable", "object": "order", "id": "501"}]


def test_deleted_order_is_told_in_words(tmp_path: Path) -> None:
    ran = run("read_payload", "woocommerce", "order.deleted", file(tmp_path, {"id": 7}))

    assert (ran.code, ran.lines) == (0, ["The order 7 was deleted over there."])


def test_trigger_of_a_crm_is_a_hint(tmp_path: Path) -> None:
    body = file(tmp_path, b"id=5&status=complete")

    ran = run("read_payload", "retailcrm", "order.status", body)
    as_json = run("read_payload", "retailcrm", "order.status", body, "--json")

    assert ran.lines == ["A hint: the hub would fetch the order with id 5 and look."]
    assert as_json.json["changes"] == [{"change": "hint", "object": "order", "id": "5", "by": "id"}]


def test_header_decides_how_a_body_is_read(tmp_path: Path) -> None:
    ran = run(
        "read_payload", "retailcrm", "order.status", file(tmp_path, b""), "--header", "Hub-Query: external_id=S-1"
    )

    assert ran.lines == ["A hint: the hub would fetch the order with the id that we gave it S-1 and look."]


@pytest.mark.parametrize(
    "body",
    [ORDER, {"order": ORDER}, {"orders": [ORDER]}, {"type": "order.upserted", "data": ORDER}],
    ids=["bare", "push of one", "push of many", "envelope"],
)
def test_pushed_order_is_read_in_every_form_that_a_shop_may_hold(tmp_path: Path, body: Any) -> None:
    ran = run("read_payload", "custom_cms", "order.upserted", file(tmp_path, body))

    assert ran.code == 0
    assert Order.model_validate_json(ran.out).created_at.isoformat() == "2026-03-01T09:00:00+00:00"


def test_fault_in_one_of_many_pushed_orders_names_its_place(tmp_path: Path) -> None:
    body = {"orders": [ORDER, {**ORDER, "total": "NaN"}]}

    ran = run("read_payload", "custom_cms", "order.upserted", file(tmp_path, body), "--json")

    assert ran.code == 1
    assert [fault["path"] for fault in ran.json["faults"]] == ["orders.1.total"]


def test_pushed_status_is_told_in_words(tmp_path: Path) -> None:
    body = file(tmp_path, {"order_id": "7", "status": "shipped", "changed_at": "2026-03-01T10:00:00Z"})

    ran = run("read_payload", "custom_cms", "order.status_changed", body)
    as_json = run("read_payload", "custom_cms", "order.status_changed", body, "--json")

    assert ran.lines == ["The order 7 has the status “shipped”."]
    assert as_json.json["changes"][0]["changed_at"] == "2026-03-01T10:00:00+00:00"


def test_body_may_come_from_stdin(monkeypatch: pytest.MonkeyPatch) -> None:
    give_stdin(monkeypatch, b'{"type":"ping"}')

    ran = run("read_payload", "custom_cms", "ping", "-")

    assert (ran.code, ran.lines) == (0, ["Nothing to do: A test message of the shop."])


@pytest.mark.parametrize("kind", CONNECTORS)
@pytest.mark.parametrize(
    "body",
    [b"", b"\xff\xfe{", b'{"id": 1, "status": ', b"[" * 100_000, b'{"a":' * 100_000, b"\x00", b'"\\ud800"', b"[1]"],
    ids=["empty", "not UTF-8", "truncated", "deep list", "deep object", "NUL", "half a character", "a list"],
)
def test_no_body_ends_in_a_traceback(tmp_path: Path, kind: str, body: bytes) -> None:
    for topic in spec_for(kind).wire_topics:
        ran = run("read_payload", kind, topic, file(tmp_path, body), "--json")

        assert (ran.code, ran.error, ran.json["changes"]) == (1, "", [])
        assert ran.json["faults"]


def test_body_that_the_door_would_not_take_is_not_read(tmp_path: Path, settings: Any) -> None:
    settings.HUB_MAX_BODY_BYTES = 10

    ran = run("read_payload", "woocommerce", "order.updated", file(tmp_path, b'{"id": 100}'))

    assert (ran.code, ran.lines) == (1, ["body: has 11 bytes; the hub's door takes 10 (HUB_MAX_BODY_BYTES)"])


def test_unknown_system_names_the_known_ones(tmp_path: Path) -> None:
    ran = run("read_payload", "shop", "order.updated", file(tmp_path, {}))

    assert ran.code == 1
    assert ran.error == "No connector “shop”. Known: " + ", ".join(sorted(CONNECTORS))


@pytest.mark.parametrize("name", ["not-there", ".", "a\x00b"])
def test_file_that_cannot_be_read_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.chdir(tmp_path)

    ran = run("read_payload", "woocommerce", "order.updated", name)

    assert (ran.code, ran.out) == (1, "")
    assert ran.error.startswith(f"“{name}” cannot be read: ")
