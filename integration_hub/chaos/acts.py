"""What happens in a row: shoppers, waiting, and figures counted in the stand-ins."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from integration_hub.bench.meter import quantile
from integration_hub.demo import pair
from integration_hub.demo.crms import writes_in
from integration_hub.engine.models import InboxEvent, OutboxItem
from integration_hub.flows import actions

from .world import PATIENCE_SECONDS, World

SENDERS = 20
STEADY_RATE = 50
"""Orders a second at which a door's answer is timed."""

SHOPPERS: Mapping[str, Any] = {"customers": 200, "guests": 50, "guest_share": 0.1}
"""Mostly registered buyers who come back: each guest costs the CRM a look-up call of its own."""

REGULARS: Mapping[str, Any] = {"customers": 20, "guest_share": 0.0, "everyone_has_email": True}
"""Buyers whom the CRM knows after the first few orders: what is measured is orders."""

ORDER_TOPICS = ("order.created", "order.updated")

Log = list[dict[str, Any]]


def connect_doors(world: World, **sending: Any) -> None:
    """What the shop sends goes to the hub. ``sending`` are switches of the shop's deliveries."""
    pair.connect_doors(world.shop, world.store)
    switches = {"senders": SENDERS, "only_topics": "order.created", **sending}
    world.shop.post("webhooks", switches)


def connect_triggers(world: World) -> None:
    """The CRM calls back when a status changes, whoever changed it."""
    world.crm_desk.post("triggers", {"address": actions.hook_address(world.crm), "event": "status"})


def shop(world: World, orders: int, *, rate: float = 0.0, seed: int = 1, **traffic: Any) -> None:
    """Shoppers place orders: all at once, or so many a second in the background."""
    world.shop.post("shop", {"orders": orders, "seed": seed, "rate": rate, **(traffic or SHOPPERS)})


def warm_up(world: World, orders: int = 60, **traffic: Any) -> None:
    """Every worker has loaded its code, and the CRM knows the buyers, before the row begins."""
    if world.is_small:
        return
    shop(world, orders, rate=30, seed=99, **traffic)
    settle(world)


def settle(world: World, patience_seconds: float = PATIENCE_SECONDS) -> None:
    """Lift all faults and wait until the senders are idle and nothing is on its way, on neither side: what the hub
    writes makes the other side tell of it."""
    world.lift_faults()
    world.wait("the senders", lambda: has_sent_all(world), patience_seconds)
    world.wait("the hub", lambda: is_quiet() and has_sent_all(world) and is_quiet(), patience_seconds)


def has_sent_all(world: World) -> bool:
    """The shop's shoppers and webhooks, and what the CRM tells by itself."""
    state = world.shop.get("state")
    is_done = state["still_shopping"] == 0 and state["webhooks"]["pending"] == 0
    return bool(is_done and crm_state(world)["background_waiting"] == 0)


def is_quiet() -> bool:
    """Nothing waits and nothing is under way; parked items and dead letters are at rest."""
    State = OutboxItem.State  # noqa: N806 - a class
    return not (
        InboxEvent.objects.filter(state=InboxEvent.State.NEW).exists()
        or OutboxItem.objects.filter(state__in=[State.WAITING, State.IN_FLIGHT]).exists()
    )


# --- from the stand-ins' own logs -------------------------------------------------------------------------------------


def deliveries(world: World, *topics: str) -> Log:
    """The sender's log: every webhook with its answer, oldest first; without pings."""
    rows: Log = world.shop.get("deliveries")
    return [row for row in rows if row["topic"] in (topics or ORDER_TOPICS)]


def acknowledged(world: World) -> set[str]:
    return {str(row["id"]) for row in deliveries(world) if 200 <= row["status"] < 300}


def ack_p99_ms(rows: Sequence[dict[str, Any]]) -> float:
    """Of the answers that the sender got."""
    return quantile([row["ms"] for row in rows if row["status"]], 0.99)


def writes(world: World, *calls: str) -> Log:
    """Of orders: ``call`` is orders/create or orders/edit, whatever the CRM's method is called."""
    return [dict(row) for row in writes_in(world.crm_desk) if not calls or row["call"] in calls]


def crm_state(world: World) -> dict[str, Any]:
    state: dict[str, Any] = world.crm_desk.get("state")
    return state


def reflect_seconds(world: World) -> dict[str, float]:
    """By order: from its first webhook to the moment when the CRM first had it."""
    sent: dict[str, float] = {}
    for row in deliveries(world):
        sent.setdefault(str(row["id"]), row["at"])
    there: dict[str, float] = {}
    for row in writes(world, "orders/create"):
        there.setdefault(row["order"], datetime.fromisoformat(row["at"]).timestamp())
    return {key: max(there[key] - at, 0.0) for key, at in sent.items() if key in there}
