"""The flows there are, and which way each goes."""

from enum import StrEnum

from connectors.contract.canonical import ObjectKind


class FlowName(StrEnum):
    ORDERS = "orders"
    CUSTOMERS = "customers"
    LEADS = "leads"
    STATUSES = "statuses"


OUTWARD = {
    ObjectKind.ORDER: FlowName.ORDERS,
    ObjectKind.CUSTOMER: FlowName.CUSTOMERS,
    ObjectKind.LEAD: FlowName.LEADS,
}
"""Store to CRM: which flow carries which kind of object. Statuses go the other way."""
