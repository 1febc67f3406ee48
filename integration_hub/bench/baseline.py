"""What the figures are compared with: the usual plain design, a task per order and a call per order.

The same checks, reader, mapping and writer, the same payloads, every step durable: only without coalescing, lanes and
batches. A door that stores the event and queues one task for it; a task that translates and sends one order.
"""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django_q.tasks import async_task

from connectors.contract.results import Accepted, HookEvent, HookRequest, Seen, Written
from integration_hub.connections.models import Connection, Route
from integration_hub.engine import links
from integration_hub.engine.exchanges import ExchangeLog
from integration_hub.engine.models import Attempt, InboxEvent, Lane, OutboxItem
from integration_hub.flows.desk import Prepared, desk_for
from integration_hub.flows.outward import prepare_orders
from integration_hub.flows.services import opened
from integration_hub.records import store


@csrf_exempt
def door(request: HttpRequest, token: str) -> HttpResponse:
    """Check, store, queue one task, answer."""
    connection = Connection.objects.get(hook_token=token)
    receiver = opened(connection, ExchangeLog(connection.pk)).webhooks
    assert receiver is not None  # noqa: S101 - the baseline serves one known store
    headers = {name.lower(): value for name, value in request.headers.items()}
    accepted = receiver.accept(HookRequest("POST", headers, request.body))
    if isinstance(accepted, Accepted):
        event = InboxEvent.objects.create(
            connection=connection,
            topic=accepted.topic,
            dedup_key=accepted.dedup_key,
            headers=dict(accepted.headers),
            body=request.body,
            # Not new: the hub's own sweep must leave it alone.
            state=InboxEvent.State.IGNORED,
            due_at=timezone.now(),
            received_at=timezone.now(),
        )
        async_task("integration_hub.bench.baseline.deliver", event.pk)
    return JsonResponse({"message": "ok"})


def deliver(event_id: int) -> None:
    """One order: read, keep, translate, send, record."""
    event = InboxEvent.objects.select_related("connection").get(pk=event_id)
    route = Route.objects.select_related("store", "crm").get(store=event.connection)
    receiver = opened(event.connection, ExchangeLog(event.connection_id)).webhooks
    assert receiver is not None  # noqa: S101 - as above
    [change] = receiver.read(HookEvent(event.topic, event.headers, bytes(event.body), event.received_at))
    assert isinstance(change, Seen)  # noqa: S101 - the benchmark sends whole orders
    item = _keep(event, route, change)
    [prepared] = prepare_orders([item], desk_for([item]))
    assert isinstance(prepared, Prepared)  # noqa: S101 - every code is mapped
    log = ExchangeLog(route.crm_id)
    sink = opened(route.crm, log).order_sink
    assert sink is not None  # noqa: S101 - it is a CRM
    [outcome] = sink.put_orders([prepared.draft])
    batch = log.store()
    if isinstance(outcome, Written):
        links.join(prepared.joints(outcome))
    _record(event, item, batch)


def _keep(event: InboxEvent, route: Route, change: Seen) -> OutboxItem:
    content = change.record.model_dump(mode="json", exclude_defaults=True)
    row = store.row_for(
        event.connection_id, change.kind, change.id, change.record, content=content,
        prints=store.fingerprints(content, change.kind), version=change.version, now=timezone.now(),
    )  # fmt: skip
    store.save([row])
    lane, _ = Lane.objects.get_or_create(
        key="baseline", defaults={"connection_id": route.crm_id, "direction": Lane.Direction.OUT}
    )
    return OutboxItem.objects.create(
        route=route, lane=lane, flow="orders", object_kind=change.kind, object_id=change.id,
        state=OutboxItem.State.IN_FLIGHT, due_at=timezone.now(), accepted_at=event.received_at,
    )  # fmt: skip


def _record(event: InboxEvent, item: OutboxItem, batch: str) -> None:
    item.state = OutboxItem.State.DONE
    item.save(update_fields=["state", "updated_at"])
    event.state = InboxEvent.State.DONE
    event.save(update_fields=["state"])
    Attempt.objects.create(
        item=item, route_id=item.route_id, flow=item.flow, object_kind=item.object_kind, object_id=item.object_id,
        number=1, outcome=Attempt.Outcome.WRITTEN, batch=batch, started_at=timezone.now(),
    )  # fmt: skip
