"""What a process of the hub loads: workers nothing of the pages of staff, web servers all of them before a request."""

import subprocess
import sys
from importlib import import_module
from pathlib import Path

from django.conf import settings
from django.core.checks import Tags, run_checks

from tests.apart import environment

TOP = Path(__file__).resolve().parents[2]
ASKED = """
import sys
import django
django.setup()
pages = {"integration_hub.web.admin", "mappings.admin", "import_export.admin", "axes.admin"}
print(sorted(pages & sys.modules.keys()))
import integration_hub.wsgi
print(sorted(pages - sys.modules.keys()))
"""


def test_pages_of_staff_are_loaded_by_the_web_server_alone(tmp_path: Path) -> None:
    told = environment(tmp_path) | {"DJANGO_SETTINGS_MODULE": "integration_hub.settings.base"}

    done = subprocess.run(
        [sys.executable, "-c", ASKED], env=told, cwd=TOP, capture_output=True, text=True, timeout=60, check=False
    )

    assert (done.stdout.splitlines(), done.returncode) == (["[]", "[]"], 0), done.stderr


def test_pages_of_staff_are_sound() -> None:
    """Django looks at those that are loaded, and ``manage.py check`` may look before it loads them."""
    import_module(settings.ROOT_URLCONF)

    assert run_checks(tags=[Tags.admin]) == []
