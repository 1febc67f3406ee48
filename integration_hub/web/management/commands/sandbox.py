"""``manage.py sandbox KIND... --port N``: serves stand-ins of the vendors' systems on loopback."""

from collections.abc import Sequence
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from integration_hub.demo.stands import StandError, as_json, made, serve


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
        def say(boxes: Sequence[Any]) -> None:
            if options["json"]:
                self.stdout.write(as_json(boxes))
            else:
                for box in boxes:
                    self.stdout.write(f"{box.kind}: {box.url}   (state: {box.url}/__sandbox__/state)")
            self.stdout.flush()

        try:
            boxes = [
                made(text, options["port"] + position if options["port"] else 0)
                for position, text in enumerate(options["kinds"])
            ]
        except StandError as problem:
            raise CommandError(str(problem)) from None
        serve(boxes, say)
