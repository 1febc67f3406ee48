"""Invoices, shipments and credit memos, and what they make of an order; for the API and for staff alike."""

from connectors.magento2.sandbox.store import STATUSES, Json, Store

STATE_OF = {code: state for code, _label, state, _default in STATUSES}


def lines(order: Json) -> list[Json]:
    """Rows that are no part of another."""
    return [row for row in order["items"] if "parent_item_id" not in row]


def is_invoiced(order: Json) -> bool:
    return all(row["qty_invoiced"] for row in lines(order))


def is_shipped(order: Json) -> bool:
    return all(row["qty_shipped"] for row in lines(order))


def invoice(store: Store, order: Json, by: str) -> str:
    """The id of the new invoice."""
    number = _bill(store, order)
    _settle(store, order, by)
    return number


def ship(store: Store, order: Json, by: str) -> str:
    number = _send(store, order)
    _settle(store, order, by)
    return number


def refund(store: Store, order: Json, by: str) -> str:
    number = _give_back(store, order)
    store.set_status(order, "closed", "closed", by)
    return number


def move(store: Store, order: Json, status: str) -> None:
    """Staff bring an order to a status, with the documents that belong to it. Raises ValueError for unknown ones."""
    if status not in STATE_OF:
        message = f"unknown status: {status}"
        raise ValueError(message)
    if status in {"processing", "packed", "complete", "closed"} and not is_invoiced(order):
        _bill(store, order)
    if status == "complete" and not is_shipped(order):
        _send(store, order)
    if status == "closed":
        _give_back(store, order)
    store.set_status(order, STATE_OF[status], status, "staff")


def _bill(store: Store, order: Json) -> str:
    for row in lines(order):
        row["qty_invoiced"] = row["qty_ordered"]
    order["total_due"], order["total_paid"] = 0, order["grand_total"]
    return store.document("invoice", order)


def _send(store: Store, order: Json) -> str:
    for row in lines(order):
        row["qty_shipped"] = row["qty_ordered"]
    return store.document("shipment", order)


def _give_back(store: Store, order: Json) -> str:
    order["total_refunded"] = order["grand_total"]
    return store.document("creditmemo", order)


def _settle(store: Store, order: Json, by: str) -> None:
    """Invoiced and shipped is complete, either alone is processing."""
    state = "complete" if is_invoiced(order) and is_shipped(order) else "processing"
    if state != order["state"]:
        store.set_status(order, state, state, by)
    else:
        store.save(order)
