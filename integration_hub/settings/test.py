"""Settings of the test suite: those of an installation, with values of its own and no ``.env``.

The database is named by the environment: see ``tests/database.py``.
"""

import os
import tempfile
from pathlib import Path

os.environ.setdefault("HUB_DATA_DIR", str(Path(tempfile.gettempdir()) / "hub-test-data"))
os.environ["HUB_ENV_FILE"] = os.devnull
os.environ["SECRET_KEY"] = "only-for-tests-" + "x" * 50
os.environ["FIELD_KEYS"] = "M0RlYWRCZWVmRGVhZEJlZWZEZWFkQmVlZkRlYWRCZWU="
os.environ["HUB_BASE_URL"] = "http://testserver"
os.environ["ALLOWED_HOSTS"] = "testserver,localhost,127.0.0.1"
os.environ["HUB_DOOR_TRUST_SECONDS"] = "0"
os.environ["EMAIL_URL"] = "memorymail://"

from .base import *
from .base import _database_url

if not _database_url:
    # A file, as in an installation: SQLite in memory knows no write-ahead log and locks whole tables.
    DATABASES["default"]["TEST"] = {"NAME": str(HUB_DATA_DIR / "test.sqlite3")}
    DATABASES["default"]["OPTIONS"]["init_command"] += "PRAGMA synchronous=OFF;"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
WHITENOISE_AUTOREFRESH = True
WHITENOISE_USE_FINDERS = True
