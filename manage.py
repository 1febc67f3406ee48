#!/usr/bin/env python
"""Django's command line. A faulty configuration is told in one sentence instead of a traceback."""

import gc
import os
import sys

import django
from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line


def load() -> None:
    """Loads the hub, and leaves what was loaded out of all later garbage collections: it stays for ever.

    Looking through it takes a third of the time in which a process starts and ends, and makes forked workers copy it.
    """
    gc.disable()
    django.setup()
    gc.freeze()
    gc.enable()


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "integration_hub.settings.base")
    try:
        load()
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as fault:
        sys.exit(f"Not configured: {fault}")


if __name__ == "__main__":
    main()
