"""What an installation may keep beside the hub: functions that change records, and some that do it wrong."""

from typing import Any

from connectors.contract.canonical import Customer, Order


def mark_gift(order: Order) -> Order:
    """The order with a comment for the packers."""
    return order.model_copy(update={"manager_comment": "GIFT"})


def status_of_gifts(order: Order) -> Order:
    return order.model_copy(update={"status": "gift"})


def upper_case(customer: Customer) -> Customer:
    return customer.model_copy(update={"last_name": customer.last_name.upper()})


def nothing(_record: Any) -> None:
    return None


def leaves(_record: Any) -> Any:
    raise SystemExit


def breaks(record: Any) -> Any:
    message = f"cannot read {record.email if isinstance(record, Customer) else record.id}"
    raise ValueError(message)


def another_id(order: Order) -> Order:
    return order.model_copy(update={"id": "1"})


def nonsense(order: Order) -> Order:
    return order.model_copy(update={"total": "a lot", "currency": None})


not_a_function = 5

first = ""
"""The order on which ``breaks_on_first`` breaks."""


def breaks_on_first(order: Order) -> Order:
    if order.id == first:
        raise KeyError(order.id)
    return order
