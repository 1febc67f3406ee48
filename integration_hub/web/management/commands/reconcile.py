"""``manage.py reconcile ROUTE``: compares both sides of a route and sends again what the CRM lacks."""

from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from connectors.contract.errors import ConnectorError
from integration_hub.connections.models import Route
from integration_hub.flows.reconcile import MOST_LISTED, Drift, reconcile
from integration_hub.web.management.answers import (
    add_json_option,
    add_period_options,
    answer,
    check_period,
    route_named,
)


class Command(BaseCommand):
    help = (
        "Walks the store's orders of a period (by default since the route's start), lists those that the CRM lacks "
        "without a known reason, and sends them again. Exit code 1 when some were missing or could not be read."
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
            drift = reconcile(route, options["since"], options["until"], heal=not options["no_heal"])
        except ConnectorError as problem:
            raise CommandError(problem.message) from None
        data = {"route": route.name, "clean": drift.is_clean, **asdict(drift)}
        answer(self, data, _lines(route, drift), as_json=options["json"], passed=drift.is_clean)


def _lines(route: Route, drift: Drift) -> list[str]:
    lines = [
        f"{route}: {'nothing is missing' if drift.is_clean else 'drift found'}",
        f"  orders in the store      {drift.in_store}",
        f"  of these in the CRM      {drift.in_crm}",
        f"  not wanted by the route  {drift.unwanted}",
        f"  waiting, parked or dead  {drift.open_items}",
        f"  unreadable               {drift.unreadable}",
        f"  missing                  {len(drift.missing)}{' or more' if len(drift.missing) == MOST_LISTED else ''}",
        f"  sent again               {drift.healed}",
    ]
    return [*lines, f"  missing orders: {', '.join(drift.missing)}"] if drift.missing else lines
