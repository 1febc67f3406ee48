"""What a payload would be read as, and what a record would be sent as. Nothing is stored, noted or called."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from connectors.contract.canonical import Customer, Lead, ObjectKind, Order
from connectors.contract.errors import Misconfigured, Unmapped
from connectors.contract.results import Change, HookEvent
from connectors.registry import spec_for
from integration_hub.connections.models import Route
from mappings.resolve import CodeUse, RuleSet, apply_fields, missing_codes, translate_order

from .actions import opened_by_nobody
from .desk import rules_of
from .outward import lead_method, shown
from .routing import objection
from .transforms import TransformError, transformed


def read_payload(kind: str, event: HookEvent) -> Sequence[Change]:
    """How a system's connector reads a call to its door, without any connection.

    Raises Unreadable; Misconfigured when the system does not call the hub; KeyError with the known kinds.
    """
    webhooks = opened_by_nobody(kind).webhooks
    if webhooks is None:
        message = f"{spec_for(kind).title} does not call the hub: it has no payloads to read."
        raise Misconfigured(message, code="not_supported")
    return webhooks.read(event)


@dataclass(frozen=True, slots=True)
class Translation:
    """What a route would make of a record that the CRM does not have yet.

    ``codes``: by kind, pairs of store code and CRM code; None on the right: left out on purpose. ``fields``: values of
    the CRM's own fields; ``customer_fields``: those of the customer that goes with it. ``missing``: every code without
    a rule; then nothing else is filled in. ``objection``: why the route would not send it all the same. ``fault``: the
    route's transform fails on it, so it would become a dead letter.
    """

    external_id: str
    objection: str
    codes: Mapping[str, Any] = field(default_factory=dict)
    fields: Mapping[str, Any] = field(default_factory=dict)
    customer_fields: Mapping[str, Any] = field(default_factory=dict)
    missing: Sequence[CodeUse] = ()
    fault: str = ""


def translate(route: Route, record: Order | Customer | Lead) -> Translation:
    """The record in the CRM's codes and fields, with the rules and transforms as they are now."""
    rules = rules_of(route)
    kind = _KINDS[type(record)]
    reason = objection(route, kind, record, is_linked=False)
    try:
        changed = transformed(route, record)
    except TransformError as error:
        return Translation(external_id_of(route, record), reason, fault=error.message)
    match changed:
        case Order():
            return _order(route, rules, changed, reason)
        case Lead():
            return _lead(route, rules, changed, reason)
        case Customer():
            fields = apply_fields(rules, ObjectKind.CUSTOMER, changed, is_new=True)
            return Translation(external_id_of(route, changed), reason, fields=fields)
    message = f"A {kind} is not sent to CRMs."
    raise TypeError(message)


_KINDS = {Order: ObjectKind.ORDER, Customer: ObjectKind.CUSTOMER, Lead: ObjectKind.LEAD}


def external_id_of(route: Route, record: Order | Customer | Lead) -> str:
    """Our id of the record in the CRM; empty for a guest."""
    match record:
        case Customer() if not record.id or record.is_guest:
            return ""
        case Lead():
            return f"{route.id_prefix}lead-{record.id}"
        case Order():
            return f"{route.id_prefix}{record.known_as}"
        case _:
            return f"{route.id_prefix}{record.id}"


def _order(route: Route, rules: RuleSet, order: Order, reason: str) -> Translation:
    with_status = route.status_flow in {Route.StatusFlow.BOTH, Route.StatusFlow.TO_CRM}
    external_id = external_id_of(route, order)
    missing = missing_codes(rules, order, with_status=with_status, with_payments=route.sync_payments)
    if missing:
        return Translation(external_id, reason, missing=missing)
    made = translate_order(rules, order, with_status=with_status, with_payments=route.sync_payments, is_new=True)
    codes = {kind: pairs for kind, pairs in shown(order, made).items() if kind != "fields"}
    return Translation(external_id, reason, codes, made.fields, _customer_fields(rules, order.customer))


def _lead(route: Route, rules: RuleSet, lead: Lead, reason: str) -> Translation:
    external_id = external_id_of(route, lead)
    try:
        method = lead_method(route, rules, lead)
    except Unmapped:
        return Translation(external_id, reason, missing=[CodeUse("order_method", lead.form, lead.title)])
    codes = {"order_method": [[lead.form, method]]} if lead.form or method else {}
    fields = apply_fields(rules, ObjectKind.LEAD, lead, is_new=True)
    return Translation(external_id, reason, codes, fields, _customer_fields(rules, lead.customer))


def _customer_fields(rules: RuleSet, customer: Customer | None) -> Mapping[str, Any]:
    return apply_fields(rules, ObjectKind.CUSTOMER, customer, is_new=True) if customer is not None else {}
