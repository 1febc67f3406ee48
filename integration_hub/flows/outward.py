"""Store to CRM: turns the records behind claimed items into drafts, with the rules and links as they are now."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from connectors.contract.canonical import Customer, Lead, ObjectKind, Order
from connectors.contract.carts import is_cart
from connectors.contract.errors import Unmapped
from connectors.contract.results import CustomerDraft, LeadDraft, OrderDraft, Written, WrittenAlso
from integration_hub.connections.models import Route
from integration_hub.engine import echo, links
from integration_hub.engine.links import Joint
from integration_hub.engine.models import Link, OutboxItem
from integration_hub.records import store
from integration_hub.records.models import Record
from mappings.managers import Choice
from mappings.resolve import (
    OrderTranslation,
    RuleSet,
    apply_fields,
    missing_codes,
    order_codes,
    to_crm,
    translate_order,
)
from mappings.rules import note_seen

from .definitions import status_mark
from .desk import Desk, Preparation, Prepared, dead, parked, skipped
from .goods import described
from .standing import Standing, is_news, standings
from .transforms import TRANSFORM, TransformError, traceback_of, transformed

ORDER, CUSTOMER, LEAD = ObjectKind.ORDER, ObjectKind.CUSTOMER, ObjectKind.LEAD

_STATUS_TO_CRM = {Route.StatusFlow.BOTH, Route.StatusFlow.TO_CRM}

GONE_RECORD = "The hub no longer keeps this object. Run a backfill for it, then send it again."
DELETED = "The object was deleted in the store; nothing is deleted in the CRM."


@dataclass(slots=True)
class _Known:
    """Records and links that the items of one store and one CRM need, read in a fixed number of queries."""

    records: dict[str, Record]
    sides: dict[str, Link]
    targets: dict[Any, Link]
    canonical: dict[str, Any] = field(default_factory=dict)
    customer_ids: dict[str, str] = field(default_factory=dict)
    """By the customer's key in the store: the customer's id in the CRM."""
    standings: dict[str, Standing] = field(default_factory=dict)
    broken: dict[str, TransformError] = field(default_factory=dict)
    described: dict[str, Order] = field(default_factory=dict)
    """New orders with what their products are, where a manager rule asks for that."""
    is_in_doubt: bool = False
    """A write of this route got no answer and has not been looked up yet."""

    def target(self, object_id: str) -> Link | None:
        side = self.sides.get(object_id)
        return self.targets.get(side.group) if side is not None else None

    def target_id(self, object_id: str) -> str:
        target = self.target(object_id)
        return target.object_id if target is not None else ""


def prepare_orders(items: Sequence[OutboxItem], desk: Desk) -> list[Preparation]:
    """A draft per item, or the reason why there is none; same order as the items."""
    prepared = _prepare(items, desk, ORDER, _order)
    if desk.is_for_sending:
        desk.managers.keep_turns()
    return prepared


def prepare_customers(items: Sequence[OutboxItem], desk: Desk) -> list[Preparation]:
    return _prepare(items, desk, CUSTOMER, _customer)


def prepare_leads(items: Sequence[OutboxItem], desk: Desk) -> list[Preparation]:
    return _prepare(items, desk, LEAD, _lead)


def _prepare(items: Sequence[OutboxItem], desk: Desk, kind: ObjectKind, build: Any) -> list[Preparation]:
    known = {
        route: _look_up(route, [item for item in items if item.route_id == route.pk], kind, desk)
        for route in desk.routes.values()
    }
    return [_one(item, desk, known[desk.route_of(item)], build) for item in items]


def _one(item: OutboxItem, desk: Desk, known: _Known, build: Any) -> Preparation:
    row = known.records.get(item.object_id)
    if row is None:
        return dead(item, GONE_RECORD, "record_pruned")
    if row.is_gone:
        return skipped(item, DELETED)
    if item.object_id in known.broken:
        error = known.broken[item.object_id]
        return replace(dead(item, error.message, TRANSFORM), traceback=traceback_of(error))
    try:
        prepared: Prepared = build(item, desk, known, known.canonical[item.object_id])
    except Unmapped as problem:
        return parked(item, "to_crm", problem)
    return prepared


def _look_up(route: Route, items: Sequence[OutboxItem], kind: ObjectKind, desk: Desk) -> _Known:
    ids = {item.object_id for item in items}
    records = store.load(route.store_id, kind, ids)
    sides = links.sides(route.store_id, kind, ids)
    known = _Known(records, sides, links.counterparts(sides.values(), route.crm_id))
    _read(route, known)
    if kind in {ORDER, LEAD}:
        # Somebody's order got no answer: that person may be there already, whichever of their orders goes first now.
        open_rows = OutboxItem.objects.filter(
            route=route, state__in=[OutboxItem.State.WAITING, OutboxItem.State.IN_FLIGHT]
        )
        known.is_in_doubt = open_rows.filter(is_outcome_unknown=True).exists()
        known.customer_ids = _customer_ids(route, (record.customer for record in known.canonical.values()))
    if kind == ORDER:
        # Last, after the records and the CRM's sides: what changed since those were read shows here.
        known.standings = standings(route, ids)
        _note_used(route, known.canonical.values())
        if desk.managers.asks_for_products(route.pk):
            known.described = described(route, [new for id, new in known.canonical.items() if not known.target_id(id)])
    return known


def _read(route: Route, known: _Known) -> None:
    """The records, changed by the route's own functions."""
    for object_id, row in known.records.items():
        if row.is_gone:
            continue
        try:
            known.canonical[object_id] = transformed(route, store.canonical(row))
        except TransformError as error:
            known.broken[object_id] = error


