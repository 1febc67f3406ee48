"""The environment of a hub in processes of its own: what its commands set, in a folder of its own, and nothing else."""

import os
from pathlib import Path

from cryptography.fernet import Fernet

KEPT = ("PATH", "HOME", "LANG", "TMPDIR", "PYTHONPYCACHEPREFIX")
"""The last: without it each of many processes would compile all modules anew."""


def environment(folder: Path) -> dict[str, str]:
    kept = {name: os.environ[name] for name in KEPT if name in os.environ}
    return kept | {
        "HUB_ENV_FILE": os.devnull,
        "HUB_DATA_DIR": str(folder / "data"),
        "STATIC_ROOT": str(folder / "static"),
        "SECRET_KEY": "only-for-this-test-" + "x" * 40,
        "FIELD_KEYS": Fernet.generate_key().decode(),
        "HUB_BASE_URL": "http://127.0.0.1:8000",
        "ALLOWED_HOSTS": "127.0.0.1,localhost",
        "HUB_ALLOWED_PRIVATE_NETWORKS": "127.0.0.0/8",
        "LOG_LEVEL": "WARNING",
    }
