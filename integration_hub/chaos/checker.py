"""Compares what was sent and acknowledged with what arrived. Knows the two sides and the rules, not the hub."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from integration_hub.demo.mapping import RULES

Rows = Sequence[Mapping[str, Any]]

ROUNDING = 0.011
"""A CRM works out totals by itself, line by line."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """Both sides' books once all is quiet and all faults are lifted.

    ``acknowledged``: ids of the shop's orders of which a delivery was answered 2xx. ``dead``: external id -> reason,
    the one thing that is read from the hub. ``expected_statuses``: where a manager's word stands against the shop's,
    by external id. ``agree``: whether a status of the shop and one of the CRM are the same thing under the rules that
    an integrator has entered, in either direction.
    """

    acknowledged: Collection[str]
    shop_orders: Rows
    crm_orders: Rows
    crm_customers: Rows = ()
    dead: Mapping[str, str] = field(default_factory=dict)
    expected_statuses: Mapping[str, str] = field(default_factory=dict)
    agree: Callable[[str, str], bool] = RULES["woocommerce"].agree


@dataclass(frozen=True, slots=True)
class Comparison:
    """What is wrong, in words; nothing when all is well."""

    lost: Sequence[str]
    duplicated: Sequence[str]
    wrong_last_state: Sequence[str]


def compare(evidence: Evidence) -> Comparison:
    """Lost: acknowledged, neither there nor a dead letter with a reason. Duplicated: there more than once."""
    there = {str(row["externalId"]): row for row in evidence.crm_orders if row["externalId"]}
    explained = {key for key, reason in evidence.dead.items() if reason.strip()}
    lost = [f"order {id} was lost" for id in sorted(set(evidence.acknowledged) - set(there) - explained)]
    wrong = [
        fault
        for order in evidence.shop_orders
        if (id := str(order["id"])) in there and id in evidence.acknowledged and id not in explained
        for fault in _differences(order, there[id], evidence.expected_statuses.get(id), evidence.agree)
    ]
    return Comparison(lost, [*_orders_twice(evidence.crm_orders), *_people_twice(evidence.crm_customers)], wrong)


def _differences(
    order: Mapping[str, Any], there: Mapping[str, Any], expected: str | None, agree: Callable[[str, str], bool]
) -> Iterable[str]:
    """What a CRM leaves to its managers once the order is there, it does not list: the comment, for one."""
    name, status = f"order {order['id']}", there["status"]
    if expected is not None and status != expected:
        yield f"{name} is “{status}” in the CRM, not “{expected}”"
    if expected is None and not agree(order["status"], status):
        yield f"{name} is “{status}” in the CRM and “{order['status']}” in the shop"
    if abs(float(order["total"]) - float(there["totalSumm"])) > ROUNDING:
        yield f"{name} costs {there['totalSumm']} in the CRM and {order['total']} in the shop"
    if "customerComment" in there and _letters(order.get("note")) != _letters(there["customerComment"]):
        yield f"{name} has another comment in the CRM"


def _face(row: Mapping[str, Any]) -> str:
    """What a guest is recognised by: the e-mail, else the telephone; empty without either."""
    phones: Sequence[Any] = row.get("phones") or [""]
    return str(row.get("email") or "") or _letters(phones[0])


def _letters(text: Any) -> str:
    """Systems differ in line ends, white space and what lies beyond the usual characters."""
    return "".join(character for character in str(text or "") if character.isalnum())


def _orders_twice(rows: Rows) -> Iterable[str]:
    copies = Counter((row["site"], row["externalId"]) for row in rows)
    yield from (f"order {id} was created {number} times" for (_, id), number in copies.items() if id and number > 1)
    yield from (f"an order without an id of ours: {row['id']}" for row in rows if not row["externalId"])


def _people_twice(rows: Rows) -> Iterable[str]:
    """By our id, and guests by what they are recognised by."""
    ids = Counter(row["externalId"] for row in rows if row.get("externalId"))
    guests = Counter(_face(row) for row in rows if not row.get("externalId") and _face(row))
    for kind, found in (("customer", ids), ("guest", guests)):
        yield from (f"{kind} {key} was created {number} times" for key, number in found.items() if number > 1)
