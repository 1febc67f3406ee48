"""The flows there are, and which way each goes."""

from enum import StrEnum

from connectors.contract.canonical import ObjectKind


class FlowName(StrEnum):
    ORDERS = "orders"
    CUSTOMERS = "customers"
    LEADS = "leads"
    CATALOG = "catalog"
    STATUSES = "statuses"
    PAID = "paid"
    NUMBERS = "numbers"


BACK = frozenset({FlowName.STATUSES, FlowName.PAID, FlowName.NUMBERS})
"""CRM to store."""

MOVED_MEANWHILE = "moved_meanwhile"
"""Code of a store's refusal to set a status because the order is in another one than the draft expects."""


def status_mark(crm_id: int) -> str:
    """Name of the aspect under which the store's side of an order keeps what that CRM knows of the status: with two
    CRMs the one may have it while the other has not."""
    return f"status:{crm_id}"


OUTWARD = {
    ObjectKind.ORDER: FlowName.ORDERS,
    ObjectKind.CUSTOMER: FlowName.CUSTOMERS,
    ObjectKind.LEAD: FlowName.LEADS,
    ObjectKind.PRODUCT: FlowName.CATALOG,
}
"""Store to CRM: which flow carries which kind of object. Those of ``BACK`` go the other way."""
