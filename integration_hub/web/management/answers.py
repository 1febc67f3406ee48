"""What the commands share: finding a row by name or id, reading times, and answering people or scripts."""

import argparse
import json
import sys
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.models import QuerySet
from django.utils import timezone

from integration_hub.connections.models import Connection, Route
from integration_hub.connections.secrets import WrongKeyError

M = TypeVar("M", Connection, Route)

STDIN = "-"


def add_json_option(parser: CommandParser) -> None:
    parser.add_argument("--json", action="store_true", help="answer with one line of JSON")


def answer(command: BaseCommand, data: Mapping[str, Any], lines: Iterable[str], *, as_json: bool, passed: bool) -> None:
    """JSON for scripts or lines for people, on stdout; ends the process with 1 when it did not pass."""
    command.stdout.write(json.dumps(data) if as_json else "\n".join(lines))
    command.stdout.flush()
    if not passed:
        sys.exit(1)


def connection_named(text: str) -> Connection:
    """The connection of that name or id; raises CommandError with the known ones."""
    return _named(Connection.objects.all(), text)


def route_named(text: str) -> Route:
    """The route of that name or id with both its connections; raises CommandError with the known ones."""
    return _named(Route.objects.select_related("store", "crm"), text)


def _named(rows: QuerySet[M], text: str) -> M:
    try:
        found = rows.filter(name=text).first()
        if found is None and text.isascii() and text.isdigit() and len(text) < 19:
            found = rows.filter(pk=int(text)).first()
    except WrongKeyError as problem:
        raise CommandError(str(problem)) from None
    if found is not None:
        return found
    known = [f"{name} ({pk})" for pk, name in rows.model.objects.order_by("name").values_list("pk", "name")]
    word = rows.model._meta.verbose_name
    message = f"There is no {word} “{text}”. Known: {', '.join(known) or 'none'}."
    raise CommandError(message)


def moment(text: str) -> datetime:
    """A date or an ISO 8601 time. Without an offset it is meant in TIME_ZONE; a date is that day's first moment."""
    try:
        value = datetime.fromisoformat(text)
        return timezone.make_aware(value) if timezone.is_naive(value) else value
    except (ValueError, OverflowError):
        message = f"“{text}” is no date or time, such as 2026-03-01 or 2026-03-01T18:30+01:00"
        raise argparse.ArgumentTypeError(message) from None


def add_period_options(parser: CommandParser) -> None:
    """``--since`` and ``--until``; check them with ``check_period``."""
    parser.add_argument("--since", type=moment, metavar="TIME", help="created from this date or time on")
    parser.add_argument("--until", type=moment, metavar="TIME", help="created before this date or time")


def check_period(since: datetime | None, until: datetime | None) -> None:
    if since is not None and until is not None and since >= until:
        message = "--since must be earlier than --until."
        raise CommandError(message)


def bytes_of(name: str) -> bytes:
    """The content of a file, or of stdin for ``-``; raises CommandError."""
    try:
        return sys.stdin.buffer.read() if name == STDIN else Path(name).read_bytes()
    except (OSError, ValueError) as problem:
        reason = problem.strerror if isinstance(problem, OSError) else str(problem)
        message = f"“{name}” cannot be read: {reason}."
        raise CommandError(message) from None
