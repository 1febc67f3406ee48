"""A sync log of millions of rows: pages stay quick, and forgetting holds up no door."""

from datetime import datetime, timedelta
from statistics import median
from time import monotonic

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import connection
from django.test import Client, override_settings
from django.utils import timezone

from integration_hub.engine.models import Attempt, OutboxItem
from integration_hub.flows.prune import prune

from .. import acts
from ..findings import findings
from ..row import Findings, Row, at_least, at_most, exactly
from ..world import World
from .strangers import PLAIN_FILES

ROWS_AT_FULL_SIZE = 10_000_000
ROWS_IN_SUITE = 20_000
OLD_SHARE = 10
"""One in ten rows is old enough to be forgotten: a million."""

RARE_EVERY = 100_000
"""One in so many was refused: what staff look for."""

LOADING = 200_000
"""Rows per statement."""

PAGES = (
    "/admin/",
    "/admin/engine/attempt/",
    "/admin/engine/attempt/?p=3",
    "/admin/engine/attempt/?outcome__exact=refused",
    "/admin/engine/attempt/?outcome__exact=internal",
    "/admin/engine/attempt/?outcome__exact=written",
    "/admin/engine/attempt/?period=1h",
    "/admin/engine/attempt/?route__id__exact={route}",
    "/admin/engine/attempt/?route__id__exact={route}&outcome__exact=refused",
    "/admin/engine/attempt/?flow=statuses",
    "/admin/engine/attempt/?q=900000007",
    "/admin/engine/attempt/{last}/change/",
)


def long_log(world: World, orders: int) -> Findings:
    """The log is filled, pages are opened, and what is old is forgotten while orders come in."""
    acts.connect_doors(world)
    acts.shop(world, 20)
    acts.settle(world)
    wanted = ROWS_IN_SUITE if world.is_small else ROWS_AT_FULL_SIZE
    _fill(world, wanted)
    times, refused = _open_pages(world, looks=1 if world.is_small else 3)
    slowest = sorted(times.items(), key=lambda pair: -pair[1])

    old = Attempt.objects.filter(started_at__lt=_old_end()).order_by("pk")
    before = len(acts.deliveries(world))
    began, steps = monotonic(), 0
    acts.shop(world, orders, rate=50)
    while not acts.has_sent_all(world) or (world.is_small and old.exists()):
        steps += prune()
        world.wait("a step", lambda: True)
    seconds = monotonic() - began
    acts.settle(world)
    rows = acts.deliveries(world)[before:]
    shown = ", ".join(f"{url} {ms:.0f} ms" for url, ms in slowest[:3])
    return findings(
        world,
        {
            "rows": at_least(wanted, wanted),
            "slowest page, ms": at_most(500, slowest[0][1], is_timing=True),
            "pages that failed": exactly(0, refused),
            "rows forgotten meanwhile": at_least(1, steps),
            "ack p99 while forgetting, ms": at_most(250, acts.ack_p99_ms(rows), is_timing=True),
        },
        note=f"slowest: {shown}; {steps / seconds:.0f} rows forgotten a second",
    )


def _old_end() -> datetime:
    return timezone.now() - timedelta(days=settings.HUB_KEEP_ATTEMPTS_DAYS)


_SERIES = {
    "postgresql": "generate_series(%(start)s, %(end)s) AS series(n)",
    "sqlite": "(WITH RECURSIVE counted(n) AS (SELECT %(start)s UNION ALL SELECT n + 1 FROM counted"
    " WHERE n < %(end)s) SELECT n FROM counted)",
}
_AGO = {
    "postgresql": "now() - (%(wanted)s - n) * interval '1 millisecond'"
    " - (CASE WHEN n <= %(old)s THEN interval '365 days' ELSE interval '0' END)",
    "sqlite": "strftime('%%Y-%%m-%%d %%H:%%M:%%f', 'now', '-' || ((%(wanted)s - n) / 1000.0) || ' seconds',"
    " CASE WHEN n <= %(old)s THEN '-365 days' ELSE '-0 days' END)",
}


def _fill(world: World, wanted: int) -> None:
    """Made by the database itself. Each row differs in what is indexed; the first tenth is a year old."""
    item = OutboxItem.objects.order_by("pk").values_list("pk", flat=True).first()
    series, ago = _SERIES[connection.vendor], _AGO[connection.vendor]
    statement = f"""
        INSERT INTO engine_attempt (item_id, route_id, flow, object_kind, object_id, label, number, "trigger", outcome,
            code, message, translation, traceback, batch, started_at, duration_ms, reflect_ms)
        SELECT %(item)s, %(route)s, 'orders', 'order', CAST(900000000 + n AS varchar(20)), CAST(n AS varchar(20)), 1,
            'order.created', CASE WHEN n %% %(rare)s = 7 THEN 'refused' ELSE 'written' END, '',
            CASE WHEN n %% %(rare)s = 7 THEN 'Said no.' ELSE '' END, '{{}}', '', 'b' || (n / 50), {ago}, 200, 900
        FROM {series}"""  # noqa: S608 - our own words
    rare = min(RARE_EVERY, wanted // 10)
    with connection.cursor() as cursor:
        for start in range(1, wanted + 1, LOADING):
            values = {"start": start, "end": min(start + LOADING - 1, wanted), "item": item, "route": world.route.pk}
            cursor.execute(statement % {**values, "old": wanted // OLD_SHARE, "wanted": wanted, "rare": rare})
        cursor.execute("ANALYZE engine_attempt" if connection.vendor == "postgresql" else "ANALYZE")


def _open_pages(world: World, *, looks: int) -> tuple[dict[str, float], int]:
    """Milliseconds by page, the median of so many looks; and how many failed."""
    user, _made = get_user_model().objects.get_or_create(
        username="chaos", defaults={"is_staff": True, "is_superuser": True}
    )
    client = Client(HTTP_HOST=settings.ALLOWED_HOSTS[0])
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    last = Attempt.objects.order_by("-pk").values_list("pk", flat=True).first()
    seen: dict[str, float] = {}
    failed = 0
    with override_settings(STORAGES=PLAIN_FILES, ALLOWED_HOSTS=["*"], SECURE_SSL_REDIRECT=False):
        client.get("/admin/engine/attempt/")
        for path in PAGES:
            url = path.format(route=world.route.pk, last=last)
            times, statuses = zip(*(_opened(client, url) for _ in range(looks)), strict=True)
            failed += sum(status != 200 for status in statuses)
            seen[url] = median(times)
    return seen, failed


def _opened(client: Client, url: str) -> tuple[float, int]:
    began = monotonic()
    page = client.get(url)
    return (monotonic() - began) * 1000, page.status_code


ROWS = (
    Row(
        "F34",
        "10 million sync-log rows",
        long_log,
        orders=2_000,
        small=20,
        passes_when="admin pages within 500 ms; forgetting a million never holds an ack above 250 ms",
    ),
)
