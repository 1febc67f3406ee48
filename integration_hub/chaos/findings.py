"""From what is there at the end to what a row found."""

from collections.abc import Collection, Mapping, Sequence

from integration_hub.connections.models import Connection
from integration_hub.demo.crms import orders_in
from integration_hub.demo.mapping import rules_of
from integration_hub.engine.models import Attempt, InboxEvent, Lane, OutboxItem

from . import acts, courier
from .checker import Evidence, compare
from .row import Criterion, Findings, exactly
from .world import World


def findings(
    world: World,
    criteria: Mapping[str, Criterion],
    *,
    log: Sequence[courier.Answer] = (),
    expected_statuses: Mapping[str, str] | None = None,
    dead: int | None = None,
    note: str = "",
) -> Findings:
    """Compare both sides and judge the criteria, with those that hold for every row.

    ``log`` is the courier's, where it was the sender; else the shop's own log counts. ``dead``: how many dead letters
    the row's faults may leave; None where the row looks at them itself.
    """
    acknowledged = courier.acknowledged(log) if log else acts.acknowledged(world)
    compared = compare(_evidence(world, acknowledged, expected_statuses or {}))
    return Findings(
        compared.lost,
        compared.duplicated,
        compared.wrong_last_state,
        {**criteria, **({} if dead is None else _dead(world, dead)), **always(world, log)},
        note,
    )


def _evidence(world: World, acknowledged: Collection[str], expected: Mapping[str, str]) -> Evidence:
    return Evidence(
        acknowledged=acknowledged,
        shop_orders=world.shop.get("orders"),
        crm_orders=orders_in(world.crm_desk),
        crm_customers=world.crm_desk.get("customers"),
        dead=dead_letters(world),
        expected_statuses=expected,
        agree=rules_of(world.route).agree,
    )


def dead_letters(world: World) -> dict[str, str]:
    """External id -> reason: orders that the hub shows as dead letters, and events that it shows as failed."""
    dead = OutboxItem.objects.filter(route=world.route, flow="orders", state=OutboxItem.State.DEAD)
    failed = InboxEvent.objects.filter(connection=world.store, state=InboxEvent.State.FAILED, object_kind="order")
    prefix = world.route.id_prefix
    return {
        prefix + object_id: reason
        for rows in (failed, dead)
        for object_id, reason in rows.values_list("object_id", "reason")
    }


def _dead(world: World, expected: int) -> dict[str, Criterion]:
    return {"dead letters": exactly(expected, len(dead_letters(world)))}


def always(world: World, log: Sequence[courier.Answer] = ()) -> dict[str, Criterion]:
    """What holds for every row, whatever was broken."""
    statuses = [answer.status for answer in log] if log else [row["status"] for row in acts.deliveries(world)]
    unexplained = Attempt.objects.filter(message="").exclude(outcome__in=[Attempt.Outcome.WRITTEN])
    paused = Connection.objects.exclude(paused_at=None).count() + Lane.objects.exclude(paused_at=None).count()
    errors = [error for desk in (world.shop, world.crm_desk) for error in desk.get("state")["sandbox_errors"]]
    return {
        "5xx answers other than 503": exactly(0, sum(status >= 500 and status != 503 for status in statuses)),
        "attempts without a reason": exactly(0, unexplained.count()),
        "left paused for a human": exactly(0, paused),
        "errors of the stand-ins": exactly(0, len(errors)),
    }
