"""Rows for tests of the pages: one shop, one CRM, and what happens between them. All of it invented."""

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any, ClassVar, TypeVar

from django.contrib.auth.models import Group, User
from django.db.models import Model
from django.utils import timezone
from factory.declarations import LazyAttribute, LazyFunction, SelfAttribute, Sequence, SubFactory
from factory.django import DjangoModelFactory

from integration_hub.connections.models import Connection, Route
from integration_hub.engine import lanes
from integration_hub.engine.models import (
    Attempt,
    Backfill,
    BackfillFault,
    Cursor,
    Drift,
    Exchange,
    InboxEvent,
    Lane,
    Link,
    OutboxItem,
    ReconcileRun,
)
from integration_hub.records.models import Record

CONSUMER_SECRET = "cs_never_shown_1"
WEBHOOK_SECRET = "hook_never_shown_2"
API_KEY = "key_never_shown_3"


class StoreFactory(DjangoModelFactory[Connection]):
    class Meta:
        model = Connection

    kind = "woocommerce"
    role = "store"
    name = Sequence(lambda n: f"Shop {n}")
    settings: ClassVar = {"site": "https://shop.example", "consumer_key": "ck_1"}
    secrets: ClassVar = {"consumer_secret": CONSUMER_SECRET, "webhook_secret": WEBHOOK_SECRET}
    verified_at = LazyFunction(timezone.now)


class CrmFactory(DjangoModelFactory[Connection]):
    class Meta:
        model = Connection

    kind = "retailcrm"
    role = "crm"
    name = Sequence(lambda n: f"CRM {n}")
    settings: ClassVar = {"address": "https://shop.retailcrm.pro", "site": "shop"}
    secrets: ClassVar = {"api_key": API_KEY}
    verified_at = LazyFunction(timezone.now)


class RouteFactory(DjangoModelFactory[Route]):
    class Meta:
        model = Route

    name = Sequence(lambda n: f"Shop to CRM {n}")
    store = SubFactory(StoreFactory)
    crm = SubFactory(CrmFactory)
    mode = "live"


class RecordFactory(DjangoModelFactory[Record]):
    class Meta:
        model = Record

    connection = SubFactory(StoreFactory)
    kind = "order"
    object_id = Sequence(lambda n: str(5000 + n))
    number = Sequence(lambda n: str(1000 + n))
    status = "processing"
    email = Sequence(lambda n: f"buyer{n}@example.com")
    phone = Sequence(lambda n: str(4_915_112_345_000 + n))
    name = Sequence(lambda n: f"Erika Muster {n}")
    total = "120.50 EUR"
    version = LazyFunction(timezone.now)
    first_seen_at = LazyFunction(timezone.now)
    seen_at = LazyFunction(timezone.now)

    content = LazyAttribute(lambda row: content_of(row))  # noqa: PLW0108 - it stands below


def content_of(row: Any) -> dict[str, Any]:
    """The canonical record that goes with the row's columns."""
    if row.kind != "order":
        return {"id": row.object_id, "email": row.email}
    return {
        "id": row.object_id,
        "number": row.number,
        "status": row.status,
        "currency": "EUR",
        "total": "120.50",
        "created_at": "2026-11-20T10:00:00Z",
        "deliveries": [{"code": "flat_rate", "name": "Flat rate", "cost": "5.00"}],
        "payments": [{"id": "p1", "code": "stripe", "name": "Card", "status": "paid"}],
    }


class ItemFactory(DjangoModelFactory[OutboxItem]):
    class Meta:
        model = OutboxItem

    route = SubFactory(RouteFactory)
    lane = LazyAttribute(lambda item: lanes.outbound_lane(item.route.crm_id, item.flow))
    flow = "orders"
    object_kind = "order"
    object_id = Sequence(lambda n: str(5000 + n))
    label = Sequence(lambda n: str(1000 + n))
    state = "done"
    due_at = LazyFunction(timezone.now)
    accepted_at = LazyFunction(timezone.now)
    tries = 1


class AttemptFactory(DjangoModelFactory[Attempt]):
    class Meta:
        model = Attempt

    item = SubFactory(ItemFactory)
    route = SelfAttribute("item.route")
    flow = SelfAttribute("item.flow")
    object_kind = SelfAttribute("item.object_kind")
    object_id = SelfAttribute("item.object_id")
    label = SelfAttribute("item.label")
    number = 1
    trigger = "order.updated"
    outcome = "written"
    batch = LazyFunction(lambda: str(uuid.uuid4()))
    translation: ClassVar = {"delivery": [["flat_rate", "courier"]], "payment": [["stripe", "bank-card"]]}
    started_at = LazyFunction(timezone.now)
    duration_ms = 240
    reflect_ms = 900


