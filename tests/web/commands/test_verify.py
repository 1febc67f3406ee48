"""``verify``: the checks as a table, and an exit code for scripts."""

import pytest

from connectors import registry
from integration_hub.connections.models import Connection
from tests.web import factories as make

from .running import run

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def fake_connector(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(registry.CONNECTORS, "fake", "tests.web.admin.fake_connector")


def fake(key: str) -> Connection:
    return make.store(kind="fake", name="My shop", settings={}, secrets={"api_key": key}, verified_at=None)


def test_verification_that_passes_ends_well_and_is_kept() -> None:
    store = fake("all")

    ran = run("verify", "My shop")

    assert (ran.code, ran.lines) == (
        0,
        ["My shop: Fake account 1.0", "  ok      Read orders", "  ok      Write orders"],
    )
    store.refresh_from_db()
    assert store.verified_at is not None
    assert store.verify_report["passed"] is True


def test_missing_right_is_told_with_its_cure() -> None:
    store = fake("some")

    ran = run("verify", str(store.pk))
    as_json = run("verify", str(store.pk), "--json")

    assert (ran.code, ran.lines[-1]) == (1, "  FAILED  Write orders  Tick it.")
    assert as_json.code == 1
    assert as_json.json == {
        "connection": "My shop",
        "account": "Fake account",
        "version": "1.0",
        "passed": False,
        "checks": [
            {"name": "Read orders", "passed": True, "message": "", "cure": ""},
            {"name": "Write orders", "passed": False, "message": "", "cure": "Tick it."},
        ],
    }


def test_system_that_cannot_be_asked_is_told_in_its_words() -> None:
    store = fake("wrong")

    ran = run("verify", "My shop")
    as_json = run("verify", "My shop", "--json")

    assert (ran.code, ran.lines) == (1, ["My shop: The key is refused. Make a new one under Settings."])
    assert as_json.json == {
        "connection": "My shop",
        "passed": False,
        "error": "The key is refused. Make a new one under Settings.",
        "code": "",
    }
    store.refresh_from_db()
    assert store.verified_at is None


def test_connection_without_settings_says_which_are_missing() -> None:
    make.store(kind="fake", name="My shop", settings={}, secrets={})

    ran = run("verify", "My shop")

    assert ran.code == 1
    assert "API key is empty" in ran.out


def test_unknown_connection_names_the_known_ones() -> None:
    first = fake("all")
    second = make.crm(name="CRM")

    ran = run("verify", "Your shop")

    assert (ran.code, ran.out) == (1, "")
    assert ran.error == f"There is no connection “Your shop”. Known: CRM ({second.pk}), My shop ({first.pk})."


def test_name_goes_before_id() -> None:
    first = fake("all")
    make.store(kind="fake", name=str(first.pk), settings={}, secrets={"api_key": "some"})

    assert run("verify", str(first.pk)).code == 1


def test_secret_that_no_key_opens_is_an_error_without_a_traceback(settings: pytest.FixtureRequest) -> None:
    fake("all")
    settings.FIELD_KEYS = ["QW5vdGhlcktleUFub3RoZXJLZXlBbm90aGVyS2V5MTI="]  # type: ignore[attr-defined]  # of pytest-django

    ran = run("verify", "My shop")

    assert ran.code == 1
    assert ran.error.startswith("A stored secret cannot be read with the keys in FIELD_KEYS.")


def test_system_that_is_away_is_told_without_a_promise_to_try_again() -> None:
    fake("away")

    ran = run("verify", "My shop")

    assert (ran.code, ran.lines) == (1, ["My shop: fake.example cannot be reached."])
