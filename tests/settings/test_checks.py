from cryptography.fernet import Fernet
from django.core.checks import CheckMessage
from pytest_django import Settings

from integration_hub.settings.checks import (
    check_applications,
    check_background_work,
    check_base_url,
    check_field_keys,
    check_secret_key,
    check_transforms,
)


def ids(messages: list[CheckMessage]) -> list[str | None]:
    return [message.id for message in messages]


def test_missing_field_keys_stop_an_installation(settings: Settings) -> None:
    settings.DEBUG, settings.FIELD_KEYS = False, []

    assert ids(check_field_keys()) == ["hub.E001"]


def test_missing_field_keys_only_warn_a_developer(settings: Settings) -> None:
    settings.DEBUG, settings.FIELD_KEYS = True, []

    assert ids(check_field_keys()) == ["hub.W001"]


def test_the_malformed_key_is_named_by_its_place_and_not_shown(settings: Settings) -> None:
    settings.FIELD_KEYS = [Fernet.generate_key().decode(), "not-a-key"]

    messages = check_field_keys()

    assert ids(messages) == ["hub.E002"]
    assert messages[0].msg == "Key 2 of FIELD_KEYS is not a Fernet key."
    assert "not-a-key" not in str(messages[0])


def test_the_secret_key_of_the_example_file_is_refused(settings: Settings) -> None:
    settings.DEBUG, settings.SECRET_KEY = False, "change-me"

    assert ids(check_secret_key()) == ["hub.E003"]


def test_a_secret_key_of_ones_own_is_accepted(settings: Settings) -> None:
    settings.DEBUG, settings.SECRET_KEY = False, "k" * 60

    assert check_secret_key() == []


def test_a_public_address_without_tls_is_warned_of(settings: Settings) -> None:
    settings.DEBUG, settings.HUB_BASE_URL = False, "http://hub.example.com"

    assert ids(check_base_url()) == ["hub.W004"]


def test_a_public_address_with_tls_is_fine(settings: Settings) -> None:
    settings.DEBUG, settings.HUB_BASE_URL = False, "https://hub.example.com"

    assert check_base_url() == []


def test_transforms_that_can_be_loaded_are_fine(settings: Settings) -> None:
    settings.HUB_TRANSFORMS = ["tests.flows.own_functions.mark_gift"]

    assert check_transforms() == []


def test_each_transform_that_leads_nowhere_stops_an_installation(settings: Settings) -> None:
    settings.HUB_TRANSFORMS = ["tests.flows.own_functions.not_there", "tests.flows.own_functions.not_a_function"]

    assert ids(check_transforms()) == ["hub.E005", "hub.E005"]


def test_times_of_background_work_that_make_sense_are_fine(settings: Settings) -> None:
    settings.HUB_LEASE_SECONDS = 30

    for at in ("03:00", "23:59", ""):
        settings.HUB_RECONCILE_AT = at
        assert check_background_work() == []


def test_impossible_times_of_background_work_stop_an_installation(settings: Settings) -> None:
    settings.HUB_RECONCILE_AT, settings.HUB_LEASE_SECONDS = "25:00", 1

    assert ids(check_background_work()) == ["hub.E007", "hub.E008"]


def test_an_application_has_a_code_and_a_secret_that_nobody_guesses(settings: Settings) -> None:
    found = {}
    for code, secret in (("", ""), ("hub", "s" * 16), ("hub", ""), ("", "s" * 16), ("hub", "short")):
        settings.HUB_APPLICATIONS = {"retailcrm": (code, secret)}
        found[code, secret] = ids(check_applications())

    assert list(found.values()) == [[], [], ["hub.E013"], ["hub.E013"], ["hub.E014"]]
