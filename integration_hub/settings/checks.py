"""System checks of the settings: a faulty installation says so before it takes the first order."""

from datetime import time
from typing import Any

from cryptography.fernet import Fernet
from django.conf import settings
from django.core import checks
from django.utils.module_loading import import_string

KEY_COMMAND = 'python -c "from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())"'
EXAMPLE_SECRET_KEY = "change-me"  # noqa: S105  # not a secret: what no installation may use
"""How the value of ``.env.example`` begins."""


SHORTEST_SHARED_SECRET = 16

SHORTEST_LEASE_SECONDS = 3
"""Shorter than a renewal may take on a busy database."""


def _is_fernet_key(key: str) -> bool:
    try:
        Fernet(key)
    except ValueError:
        return False
    return True


@checks.register(checks.Tags.security)
def check_field_keys(**_: Any) -> list[checks.CheckMessage]:
    """hub.E001: no key for the secrets at rest (a warning, hub.W001, in DEBUG); hub.E002: one is not a Fernet key."""
    keys: list[str] = settings.FIELD_KEYS
    if not keys:
        hint = f"Set FIELD_KEYS in .env. A new key: {KEY_COMMAND}"
        if settings.DEBUG:
            return [checks.Warning("FIELD_KEYS is empty: no connection can keep a secret.", hint=hint, id="hub.W001")]
        return [checks.Error("FIELD_KEYS is empty: no connection can keep a secret.", hint=hint, id="hub.E001")]
    return [
        checks.Error(
            f"Key {number} of FIELD_KEYS is not a Fernet key.",
            hint=f"It must be 32 bytes in URL-safe base64. A new key: {KEY_COMMAND}",
            id="hub.E002",
        )
        for number, key in enumerate(keys, start=1)
        if not _is_fernet_key(key)
    ]


@checks.register(checks.Tags.security)
def check_secret_key(**_: Any) -> list[checks.CheckMessage]:
    """hub.E003: the key of the example file is in use."""
    if settings.DEBUG or not settings.SECRET_KEY.startswith(EXAMPLE_SECRET_KEY):
        return []
    return [checks.Error("SECRET_KEY is the one of the example file.", hint="Set a long random value.", id="hub.E003")]


@checks.register()
def check_transforms(**_: Any) -> list[checks.CheckMessage]:
    """hub.E005: a path of HUB_TRANSFORMS leads to no function, so every object of its route would be refused."""
    return [
        checks.Error(
            f"HUB_TRANSFORMS names “{path}”, which cannot be loaded ({type(fault).__name__}).",
            hint="It must be a function: package.module.function, importable from the folder of manage.py.",
            id="hub.E005",
        )
        for path in settings.HUB_TRANSFORMS
        if (fault := _fault_of(path)) is not None
    ]


def _fault_of(path: str) -> BaseException | None:
    try:
        if not callable(import_string(path)):
            return TypeError()
    except (Exception, SystemExit) as fault:  # noqa: BLE001 - it is the installation's own code: anything may be raised
        return fault
    return None


@checks.register()
def check_background_work(**_: Any) -> list[checks.CheckMessage]:
    """hub.E007: the time of the nightly comparison is none; hub.E008: leases too short for a slow machine."""
    found: list[checks.CheckMessage] = []
    try:
        time.fromisoformat(settings.HUB_RECONCILE_AT or "00:00")
    except ValueError:
        message = f"HUB_RECONCILE_AT is “{settings.HUB_RECONCILE_AT}”, which is no time of day."
        found.append(checks.Error(message, hint="Write it as 03:00, or leave it empty.", id="hub.E007"))
    if settings.HUB_LEASE_SECONDS < SHORTEST_LEASE_SECONDS:
        message = f"HUB_LEASE_SECONDS is {settings.HUB_LEASE_SECONDS}: work would be taken from workers that are alive."
        found.append(checks.Error(message, hint="Set it to 30, or leave it out.", id="hub.E008"))
    return found


@checks.register()
def check_applications(**_: Any) -> list[checks.CheckMessage]:
    """hub.E013: a marketplace's code without its secret, or the other way round; hub.E014: a secret that can be
    guessed, by which anybody could open connections."""
    found: list[checks.CheckMessage] = []
    for kind, (code, secret) in settings.HUB_APPLICATIONS.items():
        names = f"HUB_{kind.upper()}_MODULE_CODE and HUB_{kind.upper()}_MODULE_SECRET"
        if bool(code) != bool(secret):
            hint = "Set both, or none: then nobody can install the hub from there."
            found.append(checks.Error(f"{names} belong together; one is empty.", hint=hint, id="hub.E013"))
        elif secret and len(secret) < SHORTEST_SHARED_SECRET:
            hint = "Take the one that the vendor's partner account shows."
            found.append(checks.Error(f"The secret of {names} is too short.", hint=hint, id="hub.E014"))
    return found


@checks.register(checks.Tags.security, deploy=True)
def check_base_url(**_: Any) -> list[checks.CheckMessage]:
    """hub.W004: stores would call the hub, and staff sign in, over plain HTTP."""
    if settings.DEBUG or settings.HUB_BASE_URL.startswith("https://"):
        return []
    return [
        checks.Warning(
            f"HUB_BASE_URL is {settings.HUB_BASE_URL}: webhooks and passwords travel unencrypted.",
            hint="Put a proxy with a certificate in front, and set HUB_BASE_URL to the https address.",
            id="hub.W004",
        )
    ]
