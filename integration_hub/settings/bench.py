"""Settings of the benchmark: those of an installation, with statements counted and the plain baseline's door."""

from .base import *

ROOT_URLCONF = "integration_hub.bench.urls"
DATABASES["default"]["ENGINE"] = DATABASES["default"]["ENGINE"].replace(
    "django.db.backends", "integration_hub.bench.counting"
)