class ExchangeFactory(DjangoModelFactory[Exchange]):
    class Meta:
        model = Exchange

    connection = SubFactory(CrmFactory)
    batch = LazyFunction(lambda: str(uuid.uuid4()))
    method = "POST"
    url = "https://crm.example/api/v5/orders/upload"
    status = 201
    request_body = '{"orders": "…"}'
    response_body = '{"success": true}'
    started_at = LazyFunction(timezone.now)
    duration_ms = 210


class EventFactory(DjangoModelFactory[InboxEvent]):
    class Meta:
        model = InboxEvent

    connection = SubFactory(StoreFactory)
    topic = "order.updated"
    dedup_key = Sequence(lambda n: f"delivery-{n}")
    headers: ClassVar = {"x-wc-webhook-topic": "order.updated"}
    body = b'{"id": 1}'
    state = "done"
    object_kind = "order"
    object_id = Sequence(lambda n: str(5000 + n))
    due_at = LazyFunction(timezone.now)
    received_at = LazyFunction(timezone.now)
    processed_at = LazyFunction(timezone.now)


class LinkFactory(DjangoModelFactory[Link]):
    class Meta:
        model = Link

    connection = SubFactory(StoreFactory)
    kind = "order"
    object_id = Sequence(lambda n: str(5000 + n))


class LaneFactory(DjangoModelFactory[Lane]):
    class Meta:
        model = Lane

    key = Sequence(lambda n: f"out:{n}:orders:live")
    connection = SubFactory(CrmFactory)
    direction = "out"
    flow = "orders"


class CursorFactory(DjangoModelFactory[Cursor]):
    class Meta:
        model = Cursor

    connection = SubFactory(StoreFactory)
    purpose = Sequence(lambda n: f"orders {n}")
    start_at = LazyFunction(timezone.now)
    due_at = LazyFunction(lambda: timezone.now() + timedelta(minutes=5))


class BackfillFactory(DjangoModelFactory[Backfill]):
    class Meta:
        model = Backfill

    route = SubFactory(RouteFactory)
    since = LazyFunction(lambda: timezone.now() - timedelta(days=30))
    total = 200
    read = 50
    queued = 48


class BackfillFaultFactory(DjangoModelFactory[BackfillFault]):
    class Meta:
        model = BackfillFault

    backfill = SubFactory(BackfillFactory)
    object_id = "77"
    message = "total: must be a finite number"


class ComparisonFactory(DjangoModelFactory[ReconcileRun]):
    class Meta:
        model = ReconcileRun

    route = SubFactory(RouteFactory)
    since = LazyFunction(lambda: timezone.now() - timedelta(days=7))
    state = "done"
    walked_at = LazyFunction(timezone.now)
    finished_at = LazyFunction(timezone.now)
    total = 200
    in_store = 200
    in_hub = 199
    in_crm = 199
    drifts_found = 1
    sent = 1


class DriftFactory(DjangoModelFactory[Drift]):
    class Meta:
        model = Drift

    run = SubFactory(ComparisonFactory)
    kind = "missing_crm"
    object_id = "5001"
    label = "1001"
    store_value = "processing"
    result = "waiting"


M = TypeVar("M", bound=Model)


def maker(factory: type[DjangoModelFactory[M]]) -> Callable[..., M]:
    """The factory as a function of known type: calling the class itself is untyped."""
    return factory.create


store = maker(StoreFactory)
crm = maker(CrmFactory)
route = maker(RouteFactory)
record = maker(RecordFactory)
item = maker(ItemFactory)
attempt = maker(AttemptFactory)
exchange = maker(ExchangeFactory)
event = maker(EventFactory)
link = maker(LinkFactory)
lane = maker(LaneFactory)
cursor = maker(CursorFactory)
backfill = maker(BackfillFactory)
backfill_fault = maker(BackfillFaultFactory)
comparison = maker(ComparisonFactory)
drift = maker(DriftFactory)


def order_story(on: Route, **columns: Any) -> Record:
    """An order that came in, was delivered, and came back with a new status: all rows that its timeline shows."""
    order = record(connection=on.store, **columns)
    group = uuid.uuid4()
    link(connection=on.store, object_id=order.object_id, group=group)
    link(connection=on.crm, object_id=f"c{order.object_id}", group=group, url="https://crm.example/orders/9")
    event(connection=on.store, object_id=order.object_id)
    there = item(route=on, object_id=order.object_id, label=order.number)
    delivered = attempt(item=there)
    exchange(connection=on.crm, batch=delivered.batch)
    back = item(
        route=on,
        flow="statuses",
        object_id=order.object_id,
        label=order.number,
        lane=lanes.outbound_lane(on.store_id, "statuses"),
    )
    attempt(item=back, translation={"status": [["complete", "completed"]]})
    return order


def staff(role: str = "", *, superuser: bool = False) -> User:
    """A member of staff with one of the four roles, or none."""
    user: User = User.objects.create_user(
        role or ("root" if superuser else "nobody"), password="secret-pass-1", is_staff=True, is_superuser=superuser
    )
    if role:
        user.groups.add(Group.objects.get(name=role))
    return user
