"""What the stand-ins of the CRMs hold, in one form: orders and writes of any of them."""

from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from typing import Any

from .desk import Desk
from .mapping import managers_for

HUB = 1
"""The user in Bitrix24 whose webhook the hub has."""

Rows = Sequence[Mapping[str, Any]]


def orders_in(desk: Desk) -> Rows:
    """Rows with ``externalId`` (empty for one that is nobody's), ``status`` and ``site``."""
    return [{"site": "", **row, "externalId": row["externalId"] or ""} for row in desk.get("orders")]


def writes_in(desk: Desk) -> Rows:
    """What the hub wrote of orders: ``call`` orders/create or orders/edit, ``order``, ``status``, ``at``."""
    rows: Rows = desk.get("writes")
    if desk.kind != "bitrix24":
        return rows
    calls = {"crm.item.add": "orders/create", "crm.item.update": "orders/edit"}
    return [
        {"call": calls[row["call"]], "order": row["externalId"], "status": row["status"], "at": row["at"]}
        for row in rows
        if row["call"] in calls and row["entity"] == "DEAL" and row.get("user", HUB) == HUB
    ]


def assigned(orders: Rows, store_kind: str, categories: Mapping[str, Collection[str]]) -> int:
    """How many of these deals have a manager whom the demo's rules give them. ``categories``: of the products in an
    order, by external id."""
    return sum(
        str(row["assignedById"])
        in managers_for(store_kind, Decimal(str(row["opportunity"])), categories[row["externalId"]])
        for row in orders
        if "assignedById" in row
    )
