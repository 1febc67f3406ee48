"""``manage.py bench [name]``: the performance table."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from integration_hub.bench import rows, table


class Command(BaseCommand):
    help = "Measures the hub over real HTTP against stand-ins, on PostgreSQL and SQLite, beside a plain baseline."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("names", nargs="*", choices=[*table.SIZES, []], help="rows; all when none is named")
        parser.add_argument("--json", action="store_true", help="print the rows as JSON on the last line")
        parser.add_argument("--scale", type=float, default=1.0, help="0.1 measures a tenth of the orders")
        parser.add_argument("--row", choices=list(table.SIZES), help="measure one row in this process and database")
        parser.add_argument("--size", type=int, help="orders of that row")

    def handle(self, *_args: Any, **options: Any) -> None:
        if options["row"]:
            self._one(options["row"], options["size"] or table.SIZES[options["row"]])
            return
        measured = table.run(options["names"] or list(table.SIZES), self._say, scale=options["scale"])
        if options["json"]:
            self.stdout.write(json.dumps({"rows": measured}))
            return
        for row in measured:
            self.stdout.write(f"\n{row.pop('name')} on {row.pop('database')}")
            for name, value in row.items():
                self.stdout.write(f"  {name.replace('_', ' '):22} {value}")

    def _one(self, name: str, size: int) -> None:
        try:
            figures = getattr(rows, name)(size)
        except rows.BenchError as problem:
            raise CommandError(str(problem)) from None
        self.stdout.write(json.dumps(figures))

    def _say(self, text: str) -> None:
        self.stderr.write(f"bench: {text}", style_func=str)
        self.stderr.flush()
