"""Settings of the benchmark: those of an installation, with statements counted and the plain baseline's door."""

from . import base
from .base import *  # noqa: F403 - the settings of an installation, all of them

ROOT_URLCONF = "integration_hub.bench.urls"
base.DATABASES["default"]["ENGINE"] = str(base.DATABASES["default"]["ENGINE"]).replace(
    "django.db.backends", "integration_hub.bench.counting"
)
