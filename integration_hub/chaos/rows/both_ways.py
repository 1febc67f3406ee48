"""Changes on both sides, and our own writes coming back."""

from collections.abc import Mapping, Sequence

from integration_hub.connections.models import Route
from integration_hub.demo.pair import MAGENTO_BITRIX, WOO_RETAIL
from integration_hub.engine.models import InboxEvent, OutboxItem

from .. import acts
from ..findings import findings
from ..row import Findings, Row, at_least, at_most, exactly
from ..world import World

MOVES: Mapping[str, Sequence[str]] = {
    "retailcrm": ["client-confirmed", "send-to-assembling", "assembling-complete", "send-to-delivery"],
    "bitrix24": ["C9:FINAL_INVOICE", "C9:WON"],
}
"""Where managers move an order that is paid: statuses that are something else in the shop than those which lead there,
or that the order does not have there yet."""


def call_backs(world: World, orders: int) -> Findings:
    """Managers move orders, shop staff edit them, and each side tells us of what we wrote there."""
    _connect_both(world, owner=Route.Side.STORE)
    acts.shop(world, orders, **acts.REGULARS)
    if not _paid(world):  # a shop that takes no money at its check-out
        world.shop.post("change", {"pay": orders // 2, "seed": 4})
    acts.settle(world)
    moved = _managers_move(world)
    settled = _edits(world)
    acts.settle(world)
    ours_after_moves = _edits(world) - settled
    to_shop = len(_rest_writes(world))

    world.pass_time(1.1)  # a shop's versions bear the second
    before_touch = _edits(world)
    touched = world.shop.post("change", {"touch": orders, "seed": 6})["touched"]
    acts.settle(world)
    return findings(
        world,
        {
            "changes by managers": at_least(1, len(moved)),
            "writes to the shop": at_most(len(moved), to_shop),
            "writes back to the CRM": exactly(0, ours_after_moves),
            "writes to the shop for the shop's edits": exactly(0, len(_rest_writes(world)) - to_shop),
            "writes to the CRM for the shop's edits": at_most(len(touched), _edits(world) - before_touch),
        },
        dead=0,
        expected_statuses=moved,
    )


def _connect_both(world: World, *, owner: Route.Side) -> None:
    world.set_route(status_flow=Route.StatusFlow.BOTH, status_owner=owner)
    acts.connect_doors(world, only_topics="order.created,order.updated")
    acts.connect_triggers(world)


def _managers_move(world: World) -> Mapping[str, str]:
    """Orders that are paid: the shop takes a status that means paid for the payment of another, which is news."""
    moved = {}
    moves = MOVES[world.crm.kind]
    for place, order in enumerate(map(str, _paid(world))):
        moved[order] = moves[place % len(moves)]
        world.crm_desk.post("set_status", {"order": order, "status": moved[order]})
    return moved


def _paid(world: World) -> list[int]:
    return [row["id"] for row in world.shop.get("orders") if row["status"] == "processing"]


def _edits(world: World) -> int:
    return len(acts.writes(world, "orders/edit"))


def _rest_writes(world: World) -> acts.Log:
    rows: acts.Log = world.shop.get("status_writes?by=rest")
    return rows


def conflicts(world: World, orders: int) -> Findings:
    """Both sides change one status at the same moment; half the time the shop is first, half the time the CRM."""
    _connect_both(world, owner=Route.Side.CRM)
    acts.shop(world, orders, **acts.REGULARS)
    acts.settle(world)
    world.pass_time(1.1)
    seen_before = max(InboxEvent.objects.values_list("pk", flat=True), default=0)
    ids = _paid(world)
    for place, order in enumerate(ids):
        for change in (_in_shop, _in_crm) if place % 2 else (_in_crm, _in_shop):
            change(world, order)
    acts.settle(world)
    shop_statuses = {row["id"]: row["status"] for row in world.shop.get("orders")}
    crm_statuses = {row["externalId"]: row["status"] for row in world.crm_desk.get("orders")}
    won = sum(shop_statuses[id] == "en-camino" and crm_statuses[str(id)] == "send-to-delivery" for id in ids)
    return findings(
        world,
        {
            "conflicts": at_least(orders // 3, len(ids)),
            "in which the owner did not win": exactly(0, len(ids) - won),
            "changes not in the log": exactly(0, _not_logged(world, ids, after=seen_before)),
        },
        dead=0,
        expected_statuses={str(id): "send-to-delivery" for id in ids},
        note=f"{len(ids)} conflicts",
    )


def _in_shop(world: World, order: int) -> None:
    world.shop.post("change", {"ids": [order], "statuses": 1, "to": "completed"})


def _in_crm(world: World, order: int) -> None:
    world.crm_desk.post("set_status", {"order": str(order), "status": "send-to-delivery"})


def _not_logged(world: World, ids: list[int], *, after: int) -> int:
    """Orders without an event of the shop's change, or without an item that took the CRM's back."""
    events = InboxEvent.objects.filter(connection=world.store, topic="order.updated", pk__gt=after)
    told = set(events.values_list("object_id", flat=True))
    back = set(OutboxItem.objects.filter(route=world.route, flow="statuses").values_list("object_id", flat=True))
    return sum(str(id) not in told or str(id) not in back for id in ids)


ROWS = (
    Row(
        "F15",
        "The target calls back for our own write",
        call_backs,
        orders=500,
        small=40,
        pairs=(WOO_RETAIL, MAGENTO_BITRIX),
        passes_when="at most one write per change on each side",
    ),
    Row(
        "F16",
        "Both sides change one status within 1 s",
        conflicts,
        orders=160,
        small=40,
        passes_when="the owner wins, every time; both changes are logged",
    ),
)