def _customer_ids(route: Route, customers: Iterable[Customer | None]) -> dict[str, str]:
    keys = {customer_key(customer) for customer in customers if customer is not None} - {""}
    sides = links.sides(route.store_id, CUSTOMER, keys)
    targets = links.counterparts(sides.values(), route.crm_id)
    return {key: targets[side.group].object_id for key, side in sides.items() if side.group in targets}


def customer_key(customer: Customer) -> str:
    """How a store's customer is linked: its id, or for a guest the e-mail, else the phone; empty without any."""
    if customer.id and not customer.is_guest:
        return customer.id
    if customer.email:
        return f"email:{customer.email.lower()}"
    number = store.searchable_phone(customer.phone)
    return f"phone:{number}" if number else ""


# --- orders ---------------------------------------------------------------------------------------------------------


def _order(item: OutboxItem, desk: Desk, known: _Known, order: Order) -> Prepared:
    route, rules = desk.route_of(item), desk.rules_of(item)
    target_id = known.target_id(item.object_id)
    is_linked = bool(target_id)
    with_status = _sends_status(route, rules, known, order, is_linked=is_linked)
    try:
        translation = translate_order(
            rules, order, with_status=with_status, with_payments=route.sync_payments, is_new=not is_linked
        )
    except Unmapped:
        # The item parks on the first missing code; staff see all of them at once.
        _note_missing(route, rules, order, with_status=with_status)
        raise
    choice = Choice() if is_linked else desk.managers.choose(route.pk, known.described.get(order.id, order))
    draft = OrderDraft(
        order=order,
        external_id=route.id_prefix + order.known_as,
        target_id=target_id,
        status=translation.status,
        delivery_codes=translation.delivery_codes,
        payment_codes=translation.payment_codes,
        payment_statuses=translation.payment_statuses,
        order_method=translation.order_method,
        customer=_customer_draft(route, rules, known, order.customer, must_look_up=known.is_in_doubt),
        fields=translation.fields,
        must_look_up=item.is_outcome_unknown,
        is_backfill=desk.is_backfill,
        manager=choice.manager,
    )
    return Prepared(
        item=item,
        route=route,
        draft=draft,
        translation=shown(order, translation) | ({"manager": [["", choice.manager]]} if choice.manager else {}),
        joints=lambda written: _order_joints(route, order, draft, written),
        note=choice.warning,
        crm_mark=_status_mark_of(known.target(item.object_id)),
    )


def _status_mark_of(target: Link | None) -> echo.Mark | None:
    return echo.mark_of(target.aspects, "status") if target is not None else None


def _sends_status(route: Route, rules: RuleSet, known: _Known, order: Order, *, is_linked: bool) -> bool:
    """Whether the store's status is news for the CRM: it changed there since the two last agreed on one."""
    if route.status_flow not in _STATUS_TO_CRM:
        return False
    if not is_linked:
        return True
    standing = known.standings.get(order.id)
    read = known.records[order.id].status
    return standing is not None and is_news(route, rules, standing, read=read, status=order.status)


def _note_used(route: Route, orders: Iterable[Order]) -> None:
    """Which codes the store uses, for coverage; once per batch."""
    used = {use for order in orders for use in order_codes(order, with_payments=route.sync_payments)}
    note_seen(route.pk, "store", [(use.kind, use.code, use.label) for use in used])


def _note_missing(route: Route, rules: RuleSet, order: Order, *, with_status: bool) -> None:
    missing = missing_codes(rules, order, with_status=with_status, with_payments=route.sync_payments)
    note_seen(route.pk, "store", [(use.kind, use.code, use.label) for use in missing], even_if_recent=True)


def shown(order: Order, translation: OrderTranslation) -> dict[str, Any]:
    """The translation as the timeline shows it: [store code, CRM code]; None on the right: left out on purpose."""
    pairs: dict[str, Any] = {}
    if translation.status is not None:
        pairs["status"] = [[order.status, translation.status]]
    pairs["delivery"] = [
        [each.code, code] for each, code in zip(order.deliveries, translation.delivery_codes, strict=True)
    ]
    if translation.payment_codes is not None:
        pairs["payment"] = [
            [each.code, code] for each, code in zip(order.payments, translation.payment_codes, strict=True)
        ]
        pairs["payment_status"] = [
            [each.status.value, code] for each, code in zip(order.payments, translation.payment_statuses, strict=True)
        ]
    if translation.order_method is not None:
        pairs["order_method"] = [[order.order_method, translation.order_method]]
    if translation.fields:
        pairs["fields"] = [[name, "✓"] for name in translation.fields]
    return pairs


