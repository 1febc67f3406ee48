"""``manage.py reconcile ROUTE``: compares both sides of a route and heals what differs."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.models import Count

from connectors.contract.errors import ConnectorError, without_promise
from integration_hub.connections.models import Route
from integration_hub.engine.models import Drift, ReconcileRun
from integration_hub.flows import actions
from integration_hub.web.management.answers import (
    add_json_option,
    add_period_options,
    answer,
    check_period,
    route_named,
)

MOST_LISTED = 500
"""Differences listed by number; the comparison's page has them all."""

MISSING = (Drift.Kind.MISSING_IN_CRM, Drift.Kind.MISSING_IN_HUB)


class Command(BaseCommand):
    help = (
        "Compares the store's orders of a period (by default since the route's start) with what the hub and the CRM "
        "have, lists what differs, and heals it. Exit code 1 when something differed or could not be read. It works "
        "without the hub's workers, who deliver what it queues; its report stands in the admin."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("route", metavar="ROUTE", help="name or id")
        add_period_options(parser)
        parser.add_argument("--no-heal", action="store_true", help="list only, send nothing")
        add_json_option(parser)

    def handle(self, *_args: Any, **options: Any) -> None:
        route = route_named(options["route"])
        check_period(options["since"], options["until"])
        if not route.collects:
            message = f"“{route}” is off: nothing is meant to be in the CRM, so there is nothing to compare."
            raise CommandError(message)
        try:
            run = actions.compare_now(route, options["since"], options["until"], heals=not options["no_heal"])
        except ConnectorError as problem:
            raise CommandError(without_promise(problem.message)) from None
        data = _data(route, run)
        answer(self, data, _lines(data), as_json=options["json"], passed=run.is_clean)


def _data(route: Route, run: ReconcileRun) -> dict[str, Any]:
    counted = run.drifts.order_by().values_list("kind").annotate(count=Count("pk"))
    missing = run.drifts.filter(kind__in=MISSING).order_by("pk").values_list("label", flat=True)[:MOST_LISTED]
    return {
        "route": route.name,
        "report": run.pk,
        "clean": run.is_clean,
        "in_store": run.in_store,
        "in_hub": run.in_hub,
        "in_crm": run.in_crm,
        "unwanted": run.unwanted,
        "open_items": run.open_items,
        "differences": dict(counted),
        "missing": list(missing),
        "sent": run.sent,
    }


def _lines(data: dict[str, Any]) -> list[str]:
    found = [f"  {Drift.Kind(kind).label.lower():<24} {count}" for kind, count in sorted(data["differences"].items())]
    lines = [
        f"{data['route']}: {'both sides agree' if data['clean'] else 'differences found'}",
        f"  store says {data['in_store']}, hub has {data['in_hub']}, CRM has {data['in_crm']}",
        f"  not wanted by the route  {data['unwanted']}",
        f"  waiting, parked or dead  {data['open_items']}",
        *found,
        f"  sent again               {data['sent']}",
    ]
    return [*lines, f"  missing orders: {', '.join(data['missing'])}"] if data["missing"] else lines
