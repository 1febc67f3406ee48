"""What counts as a difference between the store's order and the CRM's, and whose state is to be written."""

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from connectors.contract.canonical import Order
from connectors.contract.results import StatusSeen
from integration_hub.connections.models import Route
from integration_hub.engine import echo
from integration_hub.engine.models import Link
from integration_hub.flows.definitions import status_mark
from integration_hub.flows.differences import Difference, Sides, difference
from mappings.resolve import CodeMapEntry, rule_set

CRM = 7
RULES = rule_set(
    [
        CodeMapEntry("status", "processing", "assembling"),
        CodeMapEntry("status", "completed", "complete"),
        CodeMapEntry("status", "quiet", "", is_ignored=True),
        CodeMapEntry("status", "", "call-again", is_ignored=True, direction="to_store"),
    ]
)


def order(status: str = "processing", total: str = "10.00") -> Order:
    return Order(
        id="1",
        number="N1",
        status=status,
        currency="EUR",
        total=Decimal(total),
        created_at=datetime(2026, 1, 1, tzinfo=UTC),
    )


def seen(
    status: str = "assembling", total: str | None = None, currency: str = "", families: Sequence[str] = ()
) -> StatusSeen:
    amount = Decimal(total) if total is not None else None
    return StatusSeen("c1", status, "1", total=amount, currency=currency, families=families)


def compared(
    shop: Order, crm: StatusSeen | None, *, flow: str = "both", owner: str = "crm", agreed: tuple[str, str] = ("", ""),
    is_known: bool = True, is_linked: bool = True,
) -> Difference | None:  # fmt: skip
    """``agreed``: the statuses that either side had when the hub last dealt with them."""
    route = Route(crm_id=CRM, status_flow=flow, status_owner=owner)
    store_link = Link(aspects=echo.with_mark({}, status_mark(CRM), echo.Mark(seen=echo.fingerprint(agreed[0]))))
    crm_link = Link(aspects=echo.with_mark({}, "status", echo.Mark(seen=echo.fingerprint(agreed[1]))))
    sides = Sides(
        route=route,
        rules=RULES,
        known=frozenset({"1"} if is_known else ()),
        links={"1": store_link} if is_linked else {},
        crm_links={"1": crm_link} if is_linked else {},
        seen={"1": crm} if crm else {},
    )
    return difference(sides, shop)


def told(found: Difference | None) -> tuple[str, bool] | None:
    return (str(found.kind), found.crm_wins) if found else None


def test_what_agrees_is_no_difference() -> None:
    assert compared(order(), seen()) is None
    assert compared(order(total="10.00"), seen(total="10.001", currency="EUR")) is None


@pytest.mark.parametrize(
    ("shop", "crm", "fields", "kind"),
    [
        (order(), None, {}, "missing_crm"),
        (order(), None, {"is_known": False}, "missing_hub"),
        (order(), seen(), {"is_known": False}, "missing_hub"),
        (order(), seen(), {"is_linked": False}, "missing_hub"),
        (order(), seen(total="9.50", currency="EUR"), {}, "total"),
        (order(), seen(total="9.50"), {}, "total"),
    ],
)
def test_order_that_one_side_lacks_or_that_costs_something_else_is_sent_again(
    shop: Order, crm: StatusSeen | None, fields: dict[str, Any], kind: str
) -> None:
    assert told(compared(shop, crm, **fields)) == (kind, False)


def test_totals_in_two_currencies_are_not_compared() -> None:
    assert compared(order(), seen(total="9.50", currency="USD")) is None


@pytest.mark.parametrize(
    ("agreed", "owner", "crm_wins"),
    [
        (("processing", "assembling"), "crm", False),
        (("completed", "complete"), "store", True),
        (("processing", "complete"), "crm", True),
        (("processing", "complete"), "store", False),
        (("completed", "assembling"), "crm", True),
        (("completed", "assembling"), "store", False),
    ],
    ids=["store moved", "CRM moved", "both, CRM's", "both, store's", "neither, CRM's", "neither, store's"],
)
def test_status_of_the_side_that_changed_counts_and_the_owners_when_both_or_neither_did(
    agreed: tuple[str, str], owner: str, crm_wins: bool
) -> None:
    """The store says completed, the CRM says assembling."""
    found = compared(order("completed"), seen("assembling"), owner=owner, agreed=agreed)

    assert told(found) == ("status", crm_wins)


@pytest.mark.parametrize(
    ("flow", "agreed", "expected"),
    [
        ("off", ("processing", "new"), None),
        ("to_crm", ("processing", "assembling"), ("status", False)),
        ("to_crm", ("completed", "new"), None),
        ("to_store", ("processing", "new"), ("status", True)),
        ("to_store", ("processing", "assembling"), None),
    ],
)
def test_where_statuses_flow_one_way_the_other_side_may_go_its_own_way(
    flow: str, agreed: tuple[str, str], expected: tuple[str, bool] | None
) -> None:
    assert told(compared(order("completed"), seen("assembling"), flow=flow, agreed=agreed)) == expected


@pytest.mark.parametrize(
    ("shop", "crm"),
    [
        (order("no-rule-yet"), seen("complete")),
        (order("quiet"), seen("complete")),
        (order("processing"), seen("nobody-mapped-this")),
        (order("processing"), seen("call-again")),
        (order("processing"), seen("packing", families=("assembling",))),
    ],
)
def test_status_without_a_translation_is_not_compared(shop: Order, crm: StatusSeen) -> None:
    assert compared(shop, crm) is None
