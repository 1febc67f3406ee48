"""``manage.py read_payload KIND TOPIC FILE``: how the hub reads what a system sends."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from connectors.contract.errors import ConnectorError, Fault, Unreadable
from connectors.contract.push import PushType, envelope
from connectors.contract.results import (
    Change,
    Gone,
    Hint,
    HookEvent,
    NotRelevant,
    Seen,
    StatusSeen,
    UnreadableObject,
)
from connectors.contract.strict_json import NotJson, parse
from integration_hub.flows.trial import read_payload
from integration_hub.web.management.answers import add_json_option, answer, bytes_of
from integration_hub.web.push_schema import CUSTOMERS, LEADS, ORDERS, STATUS_CHANGES, objects_in

PUSHES = {kind.push_type: kind for kind in (ORDERS, CUSTOMERS, LEADS, STATUS_CHANGES)}


class Command(BaseCommand):
    help = (
        "Reads the raw body of a webhook, a trigger or a push as the hub would: prints the canonical record as JSON, "
        "in words what else the call says, or every fault with its path (exit code 1). Needs no connection and "
        "stores nothing."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("kind", metavar="KIND", help="the system: woocommerce, retailcrm, custom_cms ...")
        parser.add_argument("topic", metavar="TOPIC", help="what the call is about, e.g. order.updated")
        parser.add_argument("file", metavar="FILE", help="the body as it came, or - for stdin")
        parser.add_argument("--header", action="append", type=_header, default=[], metavar="NAME:VALUE")
        add_json_option(parser)

    def handle(self, *_args: Any, **options: Any) -> None:
        kind, topic, body = options["kind"], options["topic"], bytes_of(options["file"])
        try:
            bodies = _bodies(topic, body)
            changes = [change for each in bodies for change in _read(kind, topic, dict(options["header"]), each)]
            faults = [fault for change in changes if isinstance(change, UnreadableObject) for fault in change.faults]
        except Unreadable as problem:
            changes, faults = [], list(problem.faults)
        data = {
            "kind": kind,
            "topic": topic,
            "changes": [_data(change) for change in changes],
            "faults": [asdict(fault) for fault in faults],
        }
        lines = [_told(change) for change in changes] or _told_faults(faults)
        answer(self, data, lines, as_json=options["json"], passed=not faults)


def _header(text: str) -> tuple[str, str]:
    name, _, value = text.partition(":")
    return name.strip().lower(), value.strip()


def _read(kind: str, topic: str, headers: dict[str, str], body: bytes) -> Sequence[Change]:
    try:
        return read_payload(kind, HookEvent(topic, headers, body, timezone.now()))
    except Unreadable:
        raise
    except KeyError as unknown:
        raise CommandError(str(unknown.args[0])) from None
    except ConnectorError as problem:
        raise CommandError(problem.message) from None
    except Exception as fault:  # the same body must not stop whoever examines it
        message = f"A fault of the hub ({type(fault).__name__}): please report it, with the kind and the topic."
        raise CommandError(message) from fault


def _bodies(topic: str, body: bytes) -> list[bytes]:
    """What is kept of the call. The door of pushes keeps one envelope per object; a bare object is taken as one."""
    limit: int = settings.HUB_MAX_BODY_BYTES
    if len(body) > limit:
        fault = Fault("body", f"has {len(body)} bytes; the hub's door takes {limit} (HUB_MAX_BODY_BYTES)")
        what = "The body"
        raise Unreadable(what, [fault])
    try:
        push = parse(body) if topic in PUSHES else None
    except NotJson:
        push = None  # the connector says so in its own words
    if not isinstance(push, dict) or "type" in push:
        return [body]
    kind = PUSHES[PushType(topic)]
    if kind.one not in push and kind.many not in push:
        return [envelope(kind.push_type, push)]
    objects, faults = objects_in(kind, push)
    if faults:
        what = "The push"
        raise Unreadable(what, faults)
    return [envelope(kind.push_type, each) for each in objects]


def _data(change: Change) -> dict[str, Any]:
    match change:
        case Seen():
            version = change.version.isoformat() if change.version else None
            record = json.loads(change.record.model_dump_json())
            return {"change": "seen", "object": change.kind, "id": change.id, "version": version, "record": record}
        case Hint():
            return {"change": "hint", "object": change.kind, "id": change.id, "by": change.by}
        case Gone():
            return {"change": "gone", "object": change.kind, "id": change.id}
        case StatusSeen():
            changed_at = change.changed_at.isoformat() if change.changed_at else None
            return {"change": "status_seen", **asdict(change), "changed_at": changed_at}
        case NotRelevant():
            return {"change": "not_relevant", "reason": change.reason}
        case UnreadableObject():
            return {"change": "unreadable", "object": change.kind, "id": change.id}


def _told(change: Change) -> str:
    match change:
        case Seen():
            return change.record.model_dump_json(indent=2)
        case Hint():
            names = "the id that we gave it" if change.by == "external_id" else "id"
            return f"A hint: the hub would fetch the {change.kind} with {names} {change.id} and look."
        case Gone():
            return f"The {change.kind} {change.id} was deleted over there."
        case StatusSeen():
            return f"The order {change.id or change.external_id} has the status “{change.status}”."
        case NotRelevant():
            return f"Nothing to do: {change.reason}"
        case UnreadableObject():
            return "\n".join([f"The {change.kind} {change.id} cannot be read:", *_told_faults(change.faults)])


def _told_faults(faults: Sequence[Fault]) -> list[str]:
    return [f"{fault.path or 'body'}: {fault.message}" for fault in faults]
