"""CRM to store beside statuses: paid marks, and the CRM's order numbers."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from django.db import transaction

from connectors.contract.backward import NumberDraft, PaidDraft
from connectors.contract.canonical import Money, ObjectKind, Order, PaymentStatus
from connectors.contract.results import Written
from integration_hub.engine import outbox
from integration_hub.engine.bulk import save_each
from integration_hub.engine.lanes import outbound_lane
from integration_hub.engine.models import OutboxItem
from integration_hub.records import store
from integration_hub.records.models import Record

from .absorb import take_turn
from .definitions import FlowName
from .desk import Desk, Preparation, Prepared, skipped

ORDER = ObjectKind.ORDER

STORE_HAS_IT_PAID = "The store has this order as paid already."
STORE_SHOWS_IT = "The store shows this number already."

_PAID = frozenset({PaymentStatus.PAID, PaymentStatus.PARTIALLY_REFUNDED, PaymentStatus.REFUNDED})


def prepare_paid(items: Sequence[OutboxItem], desk: Desk) -> list[Preparation]:
    """A draft per item, or the reason why there is none; same order as the items."""
    known = _records(items, desk)
    return [_paid(item, desk, known.get((item.route_id, item.object_id))) for item in items]


def prepare_numbers(items: Sequence[OutboxItem], desk: Desk) -> list[Preparation]:
    known = _records(items, desk)
    return [_number(item, desk, known.get((item.route_id, item.object_id))) for item in items]


def _records(items: Sequence[OutboxItem], desk: Desk) -> dict[tuple[int, str], Record]:
    return {
        (route.pk, key): row
        for route in desk.routes.values()
        for key, row in store.load(
            route.store_id, ORDER, {item.object_id for item in items if item.route_id == route.pk}
        ).items()
    }


def _paid(item: OutboxItem, desk: Desk, row: Record | None) -> Preparation:
    """An order that the store itself told to be paid is not marked again: so our own write never comes back."""
    if row is not None and not row.is_gone and is_paid(store.canonical(row)):
        return skipped(item, STORE_HAS_IT_PAID)
    paid_at, amount = str(item.payload.get("paid_at", "")), str(item.payload.get("amount", ""))
    draft = PaidDraft(
        target_id=item.object_id,
        change_id=_change_id(item),
        paid_at=datetime.fromisoformat(paid_at) if paid_at else None,
        amount=Money(amount=Decimal(amount), currency=str(item.payload["currency"])) if amount else None,
        order_number=row.number if row is not None else "",
    )
    return Prepared(
        item,
        desk.route_of(item),
        draft,
        {"paid": [[f"{amount} {item.payload.get('currency', '')}".strip() or "paid", "paid"]]},
        lambda _written: (),
    )


def is_paid(order: Order) -> bool:
    """Whether the store took the money, all of it where there are several payments."""
    if order.paid_at is not None:
        return True
    return bool(order.payments) and all(payment.status in _PAID for payment in order.payments)


def _number(item: OutboxItem, desk: Desk, row: Record | None) -> Preparation:
    number = str(item.payload.get("number", ""))
    if row is not None and row.number == number:
        return skipped(item, STORE_SHOWS_IT)
    draft = NumberDraft(
        target_id=item.object_id,
        number=number,
        change_id=_change_id(item),
        order_number=row.number if row is not None else "",
    )
    return Prepared(item, desk.route_of(item), draft, {"number": [[number, number]]}, lambda _written: ())


def _change_id(item: OutboxItem) -> str:
    return f"{item.pk}-{item.version.timestamp():.6f}" if item.version else str(item.pk)


def number_works(pairs: Sequence[tuple[Prepared, Written]], now: datetime) -> list[outbox.Work]:
    """The numbers that the CRM gave to orders just written, for the stores of routes that want them."""
    return [
        outbox.Work(
            route_id=each.route.pk,
            lane_id=outbound_lane(each.route.store_id, FlowName.NUMBERS).pk,
            flow=FlowName.NUMBERS,
            kind=ORDER,
            object_id=each.item.object_id,
            label=written.number[:200],
            payload={"number": written.number},
            version=now,
            accepted_at=now,
        )
        for each, written in pairs
        if each.route.number_back
        and each.item.flow == FlowName.ORDERS
        and written.number
        and written.number != each.draft.order.number
    ]


def remember_numbers(prepared: Sequence[Prepared]) -> None:
    """The store shows these numbers now. Without this its echo would look like a change of the order."""
    for route in {each.route for each in prepared}:
        written = {each.item.object_id: each.draft.number for each in prepared if each.route == route}
        with transaction.atomic():
            take_turn(route.store)
            rows = store.load(route.store_id, ORDER, written)
            for row in rows.values():
                row.number = written[row.object_id][:200]
                row.content = {**row.content, "number": written[row.object_id]}
                row.fingerprints = store.fingerprints(row.content, ORDER)
            save_each(list(rows.values()), ["number", "content", "fingerprints"])
