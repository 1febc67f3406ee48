"""The demo's figures, counted in the stand-ins: what the stores hold against what the CRM holds."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from integration_hub.engine.models import InboxEvent, OutboxItem

from .mapping import agree
from .shop import Demo, DemoStore

OUR_STATUS_CALLS = "orders/edit"


@dataclass(slots=True)
class Report:
    """``lost``, ``duplicated`` and ``disagreeing`` name what is wrong, for people; the rest are figures."""

    orders_sent: int = 0
    orders_in_crm: int = 0
    orders_lost: int = 0
    orders_duplicated: int = 0
    customers_in_crm: int = 0
    payments_in_crm: int = 0
    statuses_to_crm: int = 0
    statuses_to_store: int = 0
    statuses_disagreeing: int = 0
    echoes_stopped: int = 0
    parked: int = 0
    released: int = 0
    dead_letters: int = 0
    crm_calls: int = 0
    crm_calls_per_order: float = 0.0
    time_to_reflect_ms: dict[str, int] = field(default_factory=dict)
    seconds: float = 0.0
    wrong: list[str] = field(default_factory=list)

    @property
    def is_proven(self) -> bool:
        """Everything arrived once, both ways, and the deliberately unmapped code was parked and released."""
        return (
            not (self.orders_lost or self.orders_duplicated or self.statuses_disagreeing or self.dead_letters)
            and min(self.orders_sent, self.statuses_to_crm, self.statuses_to_store, self.released) > 0
        )

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def count(demo: Demo, *, parked: int, released: int, seconds: float) -> Report:
    """Read all control desks and compare."""
    crm_orders = demo.crm_desk.get("orders")
    state = demo.crm_desk.get("state")
    writes = demo.crm_desk.get("writes")
    report = Report(parked=parked, released=released, seconds=round(seconds, 1))
    report.orders_in_crm = len(crm_orders)
    report.customers_in_crm = state["customers"]
    report.payments_in_crm = state["payments"]
    report.crm_calls = state["total_calls"]
    _compare_orders(demo, crm_orders, report)
    report.crm_calls_per_order = round(report.crm_calls / max(report.orders_sent, 1), 3)
    report.time_to_reflect_ms = _time_to_reflect(demo, writes)
    _count_statuses(demo, writes, report)
    report.dead_letters = OutboxItem.objects.filter(state=OutboxItem.State.DEAD).count()
    report.echoes_stopped = InboxEvent.objects.filter(state=InboxEvent.State.ECHO).count()
    return report


def missing_orders(demo: Demo) -> list[str]:
    """Orders that a store holds and the CRM does not, as external ids."""
    there = {row["externalId"] for row in demo.crm_desk.get("orders")}
    return [key for store in demo.stores for key in _store_orders(store) if key not in there]


def disagreements(demo: Demo) -> list[str]:
    """Orders whose statuses on the two sides are not the same thing."""
    there = {row["externalId"]: row["status"] for row in demo.crm_desk.get("orders")}
    return [
        f"{key}: {status} / {there[key]}"
        for store in demo.stores
        for key, status in _store_orders(store).items()
        if key in there and not agree(status, there[key], is_cms=store.is_cms)
    ]


def _store_orders(store: DemoStore) -> dict[str, str]:
    """External id in the CRM -> status in the store."""
    prefix = store.route.id_prefix
    return {f"{prefix}{row['id']}": row["status"] for row in store.desk.get("orders")}


def _compare_orders(demo: Demo, crm_orders: Sequence[Mapping[str, Any]], report: Report) -> None:
    copies = Counter((row["site"], row["externalId"]) for row in crm_orders)
    lost, differing = missing_orders(demo), disagreements(demo)
    report.orders_sent = sum(len(_store_orders(store)) for store in demo.stores)
    report.orders_lost = len(lost)
    report.orders_duplicated = sum(number - 1 for number in copies.values()) + sum(
        not row["externalId"] for row in crm_orders
    )
    report.statuses_disagreeing = len(differing)
    report.wrong = [*(f"not in the CRM: {key}" for key in lost[:20]), *differing[:20]]


def _count_statuses(demo: Demo, writes: Sequence[Mapping[str, Any]], report: Report) -> None:
    """To the stores: writes that came by their API. To the CRM: orders whose status differs between two writes."""
    report.statuses_to_store = sum(
        store.desk.get("state")["statuses_applied"] if store.is_cms else len(store.desk.get("status_writes?by=rest"))
        for store in demo.stores
    )
    last: dict[str, str] = {}
    for write in writes:
        if write["call"] in {"orders/create", "orders/edit"}:
            before = last.get(write["order"])
            report.statuses_to_crm += before is not None and before != write["status"]
            last[write["order"]] = write["status"]


def _time_to_reflect(demo: Demo, writes: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """From the moment a shop sent an order's first webhook to the moment the CRM had it."""
    created = {row["order"]: datetime.fromisoformat(row["at"]).timestamp() for row in reversed(writes)
               if row["call"] == "orders/create"}  # fmt: skip
    waited = []
    for store in demo.shops:
        for row in reversed(store.desk.get("deliveries?topic=order.created")):
            arrived = created.get(f"{store.route.id_prefix}{row['id']}")
            if arrived is not None:
                waited.append(max(arrived - row["at"], 0.0))
    waited.sort()
    if not waited:
        return {}
    return {name: round(waited[min(int(len(waited) * share), len(waited) - 1)] * 1000)
            for name, share in (("p50", 0.5), ("p95", 0.95))}  # fmt: skip
