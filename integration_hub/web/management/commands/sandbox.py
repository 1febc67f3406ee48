"""``manage.py sandbox KIND... --port N``: serves stand-ins of the vendors' systems on loopback."""

import json
import signal
from importlib import import_module
from threading import Event
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser


class Command(BaseCommand):
    help = (
        "Serves a stand-in for each KIND, on consecutive ports from --port. A kind may be given twice, and with "
        "options: woocommerce:name=Outlet,first_order_id=1001."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("kinds", nargs="+", metavar="KIND[:option=value,...]")
        parser.add_argument("--port", type=int, default=9100, help="first port; 0 lets the system choose")
        parser.add_argument("--json", action="store_true", help="print the addresses as one line of JSON")

    def handle(self, *_args: Any, **options: Any) -> None:
        boxes = [
            _make(text, options["port"] + position if options["port"] else 0)
            for position, text in enumerate(options["kinds"])
        ]
        stopping = Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stopping.set())
        for box in boxes:
            box.start()
        if options["json"]:
            self.stdout.write(json.dumps([{"kind": box.kind, "url": box.url} for box in boxes]))
        else:
            for box in boxes:
                self.stdout.write(f"{box.kind}: {box.url}   (state: {box.url}/__sandbox__/state)")
        self.stdout.flush()
        stopping.wait()
        for box in boxes:
            box.stop()


def _make(text: str, port: int) -> Any:
    kind, _, rest = text.partition(":")
    pairs = dict(part.split("=", 1) for part in rest.split(",") if "=" in part)
    values = {name: int(value) if value.isdigit() else value for name, value in pairs.items()}
    try:
        module = import_module(f"connectors.{kind}.sandbox")
    except ModuleNotFoundError:
        message = f"There is no stand-in for “{kind}”."
        raise CommandError(message) from None
    try:
        return module.make(port=port, **values)
    except TypeError as problem:
        message = f"{kind}: {problem}"
        raise CommandError(message) from None
