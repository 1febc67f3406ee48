"""``manage.py chaos [row ...]``: the fault matrix."""

import json
import signal
import sys
from types import FrameType
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from integration_hub.chaos import matrix
from integration_hub.chaos.row import DATABASES
from integration_hub.chaos.rows import NAMES, PAIRS


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    """Once: cleaning up is not interrupted."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt


class Command(BaseCommand):
    help = (
        "Breaks every promise of the hub on purpose, over real HTTP against stand-ins; exit 1 when one does not hold."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("rows", nargs="*", metavar="row", help=f"rows; all when none is named: {', '.join(NAMES)}")
        parser.add_argument("--json", action="store_true", help="print the rows as JSON on the last line")
        parser.add_argument("--markdown", action="store_true", help="print the table of docs/reliability.md")
        parser.add_argument("--scale", type=float, default=1.0, help="0.1 runs a tenth of the orders")
        parser.add_argument("--small", action="store_true", help="the size of the test suite: no timing counts")
        parser.add_argument("--database", choices=[*DATABASES, "both"], default="both")
        parser.add_argument("--pair", choices=PAIRS, default="", help="only between this store and this CRM")
        parser.add_argument("--one", choices=NAMES, help="run one row in this process, on this installation's database")
        parser.add_argument("--size", type=int, default=100, help="orders of that row")

    def handle(self, *_args: Any, **options: Any) -> None:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, _interrupt)
        if options["one"]:
            self._one(options["one"], options["size"], options["pair"], small=options["small"])
            return
        unknown = set(options["rows"]) - set(NAMES)
        if unknown:
            self.stderr.write(f"There is no row {', '.join(sorted(unknown))}. Rows: {', '.join(NAMES)}.")
            sys.exit(2)
        databases = DATABASES if options["database"] == "both" else (options["database"],)
        try:
            results = matrix.run(
                options["rows"] or NAMES,
                databases,
                self._say,
                scale=options["scale"],
                small=options["small"],
                pair=options["pair"],
            )
        except KeyboardInterrupt:
            self._say("stopped")
            sys.exit(130)
        self._show(results, options)
        if not all(result["passed"] for result in results):
            sys.exit(1)

    def _one(self, name: str, orders: int, pair: str, *, small: bool) -> None:
        try:
            found = matrix.run_here(name, orders, small=small, pair_name=pair)
        except KeyboardInterrupt:
            sys.exit(130)
        self.stdout.write(json.dumps(found))

    def _show(self, results: list[matrix.Result], options: dict[str, Any]) -> None:
        if options["json"]:
            self.stdout.write(json.dumps({"rows": results}))
            return
        if options["markdown"]:
            self.stdout.write(matrix.markdown(results))
            return
        for result in results:
            counts = f"L {result['lost']}  D {result['duplicated']}  S {result['wrong_last_state']}"
            verdict = "passed" if result["passed"] else "FAILED"
            where = f"{result['pair']:24} {result['database']:11}"
            self.stdout.write(f"{result['row']:4} {where} n={result['n']:<6} {counts}   {verdict}")
            for name, each in result["criteria"].items():
                mark = " " if each["passed"] else "!"
                self.stdout.write(f"   {mark} {name:34} {each['seen']:>10g}   limit {each['limit']:g}")
            for line in (*result["wrong"], *([result["note"]] if result["note"] else [])):
                self.stdout.write(f"     {line}")

    def _say(self, text: str) -> None:
        self.stderr.write(f"chaos: {text}", style_func=str)
        self.stderr.flush()
