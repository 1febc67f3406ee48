"""What a CRM tells of an order beside its status: that it is paid, and fields that staff want noted."""

from datetime import datetime

from connectors.contract.canonical import ObjectKind
from connectors.contract.results import StatusSeen
from integration_hub.connections.models import Route
from integration_hub.engine import echo, outbox
from integration_hub.engine.models import Link

from .definitions import FlowName
from .routing import Scope, due_in_window

PAID = "paid"
FIELDS = "fields"
"""Names of the aspects under which the CRM's side of an order keeps what was seen there."""


def wants_details(scope: Scope) -> bool:
    """Whether a status alone is not enough for one of the routes from this CRM."""
    return any(
        route.paid_back or route.back_order_methods or route.noted_fields
        for route in scope.routes
        if route.crm_id == scope.connection.pk
    )


def objection_back(route: Route, seen: StatusSeen) -> str:
    """Why what the CRM says of this order does not come back on the route; empty when it does."""
    if not route.back_order_methods or seen.order_method is None or seen.order_method in route.back_order_methods:
        return ""
    return f"“{route}” takes nothing back of orders made by {seen.order_method or '(none)'}."


def note(side: Link, routes: list[Route], seen: StatusSeen) -> bool:
    """Keep the wanted custom fields on the CRM's side of the order; True when they changed."""
    wanted = {code for route in routes for code in route.noted_fields}
    if seen.fields is None or not wanted:
        return False
    found = {code: value for code, value in seen.fields.items() if code in wanted}
    if side.aspects.get(FIELDS, {}) == found:
        return False
    side.aspects = {**side.aspects, FIELDS: found}
    return True


def is_newly_paid(side: Link, seen: StatusSeen) -> bool:
    """Whether the order was not known to be paid before; remembered on the CRM's side. A payment that is taken back
    clears it, so that a later one counts again."""
    if seen.paid is None:
        return False
    print_ = echo.fingerprint("paid" if seen.paid.is_paid else "open")
    mark = echo.mark_of(side.aspects, PAID)
    if echo.judge(mark, print_) is not echo.Verdict.NEWS:
        return False
    side.aspects = echo.with_mark(side.aspects, PAID, echo.after_seeing(mark, print_))
    return seen.paid.is_paid


def paid_work(
    scope: Scope, route: Route, order_id: str, seen: StatusSeen, *, accepted_at: datetime, trigger: str, now: datetime
) -> outbox.Work:
    """The paid mark for one store."""
    paid = seen.paid
    assert paid is not None  # noqa: S101 - only called for what is_newly_paid
    amount = paid.amount
    return outbox.Work(
        route_id=route.pk,
        lane_id=scope.lane_id(route.store_id, FlowName.PAID),
        flow=FlowName.PAID,
        kind=ObjectKind.ORDER,
        object_id=order_id,
        payload={
            "crm_id": seen.id,
            "paid_at": paid.paid_at.isoformat() if paid.paid_at is not None else "",
            "amount": str(amount.amount) if amount is not None else "",
            "currency": amount.currency if amount is not None else "",
        },
        version=accepted_at,
        trigger=trigger,
        accepted_at=accepted_at,
        due_at=due_in_window(route, now),
    )
