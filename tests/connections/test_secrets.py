"""Secrets at rest."""

from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.core.exceptions import FieldError, ImproperlyConfigured
from django.db import connection as database

from integration_hub.connections.models import Connection, ConnectionToken
from integration_hub.connections.secrets import WrongKeyError
from integration_hub.connections.tokens import StoredTokens

KEY = "never_in_the_clear_7"


@pytest.fixture
def shop(db: None) -> Connection:
    return Connection.objects.create(kind="woocommerce", role="store", name="Shop", secrets={"consumer_key": KEY})


def stored() -> str:
    with database.cursor() as cursor:
        cursor.execute("SELECT secrets FROM connections_connection")
        return str(cursor.fetchone()[0])


def test_secret_is_read_back_and_is_never_in_the_clear(shop: Connection) -> None:
    assert Connection.objects.get().secrets == {"consumer_key": KEY}
    assert KEY not in stored()
    assert stored().startswith("gAAAA")


def test_same_secret_is_stored_differently_each_time(shop: Connection) -> None:
    first = stored()

    shop.save()

    assert stored() != first


def test_wrong_key_raises_and_never_gives_ciphertext(shop: Connection, settings: Any) -> None:
    settings.FIELD_KEYS = [Fernet.generate_key().decode()]

    with pytest.raises(WrongKeyError) as raised:
        Connection.objects.get()

    assert "FIELD_KEYS" in str(raised.value)
    assert "gAAAA" not in str(raised.value)


def test_rotated_keys_read_what_the_old_one_wrote_and_write_with_the_new_one(shop: Connection, settings: Any) -> None:
    old, new = settings.FIELD_KEYS[0], Fernet.generate_key().decode()
    settings.FIELD_KEYS = [new, old]
    read = Connection.objects.get()
    read.save()

    settings.FIELD_KEYS = [new]

    assert read.secrets == {"consumer_key": KEY}
    assert Connection.objects.get().secrets == {"consumer_key": KEY}


def test_damaged_secret_raises_too(shop: Connection) -> None:
    with database.cursor() as cursor:
        cursor.execute("UPDATE connections_connection SET secrets = 'plain text'")

    with pytest.raises(WrongKeyError):
        Connection.objects.get()


def test_no_keys_at_all_is_said_plainly(db: None, settings: Any) -> None:
    settings.FIELD_KEYS = []

    with pytest.raises(ImproperlyConfigured, match="FIELD_KEYS is empty"):
        Connection.objects.create(kind="woocommerce", role="store", name="Shop", secrets={"a": "b"})


def test_connection_without_secrets_needs_no_key(db: None, settings: Any) -> None:
    settings.FIELD_KEYS = []

    Connection.objects.create(kind="woocommerce", role="store", name="Shop")

    assert Connection.objects.get().secrets == {}


@pytest.mark.parametrize("lookup", ["secrets", "secrets__contains", "secrets__in", "secrets__startswith"])
def test_secrets_cannot_be_searched(shop: Connection, lookup: str) -> None:
    with pytest.raises((FieldError, TypeError, NotImplementedError)):
        list(Connection.objects.filter(**{lookup: KEY}))


def test_history_keeps_neither_secret_nor_hook_token(shop: Connection) -> None:
    shop.name = "Renamed"
    shop.save()

    rows = list(Connection.history.values())

    assert len(rows) == 2
    assert KEY not in str(rows)
    assert shop.hook_token not in str(rows)


def test_tokens_of_a_connector_are_encrypted_and_replaced(shop: Connection) -> None:
    tokens = StoredTokens(shop.pk)

    tokens.put("access", "first")
    tokens.put("access", "second")

    with database.cursor() as cursor:
        cursor.execute("SELECT value FROM connections_connectiontoken")
        [[value]] = cursor.fetchall()
    assert (tokens.get("access"), tokens.get("refresh")) == ("second", "")
    assert "second" not in value
    assert ConnectionToken.objects.count() == 1
