"""``manage.py verify CONNECTION``: what the button "Verify" does."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from connectors.contract.errors import ConnectorError, without_promise
from connectors.contract.results import AccountReport
from integration_hub.connections.models import Connection
from integration_hub.flows import actions
from integration_hub.web.management.answers import add_json_option, answer, connection_named


class Command(BaseCommand):
    help = "Asks the other system who we are there and which rights are missing. Exit code 1 when a check fails."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("connection", metavar="CONNECTION", help="name or id")
        add_json_option(parser)

    def handle(self, *_args: Any, **options: Any) -> None:
        connection = connection_named(options["connection"])
        try:
            report = actions.verify(connection)
        except ConnectorError as problem:
            told = without_promise(problem.message)
            data = {"connection": connection.name, "passed": False, "error": told, "code": problem.code}
            lines = [f"{connection.name}: {told}"]
            answer(self, data, lines, as_json=options["json"], passed=False)
            return
        answer(
            self, _data(connection, report), _lines(connection, report), as_json=options["json"], passed=report.passed
        )


def _data(connection: Connection, report: AccountReport) -> dict[str, Any]:
    return {
        "connection": connection.name,
        "account": report.account,
        "version": report.version,
        "passed": report.passed,
        "checks": [
            {"name": check.name, "passed": check.passed, "message": check.message, "cure": check.cure}
            for check in report.checks
        ],
    }


def _lines(connection: Connection, report: AccountReport) -> list[str]:
    width = max((len(check.name) for check in report.checks), default=0)
    lines = [f"{connection.name}: {report.account} {report.version}".rstrip()]
    for check in report.checks:
        said = " ".join(part for part in (check.message, "" if check.passed else check.cure) if part)
        lines.append(f"  {'ok    ' if check.passed else 'FAILED'}  {check.name:{width}}  {said}".rstrip())
    return lines
