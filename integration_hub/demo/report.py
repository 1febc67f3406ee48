"""The demo's figures, counted in the stand-ins: what the stores hold against what the CRM holds."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from integration_hub.engine.models import InboxEvent, OutboxItem

from .crms import assigned, orders_in, writes_in
from .mapping import rules_of
from .shop import Demo, DemoStore


@dataclass(slots=True)
class PairReport:
    """One store and its CRM: what was counted on both sides."""

    pair: str
    store_kind: str
    crm_kind: str = "retailcrm"
    orders_sent: int = 0
    orders_in_crm: int = 0
    orders_lost: int = 0
    orders_duplicated: int = 0
    statuses_to_crm: int = 0
    statuses_to_store: int = 0
    statuses_disagreeing: int = 0
    managers_assigned: int = 0
    """Orders that a manager rule has given to the right manager; only where the demo has such rules."""

    time_to_reflect_ms: dict[str, int] = field(default_factory=dict)

    @property
    def is_proven(self) -> bool:
        """Everything arrived once, statuses went both ways, and each deal has its manager."""
        is_whole = not (self.orders_lost or self.orders_duplicated or self.statuses_disagreeing)
        is_whole &= self.crm_kind != "bitrix24" or self.managers_assigned == self.orders_in_crm
        return is_whole and min(self.orders_sent, self.statuses_to_crm, self.statuses_to_store) > 0


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
    pairs: list[PairReport] = field(default_factory=list)
    """Each store with its CRM, in the order of the demo: MODX first, pairs with a further CRM last."""

    wrong: list[str] = field(default_factory=list)

    @property
    def is_proven(self) -> bool:
        """Everything arrived once, both ways, and the deliberately unmapped code was parked and released."""
        return (
            not (self.orders_lost or self.orders_duplicated or self.statuses_disagreeing or self.dead_letters)
            and min(self.orders_sent, self.statuses_to_crm, self.statuses_to_store, self.released) > 0
            and all(pair.is_proven for pair in [*self.pairs[:1], *self._of_further_crms()])
        )

    def _of_further_crms(self) -> list[PairReport]:
        return [pair for pair in self.pairs if pair.crm_kind != "retailcrm"]

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def count(demo: Demo, *, parked: int, released: int, seconds: float) -> Report:
    """Read all control desks and compare."""
    report = Report(parked=parked, released=released, seconds=round(seconds, 1))
    waited: list[float] = []
    for crm in demo.crms:
        orders, writes, state = orders_in(crm.desk), writes_in(crm.desk), crm.desk.get("state")
        report.orders_in_crm += len(orders)
        report.customers_in_crm += state["customers"]
        report.payments_in_crm += state.get("payments", 0)
        report.crm_calls += state["total_calls"]
        report.orders_duplicated += _copies(orders)
        report.pairs += [_pair(store, orders, writes) for store in crm.stores]
        waited += [each for store in crm.stores for each in _waited(store, writes)]
    _add_up(demo, report)
    report.crm_calls_per_order = round(report.crm_calls / max(report.orders_sent, 1), 3)
    report.time_to_reflect_ms = _percentiles(waited)
    report.dead_letters = OutboxItem.objects.filter(state=OutboxItem.State.DEAD).count()
    report.echoes_stopped = InboxEvent.objects.filter(state=InboxEvent.State.ECHO).count()
    return report


def missing_orders(demo: Demo) -> list[str]:
    """Orders that a store holds and its CRM does not, as external ids."""
    missing: list[str] = []
    for crm in demo.crms:
        there = {row["externalId"] for row in orders_in(crm.desk)}
        missing += [key for store in crm.stores for key in _store_orders(store) if key not in there]
    return missing


def disagreements(demo: Demo) -> list[str]:
    """Orders whose statuses on the two sides are not the same thing."""
    found: list[str] = []
    for crm in demo.crms:
        there = {row["externalId"]: row["status"] for row in orders_in(crm.desk)}
        found += [
            f"{key}: {status} / {there[key]}"
            for store in crm.stores
            for key, status in _store_orders(store).items()
            if key in there and not rules_of(store.route).agree(status, there[key])
        ]
    return found


def _store_orders(store: DemoStore) -> dict[str, str]:
    """External id in the CRM -> status in the store."""
    prefix = store.route.id_prefix
    return {f"{prefix}{row['id']}": str(row["status"]) for row in store.desk.get("orders")}


def _pair(store: DemoStore, crm_orders: Sequence[Mapping[str, Any]], writes: Sequence[Mapping[str, Any]]) -> PairReport:
    ours = _store_orders(store)
    there = [row for row in crm_orders if row["externalId"] in ours]
    found = {row["externalId"]: row["status"] for row in there}
    disagreeing = [
        key for key, status in ours.items() if key in found and not rules_of(store.route).agree(status, found[key])
    ]
    return PairReport(
        pair=str(store.route),
        store_kind=store.kind,
        crm_kind=store.route.crm.kind,
        orders_sent=len(ours),
        orders_in_crm=len(there),
        orders_lost=len(ours.keys() - found.keys()),
        orders_duplicated=len(there) - len(found),
        statuses_to_crm=_statuses_to_crm(writes, ours),
        statuses_to_store=_statuses_to_store(store),
        statuses_disagreeing=len(disagreeing),
        managers_assigned=assigned(there, store.kind, _categories(store)),
        time_to_reflect_ms=_percentiles(_waited(store, writes)),
    )


def _categories(store: DemoStore) -> dict[str, list[str]]:
    """External id in the CRM -> what the store says of the products in the order."""
    prefix = store.route.id_prefix
    return {
        f"{prefix}{row['id']}": [str(each) for each in row.get("categories", ())] for row in store.desk.get("orders")
    }


def _copies(crm_orders: Sequence[Mapping[str, Any]]) -> int:
    """Orders that stand in one CRM more than once, or without our id."""
    copies = Counter((row["site"], row["externalId"]) for row in crm_orders)
    return sum(number - 1 for number in copies.values()) + sum(not row["externalId"] for row in crm_orders)


def _add_up(demo: Demo, report: Report) -> None:
    lost, differing = missing_orders(demo), disagreements(demo)
    report.orders_sent = sum(pair.orders_sent for pair in report.pairs)
    report.orders_lost = len(lost)
    report.statuses_to_crm = sum(pair.statuses_to_crm for pair in report.pairs)
    report.statuses_to_store = sum(pair.statuses_to_store for pair in report.pairs)
    report.statuses_disagreeing = len(differing)
    report.wrong = [*(f"not in the CRM: {key}" for key in lost[:20]), *differing[:20]]


def _statuses_to_crm(writes: Sequence[Mapping[str, Any]], ours: Collection[str]) -> int:
    """Orders whose status differs between two writes to the CRM."""
    last: dict[str, str] = {}
    changed = 0
    for write in writes:
        if write["call"] in {"orders/create", "orders/edit"} and write["order"] in ours:
            before = last.get(write["order"])
            changed += before is not None and before != write["status"]
            last[write["order"]] = write["status"]
    return changed


def _statuses_to_store(store: DemoStore) -> int:
    """Writes that came by the store's API."""
    match store.kind:
        case "custom_cms":
            return int(store.desk.get("state")["statuses_applied"])
        case "minishop2":
            return len(store.desk.get("status_writes?by=api"))
        case _:
            return len(store.desk.get("status_writes?by=rest"))


def _waited(store: DemoStore, writes: Sequence[Mapping[str, Any]]) -> list[float]:
    """Seconds from the moment a shop sent an order's first webhook to the moment the CRM had it."""
    if store.kind == "custom_cms":
        return []  # its stand-in notes no times
    created = {row["order"]: datetime.fromisoformat(row["at"]).timestamp() for row in reversed(writes)
               if row["call"] == "orders/create"}  # fmt: skip
    sent = {
        f"{store.route.id_prefix}{row['id']}": row["at"]
        for row in reversed(store.desk.get("deliveries?topic=order.created"))  # of several tries the first counts
    }
    return [max(created[key] - at, 0.0) for key, at in sent.items() if key in created]


def _percentiles(seconds: Sequence[float]) -> dict[str, int]:
    waited = sorted(seconds)
    if not waited:
        return {}
    return {name: round(waited[min(int(len(waited) * share), len(waited) - 1)] * 1000)
            for name, share in (("p50", 0.5), ("p95", 0.95))}  # fmt: skip
