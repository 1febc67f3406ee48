"""``manage.py translate ROUTE FILE``: what a route would send for a canonical record."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from pydantic import ValidationError

from connectors.contract.canonical import Canonical, Customer, Lead, ObjectKind, Order
from connectors.contract.errors import Fault
from connectors.contract.push import told
from connectors.contract.strict_json import NotJson, parse
from integration_hub.connections.models import Route
from integration_hub.flows.trial import Translation, translate
from integration_hub.web.management.answers import add_json_option, answer, bytes_of, route_named

MODELS: Mapping[str, type[Canonical]] = {"order": Order, "customer": Customer, "lead": Lead}
_ONLY_ORDERS_HAVE = frozenset({"currency", "total", "lines", "status"})
_ONLY_LEADS_HAVE = frozenset({"customer", "form", "message", "page_url"})


class Command(BaseCommand):
    help = (
        "Translates a canonical order, customer or lead (JSON, as read_payload prints it) with the route's mappings: "
        "shows what would be sent for a new one, or every code without a mapping (exit code 1). Sends nothing."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("route", metavar="ROUTE", help="name or id")
        parser.add_argument("file", metavar="FILE", help="a file, or - for stdin")
        parser.add_argument("--object", choices=tuple(MODELS), help="what the file holds; default: seen by its keys")
        add_json_option(parser)

    def handle(self, *_args: Any, **options: Any) -> None:
        route = route_named(options["route"])
        kind, record, faults = _read(bytes_of(options["file"]), options["object"])
        if record is None:
            data: dict[str, Any] = {"route": route.name, "object": kind, "faults": [asdict(fault) for fault in faults]}
            lines = [f"{fault.path}: {fault.message}" for fault in faults]
            answer(self, data, lines, as_json=options["json"], passed=False)
            return
        made = translate(route, record)
        data = {"route": route.name, "object": kind, "id": record.id or "", **asdict(made)}
        passed = not made.missing and not made.fault
        answer(self, data, _lines(route, kind, made), as_json=options["json"], passed=passed)


def _read(body: bytes, kind: str | None) -> tuple[str, Any, Sequence[Fault]]:
    """The kind and the record, or None and everything that keeps it from being one."""
    try:
        value = parse(body)
    except NotJson as problem:
        return kind or "", None, [Fault("(file)", f"is not valid JSON: {problem}")]
    if not isinstance(value, dict):
        return kind or "", None, [Fault("(file)", "must hold one JSON object")]
    kind = kind or _kind_of(value)
    try:
        return kind, MODELS[kind].model_validate(value), ()
    except ValidationError as problem:
        return kind, None, [Fault(fault.path.removeprefix(f"{kind}."), fault.message) for fault in told(problem, kind)]


def _kind_of(value: Mapping[str, Any]) -> str:
    if _ONLY_ORDERS_HAVE & value.keys():
        return ObjectKind.ORDER.value
    return ObjectKind.LEAD.value if _ONLY_LEADS_HAVE & value.keys() else ObjectKind.CUSTOMER.value


def _lines(route: Route, kind: str, made: Translation) -> list[str]:
    if made.fault:
        return [f"{route}: the {kind} cannot be sent. {made.fault}"]
    if made.missing:
        lines = [f"{route}: {len(made.missing)} codes of the {kind} are not mapped"]
        return lines + [f"  {use.kind} “{use.code}”{f' ({use.label})' if use.label else ''}" for use in made.missing]
    lines = [f"{route}: the {kind} would be sent as {made.external_id or 'one without an external id'}"]
    lines += [
        f"  {name} {code or '(none)'} -> {'(left out)' if target is None else target}"
        for name, pairs in made.codes.items()
        for code, target in pairs
    ]
    lines += [f"  field {name} = {value}" for name, value in made.fields.items()]
    lines += [f"  customer's field {name} = {value}" for name, value in made.customer_fields.items()]
    return [*lines, f"  but it stays here: {made.objection}"] if made.objection else lines
