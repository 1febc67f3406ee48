"""``manage.py setup_roles``: the groups viewer, operator, integrator and administrator. Run after ``migrate``."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from integration_hub.web.roles import setup_roles


class Command(BaseCommand):
    help = "Make the four staff roles, or bring their permissions up to date. Safe to repeat."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print the counts as JSON")

    def handle(self, *_args: Any, **options: Any) -> None:
        given = setup_roles()
        if options["json"]:
            self.stdout.write(json.dumps(given))
            return
        for role, count in given.items() if options["verbosity"] else ():
            self.stdout.write(f"{role}: {count} permissions")
