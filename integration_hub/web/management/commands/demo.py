"""``manage.py demo``: a shop, a CRM and the hub between them, on this machine."""

import json
import os
import secrets
import signal
import sys
from time import sleep
from types import FrameType
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection

from integration_hub.demo.report import Report
from integration_hub.demo.shop import Demo, connect_doors, set_up
from integration_hub.demo.stage import Hub, StageError, StandIns, free_port, fresh_data
from integration_hub.demo.traffic import DemoError, run_once, shop_orders, work_in_crm, work_in_shops

PAUSE_SECONDS = 20
"""Between two rounds of the endless demo: something always moves, and there is time to read."""


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


class Command(BaseCommand):
    help = "Sets up stand-ins of shops and CRMs, and sends orders through the hub."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="stop when both ways are proven; exit 1 if not")
        parser.add_argument("--json", action="store_true", help="print the figures as JSON on the last line")
        parser.add_argument("--port", type=int, default=8000, help="of the admin, when it is free")
        parser.add_argument("--orders", type=int, default=220, help="how many orders the first round sends")

    def handle(self, *_args: Any, **options: Any) -> None:
        if connection.vendor == "sqlite":
            fresh_data(settings.HUB_DATA_DIR)
        port = free_port(0 if options["once"] else options["port"])
        # The child processes read it from the environment; this process needs it for hook addresses.
        os.environ["HUB_BASE_URL"] = settings.HUB_BASE_URL = f"http://127.0.0.1:{port}"
        os.environ["CSRF_TRUSTED_ORIGINS"] = settings.HUB_BASE_URL
        self._quiet = options["json"]
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, _interrupt)
        stand_ins = StandIns()
        hub = Hub(port, settings.HUB_DATA_DIR / "demo-run")
        try:
            password = self._prepare()
            if not options["once"]:  # nobody opens a page
                call_command("collectstatic", verbosity=0, interactive=False)
            demo = set_up(stand_ins.desks())
            hub.start()
            connect_doors(demo)
            report = run_once(demo, self._say, orders=options["orders"])
            self._show(report, as_json=options["json"])
            if not options["once"]:
                self._go_on(demo, hub, password)
        except (StageError, DemoError) as problem:
            raise CommandError(str(problem)) from None
        except KeyboardInterrupt:
            self._say("stopping …")
            return
        finally:
            hub.stop()
            stand_ins.stop()
        if options["once"] and not report.is_proven:
            sys.exit(1)

    def _prepare(self) -> str:
        self._say("making a database, tables and a login …")
        call_command("migrate", verbosity=0, interactive=False)
        call_command("setup_roles", verbosity=0)
        users = get_user_model().objects
        if users.exists():
            message = "This database is in use already. Point DATABASE_URL to an empty one, or leave it out."
            raise StageError(message)
        password = secrets.token_urlsafe(9)
        admin = users.create_superuser("admin", "", password)
        admin.groups.set(Group.objects.filter(name="administrator"))
        return password

    def _say(self, text: str) -> None:
        stream = self.stderr if self._quiet else self.stdout
        stream.write(f"demo: {text}", style_func=None if stream is self.stdout else str)
        stream.flush()

    def _show(self, report: Report, *, as_json: bool) -> None:
        figures = report.as_dict()
        wrong = figures.pop("wrong")
        for line in wrong:
            self._say(line)
        if as_json:
            self.stdout.write(json.dumps(figures))
            self.stdout.flush()
            return
        pairs = figures.pop("pairs")
        for name, value in figures.items():
            self.stdout.write(f"  {name.replace('_', ' '):24} {value}")
        self._table(pairs)

    def _table(self, pairs: list[dict[str, Any]]) -> None:
        """A line per store, MODX first."""
        columns = [name for name, value in pairs[0].items() if isinstance(value, int)]
        self.stdout.write(f"\n  {'':22}" + "".join(f"{name.replace('_', ' '):>21}" for name in columns))
        for pair in pairs:
            self.stdout.write(f"  {pair['pair']:22}" + "".join(f"{pair[name]:>21}" for name in columns))

    def _go_on(self, demo: Demo, hub: Hub, password: str) -> None:
        self._say(f"open {hub.address}/admin/   login: admin   password: {password}   (Ctrl-C ends everything)")
        for number in range(1, sys.maxsize):
            sleep(PAUSE_SECONDS)
            shop_orders(demo, 10, rate=2.0, seed=100 + number)
            work_in_shops(demo, seed=100 + number)
            work_in_crm(demo, seed=100 + number)
