"""Secrets at rest: one encrypted JSON field on MultiFernet.

``FIELD_KEYS`` lists the keys: the first encrypts, all decrypt. A wrong key raises; ciphertext is never handed out as
if it were the secret. See docs/adr for why this is ours and not a package.
"""

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import models


class WrongKeyError(ImproperlyConfigured):
    """A stored secret was encrypted with a key that is not in FIELD_KEYS."""


@lru_cache(maxsize=4)
def _cipher_of(keys: tuple[str, ...]) -> MultiFernet:
    if not keys:
        message = "FIELD_KEYS is empty: secrets can be neither stored nor read."
        raise ImproperlyConfigured(message)
    return MultiFernet([Fernet(key) for key in keys])


def cipher() -> MultiFernet:
    """The cipher of the keys that are configured now."""
    return _cipher_of(tuple(settings.FIELD_KEYS))


def encrypt(value: dict[str, Any]) -> str:
    return cipher().encrypt(json.dumps(value, ensure_ascii=False).encode()).decode()


def decrypt(token: str) -> dict[str, Any]:
    try:
        return dict(json.loads(cipher().decrypt(token.encode())))
    except InvalidToken:
        message = "A stored secret cannot be read with the keys in FIELD_KEYS. Put the key it was stored with back."
        raise WrongKeyError(message) from None


def rotated(token: str) -> str:
    """The same secret, encrypted with the first key; the token itself when it is that already. Raises WrongKeyError."""
    try:
        Fernet(settings.FIELD_KEYS[0]).decrypt(token.encode())
    except InvalidToken:
        return encrypt(decrypt(token))
    return token


if TYPE_CHECKING:
    _Text = models.TextField[Mapping[str, Any], dict[str, Any]]
else:
    _Text = models.TextField  # Django's fields take no type arguments at run time


class SecretsField(_Text):
    """A JSON object that is encrypted in the database. Cannot be searched, and is left out of forms."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["editable"] = False
        kwargs.setdefault("default", dict)
        super().__init__(*args, **kwargs)

    def from_db_value(self, value: str | None, _expression: Any, _connection: Any) -> dict[str, Any]:
        return decrypt(value) if value else {}

    def get_prep_value(self, value: Any) -> str:
        return encrypt(value) if value else ""

    def to_python(self, value: Any) -> Any:
        return value if isinstance(value, dict) else {}

    def get_lookup(self, lookup_name: str) -> Any:
        return None if lookup_name != "isnull" else super().get_lookup(lookup_name)
