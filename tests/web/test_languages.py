"""The catalogs of other languages: whole, in step with what was compiled, and seen on the pages."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po
from django.conf import settings
from django.test import Client
from django.utils.translation import ngettext, override

from connectors.contract.results import SetupStep
from integration_hub.connections.models import Connection
from integration_hub.watch.words import title
from integration_hub.web.admin.connection_buttons import shown_steps
from integration_hub.web.management.commands.makemessages import check_texts, connector_texts
from tests.web import factories as make

CATALOGS = sorted(path for folder in settings.LOCALE_PATHS for path in Path(folder).glob("*/LC_MESSAGES/django.po"))
PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]|%[\d.]*[a-z%](?![а-яё])|\{\w*\}|</?(?:a|b|br|strong|em|code|p)\b[^>]*>")


pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """A request in Russian leaves that language on in this thread; the tests after it must not see it."""
    with override("en"):
        yield


@pytest.fixture
def administrator(client: Client) -> Client:
    client.force_login(make.staff("administrator"))
    return client


def _read(path: Path) -> Catalog:
    with path.open("rb") as file:
        return read_po(file)


def _by_id(catalog: Catalog) -> dict[tuple[str, ...], list[str]]:
    return {(_context(message), *_texts(message.id)): _texts(message.string) for message in catalog if message.id}


def _context(message: Message) -> str:
    """Babel leaves the context of a compiled message in bytes."""
    context: object = message.context
    return context.decode() if isinstance(context, bytes) else str(context or "")


def _messages(path: Path) -> Iterator[tuple[Message, list[str], list[str]]]:
    """Each message with its English and its translated texts; plurals have several of both."""
    for message in _read(path):
        if message.id:
            yield message, _texts(message.id), _texts(message.string)


def _texts(one_or_more: object) -> list[str]:
    return list(one_or_more) if isinstance(one_or_more, (list, tuple)) else [str(one_or_more or "")]


def test_every_language_but_english_has_a_catalog() -> None:
    offered = {code for code, _name in settings.LANGUAGES}

    assert offered - {"en"} == {path.parent.parent.name for path in CATALOGS}


@pytest.mark.parametrize("path", CATALOGS, ids=str)
def test_compiled_catalog_is_in_step_with_its_source(path: Path) -> None:
    with path.with_suffix(".mo").open("rb") as file:
        compiled = read_mo(file)

    assert _by_id(compiled) == _by_id(_read(path))


@pytest.mark.parametrize("path", CATALOGS, ids=str)
def test_nothing_in_a_catalog_is_unsure_or_empty(path: Path) -> None:
    messages = list(_messages(path))

    assert not [english for message, english, _translated in messages if message.fuzzy]
    assert not [english for _message, english, translated in messages if not all(translated)]


@pytest.mark.parametrize("path", CATALOGS, ids=str)
def test_placeholders_are_the_same_in_both_languages(path: Path) -> None:
    wrong = []
    for _message, english, translated in _messages(path):
        # "1 row" may be said without the number, the plural has all of them
        wanted = sorted(PLACEHOLDER.findall(english[-1]))
        wrong += [text for text in translated if sorted(PLACEHOLDER.findall(text)) != wanted]

    assert wrong == []


def test_russian_plurals_follow_the_number() -> None:
    one, many = "%(rules)s rule", "%(rules)s rules"

    with override("ru"):
        shown = [ngettext(one, many, count) % {"rules": count} for count in (1, 3, 5, 11, 21)]

    assert shown == ["1 правило", "3 правила", "5 правил", "11 правил", "21 правило"]


def test_dashboard_speaks_the_language_of_the_browser(administrator: Client) -> None:
    russian = administrator.get("/admin/", headers={"accept-language": "ru"}).content.decode()
    english = administrator.get("/admin/", headers={"accept-language": "en"}).content.decode()

    assert "Подключите магазин" in russian
    assert "Connect a store" not in russian
    assert "Connect a store" in english
    assert "Подключите магазин" not in english


def test_language_without_a_catalog_shows_english(administrator: Client) -> None:
    page = administrator.get("/admin/", headers={"accept-language": "es"}).content.decode()

    assert "Connect a store" in page


def test_form_of_a_connection_speaks_the_language_of_the_browser(administrator: Client) -> None:
    crm = make.crm(
        verify_report={"checks": [{"name": "Site exists", "passed": False, "message": "", "cure": "Allowed."}]}
    )
    address = f"/admin/connections/crmconnection/{crm.pk}/change/"

    russian = administrator.get(address, headers={"accept-language": "ru"}).content.decode()
    english = administrator.get(address, headers={"accept-language": "en"}).content.decode()

    for ours, theirs in (
        ("Символьный код магазина", "Site code"),  # a setting of the connector
        ("Создайте ключ API", "Create an API key"),  # a step of the set-up
        ("Магазин существует", "Site exists"),  # a line of the verification
    ):
        assert ours in russian
        assert theirs not in russian
        assert theirs in english


def test_names_of_parameters_stay_as_the_other_system_writes_them() -> None:
    connection = Connection(kind="retailcrm", secrets={"api_key": "key_never_shown"})
    step = SetupStep("Create an API key", "With key_never_shown.", [("id", "order id"), ("Event", "Order change")])

    with override("ru"):
        [shown] = shown_steps([step], connection)

    assert shown.title == "Создайте ключ API"
    assert "key_never_shown" not in shown.text
    assert list(shown.rows) == [("id", "order id"), ("Событие", "Изменение заказа")]


def test_durations_in_incidents_are_in_the_readers_language() -> None:
    facts = {"name": "Shop", "age": "12 min"}

    with override("ru"):
        russian = title("machine", facts)

    assert russian == "«Shop» молчит уже 12 мин"
    assert title("machine", facts) == "“Shop” has been silent for 12 min"


def test_texts_of_connectors_are_extracted_though_they_are_not_marked() -> None:
    texts = connector_texts()

    assert "Site code" in texts  # a label
    assert "Create a trigger for status changes" in texts  # a step
    assert "Site exists" in texts  # a line of the verification
    assert "external_id" not in texts  # a parameter's name


def test_only_fixed_texts_of_a_check_are_extracted() -> None:
    source = 'Check("Rights", ok, f"The key lacks {scope}.", cure="Tick it." if ok else "Ask for it.")'

    assert list(check_texts(source)) == ["Rights", "Tick it.", "Ask for it."]
