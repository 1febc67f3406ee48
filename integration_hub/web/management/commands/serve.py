"""``manage.py serve``: everything a real installation runs, in one process tree."""

from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser

from integration_hub.watch.rounds import Aside
from integration_hub.web.supervisor import Supervisor, standard_children


class Command(BaseCommand):
    help = "Migrates, collects static files, then runs web server, workers and ticker until it is stopped."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--bind", default="127.0.0.1:8000", help="address and port of the web server")
        parser.add_argument(
            "--no-web", action="store_true", help="workers and ticker only: a further machine beside one with doors"
        )
        parser.add_argument("--no-setup", action="store_true", help="skip migrations, roles and static files")

    def handle(self, *_args: Any, **options: Any) -> None:
        if not options["no_setup"]:
            call_command("migrate", verbosity=0, interactive=False)
            call_command("setup_roles", verbosity=0)
            call_command("collectstatic", verbosity=0, interactive=False)
        run_dir = settings.HUB_DATA_DIR / "run"
        Supervisor(
            standard_children(run_dir, bind=None if options["no_web"] else options["bind"]), run_dir, watch=Aside()
        ).run()