def _order_joints(route: Route, order: Order, draft: OrderDraft, written: Written) -> list[Joint]:
    left_aspects: Mapping[str, Any] = {}
    right_aspects: Mapping[str, Any] = {}
    if draft.status is not None:
        mark = echo.Mark(seen=echo.fingerprint(order.status))
        left_aspects = echo.with_mark({}, status_mark(route.crm_id), mark)
    set_there = written.status or draft.status
    if set_there is not None:
        right_aspects = echo.with_mark({}, "status", echo.after_writing(echo.fingerprint(set_there)))
    joint = Joint(
        left=(route.store_id, ORDER, order.id),
        right=(route.crm_id, ORDER, written.id),
        right_url=written.url,
        left_aspects=left_aspects,
        right_aspects=right_aspects,
    )
    return [joint, *also_joints(route, written.also)]


def without_status(prepared: Prepared) -> Prepared:
    """The same order, its status left alone."""
    draft: OrderDraft = replace(prepared.draft, status=None)
    return replace(
        prepared,
        draft=draft,
        translation={key: value for key, value in prepared.translation.items() if key != "status"},
        joints=lambda written: _order_joints(prepared.route, draft.order, draft, written),
    )


def also_joints(route: Route, found: Iterable[WrittenAlso]) -> list[Joint]:
    """Links of what came to be, or was found, beside an object."""
    return [
        Joint(left=(route.store_id, also.kind, also.source_key), right=(route.crm_id, also.kind, also.id))
        for also in found
        if also.source_key and also.id
    ]


# --- customers and leads ----------------------------------------------------------------------------------------------


def _customer_draft(
    route: Route, rules: RuleSet, known: _Known, customer: Customer | None, *, must_look_up: bool
) -> CustomerDraft | None:
    if customer is None:
        return None
    key = customer_key(customer)
    target_id = known.customer_ids.get(key, "")
    return CustomerDraft(
        key=key,
        must_look_up=must_look_up,
        customer=customer,
        external_id=_external_id(route, customer),
        target_id=target_id,
        fields=apply_fields(rules, CUSTOMER, customer, is_new=not target_id),
    )


def _external_id(route: Route, customer: Customer) -> str:
    return route.id_prefix + customer.id if customer.id and not customer.is_guest else ""


def _customer(item: OutboxItem, desk: Desk, known: _Known, customer: Customer) -> Prepared:
    route, rules = desk.route_of(item), desk.rules_of(item)
    target_id = known.target_id(item.object_id)
    draft = CustomerDraft(
        customer=customer,
        external_id=_external_id(route, customer),
        target_id=target_id,
        fields=apply_fields(rules, CUSTOMER, customer, is_new=not target_id),
        must_look_up=item.is_outcome_unknown,
    )
    return Prepared(
        item=item,
        route=route,
        draft=draft,
        translation={},
        joints=lambda written: _plain_joints(route, CUSTOMER, item.object_id, written),
    )


def _lead(item: OutboxItem, desk: Desk, known: _Known, lead: Lead) -> Prepared:
    route, rules = desk.route_of(item), desk.rules_of(item)
    target_id = known.target_id(item.object_id)
    draft = LeadDraft(
        lead=lead,
        external_id=f"{route.id_prefix}lead-{lead.id}",
        target_id=target_id,
        order_method=lead_method(route, rules, lead),
        order_external_id=route.id_prefix + lead.order_id if lead.order_id else "",
        customer=_customer_draft(route, rules, known, lead.customer, must_look_up=known.is_in_doubt),
        fields=apply_fields(rules, LEAD, lead, is_new=not target_id),
        must_look_up=item.is_outcome_unknown,
    )
    return Prepared(
        item=item,
        route=route,
        draft=draft,
        translation={"order_method": [[lead.form, draft.order_method]]} if lead.form or draft.order_method else {},
        joints=lambda written: _plain_joints(route, LEAD, item.object_id, written),
    )


def lead_method(route: Route, rules: RuleSet, lead: Lead) -> str | None:
    """The CRM's order method for a form: its own rule, else the one that the route has for all. Raises Unmapped.

    A cart is no order anywhere, so it has none.
    """
    if is_cart(lead):
        return None
    if route.lead_order_method and ("order_method", lead.form) not in rules.outward:
        return route.lead_order_method
    return to_crm(rules, "order_method", lead.form, lead.title)


def _plain_joints(route: Route, kind: ObjectKind, object_id: str, written: Written) -> list[Joint]:
    joint = Joint(left=(route.store_id, kind, object_id), right=(route.crm_id, kind, written.id), right_url=written.url)
    return [joint, *also_joints(route, written.also)]
