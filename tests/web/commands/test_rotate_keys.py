"""``rotate_keys``: every secret moves to the first key, nothing is lost, and a repeat changes nothing."""

from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.db.models import TextField, Value
from django.db.models.functions import Cast

from integration_hub.connections import secrets
from integration_hub.connections.models import Connection, ConnectionToken
from integration_hub.web.management.commands import rotate_keys
from tests.web import factories as make

from .running import run

pytestmark = pytest.mark.django_db

NEW_KEY = "QW5vdGhlcktleUFub3RoZXJLZXlBbm90aGVyS2V5MTI="


def ciphertexts() -> dict[str, str]:
    rows = Connection.objects.annotate(_text=Cast("secrets", TextField())).values_list("name", "_text")
    tokens = ConnectionToken.objects.annotate(_text=Cast("value", TextField())).values_list("name", "_text")
    return dict([*rows, *tokens])


def put_raw(connection: Connection, text: str) -> None:
    Connection.objects.filter(pk=connection.pk).update(secrets=Value(text, output_field=TextField()))


@pytest.fixture
def old_key(settings: Any) -> str:
    return str(settings.FIELD_KEYS[0])


@pytest.fixture
def two_keys(settings: Any, old_key: str) -> None:
    """A shop with a token and a CRM, stored with the old key; the new one stands in front now."""
    shop = make.store(name="Shop", secrets={"api_key": "shop-key"})
    make.crm(name="CRM", secrets={"api_key": "crm-key"})
    make.crm(name="Without secrets", secrets={})
    ConnectionToken.objects.create(connection=shop, name="access", value={"value": "token"})
    settings.FIELD_KEYS = [NEW_KEY, old_key]


def test_old_key_is_no_longer_needed_afterwards(two_keys: None, settings: Any) -> None:
    histories = Connection.history.count()

    ran = run("rotate_keys")

    assert (ran.code, ran.lines) == (0, ["3 secrets stored anew, 0 were up to date already."])
    settings.FIELD_KEYS = [NEW_KEY]
    assert Connection.objects.get(name="Shop").secrets == {"api_key": "shop-key"}
    assert Connection.objects.get(name="CRM").secrets == {"api_key": "crm-key"}
    assert Connection.objects.get(name="Without secrets").secrets == {}
    assert ConnectionToken.objects.get().value == {"value": "token"}
    assert Connection.history.count() == histories


def test_second_run_changes_nothing(two_keys: None) -> None:
    run("rotate_keys")
    before = ciphertexts()

    ran = run("rotate_keys", "--json")

    assert (ran.code, ran.json) == (0, {"rotated": 0, "up_to_date": 3, "unreadable": []})
    assert ciphertexts() == before


def test_secret_that_no_key_opens_is_named_and_left_as_it_is(two_keys: None) -> None:
    foreign = Fernet(Fernet.generate_key()).encrypt(b'{"api_key": "lost"}').decode()
    put_raw(make.crm(name="Lost", secrets={}), foreign)

    ran = run("rotate_keys")
    as_json = run("rotate_keys", "--json")

    assert ran.code == as_json.code == 1
    assert ran.lines[0] == "3 secrets stored anew, 0 were up to date already."
    assert ran.lines[1] == "No key in FIELD_KEYS opens: Lost. Nothing was changed there."
    assert as_json.json == {"rotated": 0, "up_to_date": 3, "unreadable": ["Lost"]}
    assert ciphertexts()["Lost"] == foreign


def test_token_that_no_key_opens_is_named_by_its_connection(two_keys: None) -> None:
    ConnectionToken.objects.update(value=Value("no ciphertext at all", output_field=TextField()))

    ran = run("rotate_keys", "--json")

    assert (ran.code, ran.json["unreadable"]) == (1, ["Shop: access"])


def test_rows_beyond_one_portion_are_not_forgotten(two_keys: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rotate_keys, "ROWS_AT_ONCE", 1)

    assert run("rotate_keys", "--json").json["rotated"] == 3


def test_secret_that_staff_save_meanwhile_is_kept(two_keys: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between reading and writing a row, the connection's page stores a new secret."""
    first = True

    def rotated_while_staff_save(text: str) -> str:
        nonlocal first
        if first:
            first = False
            Connection.objects.filter(name="Shop").update(secrets={"api_key": "just entered"})
        return original(text)

    original = secrets.rotated
    monkeypatch.setattr(rotate_keys, "rotated", rotated_while_staff_save)

    ran = run("rotate_keys")

    assert ran.code == 0
    assert Connection.objects.get(name="Shop").secrets == {"api_key": "just entered"}


@pytest.mark.parametrize("keys", [[], ["not a key"]])
def test_keys_that_cannot_be_used_are_an_error(two_keys: None, settings: Any, keys: list[str]) -> None:
    settings.FIELD_KEYS = keys

    ran = run("rotate_keys")

    assert ran.code == 1
    assert ran.error.startswith("FIELD_KEYS ")
