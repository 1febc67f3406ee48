"""``manage.py backfill ROUTE``: brings over old orders or customers, as the backfill page does."""

import argparse
import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from integration_hub.engine.models import Backfill
from integration_hub.flows import actions
from integration_hub.web.management.answers import (
    add_json_option,
    add_period_options,
    answer,
    check_period,
    route_named,
)

FLOWS = tuple(flow.value for flow in actions.readable_flows())

SECONDS_BETWEEN_LOOKS = 1.0
State = Backfill.State


class Command(BaseCommand):
    help = (
        "Starts a backfill of a route; the workers of the hub read and send it, apart from live traffic. "
        "Exit code 1 when --wait ends with a backfill that was stopped."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("route", metavar="ROUTE", help="name or id")
        parser.add_argument("--flow", choices=FLOWS, default=FLOWS[0], help="what to bring over; default: orders")
        add_period_options(parser)
        parser.add_argument("--ids", type=_ids, default=[], metavar="ID,ID", help="only these objects, by store id")
        parser.add_argument(
            "--numbers", type=_numbers, default=("", ""), metavar="FROM:TO", help="only orders with these numbers"
        )
        parser.add_argument("--wait", action="store_true", help="show the progress until all is read")
        add_json_option(parser)

    def handle(self, *_args: Any, **options: Any) -> None:
        since, until, ids, numbers = options["since"], options["until"], options["ids"], options["numbers"]
        route = route_named(options["route"])
        check_period(since, until)
        if ids and (since or until or any(numbers)):
            message = "Give either ids or a period: ids are read whenever they were created."
            raise CommandError(message)
        if any(numbers) and options["flow"] != FLOWS[0]:
            message = "Only orders have numbers."
            raise CommandError(message)
        if not route.collects:
            message = f"“{route}” is off: nothing would be sent. Switch it on first, a dry run will do."
            raise CommandError(message)
        backfill = actions.start_backfill(route, options["flow"], since=since, until=until, ids=ids, numbers=numbers)
        if options["wait"]:
            self._watch(backfill, quiet=options["json"])
        passed = backfill.state not in {State.FAILED, State.PAUSED}
        answer(self, _data(backfill), [_line(backfill)], as_json=options["json"], passed=passed)

    def _watch(self, backfill: Backfill, *, quiet: bool) -> None:
        """Returns when it no longer runs; prints a line whenever it got on."""
        shown = ""
        while backfill.state == State.RUNNING:
            line = _line(backfill)
            if line != shown and not quiet:
                self.stdout.write(line)
                self.stdout.flush()
            shown = line
            self.pause()
            backfill.refresh_from_db()

    def pause(self) -> None:
        """Between two looks; the workers are other processes."""
        time.sleep(SECONDS_BETWEEN_LOOKS)


def _ids(text: str) -> list[str]:
    return list(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))


def _numbers(text: str) -> tuple[str, str]:
    first, separator, last = text.partition(":")
    if not separator or not (first.strip() or last.strip()):
        message = f"“{text}” is no range of numbers, such as 1001:1050 or 1001:"
        raise argparse.ArgumentTypeError(message)
    return first.strip(), last.strip()


def _data(backfill: Backfill) -> dict[str, Any]:
    return {
        "id": backfill.pk,
        "route": backfill.route.name,
        "flow": backfill.flow,
        "state": str(backfill.state),
        "total": backfill.total,
        "read": backfill.read,
        "queued": backfill.queued,
        "left_out": backfill.unwanted,
        "unreadable": backfill.unreadable,
        "error": backfill.error,
    }


def _line(backfill: Backfill) -> str:
    of_all = f" of {backfill.total}" if backfill.total is not None else ""
    counts = f"{backfill.read}{of_all} read, {backfill.queued} queued, {backfill.unreadable} unreadable"
    error = f": {backfill.error}" if backfill.error else ""
    return f"backfill {backfill.pk}, {backfill.state}, {counts}{error}"
