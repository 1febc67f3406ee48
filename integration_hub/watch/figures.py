"""The hub in figures, read from the database at the moment when somebody asks. Each figure is one query on an index.

Labels hold ids and kinds only: names are given by staff and may be anybody's.
"""

import platform
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

import django
from django.conf import settings
from django.db.models import Count, OuterRef, Q, Subquery
from django.utils import timezone
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from integration_hub import __version__
from integration_hub.connections.models import Connection
from integration_hub.engine.models import Attempt, Exchange, Heartbeat, InboxEvent, Lane, OutboxItem, RateBucket

from .models import Incident, Lookout
from .probe_machines import MACHINES, free_megabytes

SPAN = timedelta(minutes=5)
"""What happened lately, for figures that old rows cannot give as counters because they are forgotten."""

SAMPLE = 10_000
"""The newest tries that quantiles are made of: 30 ms to read."""

OPEN = (OutboxItem.State.WAITING, OutboxItem.State.IN_FLIGHT, OutboxItem.State.PARKED, OutboxItem.State.DEAD)
QUANTILES = (0.5, 0.95, 0.99)
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


def exposition() -> bytes:
    """All figures in Prometheus' text format. Raises DatabaseError."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Collector())
    return generate_latest(registry)


class _Collector:
    def describe(self) -> Iterable[Metric]:
        return ()

    def collect(self) -> Iterator[Metric]:
        now = timezone.now()
        yield build()
        yield from outbox(now)
        yield inbox()
        yield from reflection(now)
        yield from systems(now)
        yield from calls(now)
        yield from machines(now)


def build() -> Metric:
    metric = GaugeMetricFamily("hub_build", "Always 1; what runs.", labels=["version", "django", "python", "database"])
    database = str(settings.DATABASES["default"]["ENGINE"]).rpartition(".")[2]
    metric.add_metric([__version__, django.get_version(), platform.python_version(), database], 1)
    return metric


def outbox(now: datetime) -> Iterator[Metric]:
    depth = GaugeMetricFamily("hub_outbox_items", "Open items by state and kind of lane.", labels=["state", "lane"])
    rows = OutboxItem.objects.filter(state__in=OPEN).order_by().values_list("state", "lane__is_backfill")
    counts = {(state, is_backfill): count for state, is_backfill, count in rows.annotate(Count("pk"))}
    for state in OPEN:
        for is_backfill in (False, True):
            depth.add_metric([state, _lane(is_backfill=is_backfill)], counts.get((state, is_backfill), 0))
    yield depth

    oldest = GaugeMetricFamily(
        "hub_oldest_due_seconds", "For how long the oldest due item has waited.", labels=["lane"]
    )
    due = OutboxItem.objects.filter(lane=OuterRef("pk"), state=OutboxItem.State.WAITING, due_at__lte=now)
    lanes = Lane.objects.filter(direction=Lane.Direction.OUT).annotate(
        oldest=Subquery(due.order_by("due_at").values("due_at")[:1])
    )
    waits = {False: 0.0, True: 0.0}
    for is_backfill, at in lanes.filter(oldest__isnull=False).values_list("is_backfill", "oldest"):
        waits[is_backfill] = max(waits[is_backfill], (now - at).total_seconds())
    for is_backfill, seconds in waits.items():
        oldest.add_metric([_lane(is_backfill=is_backfill)], seconds)
    yield oldest

    paused = Lane.objects.filter(paused_at__isnull=False).count()
    yield GaugeMetricFamily("hub_lanes_paused", "Lanes that are paused.", value=paused)


def _lane(*, is_backfill: bool) -> str:
    return "backfill" if is_backfill else "live"


def inbox() -> Metric:
    metric = GaugeMetricFamily("hub_inbox_events", "Events that wait to be read.", labels=["connection", "kind"])
    rows = InboxEvent.objects.filter(state=InboxEvent.State.NEW).order_by()
    for pk, kind, count in rows.values_list("connection_id", "connection__kind").annotate(Count("pk")):
        metric.add_metric([str(pk), kind], count)
    return metric


def reflection(now: datetime) -> Iterator[Metric]:
    """Quantiles of the newest deliveries, and how the newest tries ended."""
    rows = (
        Attempt.objects.filter(started_at__gte=now - SPAN)
        .order_by("-started_at")
        .values_list("outcome", "reflect_ms")[:SAMPLE]
    )
    outcomes: Counter[str] = Counter()
    times: list[int] = []
    for outcome, reflect_ms in rows:
        outcomes[outcome] += 1
        if reflect_ms is not None:
            times.append(reflect_ms)
    times.sort()
    reflect = GaugeMetricFamily(
        "hub_time_to_reflect_seconds", "From acceptance to delivery, over the last 5 minutes.", labels=["quantile"]
    )
    for share in QUANTILES if times else ():
        reflect.add_metric([str(share)], times[min(int(share * len(times)), len(times) - 1)] / 1000)
    yield reflect
    ended = GaugeMetricFamily("hub_attempts_recent", "Tries of the last 5 minutes by outcome.", labels=["outcome"])
    for outcome in Attempt.Outcome.values:
        ended.add_metric([outcome], outcomes[outcome])
    yield ended


def systems(now: datetime) -> Iterator[Metric]:
    labels = ["connection", "kind", "role"]
    paused = GaugeMetricFamily("hub_connection_paused", "1 while the connection is paused.", labels=labels)
    away = GaugeMetricFamily(
        "hub_breaker_open", "1 while the system is not called because it did not answer.", labels=labels
    )
    rows = Connection.objects.order_by("pk").values_list("pk", "kind", "role", "paused_at", "breaker_open_until")
    for pk, kind, role, paused_at, open_until in rows:
        paused.add_metric([str(pk), kind, role], int(paused_at is not None))
        away.add_metric([str(pk), kind, role], int(open_until is not None and open_until > now))
    yield paused
    yield away


def calls(now: datetime) -> Iterator[Metric]:
    recent = GaugeMetricFamily(
        "hub_calls_recent", "Calls of the last 5 minutes by answer.", labels=["connection", "kind", "answer"]
    )
    rows = (
        Exchange.objects.filter(started_at__gte=now - SPAN)
        .order_by()
        .values_list("connection_id", "connection__kind", "status")
        .annotate(Count("pk"))
    )
    counts: Counter[tuple[str, str, str]] = Counter()
    for pk, kind, status, count in rows:
        counts[str(pk), kind, _answer(status)] += count
    for labels, count in sorted(counts.items()):
        recent.add_metric(labels, count)
    yield recent

    # By kind of system: the key of a limit names an account, which may be anybody's.
    sums: dict[str, list[int]] = {}
    for key, made, refused in RateBucket.objects.values_list("key", "calls", "refused"):
        known = sums.setdefault(key.partition(":")[0], [0, 0])
        known[0] += made
        known[1] += refused
    made_metric = CounterMetricFamily(
        "hub_throttled_calls", "Calls that the hub's own throttle let through.", labels=["kind"]
    )
    held_metric = CounterMetricFamily(
        "hub_throttle_waits", "Calls that had to wait for the rate limit.", labels=["kind"]
    )
    for kind, (made, refused) in sorted(sums.items()):
        made_metric.add_metric([kind], made)
        held_metric.add_metric([kind], refused)
    yield made_metric
    yield held_metric


def _answer(status: int | None) -> str:
    if status is None:
        return "none"
    return str(status) if status in {429, 503} else f"{status // 100}xx"


def machines(now: datetime) -> Iterator[Metric]:
    incidents = GaugeMetricFamily("hub_incidents_open", "Open incidents by kind.", labels=["kind"])
    found = dict(Incident.objects.filter(closed_at=None).order_by().values_list("kind").annotate(Count("pk")))
    for kind in Incident.Kind.values:
        incidents.add_metric([kind], found.get(kind, 0))
    yield incidents

    looked_at = Lookout.objects.values_list("looked_at", flat=True).first()
    if looked_at is not None:
        age = (now - looked_at).total_seconds()
        yield GaugeMetricFamily("hub_watch_age_seconds", "Since the watch looked last.", value=max(age, 0.0))

    beats = GaugeMetricFamily("hub_supervisor_age_seconds", "Since the youngest supervisor was seen.")
    newest = Heartbeat.objects.filter(Q(name__startswith=MACHINES)).order_by("-at").values_list("at", flat=True).first()
    if newest is not None:
        beats.add_metric([], max((now - newest).total_seconds(), 0.0))
    yield beats

    free = free_megabytes(settings.HUB_DATA_DIR)
    if free is not None:
        yield GaugeMetricFamily("hub_disk_free_bytes", "Left on the disk of the data folder.", value=free * 1_000_000)
